"""A page of a licence, with what is known of its issuer and its holder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from docverify.documents.aamva import AamvaCard
from docverify.documents.dates import find_date_order, parse_dates
from docverify.documents.licence_issuers import find_printed_jurisdiction
from docverify.documents.states import Jurisdiction
from docverify.page import Line

PLACE_CONFIDENCE = 0.8
"""The most confidence of a value that was found by its place: it may be another field's."""


@dataclass(frozen=True)
class LicenceFront:
    """The lines of a page of a licence, and what is known of its issuer and its holder.

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
        """The State or province that the page names; None if it names none."""
        return find_printed_jurisdiction(line.text for line in self.lines)

    @property
    def issuer(self) -> Jurisdiction | None:
        """The State or province that the page or the barcode names."""
        return self.printed_issuer or (self.card.issuer if self.card else None)

    def parse_days(self, text: str) -> tuple[date, ...]:
        """Return the days that a date may mean, in the order of the country."""
        return parse_dates(text, order=find_date_order((), self.country))
