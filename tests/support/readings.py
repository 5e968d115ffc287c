"""Readings as an engine returns them, built by hand instead of read from pixels."""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

from docverify.applicant import Applicant
from docverify.case import open_case
from docverify.checks import CheckResult, run_checks
from docverify.documents.aamva_payload import COMPLIANCE
from docverify.documents.mrz import compute_check_digit
from docverify.page import (
    Barcode,
    Box,
    Engine,
    Line,
    MrzReading,
    Page,
    Portrait,
    Quality,
    Reading,
    Refusal,
)
from docverify.policy import STANDARD, Policy

TODAY = date(2026, 11, 23)
SURE, UNSURE = 0.99, 0.40
PORTRAIT = Portrait(Box(20, 100, 220, 350), SURE)

LABELS = {
    "surname": "Surname / Nom",
    "given_names": "Given names / Prénoms",
    "document_number": "Passport No / No du passeport",
    "birth_date": "Date of birth / Date de naissance",
    "sex": "Sex / Sexe",
    "issue_date": "Date of issue / Date de délivrance",
    "expiry_date": "Date of expiry / Date d'expiration",
    "nationality": "Nationality / Nationalité",
    "issuing_state": "Issuing State / État émetteur",
}
PRINTED = MappingProxyType(
    {
        "surname": "MERIDIAN",
        "given_names": "LOUISE ANN",
        "document_number": "QX7182035",
        "birth_date": "12 APR 1990",
        "sex": "F",
        "issue_date": "15 SEP 2023",
        "expiry_date": "14 SEP 2033",
    }
)


def passport(
    *,
    state: str = "ATA",
    name: str = "MERIDIAN<<LOUISE<ANN",
    number: str = "QX7182035",
    birth: str = "900412",
    sex: str = "F",
    expiry: str = "330914",
) -> tuple[str, str]:
    """Return the MRZ of a passport of a fictitious State, with right check digits."""
    number, birth, expiry = (
        each + compute_check_digit(each) for each in (number.ljust(9, "<"), birth, expiry)
    )
    personal = "<" * 14 + "0"
    composite = compute_check_digit(number + birth + expiry + personal)
    return (
        f"P<{state}{name}".ljust(44, "<"),
        f"{number}{state}{birth}{sex}{expiry}{personal}{composite}",
    )


def with_letter(lines: Sequence[str], row: int, column: int, letter: str) -> tuple[str, ...]:
    """Return an MRZ with one character changed."""
    changed = list(lines)
    changed[row] = lines[row][:column] + letter + lines[row][column + 1 :]
    return tuple(changed)


def confidences(
    lines: Sequence[str], doubtful: Sequence[tuple[int, int]] = ()
) -> tuple[tuple[float, ...], ...]:
    """Return a confidence for each character of an MRZ: SURE, and UNSURE at (row, column)."""
    return tuple(
        tuple(UNSURE if (row, column) in doubtful else SURE for column in range(len(line)))
        for row, line in enumerate(lines)
    )


def line(text: str, *, top: float, left: float = 0, confidence: float = SURE) -> Line:
    """Return a line of text, 20 pixels high."""
    return Line(text, confidence, Box(left, top, left + 200, top + 20))


def printed_lines(values: Mapping[str, str], confidence: float = SURE) -> tuple[Line, ...]:
    """Print each value below its label."""
    return tuple(
        each
        for number, (name, value) in enumerate(values.items())
        for each in (
            line(LABELS[name], top=100 * number),
            line(value, top=100 * number + 25, confidence=confidence),
        )
    )


def page(
    zone: Sequence[str] | None = (),
    printed: Mapping[str, str] = PRINTED,
    *,
    doubtful: Sequence[tuple[int, int]] = (),
    printed_confidence: float = SURE,
    sharpness: float = 900,
    pitch: float = 20,
    more: Sequence[Line] = (),
) -> Page:
    """Build a page on which everything is right except for the given values; None: no MRZ."""
    lines = tuple(passport() if zone == () else zone or ())
    mrz = MrzReading(lines, confidences(lines, doubtful), lines, pitch) if lines else None
    text = (*printed_lines(printed, printed_confidence), *more)
    return Page(1000, 700, text, mrz, Quality(sharpness), portraits=(PORTRAIT,))


