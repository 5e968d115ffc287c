"""Issuers: assigned codes, on documents that no State has ever printed."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from string import ascii_uppercase, digits

LETTERS = "".join(sorted(set(ascii_uppercase) - set("IOQ")))  # what many issuers leave out
NO_VOWELS = "CFGHJKLMNPRTVWXYZ0123456789"
PICKED_FROM = {"L": LETTERS, "9": digits, "V": NO_VOWELS, "#": digits[1:]}


@dataclass(frozen=True)
class State:
    """An issuer of travel documents: its code, its language, how it numbers passports."""

    code: str
    language: str
    number: str  # a letter of PICKED_FROM is replaced by a random character, others stay


STATES = (
    State("FIN", "fi", "LL9999999"),
    State("NLD", "nl", "LLL99999#"),
    State("CZE", "cs", "#9999999"),
    State("HRV", "hr", "#99999999"),
    State("PRT", "pt", "LL999999"),
    State("HUN", "hu", "LL999999"),
    State("SVK", "sk", "LL9999999"),
    State("D", "de", "CVVVVVVVV"),
    State("FRA", "fr", "99LL99999"),
    State("ITA", "it", "LL9999999"),
    State("ESP", "es", "LLL999999"),
    State("IRL", "en", "LL9999999"),
    State("NZL", "en", "LL999999"),
    State("AUS", "en", "LL9999999"),
    State("IND", "en", "L#999999"),
    State("BRA", "pt", "LL999999"),
    State("TUR", "tr", "L99999999"),
    State("UKR", "uk", "LL999999"),
    State("GRC", "el", "LL9999999"),
)


@dataclass(frozen=True)
class Jurisdiction:
    """An issuer of driver licences: its AAMVA number, its name, and the pattern of its numbers."""

    code: str
    name: str
    country: str
    issuer_id: str
    number: str
    years: int  # that a licence is valid


JURISDICTIONS = (
    Jurisdiction("CA", "CALIFORNIA", "USA", "636014", "L#999999", 5),
    Jurisdiction("NY", "NEW YORK", "USA", "636001", "#99999999", 8),
    Jurisdiction("TX", "TEXAS", "USA", "636015", "#9999999", 8),
    Jurisdiction("FL", "FLORIDA", "USA", "636010", "L999999999999", 8),
    Jurisdiction("VA", "VIRGINIA", "USA", "636000", "L99999999", 8),
    Jurisdiction("GA", "GEORGIA", "USA", "636055", "#99999999", 8),
    Jurisdiction("OH", "OHIO", "USA", "636023", "LL999999", 8),
    Jurisdiction("PA", "PENNSYLVANIA", "USA", "636025", "#9999999", 4),
    Jurisdiction("ON", "ONTARIO", "CAN", "636012", "L99999999999999", 5),
    Jurisdiction("BC", "BRITISH COLUMBIA", "CAN", "636028", "#999999", 5),
    Jurisdiction("MB", "MANITOBA", "CAN", "636048", "LL9999999", 5),
)


def numbered(pattern: str, chance: Random) -> str:
    """Generate a number of this pattern."""
    return "".join(chance.choice(PICKED_FROM.get(each, each)) for each in pattern)
