"""The machine readable zone of travel documents (ICAO Doc 9303, parts 3 to 7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import cycle
from string import ascii_lowercase, ascii_uppercase, digits

from docverify.errors import MalformedMrz

FILLER = "<"
ALPHABET = FILLER + digits + ascii_uppercase
LETTERS = FILLER + ascii_uppercase
NUMBERS = FILLER + digits
WEIGHTS = (7, 3, 1)  # Doc 9303-3, 4.9
OLD_FRENCH_CARD = "IDFRA"  # It has the size of TD2, and other fields.
# Not str.upper(): it would turn foreign letters such as ß into letters of the alphabet.
CAPITALS = str.maketrans(ascii_lowercase, ascii_uppercase)


class MrzFormat(StrEnum):
    """The five formats: three sizes of travel document, two of visa."""

    TD1 = "TD1"
    TD2 = "TD2"
    TD3 = "TD3"
    MRV_A = "MRV-A"
    MRV_B = "MRV-B"


@dataclass(frozen=True)
class Field:
    """Where a field stands: line and columns from 0, and the characters that it may hold."""

    line: int
    start: int
    stop: int
    alphabet: str


@dataclass(frozen=True)
class Layout:
    """One format: its size, its fields, and what each check digit covers."""

    first_letters: str
    line_count: int
    width: int
    fields: dict[str, Field]
    check_digits: dict[str, tuple[str, ...]]

    def alphabets(self) -> tuple[tuple[str, ...], ...]:
        """Return for each line the characters that each position may hold."""
        rows = [[ALPHABET] * self.width for _ in range(self.line_count)]
        for each in self.fields.values():
            rows[each.line][each.start : each.stop] = [each.alphabet] * (each.stop - each.start)
        rows[0][0] = self.first_letters
        return tuple(map(tuple, rows))


Column = tuple[str, int, str]

DOCUMENT_CODE = ("document_code", 2, ALPHABET)
ISSUING_STATE = ("issuing_state", 3, LETTERS)
MAX_NUMBER = 9  # A longer number goes on in the optional data.
NUMBER = ("document_number", MAX_NUMBER, ALPHABET)
NUMBER_DIGIT = ("document_number_check_digit", 1, digits)
# A filler here says that the number is long and goes on in the optional data (9303-5, 4.2.4).
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


def _layout(
    first_letters: str,
    *lines: Iterable[Column],
    **covered: tuple[str, ...],
) -> Layout:
    fields: dict[str, Field] = {}
    for number, columns in enumerate(lines):
        stop = 0
        for name, length, alphabet in columns:
            start, stop = stop, stop + length
            fields[name] = Field(number, start, stop, alphabet)
    return Layout(first_letters, len(lines), stop, fields, COVERED_BY_OWN_DIGIT | covered)


LAYOUTS = {
    MrzFormat.TD1: _layout(  # Doc 9303-5, 4.2.2
        "IAC",
        (DOCUMENT_CODE, ISSUING_STATE, NUMBER, LONG_NUMBER_DIGIT, ("optional_data", 15, ALPHABET)),
        (*BIRTH, SEX, *EXPIRY, NATIONALITY, ("optional_data_2", 11, ALPHABET), COMPOSITE),
        (("name", 30, LETTERS),),
        composite=(
            *NUMBER_AND_DIGIT,
            "optional_data",
            *BIRTH_AND_DIGIT,
            *EXPIRY_AND_DIGIT,
            "optional_data_2",
        ),
    ),
    MrzFormat.TD2: _layout(  # Doc 9303-6, 4.2.2
        "IACP",
        (DOCUMENT_CODE, ISSUING_STATE, ("name", 31, LETTERS)),
        (
            *(NUMBER, LONG_NUMBER_DIGIT, NATIONALITY, *BIRTH, SEX, *EXPIRY),
            *(("optional_data", 7, ALPHABET), COMPOSITE),
        ),
        composite=(*NUMBER_AND_DIGIT, *BIRTH_AND_DIGIT, *EXPIRY_AND_DIGIT, "optional_data"),
    ),
    MrzFormat.TD3: _layout(  # Doc 9303-4, 4.2.2
        "PIAC",
        (DOCUMENT_CODE, ISSUING_STATE, ("name", 39, LETTERS)),
        (
            *(NUMBER, NUMBER_DIGIT, NATIONALITY, *BIRTH, SEX, *EXPIRY),
            *(("personal_number", 14, ALPHABET), ("personal_number_check_digit", 1, NUMBERS)),
            COMPOSITE,
        ),
        personal_number=("personal_number",),
        composite=(
            *NUMBER_AND_DIGIT,
            *BIRTH_AND_DIGIT,
            *EXPIRY_AND_DIGIT,
            "personal_number",
            "personal_number_check_digit",
        ),
    ),
    MrzFormat.MRV_A: _layout(  # Doc 9303-7, 4.2.2: visas carry no composite check digit
        "V",
        (DOCUMENT_CODE, ISSUING_STATE, ("name", 39, LETTERS)),
        (
            *(NUMBER, NUMBER_DIGIT, NATIONALITY, *BIRTH, SEX, *EXPIRY),
            ("optional_data", 16, ALPHABET),
        ),
    ),
    MrzFormat.MRV_B: _layout(  # Doc 9303-7, 5.2.2
        "V",
        (DOCUMENT_CODE, ISSUING_STATE, ("name", 31, LETTERS)),
        (
            *(NUMBER, NUMBER_DIGIT, NATIONALITY, *BIRTH, SEX, *EXPIRY),
            ("optional_data", 8, ALPHABET),
        ),
    ),
}


@dataclass(frozen=True)
class CheckDigit:
    """A printed check digit beside the one that the field computes to.

    `legacy` marks a long document number whose digit covers the filler as well, which the
    standard does not ask for and Belgian and Portuguese cards have.
    """

    field: str
    holds: bool
    legacy: bool = False


@dataclass(frozen=True)
class Mrz:
    """The fields of a machine readable zone as printed; dates are YYMMDD and may hold fillers."""

    format: MrzFormat
    lines: tuple[str, ...] = field(repr=False)
    document_code: str
    issuing_state: str
    document_number: str = field(repr=False)
    surname: str = field(repr=False)
    given_names: str = field(repr=False)
    nationality: str = field(repr=False)
    birth_date: str = field(repr=False)
    sex: str = field(repr=False)
    expiry_date: str = field(repr=False)
    optional_data: str = field(repr=False)
    optional_data_2: str = field(repr=False)
    name_truncated: bool
    check_digits: tuple[CheckDigit, ...]
    misplaced: tuple[str, ...]
    """Names of the fields that hold a character which the standard does not allow there."""

    @property
    def has_long_number(self) -> bool:
        """Whether the document number goes on in the optional data."""
        return len(self.document_number) > MAX_NUMBER


def check_digit(text: str) -> str:
    """Return the check digit over the text (Doc 9303-3, 4.9).

    >>> check_digit("520727")
    '3'
    >>> check_digit("AB2134<<<")
    '5'
    """
    values = (int(each, 36) if each != FILLER else 0 for each in text)
    return str(sum(value * weight for value, weight in zip(values, cycle(WEIGHTS))) % 10)


def parse_mrz(lines: Sequence[str]) -> Mrz:
    """Parse the lines of a machine readable zone; blanks and case do not matter.

    Raises MalformedMrz when the number of lines, their length or a character fits no format.
    A wrong check digit does not raise: it is a fact of the result.
    """
    clean = tuple("".join(line.split()).translate(CAPITALS) for line in lines)
    format_ = mrz_format(clean)
    layout = LAYOUTS[format_]
    raw = {name: _cut(clean, each) for name, each in layout.fields.items()}
    number, optional_data = _document_number(raw, layout)
    surname, given_names = _names(raw["name"])
    return Mrz(
        format=format_,
        lines=clean,
        document_code=raw["document_code"].rstrip(FILLER),
        issuing_state=raw["issuing_state"].rstrip(FILLER),
        document_number=number.rstrip(FILLER).replace(FILLER, " "),
        surname=surname,
        given_names=given_names,
        nationality=raw["nationality"].rstrip(FILLER),
        birth_date=raw["birth_date"],
        sex=raw["sex"],
        expiry_date=raw["expiry_date"],
        optional_data=optional_data.rstrip(FILLER),
        optional_data_2=raw.get("optional_data_2", "").rstrip(FILLER),
        name_truncated=raw["name"][-1] != FILLER,
        check_digits=tuple(_check(field, raw, layout) for field in layout.check_digits),
        misplaced=_misplaced(clean, layout),
    )


def mrz_format(lines: Sequence[str]) -> MrzFormat:
    """Tell the format from the number of lines, their length and the first letter.

    Raises MalformedMrz when none fits.
    """
    for number, line in enumerate(lines, 1):
        if set(line) - set(ALPHABET):
            raise MalformedMrz(f"line {number} holds characters other than A-Z, 0-9 and <")
    lengths = [len(line) for line in lines]
    if lengths == [36, 36] and lines[0].startswith(OLD_FRENCH_CARD):
        raise MalformedMrz("the French identity card of before 2021 has a layout of its own")
    for name, layout in LAYOUTS.items():
        visa = layout.first_letters == "V"
        if lengths == [layout.width] * layout.line_count and visa == lines[0].startswith("V"):
            return name
    shape = " and ".join(map(str, lengths)) or "no"
    raise MalformedMrz(f"no format has lines of {shape} characters")


def _cut(lines: Sequence[str], each: Field) -> str:
    return lines[each.line][each.start : each.stop]


def _is_long(raw: dict[str, str], layout: Layout) -> bool:
    """Doc 9303-5, 4.2.4 and 9303-6, 4.2.2: a filler in the check digit's place."""
    printed = raw["document_number_check_digit"]
    return (
        printed == FILLER
        and printed in layout.fields["document_number_check_digit"].alphabet
        and raw["document_number"][-1] != FILLER
        and len(_remainder(raw)) > 1
    )


