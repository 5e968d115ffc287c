"""The barcode of North American licences (AAMVA DL/ID Card Design Standard, Annex D).

Versions 0 to 11 and later ones are read. The published layout is tried first; where a payload
departs from it, what it holds is found by its element ids, and each departure gets a code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from docverify.documents.states import Jurisdiction, find_jurisdiction
from docverify.errors import MalformedBarcode

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

NEWEST_VERSION = 11
MAX_BYTES = 20_000  # The largest PDF417 symbol holds 1850 characters.
HEADER_WITHIN = 40
COMPLIANCE = "@\n\x1e\r"
HEADER = re.compile(r"(ANSI |ANSI|AAMVA)([0-9]{6})([0-9]{2})([0-9]{2})?([0-9]{2})")
DESIGNATOR = re.compile(r"([A-Z][A-Z0-9])([0-9A-Z ]{4})([0-9A-Z ]{4})")
CARD_TYPES = ("DL", "ID", "EN")
SEPARATORS = re.compile(r"[\n\r\x1c-\x1f|]+")
NOISE = re.compile(r"[^\n\r\x1c-\x1f\x20-\x7e\xa0-\uffff]|\ufffd")
ELEMENT = re.compile(r"(D[A-D][A-Z]|Z[A-Z][A-Z])(.*)", re.DOTALL)
TYPED = re.compile(r"(DL|ID|EN|Z[A-Z])(?=D[A-D][A-Z]|Z[A-Z][A-Z]|$)")
OTHER_SEPARATOR = re.compile(r"[\r\x1c-\x1f|]\n?(?=D[A-D][A-Z])")
DATE = re.compile("[0-9]{8}")
NOTHING = {"", "NONE", "UNAVL", "UNAVAILABLE"}
FEWEST = 4  # Fewer elements than this in one line: the separators between them were lost.
# Annex D: the elements of all versions, by the two letters that they begin with.
IDS = {
    *(f"DA{last}" for last in "ABCDEGHIJKQRSTUWXYZ"),
    *(f"DB{last}" for last in "ABCDGHNS"),
    *(f"DC{last}" for last in "ABCDEFGIJKLSTU"),
    *(f"DD{last}" for last in "ABCDEFGHIJKLMNOP"),
}
ANY_ID = re.compile(f"(?=({'|'.join(sorted(IDS))}))")
CENTURIES = range(1800, 2200)
EYES = {"BN": "BRO", "UNK": None}

MANDATORY = {
    *(f"DA{last}" for last in "CDGIJKQUY"),
    *(f"DB{last}" for last in "ABCD"),
    *(f"DC{last}" for last in "ABDFGS"),
    *(f"DD{last}" for last in "EFG"),
}
"""Elements that versions 4 and later require (Annex D, table D.3)."""


@dataclass(frozen=True)
class AamvaCard:
    """What the barcode says; None where it says nothing, or NONE."""

    issuer_id: str
    aamva_version: int
    jurisdiction_version: int | None
    card_type: str
    """DL, ID or EN (enhanced)."""

    deviations: tuple[str, ...]
    """Codes of what departs from the published layout; no value is among them."""

    elements: Mapping[str, str] = field(repr=False, hash=False)
    """Values by element id, as they were read."""

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
    """Of the address: a holder who moved has another than the issuer."""

    postal_code: str | None = field(repr=False)
    height_cm: int | None = field(repr=False)
    eye_color: str | None = field(repr=False)
    country: str | None
    """USA, CAN or MEX."""

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
        """All given names, blanks between them."""
        return " ".join(filter(None, (self.first_name, self.middle_names))) or None

    @property
    def edition(self) -> int | None:
        """The year in which the version was published: no older card can have it."""
        return EDITIONS.get(self.aamva_version)

    @property
    def issuer(self) -> Jurisdiction | None:
        """Who issues under this number; None when nobody is known to."""
        return find_jurisdiction(self.issuer_id)

    @property
    def missing_elements(self) -> tuple[str, ...]:
        """Ids of elements that versions 4 and later require, and that are not there."""
        required = MANDATORY if self.aamva_version >= 4 else set()
        return tuple(sorted(required - self.elements.keys()))

    def read_text(self, element_id: str) -> str | None:
        """Return the value of an element without padding; None when it says nothing."""
        return _said(self.elements.get(element_id))

    def read_flag(self, element_id: str) -> bool | None:
        """Return whether an element such as DDL (veteran) says yes."""
        return _flag(self.elements.get(element_id))

    def read_date(self, element_id: str) -> date | None:
        """Return the date of an element such as DDB (revision) or DDJ (under 21 until)."""
        return _day(self.elements.get(element_id), self.aamva_version, self.country)[0]


def parse_aamva(payload: bytes) -> AamvaCard:
    """Parse the payload of a PDF417 barcode.

    Raises MalformedBarcode when it is none of a licence or identity card. Whatever departs from
    the standard and can be read nevertheless is a code in `deviations`.
    """
    text = _decoded(payload)
    header = HEADER.search(text, 0, HEADER_WITHIN + len(COMPLIANCE))
    if header is None:
        raise MalformedBarcode(_refusal(text))
    seen: dict[str, None] = dict.fromkeys(_header_deviations(text, header))
    clean = NOISE.sub("", text[header.end() :])
    if len(clean) < len(text) - header.end():
        seen["control_characters"] = None
    designators = _designators(text, header)
    seen |= dict.fromkeys(_layout_deviations(text, header, designators))
    elements = _elements(clean[10 * len(designators) :], seen)
    if not any(each in elements for each in ("DAQ", "DCS", "DAA", "DAB", "DBB")):
        raise MalformedBarcode("no element names a holder or a number")
    card_type = next((each[0] for each in designators if each[0] in CARD_TYPES), "DL")
    return _card(header, card_type, elements, seen)


def _decoded(payload: bytes) -> str:
    if len(payload) > MAX_BYTES:
        raise MalformedBarcode(f"a barcode cannot hold {len(payload)} bytes")
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError:
        return payload.decode("latin-1")


def _refusal(text: str) -> str:
    if text.lstrip().startswith("%") and "^" in text:
        return "this is the text of a magnetic stripe; the PDF417 barcode is needed"
    return f"no AAMVA header within the first {HEADER_WITHIN} characters"


def _header_deviations(text: str, header: re.Match[str]) -> Iterable[str]:
    version = int(header[3])
    if text[: header.start()] != COMPLIANCE:
        yield "compliance_header"
    if header[1] != "ANSI ":
        yield "file_type"
    if (header[4] is None) != (version < 2):  # Versions 0 and 1 have no jurisdiction version.
        yield "jurisdiction_version"
    if version > NEWEST_VERSION:
        yield "version_unknown"


Designator = tuple[str, str, str]


def _designators(text: str, header: re.Match[str]) -> list[Designator]:
    """Return type, offset and length of each subfile, as far as they follow the header."""
    found: list[Designator] = []
    at = header.end()
    while len(found) < int(header[5]) and (match := DESIGNATOR.match(text, at)):
        found.append((match[1], match[2], match[3]))
        at = match.end()
    return found


def _layout_deviations(
    text: str, header: re.Match[str], designators: list[Designator]
) -> Iterable[str]:
    if len(designators) != int(header[5]):
        yield "number_of_entries"
    start = header.start() - len(COMPLIANCE)  # Offsets count from the first byte.
    for kind, offset, length in designators:
        if kind in CARD_TYPES:
            yield from _subfile_deviations(text, kind, offset, length, start)


def _subfile_deviations(
    text: str, kind: str, offset: str, length: str, start: int
) -> Iterable[str]:
    if not (offset + length).isdecimal():
        yield "subfile_offset"
        return
    first = start + int(offset)
    if first < 0 or text[first : first + 2] != kind:
        yield "subfile_offset"
    elif len(text) < first + int(length):
        yield "subfile_length"
    elif text[first + int(length) - 1 : first + int(length)] != "\r":
        yield "segment_terminator"


def _elements(text: str, seen: dict[str, None]) -> dict[str, str]:
    """Return the values by id; the first counts where an id comes twice."""
    elements: dict[str, str] = {}
    last = ""
    for token in _tokens(text, seen):
        found = ELEMENT.fullmatch(token)
        if found is None:
            elements[last] = f"{elements.get(last, '')} {token}"
            seen["value_over_lines"] = None
        elif found[1] in elements:
            seen["element_twice"] = None
        else:
            last = found[1]
            elements[last] = found[2]
    elements.pop("", None)
    return elements


def _tokens(text: str, seen: dict[str, None]) -> list[str]:
    """Cut subfiles into elements, without the types of the subfiles."""
    tokens = [each for each in SEPARATORS.split(text) if each.strip()]
    if OTHER_SEPARATOR.search(text):
        seen["separators"] = None
    if len(tokens) < FEWEST:
        tokens = _without_separators(" ".join(tokens))
        seen["separators_lost"] = None
    if tokens and not TYPED.match(tokens[0]):
        seen["subfile_type"] = None
    untyped = (each[2:] if TYPED.match(each) else each for each in tokens)
    return [each for each in untyped if each]


def _without_separators(text: str) -> list[str]:
    """Cut at each element id that has not come yet: a name may hold the letters of one that has."""
    starts: dict[str, int] = {}
    for found in ANY_ID.finditer(text):
        starts.setdefault(found[1], found.start())
    cuts = [0, *starts.values(), len(text)]
    return [text[start:stop] for start, stop in pairwise(cuts) if start < stop]


def _card(
    header: re.Match[str], card_type: str, elements: dict[str, str], seen: dict[str, None]
) -> AamvaCard:
    version = int(header[3])
    issuer = find_jurisdiction(header[2])
    country = _said(elements.get("DCG")) or (issuer.country if issuer else None)
    surname, first_name, middle_names, suffix = _names(elements)

    def day(element_id: str) -> date | None:
        found, deviation = _day(elements.get(element_id), version, country)
        if deviation:
            seen[deviation] = None
        return found

    def text(*ids: str) -> str | None:
        return next(filter(None, (_said(elements.get(each)) for each in ids)), None)

    sex = elements.get("DBC", "").strip().upper()
    if sex in ("M", "F", "X"):
        seen["sex_written_as_letter"] = None
    birth_date, issue_date, expiry_date = day("DBB"), day("DBD"), day("DBA")
    return AamvaCard(
        issuer_id=header[2],
        aamva_version=version,
        jurisdiction_version=int(header[4]) if header[4] else None,
        card_type=card_type,
        deviations=tuple(seen),
        elements=elements,
        document_number=elements.get("DAQ", "").strip() or None,
        surname=surname,
        first_name=first_name,
        middle_names=middle_names,
        suffix=suffix,
        birth_date=birth_date,
        issue_date=issue_date,
        expiry_date=expiry_date,
        sex={"1": "M", "2": "F", "9": "X"}.get(sex, sex if sex in ("M", "F", "X") else None),
        street=text("DAG"),
        street_2=text("DAH"),
        city=text("DAI"),
        address_state=text("DAJ"),
        postal_code=_postal_code(text("DAK"), country),
        height_cm=_height_cm(text("DAU")),
        eye_color=EYES.get(text("DAY") or "", text("DAY")),
        country=country,
        document_discriminator=text("DCF"),
        vehicle_class=text("DCA", "DAR"),
        restrictions=text("DCB", "DAS"),
        endorsements=text("DCD", "DAT"),
        is_real_id={"F": True, "M": True, "N": False}.get(text("DDA") or ""),
        surname_truncated=_truncated(text("DDE")),
        first_name_truncated=_truncated(text("DDF")),
        middle_names_truncated=_truncated(text("DDG")),
    )


def _said(value: str | None) -> str | None:
    said = (value or "").strip(" ,\t")  # Ontario ends names with a comma.
    return None if said.upper() in NOTHING else said


def _flag(value: str | None) -> bool | None:
    return None if value is None else value.strip() in ("1", "Y")


def _truncated(flag: str | None) -> bool | None:
    return {"T": True, "N": False}.get(flag or "")


Names = tuple[str | None, str | None, str | None, str | None]


def _names(elements: Mapping[str, str]) -> Names:
    """Return surname, first name, middle names, suffix; versions differ in where they stand."""
    if full := _said(elements.get("DAA")):
        return _full_name(full)
    surname = _said(elements.get("DCS")) or _said(elements.get("DAB"))
    names = _said(elements.get("DAC")), _said(elements.get("DAD"))
    if names[0] is None:
        names = _given_names(_said(elements.get("DCT")))
    return surname, *names, _said(elements.get("DCU")) or _said(elements.get("DAE"))


def _full_name(full: str) -> Names:
    """LAST,FIRST,MIDDLE,SUFFIX, with $ or @ in place of commas; Pennsylvania: FIRST LAST."""
    parts = [each.strip() or None for each in re.split(r"[,$@]", full)]
    if len(parts) == 1:
        first, *middle = full.split()
        last = middle.pop() if middle else None
        return last, first, " ".join(middle) or None, None
    surname, first_name, middle_names, suffix = (*parts, None, None, None)[:4]
    if middle_names is None:
        first_name, middle_names = _given_names(first_name)
    return surname, first_name, middle_names, suffix


def _given_names(names: str | None) -> tuple[str | None, str | None]:
    first, _, middle = re.sub(r"[,\s]+", " ", names or "").strip().partition(" ")
    return first or None, middle or None


def _day(value: str | None, version: int, country: str | None) -> tuple[date | None, str | None]:
    """Return the date, and a code if it is not written as the version has it."""
    said = _said(value)
    if said is None or not said.strip("0"):
        return None, None
    if not DATE.match(said):
        return None, "date_unreadable"
    year_first = version < 2 or country != "USA"
    expected, other = (_year_first, _month_first) if year_first else (_month_first, _year_first)
    deviation = "date_with_more" if len(said) > 8 else None
    if found := expected(said):
        return found, deviation
    found = other(said)
    return found, "date_order" if found else "date_unreadable"


def _year_first(text: str) -> date | None:
    return _date(int(text[:4]), int(text[4:6]), int(text[6:8]))


def _month_first(text: str) -> date | None:
    return _date(int(text[4:8]), int(text[:2]), int(text[2:4]))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if year in CENTURIES else None
    except ValueError:
        return None


def _height_cm(text: str | None) -> int | None:
    """Return centimetres of `173 cm`, `068 in` or, without unit, feet and inches: `508`."""
    found = re.fullmatch(r"([0-9]{1,3}) *(IN|CM)?", (text or "").upper())
    if found is None:
        return None
    number = int(found[1])
    if found[2] == "CM":
        return number
    inches = number if found[2] else 12 * (number // 100) + number % 100
    return round(2.54 * inches)


def _postal_code(text: str | None, country: str | None) -> str | None:
    compact = re.sub(r"[\s-]+", "", text or "")
    if country == "USA":
        # Padding is not always blank, and four zeros say that the longer code is not known.
        compact = compact[: 5 if len(compact) != 9 or compact.endswith("0000") else 9]
    return compact if compact.strip("0") else None
