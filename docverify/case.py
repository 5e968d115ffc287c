"""All that is known about one document when it is judged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property

from docverify.applicant import Applicant
from docverify.documents import dates
from docverify.documents.aamva import AamvaCard, parse_aamva
from docverify.documents.kinds import DocumentKind, find_document_kind
from docverify.documents.mrz import Mrz, parse_mrz
from docverify.documents.mrz_layouts import MrzField, MrzFormat
from docverify.documents.names import PersonName, split_name
from docverify.documents.printed_fields import (
    DATE_FIELDS,
    PrintedFields,
    convert_engine_fields,
    find_printed_fields,
    merge_fields,
    parse_sex,
)
from docverify.documents.states import list_jurisdiction_names
from docverify.documents.transliteration import transliterate
from docverify.documents.validity_terms import compute_french_card_expiry
from docverify.duplicates import History, Traits
from docverify.errors import MalformedBarcode, MalformedMrz
from docverify.page import MrzReading, Page, Reading
from docverify.policy import Policy


class Source(StrEnum):
    """Where something is said of holder and document."""

    MRZ = "mrz"
    VIZ = "viz"
    BARCODE = "barcode"
    APPLICANT = "applicant"


@dataclass(frozen=True)
class Identity:
    """What one source claims about the holder and the document; None where it says nothing.

    `issuing_state` and `nationality` are codes of Doc 9303-3 in zone and barcode, and whatever is
    printed in the print.
    """

    source: Source
    document_number: str | None = field(default=None, repr=False)
    surname: str | None = field(default=None, repr=False)
    given_names: str | None = field(default=None, repr=False)
    nationality: str | None = field(default=None, repr=False)
    birth_date: date | None = field(default=None, repr=False)
    sex: str | None = field(default=None, repr=False)
    issue_date: date | None = field(default=None, repr=False)
    expiry_date: date | None = field(default=None, repr=False)
    issuing_state: str | None = field(default=None, repr=False)

    @property
    def name(self) -> PersonName:
        """The name as this source parts it."""
        return PersonName(self.surname or "", self.given_names or "")


PDF417 = "PDF417"
WORDS = re.compile(r"[^\W_]+")
LONGEST = 500  # characters of a line that may be one of a document
CERTAIN = 0.85
"""The confidence from which a zone may find other documents, whatever the policy says."""
NAMES = ("surname", "given_names")
PERSONAL = {*NAMES, "full_name", "birth_date", "document_number"}
MIN_PERSONAL = 2
"""Fields of which so many make a page one that shows who the holder is."""
LICENCE_WORDS = tuple(
    {driver, licence} for driver in ("DRIVER", "DRIVERS") for licence in ("LICENSE", "LICENCE")
)
"""What stands on North American licences, and on no European one (there: driving licence)."""
ISSUERS_WITHOUT_BARCODE = (
    *("NEW ZEALAND", "AUSTRALIA", "AUSTRALIAN CAPITAL TERRITORY", "NEW SOUTH WALES"),
    *("NORTHERN TERRITORY", "QUEENSLAND", "TASMANIA", "VICTORIA", "JAMAICA", "NIGERIA"),
    "PHILIPPINES",
)
"""Who issues licences that say the same, and that have no barcode of AAMVA's."""


