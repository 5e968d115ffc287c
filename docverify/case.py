"""Everything known about one document when it is checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from docverify.applicant import Applicant
from docverify.confidence import (
    CharacterConfidences,
    compute_mrz_confidence,
    compute_text_confidence,
    find_character_confidences,
)
from docverify.documents.aamva import AamvaCard, parse_aamva
from docverify.documents.kinds import (
    DocumentKind,
    classify_document,
    find_document_kind,
    is_licence_without_barcode,
)
from docverify.documents.licence_mrz import use_licence_mrz
from docverify.documents.mrz import Mrz, parse_mrz
from docverify.documents.mrz_layouts import MrzFormat
from docverify.documents.printed_fields import (
    PrintedFields,
    convert_engine_fields,
    find_printed_fields,
    merge_fields,
)
from docverify.documents.printed_numbers import arrange_numbers
from docverify.documents.printed_words import split_words
from docverify.duplicates import History, Traits, build_traits
from docverify.errors import MalformedBarcode, MalformedMrz
from docverify.identities import (
    NAMES,
    Identity,
    Source,
    build_barcode_identity,
    build_mrz_identity,
    build_viz_identity,
)
from docverify.layout.document_pages import choose_viz_pages, find_payloads, merge_viz_fields
from docverify.layout.further_names import find_conflicting_names
from docverify.layout.licence import find_licence_fields, find_licence_issuer
from docverify.layout.licence_front import LicenceFront
from docverify.layout.sides import (
    MAX_LINE_LENGTH,
    find_document_lines,
    find_outside_lines,
    leave_out_hidden_lines,
)
from docverify.layout.unexplained import (
    find_further_figures,
    find_unexplained_dates,
    find_unexplained_mrz,
    find_unexplained_numbers,
)
from docverify.layout.unlabelled import UnlabelledValue
from docverify.layout.visas import put_passports_first
from docverify.page import CERTAIN_CONFIDENCE, MrzReading, Page, Reading
from docverify.policy import Policy

HOLDER_FIELDS = {*NAMES, "full_name", "birth_date", "document_number"}
MIN_HOLDER_FIELDS = 2
"""A page with at least as many of the holder's fields is checked like the page with the MRZ."""


