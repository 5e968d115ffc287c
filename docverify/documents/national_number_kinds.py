"""Kinds of national numbers: their shapes, check digits, birth dates and sexes, by state.

The algorithms are those of python-stdnum, if it has them; it is imported when it is first needed.
It reads the clock in one case: it rejects Danish and Norwegian numbers with future birth dates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import import_module
from types import ModuleType

from docverify.documents.dates import build_date


class NumberPlace(StrEnum):
    """Where a number is on a document."""

    OPTIONAL_DATA = "optional_data"  # of the MRZ, including the personal number of a passport
    DOCUMENT_NUMBER = "document_number"
    PRINTED = "printed"


Rule = Callable[[str], bool]


@dataclass(frozen=True)
class NumberKind:
    """A kind of national number.

    Attributes:
        states: The states that issue it (Doc 9303-3, three letters).
        rule: The name of a module of stdnum, or a function that checks the number.
        shape: A regular expression for the number without blanks and dots.
        birth: The positions of the birth date's digits, marked by Y, M and D; "stdnum" if the
            module of stdnum returns the day without reading the clock; empty if it has no birth
            date.
        centuries: Returns the centuries that a number may mean.
        sex: Returns M, F or None.
        places: Where the number is on documents.
        day_shift: The number added to the day for some holders, such as women in Italian codes.
    """

    states: tuple[str, ...]
    name: str
    rule: str | Rule
    shape: str
    birth: str = ""
    centuries: Callable[[str], tuple[int, ...]] = lambda _: (1900, 2000)
    sex: Callable[[str], str | None] = lambda _: None
    places: tuple[NumberPlace, ...] = (NumberPlace.OPTIONAL_DATA, NumberPlace.PRINTED)
    day_shift: int = 40

    def compact(self, text: str) -> str | None:
        """Return the number without meaningless signs; None if it has a different shape."""
        for spelling in (text, re.sub("[-+]", "", text)):
            if re.fullmatch(self.shape, spelling, re.ASCII):
                return spelling
        return None

    def is_valid(self, number: str) -> bool:
        """Return whether the check digits of a number are correct."""
        if isinstance(self.rule, str):
            return bool(load_stdnum_module(self.rule).is_valid(number))
        return self.rule(number)

    def find_birth_dates(self, number: str) -> tuple[date, ...]:
        """Return the days that a valid number may mean, one for each possible century."""
        if self.birth == "stdnum":
            day: date | None = load_stdnum_module(str(self.rule)).get_birth_date(number)
            return (day,) if day else ()
        if not self.birth:
            return ()
        year, month, day_of_month = (read_number(number, self.birth, each) for each in "YMD")
        day_of_month %= self.day_shift
        days = (build_date(each + year, month, day_of_month) for each in self.centuries(number))
        return tuple(filter(None, days))


@cache
def load_stdnum_module(name: str) -> ModuleType:
    """Import a module of python-stdnum, such as nl.bsn."""
    return import_module(f"stdnum.{name}")


def read_number(text: str, pattern: str, letter: str) -> int:
    """Return the number at the positions that a letter marks in a pattern.

    A single position has the month of an Italian code, as a letter.
    """
    marked = "".join(each for each, place in zip(text, pattern, strict=False) if place == letter)
    if len(marked) == 1:
        return ITALIAN_MONTHS.index(marked) + 1
    return int(restore_italian_digits(marked))


def restore_italian_digits(text: str) -> str:
    """Replace letters by the digits for which they are used if two holders would have one code."""
    return text.translate(str.maketrans("LMNPQRSTUV", "0123456789"))


def is_coordination_number(number: str) -> bool:
    """Return whether a Swedish number has a day increased by 60 and a correct check digit."""
    month, day = int(number[-8:-6]), int(number[-6:-4]) - 60
    is_day = 1 <= month <= 12 and 1 <= day <= 31
    return is_day and bool(load_stdnum_module("luhn").is_valid(number[-10:]))


def sum_weighted(text: str, weights: Iterable[int]) -> int:
    """Return the weighted sum of the characters' values (A is 10)."""
    return sum(int(each, 36) * weight for each, weight in zip(text, weights, strict=True))


def is_polish_card_number(text: str) -> bool:
    """Return whether the check digit of three letters and six digits, the first digit, is correct.

    >>> is_polish_card_number("ABA300000"), is_polish_card_number("ABA300001")
    (True, False)
    """
    return sum_weighted(text, (7, 3, 1, 9, 7, 3, 1, 7, 3)) % 10 == 0


