"""MRZ layouts: of ICAO Doc 9303, parts 4 to 7, and of single states."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from string import ascii_uppercase, digits

FILLER = "<"
ALPHABET = FILLER + digits + ascii_uppercase
LETTERS = FILLER + ascii_uppercase
NUMBERS = FILLER + digits
MAX_NUMBER_LENGTH = 9  # A longer number continues in the optional data.


class MrzFormat(StrEnum):
    """The three sizes of travel documents, the two of visas, and the layouts of single states."""

    TD1 = "TD1"
    TD2 = "TD2"
    TD3 = "TD3"
    MRV_A = "MRV-A"
    MRV_B = "MRV-B"
    FRA_ID = "FRA-ID-2x36"
    SVK_ID = "SVK-ID-2x34"
    FRA_DL = "FRA-DL-1x30"
    ISO_DL = "ISO-DL-1x30"
    CHE_DL = "CHE-DL-9+30+30"


@dataclass(frozen=True)
class MrzField:
    """The position of a field: line and columns from 0, and the characters that it may have."""

    line: int
    start: int
    stop: int
    alphabet: str

    def cut(self, lines: Sequence[str]) -> str:
        """Return the text of the field in the lines of an MRZ."""
        return lines[self.line][self.start : self.stop]


@dataclass(frozen=True)
class MrzLayout:
    """One MRZ format.

    Attributes:
        first_letters: The letters with which the MRZ may begin.
        widths: The number of characters of each line.
        fields: The fields by name; a check digit is named after its field.
        check_digits: The fields that each check digit covers.
        begins: The beginning of every MRZ of the format.
        pattern: A regular expression for the beginning, if `begins` is empty.
        parts: Fields within other fields.
    """

    first_letters: str
    widths: tuple[int, ...]
    fields: dict[str, MrzField]
    check_digits: dict[str, tuple[str, ...]]
    begins: str = ""
    pattern: str = ""
    parts: dict[str, MrzField] = field(default_factory=dict)

    @property
    def line_count(self) -> int:
        """The number of lines."""
        return len(self.widths)

    @property
    def width(self) -> int:
        """The number of characters of the last line; in LAYOUTS, of each line."""
        return self.widths[-1]

    def matches(self, lines: Sequence[str]) -> bool:
        """Return whether lines have the size and the beginning of this format."""
        if tuple(map(len, lines)) != self.widths:
            return False
        return re.match(self.begins or self.pattern, "".join(lines)) is not None

    def alphabets(self) -> tuple[tuple[str, ...], ...]:
        """Return, for each line, the characters that each position may have."""
        rows = [[ALPHABET] * width for width in self.widths]
        for each in (*self.fields.values(), *self.parts.values()):
            rows[each.line][each.start : each.stop] = [each.alphabet] * (each.stop - each.start)
        rows[0][0] = self.first_letters
        rows[0][: len(self.begins)] = self.begins
        return tuple(map(tuple, rows))


Column = tuple[str, int, str]
"""The name, the width and the alphabet of a field."""

DOCUMENT_CODE = ("document_code", 2, ALPHABET)
ISSUING_STATE = ("issuing_state", 3, LETTERS)
NUMBER = ("document_number", MAX_NUMBER_LENGTH, ALPHABET)
NUMBER_DIGIT = ("document_number_check_digit", 1, digits)
# A filler here means that the number is long and continues in the optional data (9303-5, 4.2.4).
LONG_NUMBER_DIGIT = ("document_number_check_digit", 1, NUMBERS)
NATIONALITY = ("nationality", 3, LETTERS)
BIRTH = (("birth_date", 6, NUMBERS), ("birth_date_check_digit", 1, digits))
SEX = ("sex", 1, "<FMX")
EXPIRY = (("expiry_date", 6, NUMBERS), ("expiry_date_check_digit", 1, digits))
COMPOSITE = ("composite_check_digit", 1, digits)

NUMBER_AND_DIGIT = ("document_number", "document_number_check_digit")
BIRTH_AND_DIGIT = ("birth_date", "birth_date_check_digit")
EXPIRY_AND_DIGIT = ("expiry_date", "expiry_date_check_digit")
COVERED_BY_OWN_DIGIT = {
    "document_number": ("document_number",),
    "birth_date": ("birth_date",),
    "expiry_date": ("expiry_date",),
}


def _build_layout(
    first_letters: str,
    *lines: Iterable[Column],
    begins: str = "",
    pattern: str = "",
    parts: dict[str, MrzField] | None = None,
    **covered: tuple[str, ...],
) -> MrzLayout:
    """Build a layout from the columns of its lines and the fields that check digits cover."""
    fields: dict[str, MrzField] = {}
    widths = []
    for number, columns in enumerate(lines):
        stop = 0
        for name, length, alphabet in columns:
            start, stop = stop, stop + length
            fields[name] = MrzField(number, start, stop, alphabet)
        widths.append(stop)
    own = {each: by for each, by in COVERED_BY_OWN_DIGIT.items() if f"{each}_check_digit" in fields}
    return MrzLayout(
        first_letters=first_letters,
        widths=tuple(widths),
        fields=fields,
        check_digits=own | covered,
        begins=begins,
        pattern=pattern,
        parts=parts or {},
    )


LAYOUTS = {
    MrzFormat.TD1: _build_layout(  # Doc 9303-5, 4.2.2
        "IAC",
        (DOCUMENT_CODE, ISSUING_STATE, NUMBER, LONG_NUMBER_DIGIT, ("optional_data", 15, ALPHABET)),
        (*BIRTH, SEX, *EXPIRY, NATIONALITY, ("optional_data_2", 11, ALPHABET), COMPOSITE),
        (("name", 30, LETTERS),),
        pattern="[^V]",
        composite=(
            *NUMBER_AND_DIGIT,
            "optional_data",
            *BIRTH_AND_DIGIT,
            *EXPIRY_AND_DIGIT,
            "optional_data_2",
        ),
    ),
    MrzFormat.TD2: _build_layout(  # Doc 9303-6, 4.2.2
        "IACP",
        (DOCUMENT_CODE, ISSUING_STATE, ("name", 31, LETTERS)),
        (
            *(NUMBER, LONG_NUMBER_DIGIT, NATIONALITY, *BIRTH, SEX, *EXPIRY),
            *(("optional_data", 7, ALPHABET), COMPOSITE),
        ),
        pattern="[^V]",
        composite=(*NUMBER_AND_DIGIT, *BIRTH_AND_DIGIT, *EXPIRY_AND_DIGIT, "optional_data"),
    ),
    MrzFormat.TD3: _build_layout(  # Doc 9303-4, 4.2.2
        "PIAC",
        (DOCUMENT_CODE, ISSUING_STATE, ("name", 39, LETTERS)),
        (
            *(NUMBER, NUMBER_DIGIT, NATIONALITY, *BIRTH, SEX, *EXPIRY),
            *(("personal_number", 14, ALPHABET), ("personal_number_check_digit", 1, NUMBERS)),
            COMPOSITE,
        ),
        pattern="[^V]",
        personal_number=("personal_number",),
        composite=(
            *NUMBER_AND_DIGIT,
            *BIRTH_AND_DIGIT,
            *EXPIRY_AND_DIGIT,
            "personal_number",
            "personal_number_check_digit",
        ),
    ),
    MrzFormat.MRV_A: _build_layout(  # Doc 9303-7, 4.2.2: visas have no composite check digit
        "V",
        (DOCUMENT_CODE, ISSUING_STATE, ("name", 39, LETTERS)),
        (
            *(NUMBER, NUMBER_DIGIT, NATIONALITY, *BIRTH, SEX, *EXPIRY),
            ("optional_data", 16, ALPHABET),
        ),
        pattern="V",
    ),
    MrzFormat.MRV_B: _build_layout(  # Doc 9303-7, 5.2.2
        "V",
        (DOCUMENT_CODE, ISSUING_STATE, ("name", 31, LETTERS)),
        (
            *(NUMBER, NUMBER_DIGIT, NATIONALITY, *BIRTH, SEX, *EXPIRY),
            ("optional_data", 8, ALPHABET),
        ),
        pattern="V",
    ),
    # French identity cards issued before 2021 have the size of TD2, but no expiry date. The number
    # begins with the month of issue (YYMM) and the department, and ends with a serial number.
    MrzFormat.FRA_ID: _build_layout(
        "I",
        (DOCUMENT_CODE, ISSUING_STATE, ("name", 25, LETTERS), ("office_code", 6, ALPHABET)),
        (
            *(("document_number", 12, ALPHABET), NUMBER_DIGIT, ("given_names", 14, LETTERS)),
            *(*BIRTH, SEX, COMPOSITE),
        ),
        begins="IDFRA",
        parts={
            "issue_month": MrzField(1, 0, 4, digits),
            "department": MrzField(1, 4, 7, ALPHABET),
            "serial_number": MrzField(1, 7, 12, digits),
        },
        composite=(
            *("document_code", "issuing_state", "name", "office_code"),
            *(*NUMBER_AND_DIGIT, "given_names", *BIRTH_AND_DIGIT, "sex"),
        ),
    ),
}
"""The layouts that are searched for in images: two or three lines of the same width."""

RARE_LAYOUTS = {
    # Slovak identity cards issued before 2013: TD2 cut to 34 columns, without a composite digit.
    MrzFormat.SVK_ID: _build_layout(
        "I",
        (DOCUMENT_CODE, ISSUING_STATE, ("name", 29, LETTERS)),
        (
            *(NUMBER, NUMBER_DIGIT, NATIONALITY, *BIRTH, SEX, *EXPIRY),
            ("optional_data", 6, ALPHABET),
        ),
        pattern="I.SVK",
    ),
    MrzFormat.FRA_DL: _build_layout(  # The French driving licence of 2013
        LETTERS,
        (
            *(DOCUMENT_CODE, ISSUING_STATE, NUMBER, NUMBER_DIGIT, ("expiry_date", 6, NUMBERS)),
            *(("name", 8, LETTERS), COMPOSITE),
        ),
        pattern="..FRA",
        document_number=("document_code", "issuing_state", "document_number"),
        composite=(*("document_code", "issuing_state", *NUMBER_AND_DIGIT, "expiry_date", "name"),),
    ),
    MrzFormat.ISO_DL: _build_layout(  # ISO/IEC 18013-2, as on Dutch licences: no name, no dates
        "D",
        (
            *(DOCUMENT_CODE, ISSUING_STATE, ("configuration", 1, ALPHABET)),
            *(("document_number", 10, ALPHABET), ("random_data", 13, ALPHABET), COMPOSITE),
        ),
        pattern="D",
        composite=(
            *("document_code", "issuing_state", "configuration", "document_number"),
            "random_data",
        ),
    ),
    MrzFormat.CHE_DL: _build_layout(  # Swiss and Liechtenstein licences: no check digit at all
        ALPHABET,
        (("blank_number", 7, ALPHABET), ("unused", 2, FILLER)),
        (
            *(DOCUMENT_CODE, ISSUING_STATE, ("document_number", 12, ALPHABET)),
            *(("unused_2", 2, FILLER), ("birth_date", 6, NUMBERS), ("unused_3", 5, FILLER)),
        ),
        (("name", 30, LETTERS),),
        pattern=".{9}FA",
        parts={
            "language": MrzField(0, 6, 7, ascii_uppercase),
            "pin": MrzField(1, 5, 14, ALPHABET),
            "version": MrzField(1, 14, 17, ALPHABET),
        },
    ),
}
"""Further layouts of parsed text, which are not searched for in images."""

EVERY_LAYOUT = LAYOUTS | RARE_LAYOUTS
# A layout with a fixed beginning precedes the layouts of its size that accept any beginning.
LAYOUTS_BY_PRECEDENCE = sorted(EVERY_LAYOUT.items(), key=lambda each: not each[1].begins)


def find_format(lines: Sequence[str]) -> MrzFormat | None:
    """Return the format with this number of lines, widths and beginning; None if there is none."""
    return next((name for name, each in LAYOUTS_BY_PRECEDENCE if each.matches(lines)), None)
