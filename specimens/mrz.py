"""The machine readable zone that belongs to a document (ICAO Doc 9303, parts 3 to 7)."""

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

# Doc 9303-3, section 6: these do not become their base letter.
TRANSLITERATION = str.maketrans(
    {"Ä": "AE", "Ö": "OE", "Ü": "UE", "-": FILLER, " ": FILLER, "'": None}
)


def machine_readable(document: Document) -> Lines:
    """Write the lines of a document."""
    if document.format is MrzFormat.TD1:
        return _three_lines(document)
    return _two_lines(document)


def with_wrong_number_digit(lines: Lines) -> Lines:
    """Misprint the check digit of the number in a passport; the composite fits to it."""
    first, second = lines
    wrong = str((int(second[9]) + 3) % 10)
    return first, _composed(second[:9] + wrong + second[10:43])


def _three_lines(document: Document) -> Lines:
    first = document.code.ljust(2, FILLER) + STATE + _number(document)
    second = _dates_and_sex(document) + document.nationality
    first, second = first.ljust(30, FILLER), second.ljust(29, FILLER)
    composite = compute_check_digit(first[5:30] + second[0:7] + second[8:15] + second[18:29])
    return first, second + composite, _names(document.holder, 30)


def _two_lines(document: Document) -> Lines:
    width = WIDTHS[document.format]
    first = document.code.ljust(2, FILLER) + STATE + _names(document.holder, width - 5)
    second = _number(document) + document.nationality + _dates_and_sex(document)
    if document.code.startswith("V"):
        return first, second.ljust(width, FILLER)
    return first, _composed(second.ljust(width - 1, FILLER))


def _composed(line: str) -> str:
    return line + compute_check_digit(line[0:10] + line[13:20] + line[21:])


def _number(document: Document) -> str:
    return _checked(document.number.ljust(9, FILLER))


def _dates_and_sex(document: Document) -> str:
    sex = document.holder.sex.replace("X", FILLER)
    return _dated(document.holder.birth_date) + sex + _dated(document.expiry_date)


def _dated(day: date) -> str:
    return _checked(f"{day:%y%m%d}")


def _checked(text: str) -> str:
    return text + compute_check_digit(text)


def _names(holder: Holder, width: int) -> str:
    names = f"{_transliterated(holder.surname)}<<{_transliterated(holder.given_names)}"
    return names.ljust(width, FILLER)


def _transliterated(name: str) -> str:
    plain = normalize("NFD", name.translate(TRANSLITERATION))
    return "".join(letter for letter in plain if not combining(letter))
