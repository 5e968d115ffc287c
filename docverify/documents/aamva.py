"""Licences and identity cards of North America, from their barcode (AAMVA DL/ID, Annex D)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from docverify.documents.aamva_payload import AamvaPayload, decode_payload, parse_payload
from docverify.documents.dates import build_date
from docverify.documents.magnetic_stripe import parse_magnetic_stripe
from docverify.documents.states import Jurisdiction, find_jurisdiction

EDITIONS = {
    1: 2000,
    2: 2003,
    3: 2005,
    4: 2009,
    5: 2010,
    6: 2011,
    7: 2012,
    8: 2013,
    9: 2016,
    10: 2020,
}
"""The years in which versions were published; that of version 11 is not confirmed."""

MANDATORY = {
    *(f"DA{last}" for last in "CDGIJKQUY"),
    *(f"DB{last}" for last in "ABCD"),
    *(f"DC{last}" for last in "ABDFGS"),
    *(f"DD{last}" for last in "EFG"),
}
"""The elements that versions 4 and later require (Annex D, table D.3)."""

NO_VALUE = {"", "NONE", "UNK", "UNAVL", "UNAVAILABLE"}
DATE = re.compile("[0-9]{8}")
SEPARATED_DATE = re.compile("([0-9]{1,4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,4})")
YEARS = range(1800, 2200)
SEXES = {"1": "M", "2": "F", "9": "X", "M": "M", "F": "F", "X": "X"}
COUNTRIES = {"US": "USA", "CA": "CAN", "MX": "MEX"}
EYE_COLORS = {"BN": "BRO"}
REAL_ID = {"F": True, "M": True, "N": False}
TRUNCATED = {"T": True, "N": False}
CM_PER_INCH = 2.54
INCHES_PER_FOOT = 12


@dataclass(frozen=True)
class AamvaCard:
    """The content of the barcode of a card. A field that is missing, or NONE, is None."""

    issuer_id: str
    """The issuer identification number, six digits."""

    aamva_version: int
    jurisdiction_version: int | None
    card_type: str
    """DL, ID or EN (enhanced)."""

    deviations: tuple[str, ...]
    """Codes of the departures from the published layout; they contain no values."""

    elements: Mapping[str, str] = field(repr=False, hash=False)
    """Values by element id, as read."""

    document_number: str | None = field(repr=False)
    surname: str | None = field(repr=False)
    first_name: str | None = field(repr=False)
    middle_names: str | None = field(repr=False)
    suffix: str | None = field(repr=False)
    birth_date: date | None = field(repr=False)
    issue_date: date | None = field(repr=False)
    expiry_date: date | None = field(repr=False)
    sex: str | None = field(repr=False)
    """M, F or X."""

    street: str | None = field(repr=False)
    street_2: str | None = field(repr=False)
    city: str | None = field(repr=False)
    address_state: str | None = field(repr=False)
    """The state of the address, which is not the issuer if the holder moved."""

    postal_code: str | None = field(repr=False)
    height_cm: int | None = field(repr=False)
    eye_color: str | None = field(repr=False)
    """Three letters, such as BRO for brown."""

    country: str | None
    """USA, CAN or MEX, or any other country that the card names."""

    document_discriminator: str | None = field(repr=False)
    vehicle_class: str | None
    restrictions: str | None
    endorsements: str | None
    is_real_id: bool | None
    surname_truncated: bool | None
    first_name_truncated: bool | None
    middle_names_truncated: bool | None

    @property
    def given_names(self) -> str | None:
        """All given names, separated by blanks."""
        return " ".join(filter(None, (self.first_name, self.middle_names))) or None

    @property
    def edition(self) -> int | None:
        """The year in which the version was published: no older card can have it."""
        return EDITIONS.get(self.aamva_version)

    @property
    def issuer(self) -> Jurisdiction | None:
        """The issuer with this number; None if the number is not known."""
        return find_jurisdiction(self.issuer_id)

    @property
    def missing_elements(self) -> tuple[str, ...]:
        """The ids of the elements that versions 4 and later require and this card lacks."""
        required = MANDATORY if self.aamva_version >= 4 else set()
        return tuple(sorted(required - self.elements.keys()))

    def read_text(self, element_id: str) -> str | None:
        """Return the value of an element without padding; None if it is missing or says NONE."""
        return clean_value(self.elements.get(element_id))

    def read_flag(self, element_id: str) -> bool | None:
        """Return whether an element such as DDL (veteran) is 1 or Y; None if it is missing."""
        value = self.elements.get(element_id)
        return None if value is None else value.strip() in ("1", "Y")

    def read_date(self, element_id: str) -> date | None:
        """Return the date of an element such as DDB (revision) or DDJ (under 21 until)."""
        value = self.elements.get(element_id)
        return parse_date(value, self.aamva_version, self.country).day


class HolderNames(NamedTuple):
    """The parts of the holder's name; None where the card lacks one."""

    surname: str | None
    first_name: str | None
    middle_names: str | None
    suffix: str | None