@dataclass(frozen=True)
class Case:
    """A reading with what was parsed from it, the day of the judgement and the policy.

    `page` is the one with the zone, `checked_pages` this and others that show who the holder is:
    the quality of all of them counts. `mrzs` are the different zones of all pages, `mrz` the one
    that is judged; `cards` is what the barcodes of licences say.
    """

    reading: Reading
    page: Page | None
    checked_pages: tuple[Page, ...]
    mrz: Mrz | None
    mrzs: tuple[Mrz, ...]
    cards: tuple[AamvaCard, ...]
    printed: PrintedFields
    mrz_identity: Identity
    viz_identity: Identity
    barcode_identity: Identity
    today: date
    policy: Policy
    applicant: Applicant | None = None
    history: History | None = None

    @property
    def card(self) -> AamvaCard | None:
        """The barcode that is judged."""
        return self.cards[0] if self.cards else None

    @cached_property
    def kind(self) -> DocumentKind:
        """The kind of document, which decides what is mandatory."""
        if self.mrz:
            return find_document_kind(self.mrz)
        american = self.says_licence and not self.is_licence_without_barcode
        return DocumentKind.AAMVA_LICENCE if self.card or american else DocumentKind.UNKNOWN

    @property
    def says_licence(self) -> bool:
        """Whether it is printed on the document that it is a driver licence."""
        return any(words <= self.words for words in LICENCE_WORDS)

    @property
    def is_licence_without_barcode(self) -> bool:
        """Whether a driver licence names an issuer of others than North America's.

        Victoria is a city of British Columbia as well, and Virginia a suburb of Brisbane.
        """
        elsewhere = any(split_words(name) <= self.words for name in ISSUERS_WITHOUT_BARCODE)
        return self.says_licence and elsewhere and not self._names_jurisdiction

    @property
    def _names_jurisdiction(self) -> bool:
        """Whether an issuer of AAMVA is printed; who writes licence is no State of the USA."""
        countries = {"CAN"} if "LICENCE" in self.words else {"CAN", "USA"}
        return any(
            names <= self.words for names in map(split_words, list_jurisdiction_names(countries))
        )

    @cached_property
    def words(self) -> frozenset[str]:
        """All words that are printed, in capitals."""
        lines = (line for page in self.reading.pages for line in page.lines)
        return split_words(" ".join(line.text for line in lines))

    @property
    def has_pdf417(self) -> bool:
        """Whether a barcode of the kind that licences carry was read."""
        return any(
            code.symbology == PDF417 for page in self.reading.pages for code in page.barcodes
        )

    @property
    def mrz_reading(self) -> MrzReading | None:
        """The reading that `mrz` was parsed from."""
        return self.page.mrz if self.page else None

    @cached_property
    def identities(self) -> tuple[Identity, ...]:
        """What the sources say, the most reliable first; those that say nothing are left out."""
        every = (self.barcode_identity, self.mrz_identity, self.viz_identity)
        return tuple(each for each in every if each != Identity(each.source))

    @property
    def traits(self) -> Traits:
        """What this document is found by; of number and person only what was read for certain."""
        picture = self.page.fingerprint if self.page else None
        source = next(
            (each for each in (self.barcode_identity, self.mrz_identity) if self._is_certain(each)),
            None,
        )
        if source is None:
            return Traits(picture=picture)
        number = "".join(filter(str.isalnum, source.document_number or ""))
        issued = (source.issuing_state or "", self.kind.policy_key, number)
        return Traits("/".join(issued) if number else None, _person(source), picture)

    def _is_certain(self, identity: Identity) -> bool:
        """Tell whether what would find the document was read so surely that it finds no other."""
        names = ("document_number", "birth_date", *NAMES)
        sure = min(self.confidence(identity.source, name) for name in names)
        return identity.document_number is not None and sure >= CERTAIN

    @property
    def issuing_state(self) -> str | None:
        """The code of the issuer as zone or barcode give it."""
        return self.mrz_identity.issuing_state or self.barcode_identity.issuing_state

    def find_source(self, name: str) -> Identity | None:
        """Return the most reliable source that says something of a field."""
        return next((each for each in self.identities if getattr(each, name) is not None), None)

    def find_date(self, name: str) -> date | None:
        """Return a date from the most reliable source that has it."""
        found = self.find_source(name)
        day: date | None = getattr(found, name) if found else None
        return day

    def mrz_has(self, name: str) -> bool:
        """Whether the zone's layout has a field: the expiry of old French cards is reckoned."""
        fields = self.mrz.layout.fields if self.mrz else {}
        return name in fields or (name in NAMES and "name" in fields)

    def is_doubtful(self, source: Source, name: str) -> bool:
        """Whether a field of a source was read with less confidence than the policy asks."""
        return self.confidence(source, name) < self.policy.min_confidence

    def confidence(self, source: Source, name: str) -> float:
        """Return how surely a field of a source was read, from 0 to 1.

        A barcode corrects its errors itself, or is not read at all.
        """
        if source is Source.MRZ:
            return self.mrz_confidence(name)
        if source is Source.VIZ:
            value = self.printed.get(name) or self.printed.get("full_name")
            return value.confidence if value else 0.0
        return 1.0

    @cached_property
    def viz_confidence(self) -> float:
        """How surely the print was read: the mean of its characters; 1.0 where nothing tells.

        Engines that do not tell how sure they are say 0.
        """
        pages = self.reading.pages
        lines = [line for page in pages for line in page.lines if line.confidence]
        count = sum(len(line.text) for line in lines)
        return sum(len(line.text) * line.confidence for line in lines) / count if count else 1.0

    @property
    def mrz_confidences(self) -> tuple[tuple[float, ...], ...] | None:
        """The confidence of each character of the zone; None where its lines were parted anew."""
        if self.mrz is None or self.mrz_reading is None:
            return None
        rows = self.mrz_reading.confidences
        fits = [len(row) for row in rows] == [len(line) for line in self.mrz.lines]
        return rows if fits else None

    def mrz_confidence(self, *names: str) -> float:
        """Return the confidence of the least certain character in the named fields.

        The whole zone counts for a field that it has not; a zone whose lines had to be parted
        anew, nothing.
        """
        rows = self.mrz_confidences
        if self.mrz is None or rows is None:
            return 0.0
        spans = list(_spans(self.mrz, names))
        if not spans:
            return min(map(min, rows))
        return min(min(rows[each.line][each.start : each.stop]) for each in spans)


