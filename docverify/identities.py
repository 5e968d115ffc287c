"""What each source of a document states about the holder and the document."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from docverify.documents import dates
from docverify.documents.aamva import AamvaCard
from docverify.documents.mrz import Mrz, decode_russian_name
from docverify.documents.mrz_layouts import MrzFormat
from docverify.documents.name_words import is_absent_name
from docverify.documents.names import PersonName, split_name
from docverify.documents.national_numbers import find_national_numbers
from docverify.documents.printed_fields import PrintedFields
from docverify.documents.sexes import parse_sex
from docverify.documents.stated_names import has_same_words
from docverify.documents.transliteration import transliterate
from docverify.documents.validity_terms import (
    compute_french_card_expiry,
    compute_russian_passport_expiry,
)
from docverify.documents.value_shapes import DATE_FIELDS

NAMES = ("surname", "given_names")
PLACE_CODE = re.compile(r"(?<=\d)\s+\d{5,}.*$")  # Peru prints it after the birth date.
FORMS_OF_ADDRESS = ("MR", "MRS", "MS", "MISS")
CURP = re.compile(r"[A-Z]{4}\d{6}(?P<sex>[HM])[A-Z]{5}[A-Z\d]\d")  # Mexico's population registry


class Source(StrEnum):
    """Where a value comes from."""

    MRZ = "mrz"
    VIZ = "viz"
    BARCODE = "barcode"
    APPLICANT = "applicant"


@dataclass(frozen=True)
class Identity:
    """What one source states about the holder and the document.

    A field is None if the source does not have it. In the MRZ and the barcode, `issuing_state` and
    `nationality` are codes of Doc 9303-3; in the VIZ they are as printed.
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
        """The name, split as the source splits it, without words such as FNU for a missing name."""
        names = (self.surname, self.given_names)
        return PersonName(*(each if each and not is_absent_name(each) else "" for each in names))

    @property
    def is_empty(self) -> bool:
        """Whether the source has no field at all."""
        return self == Identity(self.source)


def build_mrz_identity(mrz: Mrz | None, viz: Identity, today: date) -> Identity:
    """Build the identity of an MRZ; the printed dates help to find the century."""
    if mrz is None:
        return Identity(Source.MRZ)
    born = dates.resolve_birth_date(mrz.birth_date, today=today, printed=viz.birth_date)
    expiry = dates.resolve_expiry_date(mrz.expiry_date, today=today, printed=viz.expiry_date)
    if mrz.format is MrzFormat.FRA_ID:
        expiry = compute_french_card_expiry(mrz.national_data["issue_month"], born, today)
    if mrz.has_no_expiry:
        issued = read_russian_issue_date(mrz, today) or viz.issue_date
        expiry = compute_russian_passport_expiry(born, issued)
    names = (mrz.surname, mrz.given_names.replace(",", ""))
    surname, given_names = map(decode_russian_name, names) if mrz.has_russian_names else names
    return Identity(
        source=Source.MRZ,
        document_number=mrz.document_number or None,
        surname=surname or None,
        given_names=given_names or None,
        nationality=mrz.nationality or None,
        birth_date=born,
        sex=(mrz.sex if mrz.sex in "MF" else "X") if mrz.sex else None,
        expiry_date=expiry,
        issuing_state=mrz.issuing_state or None,
    )


def read_russian_issue_date(mrz: Mrz, today: date) -> date | None:
    """Return the date of issue in the optional data of a Russian internal passport.

    It follows the fourth digit of the series. None if it is not a date.
    """
    return dates.resolve_birth_date(mrz.optional_data[1:7], today=today)


def build_barcode_identity(card: AamvaCard | None) -> Identity:
    """Build the identity of a barcode; the issuing state is a country."""
    if card is None:
        return Identity(Source.BARCODE)
    return Identity(
        source=Source.BARCODE,
        document_number=card.document_number,
        surname=card.surname,
        given_names=card.given_names,
        birth_date=card.birth_date,
        sex=card.sex,
        issue_date=card.issue_date,
        expiry_date=card.expiry_date,
        issuing_state=card.issuer.country if card.issuer else card.country,
    )


