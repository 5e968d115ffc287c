"""Machine-readable zone of travel documents (ICAO Doc 9303, parts 3 to 7)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate, cycle, pairwise
from string import ascii_lowercase, ascii_uppercase

from docverify.documents.mrz_layouts import (
    ALPHABET,
    EVERY_LAYOUT,
    FILLER,
    LAYOUTS,
    LETTERS,
    MAX_NUMBER_LENGTH,
    NUMBERS,
    MrzField,
    MrzFormat,
    MrzLayout,
    find_format,
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
    "is_mrz_text",
    "parse_mrz",
]

WEIGHTS = (7, 3, 1)  # Doc 9303-3, 4.9
SIZES = tuple(dict.fromkeys(layout.widths for layout in EVERY_LAYOUT.values()))
RUSSIAN_PASSPORT = "PNRUS"
CHINESE_PERMIT = re.compile("[CW].{29}")
NATIONAL_FIELDS = (
    *("office_code", "issue_month", "department", "serial_number"),
    *("blank_number", "language", "pin", "version", "configuration"),
)
MAX_LINES = 4
MIN_MRZ_TEXT = 20  # characters of a text that is known to be of an MRZ
MIN_FILLERS = 2
MAX_PIECES = 200  # An MRZ split into its characters has at most 90.
# Not str.upper(): it would turn foreign letters such as ß into letters of the alphabet.
CAPITALS = str.maketrans(ascii_lowercase, ascii_uppercase)


@dataclass(frozen=True)
class CheckDigit:
    """The result of a check digit.

    Attributes:
        field: The field that it belongs to, or "composite".
        is_correct: Whether the printed digit is the computed one.
        legacy: Whether it is the digit of a long document number and also covers the filler. The
            standard does not ask for that, but Belgian and Portuguese cards do it.
    """

    field: str
    is_correct: bool
    legacy: bool = False


@dataclass(frozen=True)
class Mrz:
    """The fields of an MRZ as printed. Dates are YYMMDD and may have fillers."""

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
    """Names of the fields with characters that the standard does not allow there."""

    national_data: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    """Fields that only layouts of single states have, such as the issue month of French cards."""

    @property
    def layout(self) -> MrzLayout:
        """The places of its fields."""
        return EVERY_LAYOUT[self.format]

    @property
    def has_long_number(self) -> bool:
        """Whether the document number continues in the optional data."""
        digit = self.layout.fields.get("document_number_check_digit")
        if digit is None or len(self.document_number) <= MAX_NUMBER_LENGTH:
            return False
        return self.lines[digit.line][digit.start] == FILLER

    @property
    def has_russian_names(self) -> bool:
        """Whether its names are in the code that `decode_russian_name` reads."""
        return (self.document_code, self.issuing_state) == ("PN", "RUS")

    @property
    def has_no_expiry(self) -> bool:
        """Whether it is that of a Russian internal passport, which has fillers as expiry date."""
        return self.has_russian_names and not self.expiry_date.strip(FILLER)

    @property
    def deviations(self) -> tuple[str, ...]:
        """Codes of departures from Doc 9303 that are in use nevertheless, without any values."""
        personal_digit = self.layout.fields.get("personal_number_check_digit")
        has_unused_digit = personal_digit is not None and FILLER in personal_digit.cut(self.lines)
        found = {
            "long_number_digit_covers_filler": any(digit.legacy for digit in self.check_digits),
            "personal_number_digit_filler": bool(self.optional_data) and has_unused_digit,
            "expiry_unknown": FILLER in self.expiry_date,
            "sex_written_x": self.sex == "X",
            "germany_written_deu": "DEU" in (self.issuing_state, self.nationality),
            "names_in_russian_code": self.has_russian_names,
        }
        return tuple(code for code, is_found in found.items() if is_found)


def compute_check_digit(text: str) -> str:
    """Return the check digit of a text (Doc 9303-3, 4.9).

    >>> compute_check_digit("520727")
    '3'
    >>> compute_check_digit("AB2134<<<")
    '5'
    """
    values = (int(each, 36) if each != FILLER else 0 for each in text)
    return str(sum(value * weight for value, weight in zip(values, cycle(WEIGHTS))) % 10)


def parse_mrz(lines: Sequence[str]) -> Mrz:
    """Parse the lines of an MRZ, in capitals or small letters, with or without blanks.

    Lines may be joined or split if the remaining breaks fit a format. Raise MalformedMrz if the
    number of lines, their length or a character fits no format. A wrong check digit does not raise
    an error: it is part of the result.
    """
    if len(lines) > MAX_PIECES:
        raise MalformedMrz(f"no format has {len(lines)} lines")
    clean = regroup_lines(["".join(line.split()).translate(CAPITALS) for line in lines])
    format_ = recognise_format(clean)
    layout = EVERY_LAYOUT[format_]
    fields = {name: each.cut(clean) for name, each in (layout.fields | layout.parts).items()}
    number, optional_data = read_document_number(fields, layout)
    surname, given_names = read_names(fields)
    return Mrz(
        format=format_,
        lines=clean,
        document_code=fields["document_code"].rstrip(FILLER),
        issuing_state=fields["issuing_state"].rstrip(FILLER),
        document_number=number.rstrip(FILLER).replace(FILLER, " "),
        surname=surname,
        given_names=given_names,
        nationality=fields.get("nationality", "").rstrip(FILLER),
        birth_date=fields.get("birth_date", ""),
        sex=fields.get("sex", ""),
        expiry_date=fields.get("expiry_date", ""),
        optional_data=optional_data.rstrip(FILLER),
        optional_data_2=fields.get("optional_data_2", "").rstrip(FILLER),
        name_truncated=fields.get("name", FILLER)[-1] != FILLER,
        check_digits=tuple(
            verify_check_digit(each, fields, layout) for each in layout.check_digits
        ),
        misplaced=find_misplaced_fields(clean, format_),
        national_data={
            name: fields[name].rstrip(FILLER) for name in NATIONAL_FIELDS if name in fields
        },
    )


def recognise_format(lines: Sequence[str]) -> MrzFormat:
    """Return the format of the lines; raise MalformedMrz if none fits."""
    for number, line in enumerate(lines, 1):
        if set(line) - set(ALPHABET):
            raise MalformedMrz(f"line {number} contains characters other than A-Z, 0-9 and <")
    found = find_format(lines)
    if found:
        return found
    if len(lines) == 1 and CHINESE_PERMIT.fullmatch(lines[0]):
        raise MalformedMrz("Chinese travel permits, of one line, are not supported")
    if len(lines) > MAX_LINES:
        raise MalformedMrz(f"no format has {len(lines)} lines")
    widths = " and ".join(str(len(line)) for line in lines) or "no"
    raise MalformedMrz(f"no format has lines of {widths} characters with such a beginning")


def regroup_lines(lines: Sequence[str]) -> tuple[str, ...]:
    """Split joined lines and join split ones; lines with other breaks stay as they are."""
    breaks = set(accumulate(map(len, lines))) - {0}
    for widths in SIZES:
        wanted = set(accumulate(widths))
        if breaks and max(breaks) == sum(widths) and (breaks <= wanted or wanted <= breaks):
            text = "".join(lines)
            return tuple(text[start:stop] for start, stop in pairwise([0, *sorted(wanted)]))
    return tuple(lines)


def read_document_number(fields: Mapping[str, str], layout: MrzLayout) -> tuple[str, str]:
    """Return the whole document number, and the optional data without its continuation."""
    optional_data = fields.get("optional_data") or fields.get("personal_number", "")
    if not has_continued_number(fields, layout):
        return fields["document_number"], optional_data
    rest = _first_part(fields["optional_data"])
    return fields["document_number"] + rest[:-1], optional_data[len(rest) :].lstrip(FILLER)


def has_continued_number(fields: Mapping[str, str], layout: MrzLayout) -> bool:
    """Return whether a filler in place of its check digit marks a long document number.

    The rest of the number and its check digit then begin the optional data (Doc 9303-5, 4.2.4
    and 9303-6, 4.2.2).
    """
    return (
        fields.get("document_number_check_digit") == FILLER
        and FILLER in layout.fields["document_number_check_digit"].alphabet
        and fields["document_number"][-1] != FILLER
        and len(_first_part(fields["optional_data"])) > 1
    )


def _first_part(optional_data: str) -> str:
    return optional_data.split(FILLER)[0]


def read_names(fields: Mapping[str, str]) -> tuple[str, str]:
    """Return surname and given names.

    Two fillers separate them, one filler separates their words (Doc 9303-3, 4.6). Old French
    cards have a field for each of them; there, two fillers separate the given names.
    """
    if "given_names" in fields:
        given_names = fields["given_names"].strip(FILLER).split(FILLER * 2)
        return _join_words(fields["name"]), ", ".join(map(_join_words, given_names))
    surname, _, given = fields.get("name", "").partition(FILLER * 2)
    return _join_words(surname), _join_words(given)


def _join_words(identifier: str) -> str:
    return " ".join(identifier.replace(FILLER, " ").split())


def verify_check_digit(name: str, fields: Mapping[str, str], layout: MrzLayout) -> CheckDigit:
    """Compare the printed check digit of a field with the computed one."""
    if name == "document_number" and has_continued_number(fields, layout):
        return verify_long_number(fields)
    printed = fields[f"{name}_check_digit"]
    covered = "".join(fields[each] for each in layout.check_digits[name])
    # Doc 9303-4, 4.2.2.2; Russian internal passports have neither expiry date nor its digit.
    is_unused = name == "personal_number" or (name == "expiry_date" and not covered.strip(FILLER))
    if is_unused and printed == FILLER:
        printed = "0"
    return CheckDigit(name, compute_check_digit(covered) == printed)


def verify_long_number(fields: Mapping[str, str]) -> CheckDigit:
    """Compare the check digit of a document number that continues in the optional data."""
    start, rest = fields["document_number"], _first_part(fields["optional_data"])
    number, printed = rest[:-1], rest[-1]
    if compute_check_digit(start + number) == printed:
        return CheckDigit("document_number", is_correct=True)
    legacy = compute_check_digit(start + FILLER + number) == printed
    return CheckDigit("document_number", is_correct=legacy, legacy=legacy)


def find_misplaced_fields(lines: Sequence[str], format_: MrzFormat) -> tuple[str, ...]:
    """Return the fields with a character that the standard does not allow there."""
    is_allowed = [
        [character in alphabet for character, alphabet in zip(line, alphabets, strict=True)]
        for line, alphabets in zip(lines, load_alphabets(format_), strict=True)
    ]
    # Names in Russian internal passports may have digits, and without an expiry date they have a
    # filler in place of its check digit.
    is_russian = lines[0].startswith(RUSSIAN_PASSPORT)
    return tuple(
        name
        for name, each in EVERY_LAYOUT[format_].fields.items()
        if not all(is_allowed[each.line][each.start : each.stop])
        and not (is_russian and name == "name")
        and not (is_russian and name == "expiry_date_check_digit" and each.cut(lines) == FILLER)
    )


@cache
def load_alphabets(format_: MrzFormat) -> tuple[tuple[str, ...], ...]:
    """Return, for each line of a format, the characters that each position may have."""
    return EVERY_LAYOUT[format_].alphabets()


def is_mrz_text(text: str) -> bool:
    """Return whether a line of text is a line of an MRZ, or a large part of one.

    >>> is_mrz_text("P<AUSNYSTROM<<CHIDI<<<<<<"), is_mrz_text("1956-04-02 <")
    (True, False)
    """
    letters = "".join(text.split()).translate(CAPITALS)
    fits = len(letters) >= MIN_MRZ_TEXT and set(letters) <= set(ALPHABET)
    return fits and letters.count(FILLER) >= MIN_FILLERS


# The code of letters and digits in which the MRZ of Russian internal passports writes names
RUSSIAN_CODE = str.maketrans(
    "ABVGDE2JZIQKLMNOPRSTUFHC34WXY9678", "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"
)


def decode_russian_name(name: str) -> str:
    """Return a name of a Russian internal passport in the letters that are printed on its page.

    >>> decode_russian_name("ANATOL9EVI3")
    'АНАТОЛЬЕВИЧ'
    """
    return name.translate(RUSSIAN_CODE)
