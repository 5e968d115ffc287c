"""Document numbers: the formats of passports and North American licences, and placeholders."""

from __future__ import annotations

import re
from enum import StrEnum
from string import ascii_uppercase, digits

from docverify.documents.code_tables import load_table

SHORTEST_PLACEHOLDER = 5
SERIES = (digits, digits[::-1], digits[1:] + "0", ascii_uppercase)
PLACEHOLDER_WORDS = {"DOLOR", "FOOBAR", "IPSUM", "LOREM", "PLACEHOLDER", "TEST", "XXX"}


class FormatMatch(StrEnum):
    """How a number stands to the known formats of its issuer."""

    MATCHES = "matches"
    DIFFERS = "differs"
    UNKNOWN = "unknown"
    """No format of the issuer is known, or only one that nothing confirms."""


def compact_number(number: str) -> str:
    """Return a number without blanks, dashes and fillers, in capitals."""
    return re.sub(r"[\s<.-]+", "", number).upper()


def check_passport_number(number: str, issuing_state: str) -> FormatMatch:
    """Compare the number of a passport with what its State is known to give out."""
    pattern = load_table("passport_numbers")["patterns"].get(issuing_state)
    return _fact(number, [pattern] if pattern else [], is_confirmed=True)


def check_licence_number(number: str, jurisdiction: str, country: str) -> FormatMatch:
    """Compare the number of a licence with the formats of a state (`VA`) or province (`ON`).

    The country is USA or CAN; the formats of others are not known.
    """
    known = load_table("licence_numbers")
    patterns = known.get(country, {}).get(jurisdiction, {}).get("patterns", [])
    return _fact(number, patterns, is_confirmed=jurisdiction not in known["unconfirmed"])


def _fact(number: str, patterns: list[str], *, is_confirmed: bool) -> FormatMatch:
    if not patterns:
        return FormatMatch.UNKNOWN
    if any(re.fullmatch(each, compact_number(number)) for each in patterns):
        return FormatMatch.MATCHES
    return FormatMatch.DIFFERS if is_confirmed else FormatMatch.UNKNOWN


def is_placeholder_number(number: str) -> bool:
    """Whether a number is one that people type who have none: 000000000, 123456789, NONE, TEST."""
    compact = compact_number(number)
    if compact in ("", "NONE"):
        return compact != ""
    repeats = len(set(compact)) == 1 or any(compact in series for series in SERIES)
    return (len(compact) >= SHORTEST_PLACEHOLDER and repeats) or is_placeholder_text(compact)


def is_placeholder_text(text: str) -> bool:
    """Whether a word in a name or an address is one of filler text: LOREM IPSUM, TEST."""
    return not PLACEHOLDER_WORDS.isdisjoint(re.findall(r"\w+", text.upper()))


def is_specimen_card(issuer_id: str, number: str, surname: str) -> bool:
    """Whether issuer, number and surname are those of a published sample of a barcode."""
    return [issuer_id, number, surname.upper()] in load_table("specimens")["cards"]


def has_specimen_name(surname: str, given_names: str) -> bool:
    """Whether a name is one that issuers print on samples; people bear some of them as well."""
    names = load_table("specimens")["names"]
    return surname.upper() in names or f"{surname} {given_names}".upper() in names