def _person(identity: Identity) -> str | None:
    """Name a person by what a zone that cuts long names short has as well."""
    surname = next(transliterate(identity.surname or ""), "")
    given = next(transliterate((identity.given_names or "").partition(" ")[0]), "")
    if not (identity.birth_date and surname):
        return None
    return f"{surname}/{given}/{identity.birth_date}"


def _spans(mrz: Mrz, names: Iterable[str]) -> Iterable[MrzField]:
    for name in names:
        fields = mrz.layout.fields
        stands_in = "name" if name in NAMES and name not in fields else name
        if stands_in in fields:
            yield fields[stands_in]
        if name == "document_number" and mrz.has_long_number:
            yield fields["optional_data"]


def split_words(text: str) -> frozenset[str]:
    """Return the words of a text in capitals, parted by whatever is neither letter nor digit."""
    return frozenset(WORDS.findall(text.upper()))


def open_case(
    reading: Reading,
    *,
    today: date,
    policy: Policy,
    applicant: Applicant | None = None,
    history: History | None = None,
) -> Case:
    """Parse what was read into the sources that the checks compare."""
    parsed = [(page, mrz) for page in reading.pages if (mrz := _parse(page))]
    page, mrz = parsed[0] if parsed else (_first(reading.pages), None)
    cards = _cards(reading.pages)
    card = cards[0] if cards else None
    printed, judged = _printed(reading.pages, page)
    viz = _viz_identity(printed, mrz, card, today)
    return Case(
        reading=reading,
        page=page,
        checked_pages=judged,
        mrz=mrz,
        mrzs=tuple({each.lines: each for _, each in parsed}.values()),
        cards=cards,
        printed=printed,
        mrz_identity=_mrz_identity(mrz, viz, today) if mrz else Identity(Source.MRZ),
        viz_identity=viz,
        barcode_identity=_barcode_identity(card) if card else Identity(Source.BARCODE),
        today=today,
        policy=policy,
        applicant=applicant,
        history=history,
    )


def _first(pages: Sequence[Page]) -> Page | None:
    """Choose the page that is judged: one with a zone that no format fits goes before others."""
    return next((page for page in pages if page.mrz), next(iter(pages), None))


def _parse(page: Page) -> Mrz | None:
    if page.mrz is None:
        return None
    try:
        return parse_mrz(page.mrz.lines)
    except MalformedMrz:
        return None


