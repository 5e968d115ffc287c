"""The text of a magnetic stripe, which some issuers encode as PDF417 (AAMVA standard, Annex F).

Three tracks hold the State, city, name and street, then number and dates, then postal code, sex and
height. British Columbia prints them as its barcode.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from docverify.documents.aamva_payload import AamvaPayload
from docverify.documents.code_tables import load_table
from docverify.documents.document_numbers import FormatMatch, check_licence_number
from docverify.documents.states import Jurisdiction, find_jurisdiction

TRACKS = re.compile(
    r"%(?P<address>[A-Z]{2}[^?;]*)\?"
    r"\s*;(?P<issuer>\d{6})(?P<number>\d{0,13})=+(?P<expiry>\d{4})(?P<birth>\d{8})"
    r"(?P<overflow>\d{0,5})[= ]*\?"
    r"(?:[_\s]*[%#+](?P<details>[^?]*)\??)?",
    re.DOTALL,
)
MAX_CITY, MAX_NAME, MAX_STREET = 13, 35, 29  # characters; a shorter value ends with ^
TEMPLATE_LENGTH = 2  # characters before the postal code
DETAILS = (  # of track 3: the element of Annex D, and its length
    ("DAK", 11),
    ("DAR", 2),
    ("DAS", 10),
    ("DAT", 4),
    ("DBC", 1),
    ("DAU", 3),
    ("DAW", 3),
    ("DAZ", 3),
    ("DAY", 3),
)
ON_BIRTHDAY = "99"  # in place of the month of expiry; in a birth date, it is the month of expiry
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
VERSION = 1  # with dates as CCYYMMDD and height without a unit


def parse_magnetic_stripe(text: str) -> AamvaPayload | None:
    """Return the content of a magnetic stripe as elements of Annex D; None for another text."""
    match = TRACKS.search(text)
    if match is None:
        return None
    issuer = find_jurisdiction(match["issuer"])
    elements = dict(_split_address(match["address"])) | dict(_split_details(match["details"] or ""))
    if issuer and issuer.country == "CAN" and elements.get("DAU"):
        elements["DAU"] += " cm"
    elements["DAQ"] = read_number(match["number"], match["overflow"], issuer)
    elements |= dict(_read_dates(match["birth"], match["expiry"], issuer))
    return AamvaPayload(
        issuer_id=match["issuer"],
        aamva_version=VERSION,
        jurisdiction_version=None,
        card_type="DL",
        elements=elements,
        deviations=("magnetic_stripe",),
    )


def _split_address(track: str) -> Iterator[tuple[str, str]]:
    """Yield State, city, names and street of track 1."""
    yield "DAJ", track[:2]
    rest = track[2:]
    for name, length in (("DAI", MAX_CITY), ("name", MAX_NAME), ("DAG", MAX_STREET)):
        value, mark, behind = rest.partition("^")
        if not mark or len(value) > length:
            value, behind = rest[:length], rest[length:]
        rest = behind
        if name == "name":
            surname, _, given_names = value.partition("$")
            yield "DCS", surname.strip(" ,")
            yield "DCT", given_names.replace("$", " ").strip(" ,")
        else:
            yield name, value.replace("$", " ").strip()


def _split_details(track: str) -> Iterator[tuple[str, str]]:
    """Yield postal code, class, sex, height and other values of track 3, except empty ones."""
    start = TEMPLATE_LENGTH
    for name, length in DETAILS:
        value = track[start : start + length].strip()
        start += length
        if value:
            yield name, value


def read_number(number: str, overflow: str, issuer: Jurisdiction | None) -> str:
    """Return the document number; for some issuers, two digits are the code of its letter.

    >>> read_number("0412345678901", "2", find_jurisdiction("636010"))
    'D123456789012'
    """
    digits = number + overflow
    letter = int(digits[:2] or 0)
    if issuer is None or not 1 <= letter <= len(LETTERS):
        return digits
    lettered = LETTERS[letter - 1] + digits[2:]
    fits = check_licence_number(lettered, issuer.code, issuer.country) is FormatMatch.MATCHES
    fits_without = check_licence_number(digits, issuer.code, issuer.country) is FormatMatch.MATCHES
    return lettered if fits and not fits_without else digits


def _read_dates(birth: str, expiry: str, issuer: Jurisdiction | None) -> Iterator[tuple[str, str]]:
    """Yield birth and expiry as CCYYMMDD.

    The stripe has no day of expiry: it is known only if the licence expires on a birthday.
    """
    month = expiry[2:]
    if birth[4:6] == ON_BIRTHDAY:
        birth = birth[:4] + month + birth[6:]
    yield "DBB", birth
    birthdays = load_table("licence_cards")["expire_on_birthday"]
    is_birthday = month == birth[4:6] and issuer is not None and issuer.code in birthdays
    if month == ON_BIRTHDAY or is_birthday:
        yield "DBA", f"20{expiry[:2]}{birth[4:]}"
