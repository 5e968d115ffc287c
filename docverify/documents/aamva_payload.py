"""Payload of a PDF417 barcode: header, subfiles and elements (AAMVA DL/ID, Annex D).

The published layout is tried first. If a payload departs from it, the elements are found by their
ids, and each departure becomes a code in `deviations`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from docverify.errors import MalformedBarcode

NEWEST_VERSION = 11
MAX_BYTES = 20_000  # The largest PDF417 symbol holds 1850 characters.
MAX_HEADER_START = 40
COMPLIANCE = "@\n\x1e\r"
HEADER = re.compile(r"(ANSI |ANSI|AAMVA)([0-9]{6})([0-9]{2})([0-9]{2})?([0-9]{2})")
SHORT_HEADER = re.compile(r"(ANSI |ANSI|AAMVA)(3[0-9]{4})([0-9]{2})()([0-9])(?=DL|ID)")
ISSUER_LENGTH = 6
FIRST_DIGIT = "6"  # of every issuer's number
DESIGNATOR = re.compile(r"([A-Z][A-Z0-9])([0-9A-Z ]{4})([0-9A-Z ]{4})")
DESIGNATOR_LENGTH = 10
CARD_TYPES = ("DL", "ID", "EN")
SEPARATORS = re.compile(r"[\n\r\x1c-\x1f|]+")
NOISE = re.compile(r"[^\n\r\x1c-\x1f\x20-\x7e\xa0-\uffff]|\ufffd")
ELEMENT = re.compile(r"(D[A-D][A-Z]|Z[A-Z][A-Z])(.*)", re.DOTALL)
TYPED_ELEMENT = re.compile(r"(DL|ID|EN|Z[A-Z])(?=D[A-D][A-Z]|Z[A-Z][A-Z]|$)")
OTHER_SEPARATOR = re.compile(r"[\r\x1c-\x1f|]\n?(?=D[A-D][A-Z])")
MIN_LINES = 4  # With fewer lines, the separators between the elements were lost.
NAMING_ELEMENTS = ("DAQ", "DCS", "DAA", "DAB", "DBB")
ELEMENT_IDS = {
    *(f"DA{last}" for last in "ABCDEGHIJKLMNOPQRSTUWXYZ"),
    *(f"DB{last}" for last in "ABCDGHNS"),
    *(f"DC{last}" for last in "ABCDEFGIJKLSTU"),
    *(f"DD{last}" for last in "ABCDEFGHIJKLMNOP"),
}
"""The elements of all versions (Annex D)."""

ANY_ELEMENT_ID = re.compile(f"(?=({'|'.join(sorted(ELEMENT_IDS))}))")


@dataclass(frozen=True)
class AamvaPayload:
    """The content of a barcode, not yet interpreted.

    Attributes:
        issuer_id: The issuer identification number, six digits.
        aamva_version: 0 to 99.
        jurisdiction_version: None in versions 0 and 1.
        card_type: DL, ID or EN (enhanced); DL if the barcode does not name it.
        elements: Values by element id, as they were read.
        deviations: Codes of the departures from the published layout; they contain no values.
    """

    issuer_id: str
    aamva_version: int
    jurisdiction_version: int | None
    card_type: str
    elements: Mapping[str, str] = field(repr=False, hash=False)
    deviations: tuple[str, ...]


class Designator(NamedTuple):
    """Type, offset and length of a subfile, as the header has them."""

    card_type: str
    offset: str
    length: str


def parse_payload(payload: bytes) -> AamvaPayload:
    """Split a payload into header and elements.

    Raise MalformedBarcode if it is not the payload of a licence or identity card.
    """
    text = decode_payload(payload)
    header = HEADER.search(text, 0, MAX_HEADER_START + len(COMPLIANCE))
    header = header or SHORT_HEADER.search(text, 0, MAX_HEADER_START + len(COMPLIANCE))
    if header is None:
        raise MalformedBarcode(_explain_missing_header(text))
    designators = find_designators(text, header)
    content = NOISE.sub("", text[header.end() :])
    elements, element_deviations = split_elements(content[DESIGNATOR_LENGTH * len(designators) :])
    if not any(name in elements for name in NAMING_ELEMENTS):
        raise MalformedBarcode("no element names a holder or a number")
    deviations = [*find_header_deviations(text, header)]
    if len(content) < len(text) - header.end():
        deviations.append("control_characters")
    deviations += [*find_layout_deviations(text, header, designators), *element_deviations]
    types = (each.card_type for each in designators if each.card_type in CARD_TYPES)
    return AamvaPayload(
        issuer_id=header[2] if len(header[2]) == ISSUER_LENGTH else FIRST_DIGIT + header[2],
        aamva_version=int(header[3]),
        jurisdiction_version=int(header[4]) if header[4] else None,
        card_type=next(types, "DL"),
        elements=elements,
        deviations=tuple(dict.fromkeys(deviations)),
    )


def decode_payload(payload: bytes) -> str:
    """Return the text of a payload, which issuers write in UTF-8 or Latin-1."""
    if len(payload) > MAX_BYTES:
        raise MalformedBarcode(f"a barcode cannot hold {len(payload)} bytes")
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError:
        return payload.decode("latin-1")


def _explain_missing_header(text: str) -> str:
    if text.lstrip().startswith("%") and "^" in text:
        return "this is the text of a magnetic stripe; the PDF417 barcode is needed"
    return f"no AAMVA header within the first {MAX_HEADER_START} characters"


def find_header_deviations(text: str, header: re.Match[str]) -> Iterator[str]:
    """Yield the departures of a header from the published one."""
    version = int(header[3])
    if text[: header.start()] != COMPLIANCE:
        yield "compliance_header"
    if len(header[2]) < ISSUER_LENGTH:
        yield "issuer_number_short"
    if header[1] != "ANSI ":
        yield "file_type"
    if (not header[4]) != (version < 2):  # Versions 0 and 1 have no jurisdiction version.
        yield "jurisdiction_version"
    if version > NEWEST_VERSION:
        yield "version_unknown"


def find_designators(text: str, header: re.Match[str]) -> list[Designator]:
    """Return the designators of the subfiles that follow the header."""
    designators: list[Designator] = []
    position = header.end()
    while len(designators) < int(header[5]) and (match := DESIGNATOR.match(text, position)):
        designators.append(Designator(*match.groups()))
        position = match.end()
    return designators


def find_layout_deviations(
    text: str, header: re.Match[str], designators: Sequence[Designator]
) -> Iterator[str]:
    """Yield the departures of the subfiles from the header."""
    if len(designators) != int(header[5]):
        yield "number_of_entries"
    file_start = header.start() - len(COMPLIANCE)  # Offsets count from the first byte.
    for each in designators:
        if each.card_type in CARD_TYPES:
            yield from _find_subfile_deviations(text, each, file_start)


def _find_subfile_deviations(text: str, designator: Designator, file_start: int) -> Iterator[str]:
    if not (designator.offset + designator.length).isdecimal():
        yield "subfile_offset"
        return
    start = file_start + int(designator.offset)
    end = start + int(designator.length)
    if start < 0 or text[start : start + 2] != designator.card_type:
        yield "subfile_offset"
    elif len(text) < end:
        yield "subfile_length"
    elif text[end - 1 : end] != "\r":
        yield "segment_terminator"


def split_elements(text: str) -> tuple[dict[str, str], list[str]]:
    """Return the values of subfiles by element id, and the deviations found.

    The first value counts if an id occurs twice.
    """
    tokens, deviations = split_tokens(text)
    elements: dict[str, str] = {}
    last_id = ""
    for token in tokens:
        match = ELEMENT.fullmatch(token)
        if match is None:
            elements[last_id] = f"{elements.get(last_id, '')} {token}"
            deviations.append("value_over_lines")
        elif match[1] in elements:
            deviations.append("element_twice")
        else:
            last_id = match[1]
            elements[last_id] = match[2]
    elements.pop("", None)
    return elements, deviations


def split_tokens(text: str) -> tuple[list[str], list[str]]:
    """Split subfiles into elements without the types of the subfiles, and return deviations."""
    deviations = []
    tokens = [each for each in SEPARATORS.split(text) if each.strip()]
    if OTHER_SEPARATOR.search(text):
        deviations.append("separators")
    if len(tokens) < MIN_LINES:
        tokens = split_at_element_ids(" ".join(tokens))
        deviations.append("separators_lost")
    if tokens and not TYPED_ELEMENT.match(tokens[0]):
        deviations.append("subfile_type")
    untyped = (each[2:] if TYPED_ELEMENT.match(each) else each for each in tokens)
    return [each for each in untyped if each], deviations


def split_at_element_ids(text: str) -> list[str]:
    """Split a text at the first occurrence of each element id.

    Later occurrences do not count: they may be letters of a name.
    """
    starts: dict[str, int] = {}
    for match in ANY_ELEMENT_ID.finditer(text):
        starts.setdefault(match[1], match.start())
    cuts = [0, *starts.values(), len(text)]
    return [text[start:stop] for start, stop in pairwise(cuts) if start < stop]
