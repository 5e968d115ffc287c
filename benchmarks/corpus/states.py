"""Issuers: assigned codes, on documents that no State has ever printed."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from string import ascii_uppercase, digits

LETTERS = "".join(sorted(set(ascii_uppercase) - set("IOQ")))  # letters that many issuers leave out
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
    """An issuer of driver licences.

    Attributes:
        issuer_id: Its issuer identification number (AAMVA).
        number: The pattern of its numbers, as for `State`.
        years: How long a licence is valid.
        groups: The lengths of the groups in which the number is printed; empty for one.
        separator: Character between two groups.
    """

    code: str
    name: str
    country: str
    issuer_id: str
    number: str
    years: int
    groups: tuple[int, ...] = ()
    separator: str = "-"

    def print_number(self, number: str) -> str:
        """Write a number as the issuer prints it.

        >>> JURISDICTIONS[1].print_number("123456789")
        '123 456 789'
        """
        starts = [sum(self.groups[:place]) for place in range(len(self.groups))]
        pairs = zip(starts, self.groups, strict=True)
        return self.separator.join(number[a : a + n] for a, n in pairs) or number


JURISDICTIONS = (
    Jurisdiction("CA", "CALIFORNIA", "USA", "636014", "L#999999", 5),
    Jurisdiction("NY", "NEW YORK", "USA", "636001", "#99999999", 8, (3, 3, 3), " "),
    Jurisdiction("TX", "TEXAS", "USA", "636015", "#9999999", 8),
    Jurisdiction("FL", "FLORIDA", "USA", "636010", "L999999999999", 8, (4, 3, 2, 3, 1)),
    Jurisdiction("VA", "VIRGINIA", "USA", "636000", "L99999999", 8),
    Jurisdiction("GA", "GEORGIA", "USA", "636055", "#99999999", 8),
    Jurisdiction("OH", "OHIO", "USA", "636023", "LL999999", 8),
    Jurisdiction("PA", "PENNSYLVANIA", "USA", "636025", "#9999999", 4, (2, 3, 3), " "),
    Jurisdiction("WA", "WASHINGTON", "USA", "636045", "WDLVVVVVVVVV", 6),
    Jurisdiction("IL", "ILLINOIS", "USA", "636035", "L99999999999", 4, (4, 4, 4)),
    Jurisdiction("MD", "MARYLAND", "USA", "636003", "L999999999999", 8, (1, 3, 3, 3, 3)),
    Jurisdiction("KS", "KANSAS", "USA", "636022", "K99999999", 6, (3, 2, 4)),
    Jurisdiction("NC", "NORTH CAROLINA", "USA", "636004", "#99999999999", 8),
    Jurisdiction("NJ", "NEW JERSEY", "USA", "636036", "L99999999999999", 4, (5, 5, 5), " "),
    Jurisdiction("NM", "NEW MEXICO", "USA", "636009", "#99999999", 8),
    Jurisdiction("ND", "NORTH DAKOTA", "USA", "636034", "LLL999999", 6, (3, 2, 4)),
    Jurisdiction("WI", "WISCONSIN", "USA", "636031", "L9999999999999", 8, (4, 4, 4, 2)),
    Jurisdiction("CO", "COLORADO", "USA", "636020", "#99999999", 5, (2, 3, 4)),
    Jurisdiction("AK", "ALASKA", "USA", "636059", "#999999", 5),
    Jurisdiction("WV", "WEST VIRGINIA", "USA", "636061", "L999999", 8),
    Jurisdiction("ON", "ONTARIO", "CAN", "636012", "L99999999999999", 5, (5, 5, 5)),
    Jurisdiction("BC", "BRITISH COLUMBIA", "CAN", "636028", "#999999", 5),
    Jurisdiction("MB", "MANITOBA", "CAN", "636048", "LLLLLLL999LL", 5, (2, 2, 2, 6)),
    Jurisdiction("NS", "NOVA SCOTIA", "CAN", "636013", "LLLLL999999999", 5),
    Jurisdiction("AB", "ALBERTA", "CAN", "604432", "#99999999", 5, (6, 3)),
)


def numbered(pattern: str, chance: Random) -> str:
    """Generate a number of this pattern."""
    return "".join(chance.choice(PICKED_FROM.get(each, each)) for each in pattern)