def _remainder(raw: dict[str, str]) -> str:
    return raw["optional_data"].split(FILLER)[0]


def _document_number(raw: dict[str, str], layout: Layout) -> tuple[str, str]:
    """Return the whole number and the optional data that are left."""
    optional_data = raw.get("optional_data") or raw["personal_number"]
    if not _is_long(raw, layout):
        return raw["document_number"], optional_data
    remainder = _remainder(raw)
    return raw["document_number"] + remainder[:-1], optional_data[len(remainder) :].lstrip(FILLER)


def _names(text: str) -> tuple[str, str]:
    """Doc 9303-3, 4.6: two fillers part the identifiers, one parts their components."""
    primary, _, secondary = text.partition(FILLER * 2)
    return _spaced(primary), _spaced(secondary)


def _spaced(identifier: str) -> str:
    return " ".join(identifier.replace(FILLER, " ").split())


def _check(name: str, raw: dict[str, str], layout: Layout) -> CheckDigit:
    if name == "document_number" and _is_long(raw, layout):
        return _check_long_number(raw)
    printed = raw[f"{name}_check_digit"]
    computed = check_digit("".join(raw[each] for each in layout.check_digits[name]))
    unused = name == "personal_number" and printed == FILLER  # Doc 9303-4, 4.2.2.2
    return CheckDigit(name, computed == ("0" if unused else printed))


def _check_long_number(raw: dict[str, str]) -> CheckDigit:
    remainder = _remainder(raw)
    rest, printed = remainder[:-1], remainder[-1]
    if check_digit(raw["document_number"] + rest) == printed:
        return CheckDigit("document_number", holds=True)
    legacy = check_digit(raw["document_number"] + FILLER + rest) == printed
    return CheckDigit("document_number", holds=legacy, legacy=legacy)


def _misplaced(lines: Sequence[str], layout: Layout) -> tuple[str, ...]:
    fits = [
        [symbol in alphabet for symbol, alphabet in zip(line, alphabets, strict=True)]
        for line, alphabets in zip(lines, layout.alphabets(), strict=True)
    ]
    return tuple(
        name
        for name, each in layout.fields.items()
        if not all(fits[each.line][each.start : each.stop])
    )
