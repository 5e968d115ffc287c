"""The machine readable zone of travel documents (ICAO Doc 9303, parts 3 to 7)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate, cycle, pairwise
from string import ascii_lowercase, ascii_uppercase

from docverify.documents.mrz_layouts import (
    ALPHABET,
    FILLER,
    LAYOUTS,
    LETTERS,
    MAX_NUMBER,
    NUMBERS,
    RARE_LAYOUTS,
    MrzField,
    MrzFormat,
    MrzLayout,
)
from docverify.errors import MalformedMrz

__all__ = [
    "ALPHABET",
    "FILLER",
    "LAYOUTS",
    "LETTERS",
    "NUMBERS",
    "CheckDigit",
    "Mrz",
    "MrzField",
    "MrzFormat",
    "MrzLayout",
    "compute_check_digit",
    "decode_russian_name",
    "find_format",
    "parse_mrz",
]

WEIGHTS = (7, 3, 1)  # Doc 9303-3, 4.9
EVERY_LAYOUT = LAYOUTS | RARE_LAYOUTS
SIZES = dict.fromkeys(layout.widths for layout in EVERY_LAYOUT.values())
# How a zone of each format begins; of those that have its size, the first that fits is meant.
BEGINNINGS = {
    MrzFormat.FRA_ID: "IDFRA",
    MrzFormat.MRV_A: "V",
    MrzFormat.MRV_B: "V",
    MrzFormat.TD1: "[^V]",
    MrzFormat.TD2: "[^V]",
    MrzFormat.TD3: "[^V]",
    MrzFormat.SVK_ID: "I.SVK",
    MrzFormat.FRA_DL: "..FRA",
    MrzFormat.ISO_DL: "D",
    MrzFormat.CHE_DL: ".{9}FA",
}
RUSSIAN_PASSPORT = "PNRUS"
CHINESE_PERMIT = re.compile("[CW].{29}")
NATIONAL_DATA = (
    *("office_code", "issue_month", "department", "serial_number"),
    *("blank_number", "language", "pin", "version", "configuration"),
)
# Not str.upper(): it would turn foreign letters such as ß into letters of the alphabet.
MOST_LINES = 4
MOST_PIECES = 200  # A zone cut into its characters has at most 90.
CAPITALS = str.maketrans(ascii_lowercase, ascii_uppercase)


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

    national_data: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    """What only layouts of single States have, such as the issue month of old French cards."""

    @property
    def layout(self) -> MrzLayout:
        """Where its fields stand."""
        return EVERY_LAYOUT[self.format]

    @property
    def has_long_number(self) -> bool:
        """Whether the document number goes on in the optional data."""
        digit = self.layout.fields.get("document_number_check_digit")
        return (
            digit is not None
            and self.lines[digit.line][digit.start] == FILLER
            and len(self.document_number) > MAX_NUMBER
        )

    @property
    def has_russian_names(self) -> bool:
        """Whether digits stand for Cyrillic letters in its names: see `cyrillic`."""
        return (self.document_code, self.issuing_state) == ("PN", "RUS")

    @property
    def deviations(self) -> tuple[str, ...]:
        """Codes of what departs from Doc 9303 and is in use nevertheless, without any value."""
        seen = {
            "long_number_digit_covers_filler": any(digit.legacy for digit in self.check_digits),
            "personal_number_digit_filler": bool(self.optional_data)
            and self._holds_filler("personal_number_check_digit"),
            "expiry_unknown": FILLER in self.expiry_date,
            "sex_written_x": self.sex == "X",
            "germany_written_deu": "DEU" in (self.issuing_state, self.nationality),
            "names_in_russian_code": self.has_russian_names,
        }
        return tuple(code for code, is_so in seen.items() if is_so)

    def _holds_filler(self, name: str) -> bool:
        each = self.layout.fields.get(name)
        return each is not None and FILLER in _cut(self.lines, each)


def compute_check_digit(text: str) -> str:
    """Return the check digit over the text (Doc 9303-3, 4.9).

    >>> compute_check_digit("520727")
    '3'
    >>> compute_check_digit("AB2134<<<")
    '5'
    """
    values = (int(each, 36) if each != FILLER else 0 for each in text)
    return str(sum(value * weight for value, weight in zip(values, cycle(WEIGHTS))) % 10)


def parse_mrz(lines: Sequence[str]) -> Mrz:
    """Parse the lines of a machine readable zone; blanks and case do not matter.

    Lines may come joined or split, if the breaks that are left are those of a format. Raises
    MalformedMrz when the number of lines, their length or a character fits no format. A wrong
    check digit does not raise: it is a fact of the result.
    """
    if len(lines) > MOST_PIECES:
        raise MalformedMrz(f"no format has {len(lines)} lines")
    clean = _regrouped(["".join(line.split()).translate(CAPITALS) for line in lines])
    format_ = find_format(clean)
    layout = EVERY_LAYOUT[format_]
    raw = {name: _cut(clean, each) for name, each in (layout.fields | layout.parts).items()}
    number, optional_data = _document_number(raw, layout)
    surname, given_names = _names(raw)
    return Mrz(
        format=format_,
        lines=clean,
        document_code=raw["document_code"].rstrip(FILLER),
        issuing_state=raw["issuing_state"].rstrip(FILLER),
        document_number=number.rstrip(FILLER).replace(FILLER, " "),
        surname=surname,
        given_names=given_names,
        nationality=raw.get("nationality", "").rstrip(FILLER),
        birth_date=raw.get("birth_date", ""),
        sex=raw.get("sex", ""),
        expiry_date=raw.get("expiry_date", ""),
        optional_data=optional_data.rstrip(FILLER),
        optional_data_2=raw.get("optional_data_2", "").rstrip(FILLER),
        name_truncated=raw.get("name", FILLER)[-1] != FILLER,
        check_digits=tuple(_check(field, raw, layout) for field in layout.check_digits),
        misplaced=_misplaced(clean, format_),
        national_data={each: raw[each].rstrip(FILLER) for each in NATIONAL_DATA if each in raw},
    )


def find_format(lines: Sequence[str]) -> MrzFormat:
    """Tell the format from the number of lines, their length and how they begin.

    Raises MalformedMrz when none fits.
    """
    for number, line in enumerate(lines, 1):
        if set(line) - set(ALPHABET):
            raise MalformedMrz(f"line {number} holds characters other than A-Z, 0-9 and <")
    widths, text = tuple(map(len, lines)), "".join(lines)
    for name, beginning in BEGINNINGS.items():
        if widths == EVERY_LAYOUT[name].widths and re.match(beginning, text):
            return name
    if len(lines) == 1 and CHINESE_PERMIT.fullmatch(text):
        raise MalformedMrz("Chinese travel permits, of one line, are not supported")
    raise MalformedMrz(f"no format has {_shape(widths)}")


def _shape(widths: Sequence[int]) -> str:
    if len(widths) > MOST_LINES:
        return f"{len(widths)} lines"
    return f"lines of {' and '.join(map(str, widths)) or 'no'} characters with such a beginning"


def _regrouped(lines: Sequence[str]) -> tuple[str, ...]:
    """Cut joined or split lines anew; lines whose breaks fit no format stay as they are."""
    breaks = set(accumulate(map(len, lines))) - {0}
    for widths in SIZES:
        wanted = set(accumulate(widths))
        if breaks and max(breaks) == sum(widths) and (breaks <= wanted or wanted <= breaks):
            text = "".join(lines)
            return tuple(text[start:stop] for start, stop in pairwise([0, *sorted(wanted)]))
    return tuple(lines)


def _cut(lines: Sequence[str], each: MrzField) -> str:
    return lines[each.line][each.start : each.stop]


def _is_long(raw: dict[str, str], layout: MrzLayout) -> bool:
    """Doc 9303-5, 4.2.4 and 9303-6, 4.2.2: a filler in the check digit's place."""
    printed = raw.get("document_number_check_digit")
    return (
        printed == FILLER
        and FILLER in layout.fields["document_number_check_digit"].alphabet
        and raw["document_number"][-1] != FILLER
        and len(_remainder(raw)) > 1
    )


