"""Differences between the values of a field, character by character."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher

MAX_COMPARED = 200  # characters; a longer value is shown without marks
DATE = re.compile(r"\d{4}-\d\d-\d\d")
ORDER = ("mrz", "barcode", "viz", "applicant")
"""The sources; others are compared with the first one that has a value."""


@dataclass(frozen=True)
class Part:
    """Some characters of a value, and whether another source differs there."""

    text: str = field(repr=False)
    differs: bool


def mark_differences(values: Mapping[str, str]) -> dict[str, list[Part]]:
    """Return the value of each source in parts, compared with the most reliable other source.

    Case and spaces do not count as differences.

    >>> marked = mark_differences({"mrz": "AB1", "viz": "AB7"})
    >>> [(part.text, part.differs) for part in marked["viz"]]
    [('AB', False), ('7', True)]
    >>> [part.text for part in compare("2026-04-12", "1990-04-21") if part.differs]
    ['2026', '12']
    """
    known = [source for source in ORDER if source in values]
    marked = {}
    for source in known:
        other = next((each for each in known if each != source), None)
        marked[source] = compare(values[source], values[other] if other else values[source])
    return marked


def compare(value: str, other: str) -> list[Part]:
    """Split a value into parts that another value also has, and parts that it does not have."""
    if max(len(value), len(other)) > MAX_COMPARED:
        return [Part(value, False)]
    if DATE.fullmatch(value) and DATE.fullmatch(other):
        dates = zip(re.split("(-)", value), re.split("(-)", other), strict=True)
        return [Part(part, part != of_other) for part, of_other in dates]
    matcher = SequenceMatcher(None, _raise_case(value), _raise_case(other), autojunk=False)
    parts: list[Part] = []
    for kind, start, stop, _, _ in matcher.get_opcodes():
        text = value[start:stop]
        if text:
            parts.append(Part(text, kind != "equal" and not text.isspace()))
    return parts or [Part(value, False)]


def _raise_case(text: str) -> str:
    """Return a text in capitals of the same length; the capital form of ß would be two letters."""
    return "".join(each.upper() if len(each.upper()) == 1 else each for each in text)
