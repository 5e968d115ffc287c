"""Document numbers: the formats of passports and North American licences, and placeholders."""

from __future__ import annotations

import re
from enum import StrEnum
from string import ascii_uppercase, digits

from docverify.documents.code_tables import load_table

MIN_PLACEHOLDER_LENGTH = 5
SERIES = (digits, digits[::-1], digits[1:] + "0", ascii_uppercase)
PLACEHOLDER_WORDS = {"DOLOR", "FOOBAR", "IPSUM", "LOREM", "PLACEHOLDER", "TEST", "XXX"}


class FormatMatch(StrEnum):
    """Whether a number has a known format of its issuer."""

    MATCHES = "matches"
    DIFFERS = "differs"
    UNKNOWN = "unknown"
    """No format of the issuer is known, or only an unconfirmed one."""


def compact_number(number: str) -> str:
    """Return a number without blanks, dashes and fillers, in capitals."""
    return re.sub(r"[\s<.-]+", "", number).upper()


def check_passport_number(number: str, issuing_state: str) -> FormatMatch:
    """Compare the number of a passport with the known formats of its state."""
    pattern = load_table("passport_numbers")["patterns"].get(issuing_state)
    return compare_with_patterns(number, [pattern] if pattern else [], is_confirmed=True)


def check_licence_number(number: str, jurisdiction: str, country: str) -> FormatMatch:
    """Compare the number of a licence with the known formats of a state (VA) or province (ON).

    Formats are known for the countries USA and CAN.
    """
    known = load_table("licence_numbers")
    patterns = known.get(country, {}).get(jurisdiction, {}).get("patterns", [])
    return compare_with_patterns(
        number, patterns, is_confirmed=jurisdiction not in known["unconfirmed"]
    )


def compare_with_patterns(number: str, patterns: list[str], *, is_confirmed: bool) -> FormatMatch:
    """Compare a number with formats; an unconfirmed format can only confirm a number."""
    if not patterns:
        return FormatMatch.UNKNOWN
    forms = list_unpadded(compact_number(number))
    if any(re.fullmatch(each, form) for each in patterns for form in forms):
        return FormatMatch.MATCHES
    return FormatMatch.DIFFERS if is_confirmed else FormatMatch.UNKNOWN


def list_unpadded(number: str) -> tuple[str, ...]:
    """Return a number, and the same number with fewer and fewer leading zeros.

    Issuers pad short numbers with leading zeros.
    """
    zeros = len(number) - len(number.lstrip("0"))
    return tuple(number[start:] for start in range(zeros + 1))


def is_placeholder_number(number: str) -> bool:
    """Return whether a number is a placeholder, such as 000000000, 123456789, NONE or TEST."""
    compact = compact_number(number)
    if compact in ("", "NONE"):
        return compact != ""
    is_regular = len(set(compact)) == 1 or any(compact in series for series in SERIES)
    is_long = len(compact) >= MIN_PLACEHOLDER_LENGTH
    return (is_long and is_regular) or is_placeholder_text(compact)


def is_placeholder_text(text: str) -> bool:
    """Return whether a name or an address has a word of filler text: LOREM IPSUM, TEST."""
    return not PLACEHOLDER_WORDS.isdisjoint(re.findall(r"\w+", text.upper()))


def is_specimen_card(issuer_id: str, number: str, surname: str) -> bool:
    """Return whether issuer, number and surname are those of a published specimen barcode."""
    return [issuer_id, number, surname.upper()] in load_table("specimens")["cards"]


def has_specimen_name(surname: str, given_names: str) -> bool:
    """Return whether a name is one that issuers print on specimens; some people have it, too."""
    names = load_table("specimens")["names"]
    return surname.upper() in names or f"{surname} {given_names}".upper() in names