def titled(title: str, lines: tuple[str, ...] | None = None, **values: object) -> Page:
    """Return a page with a line at its head."""
    return page(lines or passport(state="AUS"), more=[line(title, top=-60)], **values)


def reading(*pages: Page) -> Reading:
    """Return the reading of a file with these pages."""
    return Reading(Engine.LOCAL, pages)


def refused() -> Reading:
    """Return the reading of a file that could not be opened."""
    return Reading(Engine.LOCAL, refusal=Refusal("corrupt-file", "the picture is damaged"))


def results(
    of: Reading,
    *,
    today: date = TODAY,
    policy: Policy = STANDARD,
    applicant: Applicant | None = None,
) -> dict[str, CheckResult]:
    """Run all checks and return their results by code."""
    case = open_case(of, today=today, policy=policy, applicant=applicant)
    return {result.code: result for result in run_checks(case)}


LICENCE = MappingProxyType(
    {
        **{"DCA": "C", "DCB": "NONE", "DCD": "NONE", "DBA": "04122029", "DCS": "MERIDIAN"},
        **{"DAC": "LOUISE", "DAD": "ANN", "DBD": "04152024", "DBB": "04121990", "DBC": "2"},
        **{"DAY": "BRO", "DAU": "066 in", "DAG": "12 ANY STREET", "DAI": "SACRAMENTO"},
        **{"DAJ": "CA", "DAK": "958140000", "DAQ": "D5521738", "DCF": "04/15/2024X1"},
        **{"DCG": "USA", "DDE": "N", "DDF": "N", "DDG": "N"},
    }
)
"""The elements of a Californian licence of a fictitious holder."""

FRONT = (
    *("California USA", "DRIVER LICENSE", "DL D5521738", "EXP 04/12/2029", "LN MERIDIAN"),
    *("FN LOUISE ANN", "DOB 04/12/1990", "SEX F", "ISS 04/15/2024"),
)


def aamva(header: str = "ANSI 636014100001", kind: str = "DL", **changed: str | None) -> bytes:
    """Return the barcode of a licence in the published layout; None omits an element."""
    elements = {name: text for name, text in {**LICENCE, **changed}.items() if text is not None}
    subfile = kind + "\n".join(name + text for name, text in elements.items()) + "\n\r"
    head = COMPLIANCE + header
    return f"{head}{kind}{len(head) + 10:04}{len(subfile):04}{subfile}".encode()


def licence(
    payload: bytes | None = None, front: Sequence[str] = FRONT, *, confidence: float = SURE
) -> Page:
    """Return both sides of a licence on one page; b"": without a barcode."""
    content = aamva() if payload is None else payload
    lines = tuple(line(text, top=40 * row, confidence=confidence) for row, text in enumerate(front))
    codes = (Barcode("PDF417", content, Box(0, 600, 900, 690)),) if content else ()
    return Page(1000, 700, lines, None, Quality(900), codes, portraits=(PORTRAIT,))


def td1(
    *,
    code: str = "I<",
    state: str = "ATA",
    nationality: str = "ATA",
    number: str = "QX7182035",
    birth: str = "900412",
    sex: str = "F",
    expiry: str = "330914",
    name: str = "MERIDIAN<<LOUISE<ANN",
    optional: str = "",
) -> tuple[str, ...]:
    """Return the MRZ of a card, with right check digits."""
    first = (
        number.ljust(9, "<") + compute_check_digit(number.ljust(9, "<")) + optional.ljust(15, "<")
    )
    dates = birth + compute_check_digit(birth), expiry + compute_check_digit(expiry)
    composite = compute_check_digit(first + "".join(dates) + "<" * 11)
    return (
        f"{code}{state}{first}",
        f"{dates[0]}{sex}{dates[1]}{nationality}{'<' * 11}{composite}",
        name.ljust(30, "<"),
    )


def french_card(number: str = "120675101234", birth: str = "900412") -> tuple[str, str]:
    """Return the MRZ of a French identity card issued before 2021; its number begins with YYMM."""
    first = "IDFRAMERIDIAN".ljust(30, "<") + "752035"
    second = (
        f"{number}{compute_check_digit(number)}LOUISE<<ANN<<<{birth}{compute_check_digit(birth)}F"
    )
    return first, second + compute_check_digit(first + second)
