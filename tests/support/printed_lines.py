"""Lines of text, and what the fields found in them are."""

from docverify.documents.printed_fields import find_printed_fields
from docverify.page import Box, Line
from tests.support.readings import SURE


def texts(*lines: Line) -> dict[str, str]:
    return {name: value.text for name, value in find_printed_fields(lines).items()}


def others(*lines: Line) -> dict[str, list[str]]:
    found = find_printed_fields(lines).items()
    return {name: [each.text for each in value.others] for name, value in found if value.others}


def block(*rows: str, top: float = 0, left: float = 0, width: float = 200) -> list[Line]:
    """Return lines below each other, at intervals of 25 pixels."""
    return [
        Line(text, SURE, Box(left, top + 25 * at, left + width, top + 25 * at + 20))
        for at, text in enumerate(rows)
    ]
