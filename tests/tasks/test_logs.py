"""Log lines as JSON."""

import json
import logging
import os
import subprocess
import sys
from uuid import uuid4

import pytest

from tasks.logs import DOCUMENT_ID, JsonFormatter

PRINTS = """
import logging
from prefect import flow
import flows
from prefect.logging import get_logger
get_logger("client").info("at work")
logging.getLogger("other.library").warning("a warning")
from tasks.logs import log_event
log_event("verdict", outcome="verified")
"""


@pytest.fixture(name="document")
def _document():
    token = DOCUMENT_ID.set(28)
    yield 28
    DOCUMENT_ID.reset(token)


def a_record(message: str = "text", **more: object) -> logging.LogRecord:
    record = logging.LogRecord("docverify.x", logging.WARNING, "x.py", 1, message, (), None)
    vars(record).update(more)
    return record


def line_of(record: logging.LogRecord) -> dict[str, object]:
    text = JsonFormatter().format(record)
    assert "\n" not in text
    return json.loads(text)


def test_line_has_time_level_logger_and_message():
    record = a_record("two\nlines", created=0.0)

    assert line_of(record) == {
        "time": "1970-01-01T00:00:00.000+00:00",
        "level": "WARNING",
        "logger": "docverify.x",
        "message": "two\nlines",
    }


def test_line_names_the_run_and_the_document(document):
    run_id = uuid4()

    line = line_of(a_record(flow_run_id=str(run_id)))

    assert (line["run_id"], line["document_id"]) == (str(run_id), document)


def test_line_outside_a_run_names_no_document(document):
    assert "document_id" not in line_of(a_record())


def test_line_has_the_place_of_an_exception_and_not_its_message():
    with pytest.raises(ValueError, match="ZWIEBELKUCHEN") as caught:
        int("ZWIEBELKUCHEN")
    line = line_of(a_record(exc_info=(caught.type, caught.value, caught.tb)))

    assert line["error"].startswith("ValueError < test_logs.py:")
    assert "ZWIEBELKUCHEN" not in json.dumps(line)


def test_message_names_the_kind_of_an_exception_that_it_quotes():
    record = a_record("Encountered exception during %s: %r", args=("execution", ValueError("ZWIE")))

    assert line_of(record)["message"] == "Encountered exception during execution: 'ValueError'"


def lines_of_a_program(**environment: str) -> list[str]:
    ended = subprocess.run(
        [sys.executable, "-c", PRINTS],
        env=os.environ | {"PREFECT_LOGGING_LEVEL": "INFO"} | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stderr.splitlines()


def test_every_line_of_a_run_is_json():
    lines = [json.loads(each) for each in lines_of_a_program(DOCVERIFY_LOG_FORMAT="json")]

    assert [each["message"] for each in lines] == ["at work", "a warning", "verdict"]
    assert lines[-1]["outcome"] == "verified"


def test_without_the_setting_lines_are_text_and_events_are_left_out():
    lines = lines_of_a_program()

    assert len(lines) == 2
    assert lines[0].endswith("prefect.client - at work")