@dataclass(frozen=True)
class Case:
    """A reading, the values parsed from it, the day of the decision and the policy.

    Attributes:
        page: The page with the MRZ, else the first one. None if the reading has no pages.
        checked_pages: The pages with an MRZ, a barcode of a licence, a portrait or fields of the
            holder. The worst image quality among them counts, or that of `page` if there is no such
            page.
        mrz: The MRZ that is checked. None if no MRZ was found, or none fits a format.
        mrzs: The different MRZs of all pages, the first one of each page.
        all_mrzs: These, and all other MRZs on the pages.
        cards: The parsed AAMVA barcodes of all pages.
        printed: The printed fields of all pages.
        printed_by_page: The printed fields of each page that has any, and those around a page's
            document.
        mrz_identity: What the MRZ states; empty without one. Likewise for the VIZ and barcode.
        licence_country: USA or CAN for a licence or card of North America, else None.
        applicant: What the applicant stated. None if nothing was given.
        history: What is known of duplicates. None if they were not looked up.
    """

    reading: Reading
    page: Page | None
    checked_pages: tuple[Page, ...]
    mrz: Mrz | None
    mrzs: tuple[Mrz, ...]
    all_mrzs: tuple[Mrz, ...]
    cards: tuple[AamvaCard, ...]
    printed: PrintedFields
    printed_by_page: tuple[PrintedFields, ...]
    mrz_identity: Identity
    viz_identity: Identity
    barcode_identity: Identity
    licence_country: str | None
    today: date
    policy: Policy
    applicant: Applicant | None = None
    history: History | None = None

    @property
    def card(self) -> AamvaCard | None:
        """The barcode that is checked."""
        return self.cards[0] if self.cards else None

    @cached_property
    def kind(self) -> DocumentKind:
        """The kind of document, which decides what is mandatory."""
        is_american = self.is_american_licence
        return classify_document(self.mrz, is_american_licence=is_american, words=self.words)

    @property
    def is_american_licence(self) -> bool:
        """Whether barcode or front show that it is a licence or card of the USA or Canada."""
        return self.licence_country is not None

    @property
    def is_licence_without_barcode(self) -> bool:
        """Whether it is a driver licence whose issuer uses neither MRZ nor AAMVA barcode."""
        return is_licence_without_barcode(self.words)

    @cached_property
    def words(self) -> frozenset[str]:
        """All printed words, in capitals."""
        lines = (line for page in self.reading.pages for line in page.lines)
        return split_words(" ".join(line.text for line in lines))

    @property
    def has_pdf417(self) -> bool:
        """Whether a barcode of the type that licences have was read."""
        return next(find_payloads(self.reading.pages), None) is not None

    @property
    def mrz_reading(self) -> MrzReading | None:
        """The reading that `mrz` was parsed from."""
        return self.page.mrz if self.page else None

    @cached_property
    def identities(self) -> tuple[Identity, ...]:
        """The identities that are not empty, the most reliable first."""
        every = (self.barcode_identity, self.mrz_identity, self.viz_identity)
        return tuple(each for each in every if not each.is_empty)

    @property
    def traits(self) -> Traits:
        """The traits by which duplicates are found, from values that were read with certainty."""
        machine = (self.barcode_identity, self.mrz_identity)
        certain = next(filter(self._is_certain, machine), None)
        return build_traits(certain, self.kind, self.page.fingerprint if self.page else None)

    def _is_certain(self, identity: Identity) -> bool:
        """Return whether number and person were read with certainty, regardless of the policy."""
        names = ("document_number", "birth_date", *NAMES)
        least = min(self.confidence(identity.source, name) for name in names)
        return identity.document_number is not None and least >= CERTAIN_CONFIDENCE

    @property
    def issuing_state(self) -> str | None:
        """The issuer's code from the MRZ or the barcode."""
        return self.mrz_identity.issuing_state or self.barcode_identity.issuing_state

    def find_source(self, name: str) -> Identity | None:
        """Return the most reliable identity that has a field."""
        return next((each for each in self.identities if getattr(each, name) is not None), None)

    def find_date(self, name: str) -> date | None:
        """Return a date from the most reliable source that has it."""
        found = self.find_source(name)
        day: date | None = getattr(found, name) if found else None
        return day

    def mrz_has(self, name: str) -> bool:
        """Return whether the MRZ's layout has a field.

        Old French cards and Russian internal passports have no expiry date there, and French
        licences no given names.
        """
        if self.mrz is None or (name == "given_names" and self.mrz.format is MrzFormat.FRA_DL):
            return False
        if name == "expiry_date" and self.mrz.has_no_expiry:
            return False
        fields = self.mrz.layout.fields
        return name in fields or (name in NAMES and "name" in fields)

    def is_doubtful(self, source: Source, name: str) -> bool:
        """Return whether a field was read with less confidence than the policy requires."""
        return self.confidence(source, name) < self.policy.min_confidence

    def confidence(self, source: Source, name: str) -> float:
        """Return the confidence with which a field of a source was read, from 0 to 1.

        A barcode is read with error correction or not at all, so it is always certain.
        """
        if source is Source.MRZ:
            return self.mrz_confidence(name)
        if source is Source.VIZ:
            value = self.printed.get(name) or self.printed.get("full_name")
            return value.confidence if value else 0.0
        return 1.0

    def has_label(self, name: str) -> bool:
        """Return whether a label names a printed field, not only its position."""
        value = self.printed.get(name) or self.printed.get("full_name")
        return value is not None and value.labelled

    @cached_property
    def viz_confidence(self) -> float:
        """The mean confidence of the printed text, on the page that was read worst.

        Only pages that show the document count. 1.0 if the engine does not measure it.
        """
        return min((compute_text_confidence([page]) for page in self.checked_pages), default=1.0)

    @cached_property
    def viz_pages(self) -> tuple[Page, ...]:
        """The pages that may have the document's VIZ, with the lines that a person can see."""
        pages = choose_viz_pages(self.page, self.reading.pages)
        return tuple(leave_out_hidden_lines(each, self.policy.min_ink_contrast) for each in pages)

    @cached_property
    def unexplained_dates(self) -> tuple[UnlabelledValue, ...]:
        """The dates on the document that belong to no field."""
        return tuple(find_unexplained_dates(self))

    @cached_property
    def unexplained_numbers(self) -> tuple[UnlabelledValue, ...]:
        """The numbers on the document that look like its number but differ from it."""
        return tuple(find_unexplained_numbers(self))

    @cached_property
    def has_further_figures(self) -> bool:
        """Whether the document shows digits without a label that are not a known value."""
        return bool(find_further_figures(self))

    @cached_property
    def has_conflicting_names(self) -> bool:
        """Whether a different name is printed in addition to those of the MRZ or the barcode."""
        return bool(find_conflicting_names(self))

    @cached_property
    def has_unexplained_mrz(self) -> bool:
        """Whether a line of an MRZ is printed that belongs to no MRZ that was read."""
        return bool(find_unexplained_mrz(self))

    @property
    def mrz_confidences(self) -> CharacterConfidences | None:
        """The confidence of each character of the MRZ; None if it is not known."""
        return find_character_confidences(self.mrz, self.mrz_reading)

    def mrz_confidence(self, *names: str) -> float:
        """Return the confidence of the least certain character in the named fields of the MRZ."""
        return compute_mrz_confidence(self.mrz, self.mrz_confidences, names)


