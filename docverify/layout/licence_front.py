"""A page of a licence, with the known facts about its issuer and its holder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from docverify.documents.aamva import AamvaCard
from docverify.documents.dates import find_date_order, parse_dates
from docverify.documents.licence_issuers import find_printed_jurisdiction, names_jurisdiction
from docverify.documents.states import Jurisdiction
from docverify.page import Line

# Between two words of a name, in heights of the first
MAX_OVERLAP = 0.5
MAX_GAP_TO_RIGHT = 1.5
MAX_GAP_BELOW = 0.6
MAX_WORDS = 2  # of a line that may be part of a name

PLACE_CONFIDENCE = 0.8
"""The highest confidence of a value found by its position: it may belong to another field."""


@dataclass(frozen=True)
class LicenceFront:
    """The lines of a page of a licence, and the known facts about its issuer and its holder.

    Attributes:
        country: USA or CAN.
        card: The parsed barcode; None without one.
        today: The day of the decision, after which no card is issued.
    """

    lines: Sequence[Line] = field(repr=False)
    country: str
    card: AamvaCard | None = field(repr=False)
    today: date

    @cached_property
    def printed_issuer(self) -> Jurisdiction | None:
        """The State or province that the page names; None without a name.

        Holders and towns may have the names of States, so the issuer of the barcode counts first.
        """
        texts = list_title_texts(self.lines)
        known = self.card.issuer if self.card else None
        if known and names_jurisdiction(texts, known):
            return known
        return find_printed_jurisdiction(texts)

    @property
    def issuer(self) -> Jurisdiction | None:
        """The State or province that the page or the barcode names."""
        return self.printed_issuer or (self.card.issuer if self.card else None)

    def parse_days(self, text: str) -> tuple[date, ...]:
        """Return the days that a date may mean, in the order of the country."""
        return parse_dates(text, order=find_date_order((), self.country))


def list_title_texts(lines: Sequence[Line]) -> list[str]:
    """Return the texts of lines, each preceded by the pairs of short lines that begin with it.

    The name of a State may be read as two lines, next to each other or one above the other: a
    single word of it may be another State's name.
    """
    short = [line for line in lines if is_short(line.text)]
    texts: list[str] = []
    for line in lines:
        others = short if line in short else ()
        texts += [f"{line.text} {other.text}" for other in others if follows(other, line)]
        texts.append(line.text)
    return texts


def is_short(text: str) -> bool:
    """Return whether a text is one word or two, without a digit."""
    return 0 < len(text.split()) <= MAX_WORDS and not any(map(str.isdigit, text))


def follows(line: Line, before: Line) -> bool:
    """Return whether a line is to the right of another in its row, or directly below it."""
    box, other = line.box, before.box
    height = max(other.height, 1.0)
    middle = (box.top + box.bottom) / 2
    to_right, below = (box.left - other.right) / height, (box.top - other.bottom) / height
    if other.top < middle < other.bottom:
        return -MAX_OVERLAP <= to_right <= MAX_GAP_TO_RIGHT
    overlaps = box.left < other.right and other.left < box.right
    return overlaps and -MAX_OVERLAP <= below <= MAX_GAP_BELOW
