"""Log lines as JSON, for programs that read them: `DOCVERIFY_LOG_FORMAT=json`.

A line has time, level, logger and message, the ids of the run and the document if there are any,
and the fields of an event. It never contains the message of an exception, which could quote
personal data, but only its type and location.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from prefect.context import FlowRunContext
from prefect.logging.configuration import ensure_logging_setup
from prefect.logging.handlers import PrefectConsoleHandler

VARIABLE = "DOCVERIFY_LOG_FORMAT"
TEXT_FORMAT = "%(asctime)s %(levelname)s %(message)s"
MAX_FRAMES = 5
DOCUMENT_ID: ContextVar[int | None] = ContextVar("document_id", default=None)
"""The document that this run works on, once it has an id; it stays set after the run."""

logger = logging.getLogger("docverify.events")


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        run_id = find_run_id(record)
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": show_message(record),
            "run_id": run_id,
            "document_id": DOCUMENT_ID.get() if run_id else None,
            **getattr(record, "fields", {}),
            "error": describe_exception(record),
        }
        return json.dumps({name: each for name, each in line.items() if each is not None})


def show_message(record: logging.LogRecord) -> str:
    """Return the message of a record, with the kind of each exception that it quotes."""
    if isinstance(record.args, tuple) and any(isinstance(a, BaseException) for a in record.args):
        shown = (type(a).__name__ if isinstance(a, BaseException) else a for a in record.args)
        return str(record.msg) % tuple(shown)
    return record.getMessage()


def find_run_id(record: logging.LogRecord) -> str | None:
    """Find the flow run that a record belongs to; None outside a run."""
    if named := getattr(record, "flow_run_id", None):
        return str(named)
    context = FlowRunContext.get()
    return str(context.flow_run.id) if context and context.flow_run else None


def describe_exception(record: logging.LogRecord) -> str | None:
    """Return the kind of an exception and its last frames; None if a record has none."""
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return None
    frames = traceback.extract_tb(error.__traceback__)[-MAX_FRAMES:]
    places = (f"{Path(each.filename).name}:{each.lineno} {each.name}" for each in frames)
    return " < ".join([type(error).__name__, *reversed(list(places))])


def is_json() -> bool:
    """Return whether log lines are JSON."""
    return os.environ.get(VARIABLE, "").lower() == "json"


def start_log() -> None:
    """Write the log of a program to stderr, as text or as JSON."""
    if is_json():
        write_json(sys.stderr)
    else:
        logging.basicConfig(format=TEXT_FORMAT, level=logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)


def write_json(stream: IO[str]) -> None:
    """Write all log lines of this process as JSON; the lines for Prefect do not change."""
    ensure_logging_setup()  # Later, Prefect would add its own handlers.
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    for each in (None, *logging.root.manager.loggerDict):
        named = logging.getLogger(each)
        if any(map(writes_text, named.handlers)):
            named.handlers = [old for old in named.handlers if not writes_text(old)]
            if not named.propagate:
                named.addHandler(handler)
    logging.root.handlers = [each for each in logging.root.handlers if not writes_text(each)]
    logging.root.addHandler(handler)
    logging.getLogger("docverify").setLevel(logging.INFO)


def writes_text(handler: logging.Handler) -> bool:
    """Return whether a handler writes lines for people to this program's output."""
    return isinstance(handler, PrefectConsoleHandler) or type(handler) is logging.StreamHandler


def log_event(name: str, **fields: str | float | None) -> None:
    """Write an event with its fields, for filters that turn lines into metrics; only as JSON.

    Fields are counts, seconds and words that are known in advance, never personal data.
    """
    if is_json():
        logger.info(name, extra={"fields": {"event": name, **fields}})