def _remainder(raw: dict[str, str]) -> str:
    return raw["optional_data"].split(FILLER)[0]


def _document_number(raw: dict[str, str], layout: MrzLayout) -> tuple[str, str]:
    """Return the whole number and the optional data that are left."""
    optional_data = raw.get("optional_data") or raw.get("personal_number", "")
    if not _is_long(raw, layout):
        return raw["document_number"], optional_data
    remainder = _remainder(raw)
    return raw["document_number"] + remainder[:-1], optional_data[len(remainder) :].lstrip(FILLER)


def _names(raw: dict[str, str]) -> tuple[str, str]:
    """Doc 9303-3, 4.6: two fillers part the identifiers, one parts their components.

    The old French card has a field for each identifier; there, two fillers part given names.
    """
    if "given_names" in raw:
        given_names = raw["given_names"].strip(FILLER).split(FILLER * 2)
        return _spaced(raw["name"]), ", ".join(map(_spaced, given_names))
    primary, _, secondary = raw.get("name", "").partition(FILLER * 2)
    return _spaced(primary), _spaced(secondary)


def _spaced(identifier: str) -> str:
    return " ".join(identifier.replace(FILLER, " ").split())


def _check(name: str, raw: dict[str, str], layout: MrzLayout) -> CheckDigit:
    if name == "document_number" and _is_long(raw, layout):
        return _check_long_number(raw)
    printed = raw[f"{name}_check_digit"]
    covered = "".join(raw[each] for each in layout.check_digits[name])
    computed = compute_check_digit(covered)
    # Doc 9303-4, 4.2.2.2; Russian internal passports have no expiry date, and no digit of it.
    unused = name == "personal_number" or (name == "expiry_date" and not covered.strip(FILLER))
    return CheckDigit(name, computed == ("0" if unused and printed == FILLER else printed))


