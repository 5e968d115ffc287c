"""All that is known about one document when it is judged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from docverify import dates
from docverify.errors import MalformedMrz
from docverify.mrz import Mrz, parse_mrz
from docverify.names import mrz_forms
from docverify.policy import Policy
from docverify.printed import PrintedFields, find_printed_fields
from docverify.reading import MrzReading, Page, Reading


class Source(StrEnum):
    """Where on a document something was read."""

    MRZ = "mrz"
    VIZ = "viz"


@dataclass(frozen=True)
class Identity:
    """What one source claims about the holder and the document; None where it says nothing."""

    source: Source
    document_number: str | None = field(default=None, repr=False)
    surname: str | None = field(default=None, repr=False)
    given_names: str | None = field(default=None, repr=False)
    nationality: str | None = field(default=None, repr=False)
    birth_date: date | None = field(default=None, repr=False)
    sex: str | None = field(default=None, repr=False)
    issue_date: date | None = field(default=None, repr=False)
    expiry_date: date | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Case:
    """A reading with what was parsed from it, the day of the judgement and the policy."""

    reading: Reading
    page: Page | None
    mrz: Mrz | None
    printed: PrintedFields
    zone: Identity
    viz: Identity
    today: date
    policy: Policy

    @property
    def mrz_reading(self) -> MrzReading | None:
        """The reading that `mrz` was parsed from."""
        return self.page.mrz if self.page else None

    def mrz_confidence(self, *names: str) -> float:
        """Return the confidence of the least certain character in the named fields."""
        if self.mrz is None or self.mrz_reading is None:
            return 0.0
        fields = self.mrz.layout.fields
        spans = [fields[name] for name in names]
        if "document_number" in names and self.mrz.has_long_number:
            spans.append(fields["optional_data"])
        rows = self.mrz_reading.confidences
        return min(min(rows[each.line][each.start : each.stop]) for each in spans)


def open_case(reading: Reading, *, today: date, policy: Policy) -> Case:
    """Parse what was read into the sources that the checks compare."""
    page = next((page for page in reading.pages if page.mrz), None)
    page = page or next(iter(reading.pages), None)
    mrz = _parse(page)
    printed = _printed(reading.pages, page)
    viz = _viz_identity(printed, mrz)
    zone = _zone_identity(mrz, viz, today) if mrz else Identity(Source.MRZ)
    return Case(reading, page, mrz, printed, zone, viz, today, policy)


def _parse(page: Page | None) -> Mrz | None:
    if page is None or page.mrz is None:
        return None
    try:
        return parse_mrz(page.mrz.lines)
    except MalformedMrz:
        return None


def _printed(pages: Iterable[Page], first: Page | None) -> PrintedFields:
    """Gather the fields of all pages; those of the page with the zone go before others."""
    fields: PrintedFields = {}
    for page in sorted(pages, key=lambda each: each is not first):
        fields = find_printed_fields(page.lines) | fields
    return fields


def _zone_identity(mrz: Mrz, viz: Identity, today: date) -> Identity:
    return Identity(
        source=Source.MRZ,
        document_number=mrz.document_number or None,
        surname=mrz.surname or None,
        given_names=mrz.given_names.replace(",", "") or None,
        nationality=mrz.nationality or None,
        birth_date=dates.birth_date(mrz.birth_date, today=today, printed=viz.birth_date),
        sex=(mrz.sex if mrz.sex in "MF" else "X") if mrz.sex else None,
        expiry_date=dates.expiry_date(mrz.expiry_date, today=today, printed=viz.expiry_date),
    )


def _viz_identity(printed: PrintedFields, mrz: Mrz | None) -> Identity:
    def text(name: str) -> str | None:
        return printed[name].text if name in printed else None

    def latin(name: str) -> str | None:
        # A name in another script alone says nothing that could be compared.
        found = text(name)
        return found if found and any(mrz_forms(found)) else None

    def day(name: str) -> date | None:
        # Of the days that numbers alone may mean, the zone's goes first.
        in_zone = getattr(mrz, name, None)
        days = dates.printed_dates(text(name) or "")
        return max(days, key=lambda each: f"{each:%y%m%d}" == in_zone, default=None)

    sex = (text("sex") or "").strip().upper()
    return Identity(
        source=Source.VIZ,
        document_number=text("document_number"),
        surname=latin("surname"),
        given_names=latin("given_names"),
        nationality=text("nationality"),
        birth_date=day("birth_date"),
        sex=sex[0] if sex[:1] in ("M", "F", "X") else None,
        issue_date=day("issue_date"),
        expiry_date=day("expiry_date"),
    )