def open_case(
    reading: Reading,
    *,
    today: date,
    policy: Policy,
    applicant: Applicant | None = None,
    history: History | None = None,
) -> Case:
    """Parse a reading into the identities that the checks compare."""
    reading = put_passports_first(use_licence_mrz(reading))
    pages = sorted(reading.pages, key=_rank_page)
    parsed = _parse_mrzs(pages)
    page, mrz = parsed[0] if parsed else (_choose_page(pages), None)
    others = [each for page in pages for each in map(_try_parse_mrz, page.other_mrzs) if each]
    mrzs = {each.lines: each for _, each in parsed}
    cards = tuple(_parse_cards(pages))
    card = cards[0] if cards else None
    first_page_first = sorted(pages, key=lambda each: each is not page)
    country = _find_licence_country(pages, mrz, card)
    found = [(each, _find_fields(each, policy, card, country, today)) for each in first_page_first]
    printed = arrange_numbers(merge_viz_fields(page, found), mrz, card)
    around = [find_printed_fields(find_outside_lines(each)) for each in pages]
    checked = tuple(each for each, own in found if _shows_document(each, own))
    viz = build_viz_identity(printed, mrz, card, country, today)
    return Case(
        reading=reading,
        page=page,
        checked_pages=checked or tuple(first_page_first[:1]),
        mrz=mrz,
        mrzs=tuple(mrzs.values()),
        all_mrzs=tuple((mrzs | {each.lines: each for each in others}).values()),
        cards=cards,
        printed=printed,
        printed_by_page=tuple(filter(None, (*(own for _, own in found), *around))),
        mrz_identity=build_mrz_identity(mrz, viz, today),
        viz_identity=viz,
        barcode_identity=build_barcode_identity(card),
        licence_country=country,
        today=today,
        policy=policy,
        applicant=applicant,
        history=history,
    )


def _parse_mrzs(pages: Iterable[Page]) -> list[tuple[Page, Mrz]]:
    """Return each page that has an MRZ, with the MRZ; visas come last."""
    parsed = [(page, mrz) for page in pages if page.mrz and (mrz := _try_parse_mrz(page.mrz))]
    return sorted(parsed, key=lambda each: find_document_kind(each[1]) is DocumentKind.VISA)


def _choose_page(pages: Sequence[Page]) -> Page | None:
    """Return the first page with an MRZ, even one that fits no format, else the first page."""
    return next((page for page in pages if page.mrz), next(iter(pages), None))


def _rank_page(page: Page) -> tuple[bool, bool, int, tuple[str, ...]]:
    """Return a key that sorts the pages of a document regardless of their order in the file."""
    texts = (*(page.mrz.lines if page.mrz else ()), *(line.text for line in page.lines))
    return page.mrz is None, not page.portraits, -len(page.lines), texts


def _try_parse_mrz(mrz: MrzReading) -> Mrz | None:
    try:
        return parse_mrz(mrz.lines)
    except MalformedMrz:
        return None


def _parse_cards(pages: Iterable[Page]) -> Iterator[AamvaCard]:
    for payload in dict.fromkeys(find_payloads(pages)):
        try:
            yield parse_aamva(payload)
        except MalformedBarcode:
            continue


def _find_licence_country(
    pages: Sequence[Page], mrz: Mrz | None, card: AamvaCard | None
) -> str | None:
    """Return the country of a North American licence, from its barcode or its front; or None."""
    if card:
        return card.country or "USA"
    fronts = (find_document_lines(page) for page in pages if mrz is None)
    found = (find_licence_issuer(lines) for lines in fronts)
    issuer = next(filter(None, found), None)
    return issuer.country if issuer else None


def _find_fields(
    page: Page, policy: Policy, card: AamvaCard | None, licence_country: str | None, today: date
) -> PrintedFields:
    """Return the printed fields of a page; those that the engine recognised take precedence."""
    by_engine = {
        name: each for name, each in page.fields.items() if len(each.text) <= MAX_LINE_LENGTH
    }
    lines = find_document_lines(leave_out_hidden_lines(page, policy.min_ink_contrast))
    if page.mrz is None and licence_country:
        printed = find_licence_fields(LicenceFront(lines, licence_country, card, today))
    else:
        printed = find_printed_fields(lines)
    return merge_fields(convert_engine_fields(by_engine), printed)


def _shows_document(page: Page, printed: PrintedFields) -> bool:
    """Return whether a page has an MRZ, a licence's barcode, a portrait or the holder's fields."""
    has_sign = page.mrz or page.portraits or any(find_payloads([page]))
    return bool(has_sign) or len(printed.keys() & HOLDER_FIELDS) >= MIN_HOLDER_FIELDS