class CardDate(NamedTuple):
    """A date, with a code if it is not written as the version requires."""

    day: date | None
    deviation: str | None = None


def parse_aamva(payload: bytes) -> AamvaCard:
    """Parse the payload of a PDF417 barcode, of versions 0 to 11 and later ones.

    Departures from the standard that can still be read become codes in `deviations`. Raise
    MalformedBarcode if the payload is not that of a licence or identity card.
    """
    content = parse_magnetic_stripe(decode_payload(payload)) or parse_payload(payload)
    country = find_country(content)
    birth, issue, expiry = (
        parse_date(content.elements.get(each), content.aamva_version, country)
        for each in ("DBB", "DBD", "DBA")
    )
    sex = content.elements.get("DBC", "").strip().upper()
    sex_deviation = "sex_written_as_letter" if sex in ("M", "F", "X") else None
    named = clean_value(content.elements.get("DCG"))
    country_deviation = "country_code" if named and named != country else None
    dates = (birth.deviation, issue.deviation, expiry.deviation)
    found = filter(None, (sex_deviation, country_deviation, *dates))
    deviations = tuple(dict.fromkeys((*content.deviations, *found)))
    return build_card(content, country, deviations, (birth.day, issue.day, expiry.day))


def find_country(content: AamvaPayload) -> str | None:
    """Return the country that the card names, by its code of three letters, else its issuer's.

    Some issuers write two letters, small letters or dots, such as U.S.A.
    """
    if named := clean_value(content.elements.get("DCG")):
        code = named.upper().replace(".", "").replace(" ", "")
        return COUNTRIES.get(code, code)
    issuer = find_jurisdiction(content.issuer_id)
    return issuer.country if issuer else None


def build_card(
    content: AamvaPayload,
    country: str | None,
    deviations: tuple[str, ...],
    dates: tuple[date | None, date | None, date | None],
) -> AamvaCard:
    """Build the card from its elements; `dates` are those of birth, issue and expiry."""
    elements = content.elements
    names = find_names(elements)
    eye_color = find_value(elements, "DAY")
    return AamvaCard(
        issuer_id=content.issuer_id,
        aamva_version=content.aamva_version,
        jurisdiction_version=content.jurisdiction_version,
        card_type=content.card_type,
        deviations=deviations,
        elements=elements,
        document_number=elements.get("DAQ", "").strip() or None,
        surname=names.surname,
        first_name=names.first_name,
        middle_names=names.middle_names,
        suffix=names.suffix,
        birth_date=dates[0],
        issue_date=dates[1],
        expiry_date=dates[2],
        sex=SEXES.get(elements.get("DBC", "").strip().upper()),
        street=find_value(elements, "DAG", "DAL"),
        street_2=find_value(elements, "DAH", "DAM"),
        city=find_value(elements, "DAI", "DAN"),
        address_state=find_value(elements, "DAJ", "DAO"),
        postal_code=clean_postal_code(find_value(elements, "DAK", "DAP") or "", country),
        height_cm=parse_height(find_value(elements, "DAU") or ""),
        eye_color=EYE_COLORS.get(eye_color or "", eye_color),
        country=country,
        document_discriminator=find_value(elements, "DCF"),
        vehicle_class=find_value(elements, "DCA", "DAR"),
        restrictions=find_value(elements, "DCB", "DAS"),
        endorsements=find_value(elements, "DCD", "DAT"),
        is_real_id=REAL_ID.get(find_value(elements, "DDA") or ""),
        surname_truncated=TRUNCATED.get(find_value(elements, "DDE") or ""),
        first_name_truncated=TRUNCATED.get(find_value(elements, "DDF") or ""),
        middle_names_truncated=TRUNCATED.get(find_value(elements, "DDG") or ""),
    )


def clean_value(value: str | None) -> str | None:
    """Return a value without padding; None if it is missing, empty or NONE."""
    text = (value or "").strip(" ,\t")  # Ontario ends names with a comma.
    return None if text.upper() in NO_VALUE else text