def _cards(pages: Iterable[Page]) -> tuple[AamvaCard, ...]:
    codes = (code for page in pages for code in page.barcodes if code.symbology == PDF417)
    return tuple(filter(None, (_card(each) for each in dict.fromkeys(c.payload for c in codes))))


def _card(payload: bytes) -> AamvaCard | None:
    try:
        return parse_aamva(payload)
    except MalformedBarcode:
        return None


def _printed(pages: Iterable[Page], first: Page | None) -> tuple[PrintedFields, tuple[Page, ...]]:
    """Gather the fields of all pages, and the pages that are judged: those with key fields as well.

    The fields of the page with the zone go before others. On each page, what the engine itself
    takes for a field goes before what stands by a label.
    """
    fields: PrintedFields = {}
    judged = []
    for page in sorted(pages, key=lambda each: each is not first):
        told = {name: each for name, each in page.fields.items() if len(each.text) <= LONGEST}
        lines = [line for line in page.lines if len(line.text) <= LONGEST]
        own = merge_fields(convert_engine_fields(told), find_printed_fields(lines))
        fields = merge_fields(fields, own)
        if page is first or len(own.keys() & PERSONAL) >= MIN_PERSONAL:
            judged.append(page)
    return fields, tuple(judged)


def _mrz_identity(mrz: Mrz, viz: Identity, today: date) -> Identity:
    born = dates.resolve_birth_date(mrz.birth_date, today=today, printed=viz.birth_date)
    expiry = dates.resolve_expiry_date(mrz.expiry_date, today=today, printed=viz.expiry_date)
    if mrz.format is MrzFormat.FRA_ID:
        expiry = compute_french_card_expiry(mrz.national_data["issue_month"], born, today)
    return Identity(
        source=Source.MRZ,
        document_number=mrz.document_number or None,
        surname=mrz.surname or None,
        given_names=mrz.given_names.replace(",", "") or None,
        nationality=mrz.nationality or None,
        birth_date=born,
        sex=(mrz.sex if mrz.sex in "MF" else "X") if mrz.sex else None,
        expiry_date=expiry,
        issuing_state=mrz.issuing_state or None,
    )


def _barcode_identity(card: AamvaCard) -> Identity:
    issuer = card.issuer
    return Identity(
        source=Source.BARCODE,
        document_number=card.document_number,
        surname=card.surname,
        given_names=card.given_names,
        birth_date=card.birth_date,
        sex=card.sex,
        issue_date=card.issue_date,
        expiry_date=card.expiry_date,
        issuing_state=issuer.country if issuer else card.country,
    )


def _viz_identity(
    printed: PrintedFields, mrz: Mrz | None, card: AamvaCard | None, today: date
) -> Identity:
    texts = {name: value.text for name, value in printed.items()}
    issuer = mrz.issuing_state if mrz else card.country if card else texts.get("issuing_state")
    order = dates.find_date_order([texts[name] for name in DATE_FIELDS if name in texts], issuer)

    def latin(found: str | None) -> str | None:
        # A name that has no Latin form says nothing that could be compared.
        return found if found and any(transliterate(found)) else None

    def day(name: str) -> date | None:
        # Of the days that numbers alone may mean, that of zone or barcode goes first.
        days = dates.parse_dates(texts.get(name, ""), order=order)
        said = [each for each in days if _is_said(each, name, mrz, card)]
        return dates.choose_date(said or days, today=today, ahead=name == "expiry_date")

    whole = split_name(texts.get("full_name", ""))
    return Identity(
        source=Source.VIZ,
        document_number=texts.get("document_number"),
        surname=latin(texts.get("surname") or whole.surname),
        given_names=latin(texts.get("given_names") or (whole.surname and whole.given_names)),
        nationality=texts.get("nationality"),
        birth_date=day("birth_date"),
        sex=parse_sex(texts.get("sex", "")),
        issue_date=day("issue_date"),
        expiry_date=day("expiry_date"),
        issuing_state=texts.get("issuing_state"),
    )


def _is_said(day: date, name: str, mrz: Mrz | None, card: AamvaCard | None) -> bool:
    return day == getattr(card, name, None) or f"{day:%y%m%d}" == getattr(mrz, name, None)