def _check_long_number(raw: dict[str, str]) -> CheckDigit:
    remainder = _remainder(raw)
    rest, printed = remainder[:-1], remainder[-1]
    if compute_check_digit(raw["document_number"] + rest) == printed:
        return CheckDigit("document_number", holds=True)
    legacy = compute_check_digit(raw["document_number"] + FILLER + rest) == printed
    return CheckDigit("document_number", holds=legacy, legacy=legacy)


def _misplaced(lines: Sequence[str], format_: MrzFormat) -> tuple[str, ...]:
    fits = [
        [symbol in alphabet for symbol, alphabet in zip(line, alphabets, strict=True)]
        for line, alphabets in zip(lines, _alphabets(format_), strict=True)
    ]
    free = "name" if lines[0].startswith(RUSSIAN_PASSPORT) else ""  # Its names may hold digits.
    return tuple(
        name
        for name, each in EVERY_LAYOUT[format_].fields.items()
        if name != free and not all(fits[each.line][each.start : each.stop])
    )


@cache
def _alphabets(format_: MrzFormat) -> tuple[tuple[str, ...], ...]:
    return EVERY_LAYOUT[format_].alphabets()


# The letter-digit code of Russian internal passports, whose names the zone writes in it.
CYRILLIC = str.maketrans("ABVGDE2JZIQKLMNOPRSTUFHC34WXY9678", "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ")


def decode_russian_name(name: str) -> str:
    """Return a name of a Russian internal passport in the letters that its page shows.

    >>> cyrillic("ANATOL9EVI3")
    'АНАТОЛЬЕВИЧ'
    """
    return name.translate(CYRILLIC)
