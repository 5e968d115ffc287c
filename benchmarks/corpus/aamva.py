"""The barcode of North American licences: the writer of the payload (AAMVA DL/ID, annex D)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

SEXES = {"M": "1", "F": "2", "X": "9"}


@dataclass(frozen=True)
class Card:
    """The data in the barcode of a licence."""

    version: int
    issuer_id: str
    jurisdiction: str
    country: str
    number: str
    surname: str
    given_names: str
    sex: str
    birth_date: date
    issue_date: date
    expiry_date: date
    street: str
    city: str
    postal_code: str
    discriminator: str
    subfile: str = "DL"  # "ID" for identification cards


def payload(card: Card) -> str:
    """Write the bytes of a barcode, as Latin-1 text; versions 1 to 10."""
    subfile = card.subfile + "\n".join(f"{name}{value}" for name, value in _elements(card)) + "\r"
    # The jurisdiction version number exists since version 2.
    versions = f"{card.version:02}" if card.version < 2 else f"{card.version:02}00"
    head = f"@\n\x1e\rANSI {card.issuer_id}{versions}01"
    return f"{head}{card.subfile}{len(head) + 10:04}{len(subfile):04}{subfile}"


def _elements(card: Card) -> Iterator[tuple[str, str]]:
    yield "DAQ", card.number
    yield from _names(card)
    yield "DBB", _day(card, card.birth_date)
    yield "DBA", _day(card, card.expiry_date)
    yield "DBD", _day(card, card.issue_date)
    yield "DBC", SEXES[card.sex]
    yield "DAU", "173 cm" if card.country == "CAN" else "068 in" if card.version > 1 else "508"
    yield "DAY", "BRO"
    yield "DAG", card.street
    yield "DAI", card.city
    yield "DAJ", card.jurisdiction
    yield "DAK", card.postal_code.ljust(11 if card.version > 1 else 9)
    if card.version > 1:
        yield from (("DCA", "C"), ("DCB", "NONE"), ("DCD", "NONE"))
        yield "DCF", card.discriminator
        yield "DCG", card.country
    if card.version > 3:
        yield from (("DDE", "N"), ("DDF", "N"), ("DDG", "N"))


def _names(card: Card) -> Iterator[tuple[str, str]]:
    first, _, middle = card.given_names.partition(" ")
    if card.version < 2:
        yield "DAA", ",".join((card.surname, first, middle)).rstrip(",")
    elif card.version < 4:
        yield from (("DCS", card.surname), ("DCT", ",".join(filter(None, (first, middle)))))
    else:
        yield from (("DCS", card.surname), ("DAC", first), ("DAD", middle or "NONE"))


def _day(card: Card, day: date) -> str:
    """Write a date; from version 2 on, issuers of the United States put the month first."""
    return f"{day:%m%d%Y}" if card.version > 1 and card.country == "USA" else f"{day:%Y%m%d}"
