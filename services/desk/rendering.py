"""The templates of the desk, and the conversion of values to text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from services.desk.wording import (
    COMPARED,
    DECISIONS,
    FIELDS,
    KEYS,
    RULES,
    SOURCES,
    STATUSES,
    explain_code,
    list_choices,
)

HIDDEN = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\xad\\u061c\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff]"
)
"""Controls, marks of direction and characters without width, except the joiners of some scripts."""


def build_templates() -> Jinja2Templates:
    """Return the templates; every value is escaped, and an unknown name is an error."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        finalize=show_controls,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        age=format_age, moment=format_moment, words=explain_code, last_part=find_last_part
    )
    environment.globals.update(
        compared=COMPARED,
        decisions=DECISIONS,
        fields=FIELDS,
        keys=KEYS,
        list_choices=list_choices,
        rules=RULES,
        present_sources=find_present_sources,
        sources=SOURCES,
        statuses=STATUSES,
    )
    return Jinja2Templates(env=environment)


def find_present_sources(fields: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return the sources that have a value of any field, with their names."""
    present = {source for values in fields.values() for source in values}
    return {source: name for source, name in SOURCES.items() if source in present}


def show_controls(value: Any) -> Any:  # noqa: ANN401 (any value of a template)
    """Make controls in a text visible: those that reverse or hide text could change its meaning.

    >>> show_controls("photo\\u202egpj.exe") == "photo\\ufffdgpj.exe"
    True
    """
    return HIDDEN.sub("\ufffd", value) if type(value) is str and HIDDEN.search(value) else value


def format_age(span: timedelta) -> str:
    """Return a span of time in its two largest units.

    >>> format_age(timedelta(hours=25, minutes=3))
    '1 d 1 h'
    """
    minutes = max(0, int(span / timedelta(minutes=1)))
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def format_moment(moment: datetime) -> str:
    """Return a moment in UTC, to the minute."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def find_last_part(key: str) -> str:
    """Return the last part of a key, as the name of a file."""
    return key.rstrip("/").rpartition("/")[2] or key
