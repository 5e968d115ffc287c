"""MRZ of a document (ICAO Doc 9303, parts 3 to 7)."""

from datetime import date
from unicodedata import combining, normalize

from docverify.documents.mrz import MrzFormat, compute_check_digit
from specimens.holders import STATE, Document, Holder

FILLER = "<"
Lines = tuple[str, ...]

WIDTHS = {
    MrzFormat.TD1: 30,
    MrzFormat.TD2: 36,
    MrzFormat.TD3: 44,
    MrzFormat.MRV_A: 44,
    MrzFormat.MRV_B: 36,
}

# Doc 9303-3, section 6: these letters are not reduced to their base letter.
TRANSLITERATION = str.maketrans(
    {"Ä": "AE", "Ö": "OE", "Ü": "UE", "-": FILLER, " ": FILLER, "'": None}
)


def write_mrz(document: Document) -> Lines:
    """Return the lines of the MRZ of a document."""
    if document.format is MrzFormat.TD1:
        return _write_three_lines(document)
    return _write_two_lines(document)


def misprint_number_digit(lines: Lines) -> Lines:
    """Return a passport's MRZ with a wrong check digit of the number and a matching composite."""
    first, second = lines
    wrong = str((int(second[9]) + 3) % 10)
    return first, _add_composite(second[:9] + wrong + second[10:43])


def _write_three_lines(document: Document) -> Lines:
    first = document.code.ljust(2, FILLER) + STATE + _write_number(document)
    second = _write_dates_and_sex(document) + document.nationality
    first, second = first.ljust(30, FILLER), second.ljust(29, FILLER)
    composite = compute_check_digit(first[5:30] + second[0:7] + second[8:15] + second[18:29])
    return first, second + composite, _write_names(document.holder, 30)


def _write_two_lines(document: Document) -> Lines:
    width = WIDTHS[document.format]
    first = document.code.ljust(2, FILLER) + STATE + _write_names(document.holder, width - 5)
    second = _write_number(document) + document.nationality + _write_dates_and_sex(document)
    if document.code.startswith("V"):
        return first, second.ljust(width, FILLER)
    return first, _add_composite(second.ljust(width - 1, FILLER))


def _add_composite(line: str) -> str:
    return line + compute_check_digit(line[0:10] + line[13:20] + line[21:])


def _write_number(document: Document) -> str:
    return _add_check_digit(document.number.ljust(9, FILLER))


def _write_dates_and_sex(document: Document) -> str:
    sex = document.holder.sex.replace("X", FILLER)
    return _write_date(document.holder.birth_date) + sex + _write_date(document.expiry_date)


def _write_date(day: date) -> str:
    return _add_check_digit(f"{day:%y%m%d}")


def _add_check_digit(text: str) -> str:
    return text + compute_check_digit(text)


def _write_names(holder: Holder, width: int) -> str:
    names = f"{_transliterate(holder.surname)}<<{_transliterate(holder.given_names)}"
    return names.ljust(width, FILLER)


def _transliterate(name: str) -> str:
    plain = normalize("NFD", name.translate(TRANSLITERATION))
    return "".join(letter for letter in plain if not combining(letter))