def is_latvian_code(text: str) -> bool:
    """Return whether a Latvian personal code is correct.

    Codes issued until 2017 contain the birth date; later ones begin with 32 and have no check
    digit.
    """
    if text.startswith("32"):
        return True
    check = (1101 - sum_weighted(text[:10], (1, 6, 3, 7, 9, 10, 5, 8, 4, 2))) % 11 % 10
    year, month, day = int(text[4:6]), int(text[2:4]), int(text[:2])
    is_day = any(build_date(each + year, month, day % 40) for each in find_latvian_century(text))
    return check == int(text[10]) and day < 32 and is_day


def find_latvian_century(text: str) -> tuple[int, ...]:
    """Return the century of a Latvian code, which is given by its seventh digit."""
    return {"0": (1800,), "1": (1900,), "2": (2000,)}.get(text[6], ())


def is_taiwanese_number(text: str) -> bool:
    """Return whether the last of nine digits is correct; the letter before them counts as two."""
    value = 10 + "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(text[0])
    body = sum_weighted(f"{value % 10}{text[1:]}", (*range(9, 0, -1), 1))
    return (value // 10 + body) % 10 == 0


def is_hong_kong_number(text: str) -> bool:
    """Return whether the check character after one or two letters and six digits is correct.

    A missing letter counts as 36.
    """
    body, check = text[:-1], int(text[-1], 36)
    missing = 9 * 36 if len(body) == 7 else 0
    return (missing + sum_weighted(body, range(len(body) + 1, 1, -1)) + check) % 11 == 0


def odd_is_male(*indexes: int) -> Callable[[str], str | None]:
    """Return a function that reads the sex from digits: M if their number is odd."""
    return lambda text: "FM"[int("".join(text[each] for each in indexes)) % 2]


def even_is_male(index: int) -> Callable[[str], str | None]:
    """Return a function that reads the sex from a digit: M if it is even."""
    return lambda text: "MF"[int(text[index]) % 2]


def find_finnish_century(text: str) -> tuple[int, ...]:
    """Return the century of a Finnish code, which is given by the sign after the birth date."""
    if text[6] == "+":
        return (1800,)
    return (2000,) if text[6] in "ABCDEF" else (1900,)


ITALIAN_MONTHS = "ABCDEHLMPRST"
FORMER_YUGOSLAVIA = ("SVN", "SRB", "BIH", "MNE", "MKD", "HRV", "RKS")
NUMBER_AND_PRINT = (NumberPlace.DOCUMENT_NUMBER, NumberPlace.PRINTED)
PRINT = (NumberPlace.PRINTED,)

NUMBER_KINDS = (
    NumberKind(("NLD",), "BSN", "nl.bsn", r"\d{9}"),
    NumberKind(
        ("NLD",),
        "document number",
        "nl.identiteitskaartnummer",
        r"[A-Z]{2}[A-Z0-9]{7}",
        places=(NumberPlace.DOCUMENT_NUMBER,),
    ),
    NumberKind(("ESP",), "DNI", "es.dni", r"\d{8}[A-Z]"),
    NumberKind(("ESP",), "NIE", "es.nie", r"[XYZ]\d{7}[A-Z]"),
    NumberKind(
        ("PRT",), "Cartão de Cidadão", "pt.cc", r"\d{9}[A-Z0-9]{2}\d", places=NUMBER_AND_PRINT
    ),
    NumberKind(
        ("BEL",),
        "national number",
        "be.nn",
        r"\d{11}",
        birth="stdnum",
        sex=odd_is_male(6, 7, 8),
    ),
    NumberKind(("BEL",), "card number", "be.eid", r"\d{12}", places=NUMBER_AND_PRINT),
    NumberKind(("POL",), "PESEL", "pl.pesel", r"\d{11}", birth="stdnum", sex=odd_is_male(9)),
    NumberKind(
        ("POL",),
        "identity card number",
        is_polish_card_number,
        r"[A-Z]{3}\d{6}",
        places=NUMBER_AND_PRINT,
    ),
    NumberKind(
        ("FIN",),
        "HETU",
        "fi.hetu",
        r"\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]",
        birth="DDMMYY",
        centuries=find_finnish_century,
        sex=odd_is_male(9),
    ),
    NumberKind(("EST",), "isikukood", "ee.ik", r"\d{11}", birth="stdnum", sex=odd_is_male(0)),
    NumberKind(
        ("LTU",),
        "asmens kodas",
        "lt.asmens",
        r"[1-6]\d{10}",
        birth=".YYMMDD",
        centuries=lambda text: (1800 + (int(text[0]) - 1) // 2 * 100,),
        sex=odd_is_male(0),
    ),
    NumberKind(
        ("LVA",),
        "personas kods",
        is_latvian_code,
        r"\d{11}",
        birth="DDMMYY",
        centuries=find_latvian_century,
    ),
    NumberKind(("TUR",), "T.C. kimlik no", "tr.tckimlik", r"\d{11}"),
    NumberKind(("BGR",), "EGN", "bg.egn", r"\d{10}", birth="stdnum", sex=even_is_male(8)),
    NumberKind(
        ("ROU",),
        "CNP",
        "ro.cnp",
        r"\d{13}",
        birth="stdnum",
        sex=lambda text: None if text[0] == "9" else "FM"[int(text[0]) % 2],
    ),
    NumberKind(
        ("CHN",),
        "resident identity number",
        "cn.ric",
        r"\d{17}[0-9X]",
        birth="stdnum",
        sex=odd_is_male(16),
    ),
    NumberKind(("BRA",), "CPF", "br.cpf", r"\d{11}"),
    NumberKind(
        ("SWE",),
        "personnummer",
        "se.personnummer",
        r"\d{10}",
        birth="YYMMDD",
        sex=odd_is_male(8),
    ),
    NumberKind(
        ("SWE",),
        "personnummer",
        "se.personnummer",
        r"\d{12}",
        birth="YYYYMMDD",
        centuries=lambda _: (0,),
        sex=odd_is_male(10),
    ),
    NumberKind(
        ("SWE",),
        "samordningsnummer",  # of holders who are not registered: the day is increased by 60
        is_coordination_number,
        r"\d{4}[6-9]\d{5}",
        birth="YYMMDD",
        sex=odd_is_male(8),
        day_shift=60,
    ),
    NumberKind(
        ("SWE",),
        "samordningsnummer",
        is_coordination_number,
        r"\d{6}[6-9]\d{5}",
        birth="YYYYMMDD",
        centuries=lambda _: (0,),
        sex=odd_is_male(10),
        day_shift=60,
    ),
    NumberKind(
        ("NOR",), "fødselsnummer", "no.fodselsnummer", r"\d{11}", "stdnum", sex=odd_is_male(8)
    ),
    NumberKind(("DNK",), "CPR", "dk.cpr", r"\d{10}", birth="stdnum", sex=odd_is_male(9)),
    NumberKind(
        ("ISL",),
        "kennitala",
        "is_.kennitala",
        r"\d{10}",
        birth="DDMMYY",
        centuries=lambda text: (1900,) if text[9] == "9" else (2000,),
    ),
    NumberKind(
        ("CZE", "SVK"),
        "rodné číslo",
        "cz.rc",
        r"\d{9,10}",
        birth="stdnum",
        sex=lambda text: "F" if text[2] in "5678" else "M",
    ),
    NumberKind(("HRV",), "OIB", "hr.oib", r"\d{11}"),
    NumberKind(
        FORMER_YUGOSLAVIA,
        "JMBG",
        "si.emso",
        r"\d{13}",
        birth="stdnum",
        sex=lambda text: "M" if text[9] in "01234" else "F",
    ),
    NumberKind(
        ("ITA",),
        "codice fiscale",
        "it.codicefiscale",
        r"[A-Z]{6}[0-9A-Z]{10}",
        birth="......YYMDD",
        sex=lambda text: "F" if restore_italian_digits(text[9]) in "4567" else "M",
    ),
    NumberKind(
        ("FRA",),
        "NIR",
        "fr.nir",
        r"[0-9]{5}[0-9][0-9AB]\d{8}",
        sex=lambda text: {"1": "M", "2": "F"}.get(text[0]),
    ),
    NumberKind(("USA",), "SSN", "us.ssn", r"\d{9}", places=PRINT),
    NumberKind(("CAN",), "SIN", "ca.sin", r"\d{9}", places=PRINT),
    NumberKind(("IND",), "Aadhaar", "in_.aadhaar", r"\d{12}", places=PRINT),
    NumberKind(("IND",), "PAN", "in_.pan", r"[A-Z0-9]{10}", places=NUMBER_AND_PRINT),
    NumberKind(
        ("ZAF",),
        "ID number",
        "za.idnr",
        r"\d{13}",
        birth="YYMMDD",
        sex=lambda text: "F" if text[6] in "01234" else "M",
    ),
    NumberKind(
        ("MEX",),
        "CURP",
        "mx.curp",
        r"[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d",
        birth="stdnum",
        sex=lambda text: "M" if text[10] == "H" else "F",
    ),
    NumberKind(("ARG",), "DNI", "ar.dni", r"\d{7,10}"),
    NumberKind(("CHL",), "RUT", "cl.rut", r"\d{7,8}[0-9K]"),
    NumberKind(("MYS",), "NRIC", "my.nric", r"\d{12}", birth="YYMMDD", sex=odd_is_male(11)),
    NumberKind(
        ("TWN",),
        "national identification number",
        is_taiwanese_number,
        r"[A-Z][1289]\d{8}",
        sex=lambda text: {"1": "M", "2": "F", "8": "M", "9": "F"}.get(text[1]),
    ),
    NumberKind(("HKG",), "identity card number", is_hong_kong_number, r"[A-Z]{1,2}\d{6}[0-9A]"),
)