def build_viz_identity(
    printed: PrintedFields,
    mrz: Mrz | None,
    card: AamvaCard | None,
    licence_country: str | None,
    today: date,
) -> Identity:
    """Build the identity of the printed fields; MRZ, barcode and country help to read its dates."""
    texts = {name: value.text for name, value in printed.items()}
    texts |= _join_lines_of_names(printed, mrz) | _split_period(texts)
    surname, given_names = _choose_names(texts)
    days = _choose_dates(texts, mrz, card, licence_country, today)
    return Identity(
        source=Source.VIZ,
        document_number=texts.get("document_number"),
        surname=surname,
        given_names=given_names,
        nationality=texts.get("nationality"),
        birth_date=days["birth_date"],
        sex=_read_sex(texts, mrz),
        issue_date=days["issue_date"],
        expiry_date=days["expiry_date"],
        issuing_state=texts.get("issuing_state"),
    )


def _join_lines_of_names(printed: PrintedFields, mrz: Mrz | None) -> dict[str, str]:
    """Return the names that are printed in several lines, such as surnames on Spanish cards.

    All lines together have the words of the name in the MRZ.
    """
    known = {"surname": mrz.surname, "given_names": mrz.given_names} if mrz else {}
    joined = {name: " ".join(printed[name].lines) for name in known if name in printed}
    return {name: text for name, text in joined.items() if has_same_words(text, known[name])}


def _split_period(texts: dict[str, str]) -> dict[str, str]:
    """Return the dates of issue and expiry that one label has, as on Romanian cards."""
    period = dates.split_range(texts.get("expiry_date", ""))
    return (
        {"issue_date": texts.get("issue_date", period[0]), "expiry_date": period[1]}
        if period
        else {}
    )


def _choose_names(texts: dict[str, str]) -> tuple[str | None, str | None]:
    """Return surname and given names, each None if it has no form in Latin letters.

    A name without a Latin form cannot be compared with an MRZ or a barcode.
    """
    whole = split_name(texts.get("full_name", ""))
    surname = texts.get("surname") or whole.surname
    given_names = _drop_title(texts.get("given_names", "")) or (whole.surname and whole.given_names)
    return (
        surname if any(transliterate(surname)) else None,
        given_names if any(transliterate(given_names)) else None,
    )


def _drop_title(given_names: str) -> str:
    """Return given names without the title that British licences print before them."""
    first, _, rest = given_names.partition(" ")
    return rest if rest and first.upper().strip(".") in FORMS_OF_ADDRESS else given_names


def _read_sex(texts: dict[str, str], mrz: Mrz | None) -> str | None:
    """Return the printed sex; on Mexican cards, M is mujer (F), and H is hombre (M).

    The CURP on the same document has the same letter. None for an M that is also in the MRZ of a
    Mexican card, because its meaning differs there.
    """
    text = texts.get("sex", "")
    if "".join(filter(str.isalpha, text)).upper() != "M":
        return parse_sex(text)
    curp = CURP.fullmatch("".join(texts.get("national_number", "").split()).upper())
    if curp:
        return "F" if curp["sex"] == "M" else "M"
    if mrz and mrz.issuing_state == "MEX" and mrz.format is MrzFormat.TD1:
        return None if mrz.sex == "M" else "F"
    return "M"


def _read_national_birth_date(texts: dict[str, str], mrz: Mrz) -> tuple[date, ...]:
    """Return the birth dates in a printed national number with correct check digits.

    Swedish cards and licences print no other birth date.
    """
    printed = [texts.get("national_number", "")]
    numbers = find_national_numbers(mrz.issuing_state, printed=printed)
    return tuple(day for number in numbers for day in number.birth_dates)


def _choose_dates(
    texts: dict[str, str],
    mrz: Mrz | None,
    card: AamvaCard | None,
    licence_country: str | None,
    today: date,
) -> dict[str, date | None]:
    """Return the printed dates by field.

    A date of digits may have several meanings; that of the MRZ or the barcode is preferred.
    """
    issuer = mrz.issuing_state if mrz else None
    if mrz is None:
        issuer = licence_country or texts.get("issuing_state")
    order = dates.find_date_order([texts[name] for name in DATE_FIELDS if name in texts], issuer)
    chosen = {}
    for name in DATE_FIELDS:
        text = texts.get(name, "")
        days = dates.parse_dates(text, order=order) or dates.parse_dates(
            PLACE_CODE.sub("", text), order=order
        )
        if name == "birth_date" and name not in texts and mrz:
            days = _read_national_birth_date(texts, mrz)
        confirmed = [
            day
            for day in days
            if day == getattr(card, name, None) or f"{day:%y%m%d}" == getattr(mrz, name, None)
        ]
        chosen[name] = dates.choose_date(
            confirmed or days, today=today, ahead=name == "expiry_date"
        )
    return chosen
