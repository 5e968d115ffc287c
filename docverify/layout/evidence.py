"""Which printed lines are evidence: those on the document that a person can see."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from docverify.layout.sides import find_viz_lines
from docverify.layout.unlabelled import UnlabelledValue, find_unlabelled_values, shape_of
from docverify.page import Line

if TYPE_CHECKING:
    from docverify.case import Case

MAX_LINE_LENGTH = 80  # characters of a line that may be a value
MIN_RELATIVE_HEIGHT = 0.65  # of the larger lines of the VIZ
LARGER_LINES = 0.75  # of the lines are not higher than the larger ones
MAX_ISSUE_TERM = timedelta(days=366 * 21)  # the longest term of a document, with a margin


def find_unlabelled_evidence(case: Case) -> Iterator[Line]:
    """Yield the lines in which a value may be found without its label.

    They are in the VIZ, and not much smaller than its larger lines: values are printed larger than
    labels, and small print in a margin is not a field of the document.
    """
    for page in case.viz_pages:
        lines = [line for line in find_viz_lines(page) if len(line.text) <= MAX_LINE_LENGTH]
        heights = sorted(line.box.height for line in lines)
        larger = heights[int(LARGER_LINES * len(heights))] if heights else 0.0
        yield from (line for line in lines if line.box.height >= MIN_RELATIVE_HEIGHT * larger)


def find_unexplained_dates(case: Case) -> list[UnlabelledValue]:
    """Return the dates on the document that are not a date of the holder or the document.

    One date without a label may be the date of issue, where no label and no barcode has that.
    """
    known = _known_days(case)
    free = [each for each in _unlabelled(case) if each.days and known.isdisjoint(each.days)]
    if case.find_date("issue_date") is not None:
        return free
    issued = [each for each in free if any(_may_be_issue_date(case, day) for day in each.days)]
    if not issued:
        return free
    same_day = [each for each in free if set(each.days) & set(issued[0].days)]
    return [each for each in free if each not in same_day]


def find_unexplained_numbers(case: Case) -> list[UnlabelledValue]:
    """Return the numbers that have the shape of the document's number, and are another."""
    known = {
        "".join(filter(str.isalnum, each.document_number or "")).upper() for each in case.identities
    }
    shapes = {shape_of(number) for number in known if number}
    others = _other_numbers(case)
    return [
        each
        for each in _unlabelled(case)
        if each.number not in known | others and shape_of(each.number) in shapes
    ]


def _other_numbers(case: Case) -> set[str]:
    """Return the numbers that the MRZ or the barcode has besides the document's."""
    mrz = case.mrz
    texts = [mrz.optional_data, mrz.optional_data_2] if mrz else []
    card = case.card
    texts += [card.document_discriminator or ""] if card else []
    return {"".join(filter(str.isalnum, text)).upper() for text in texts}


def _known_days(case: Case) -> set[date]:
    names = ("birth_date", "issue_date", "expiry_date")
    found = {getattr(each, name) for each in case.identities for name in names}
    return found - {None}


def _unlabelled(case: Case) -> Iterator[UnlabelledValue]:
    for page in case.viz_pages:
        for value in find_unlabelled_values(find_viz_lines(page)):
            if value.line.confidence >= case.policy.min_confidence:
                yield value


def _may_be_issue_date(case: Case, day: date) -> bool:
    born, expiry = case.find_date("birth_date"), case.find_date("expiry_date")
    after_birth = born is None or day > born
    before_expiry = expiry is None or timedelta(0) < expiry - day <= MAX_ISSUE_TERM
    return after_birth and before_expiry and day <= case.today + timedelta(days=1)