def find_value(elements: Mapping[str, str], *ids: str) -> str | None:
    """Return the first value of elements that have the same meaning in different versions."""
    return next(filter(None, (clean_value(elements.get(each)) for each in ids)), None)


def find_names(elements: Mapping[str, str]) -> HolderNames:
    """Return the parts of the holder's name; each version has them in different elements."""
    if full_name := clean_value(elements.get("DAA")):
        return split_full_name(full_name)
    first_name, middle_names = clean_value(elements.get("DAC")), clean_value(elements.get("DAD"))
    if first_name is None:
        first_name, middle_names = split_given_names(clean_value(elements.get("DCT")))
    surname = find_value(elements, "DCS", "DAB")
    return HolderNames(surname, first_name, middle_names, find_value(elements, "DCU", "DAE"))


def split_full_name(full_name: str) -> HolderNames:
    """Split LAST,FIRST,MIDDLE,SUFFIX, also with $ or @ instead of commas, or FIRST MIDDLE LAST.

    Pennsylvania writes the latter.
    """
    parts = [each.strip() or None for each in re.split(r"[,$@]", full_name)]
    if len(parts) == 1:
        first, *middle = full_name.split()
        last = middle.pop() if middle else None
        return HolderNames(last, first, " ".join(middle) or None, None)
    surname, first_name, middle_names, suffix = (*parts, None, None, None)[:4]
    if middle_names is None:
        first_name, middle_names = split_given_names(first_name)
    return HolderNames(surname, first_name, middle_names, suffix)


def split_given_names(names: str | None) -> tuple[str | None, str | None]:
    """Return the first name and the middle names, each None if missing."""
    first, _, middle = re.sub(r"[,\s]+", " ", names or "").strip().partition(" ")
    return first or None, middle or None


def parse_date(value: str | None, version: int, country: str | None) -> CardDate:
    """Parse a date: MMDDYYYY in the USA since version 2, else YYYYMMDD; or else the other one."""
    text = clean_value(value)
    if text is None or not text.strip("0"):
        return CardDate(None)
    if separated := SEPARATED_DATE.fullmatch(text):
        return _parse_separated(*separated.groups(), country=country)
    if not DATE.match(text):
        return CardDate(None, "date_unreadable")
    year_first = _build_date(text[:4], text[4:6], text[6:8])
    month_first = _build_date(text[4:8], text[:2], text[2:4])
    is_month_first = version >= 2 and country == "USA"
    expected, other = (month_first, year_first) if is_month_first else (year_first, month_first)
    if expected:
        return CardDate(expected, "date_with_more" if len(text) > 8 else None)
    return CardDate(other, "date_order") if other else CardDate(None, "date_unreadable")


def _parse_separated(first: str, second: str, third: str, *, country: str | None) -> CardDate:
    """Parse a date with separators: the year comes first, or in the USA the month."""
    found = None
    if len(first) == 4:
        found = _build_date(first, second, third)
    elif len(third) == 4 and country == "USA":
        found = _build_date(third, first, second)
    return CardDate(found, "date_separators" if found else "date_unreadable")


def _build_date(year: str, month: str, day: str) -> date | None:
    return build_date(int(year), int(month), int(day)) if int(year) in YEARS else None


def parse_height(text: str) -> int | None:
    """Return centimetres of `173 cm`, `068 in` or, without a unit, feet and inches: `508`.

    >>> [parse_height(each) for each in ("173 cm", "068 in", "508", "tall")]
    [173, 173, 173, None]
    """
    match = re.fullmatch(r"([0-9]{1,3}) *(IN|CM)?", text.upper())
    if match is None:
        return None
    number, unit = int(match[1]), match[2]
    if unit == "CM":
        return number
    feet, inches = divmod(number, 100)
    if unit:
        return round(CM_PER_INCH * number)
    if inches >= INCHES_PER_FOOT:
        return None
    return round(CM_PER_INCH * (INCHES_PER_FOOT * feet + inches))


def clean_postal_code(text: str, country: str | None) -> str | None:
    """Return a postal code without blanks and dashes: 5 or 9 digits in the USA."""
    compact = re.sub(r"[\s-]+", "", text)
    if country == "USA":
        # Padding is not always blanks, and four zeros mean that the longer code is not known.
        compact = compact[: 5 if len(compact) != 9 or compact.endswith("0000") else 9]
    return compact if compact.strip("0") else None
