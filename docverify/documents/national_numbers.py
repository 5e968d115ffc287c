"""National identity numbers: their check digits, and the birth date and sex that they carry.

The algorithms are those of python-stdnum where it has one; it is imported when first needed.
It looks at the clock in one regard: Danish and Norwegian numbers of tomorrow's children are wrong.
Published specimens break these rules, and readers misread: a wrong number is a doubt, no proof.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import import_module
from types import ModuleType


class NumberPlace(StrEnum):
    """Where on a document a number stands."""

    OPTIONAL_DATA = "optional_data"  # of the zone, the personal number of a passport included
    DOCUMENT_NUMBER = "document_number"
    PRINTED = "printed"


@dataclass(frozen=True)
class NationalNumber:
    """One number: its kind, whether its check digits hold, and what a valid one says.

    `birth_dates` are the days that it may mean: two where it does not tell the century, none
    where it carries no birth date. `sex` is M, F or None.
    """

    kind: str
    place: NumberPlace
    text: str = field(repr=False)
    valid: bool
    birth_dates: tuple[date, ...] = field(default=(), repr=False)
    sex: str | None = field(default=None, repr=False)

    @property
    def birth_date(self) -> date | None:
        """The birth date, where the number tells it with its century."""
        return self.birth_dates[0] if len(self.birth_dates) == 1 else None


Rule = Callable[[str], bool]


@dataclass(frozen=True)
class NumberKind:
    """One kind of number: whose it is, its shape without blanks and dots, and its rules.

    `rule` is the name of a module of stdnum, or a function. `birth` shows by Y, M and D where the
    digits of the birth date stand; "stdnum" where its module tells the day without a clock.
    `centuries` are those that the number may mean.
    """

    states: tuple[str, ...]
    name: str
    rule: str | Rule
    shape: str
    birth: str = ""
    centuries: Callable[[str], tuple[int, ...]] = lambda _: (1900, 2000)
    sex: Callable[[str], str | None] = lambda _: None
    places: tuple[NumberPlace, ...] = (NumberPlace.OPTIONAL_DATA, NumberPlace.PRINTED)


def find_national_numbers(
    issuing_state: str | None,
    *,
    optional_data: Iterable[str] = (),
    document_number: str | None = None,
    printed: Iterable[str] = (),
) -> tuple[NationalNumber, ...]:
    """Find the national numbers of a state (three letters) in the fields of a document.

    A text in the shape of none of its numbers is left out; no text raises.
    """
    texts = [(NumberPlace.OPTIONAL_DATA, part) for data in optional_data for part in _parts(data)]
    texts += [(NumberPlace.DOCUMENT_NUMBER, document_number or "")]
    texts += [(NumberPlace.PRINTED, text) for text in printed]
    kinds = [kind for kind in NUMBER_KINDS if issuing_state in kind.states]
    found = (_read(place, _compact(text), kinds) for place, text in texts)
    return tuple(number for each in found for number in each)


def _parts(data: str) -> list[str]:
    """Cut optional data at runs of fillers; a single one stands for a sign that the zone lacks."""
    return [part.replace("<", "-") for part in re.split("<{2,}", data.strip("<"))]


def _compact(text: str) -> str:
    return re.sub(r"[\s./()]", "", text).upper()


def _read(place: NumberPlace, text: str, kinds: Iterable[NumberKind]) -> Iterator[NationalNumber]:
    """Yield each valid meaning of a text; if there is none, that it is an invalid number."""
    meanings = [(each, _in_shape(each, text)) for each in kinds if place in each.places]
    shaped = [(kind, number) for kind, number in meanings if number]
    valid = [(kind, number) for kind, number in shaped if _holds(kind, number)]
    for kind, number in valid:
        births, sex = _birth_dates(kind, number), kind.sex(number)
        yield NationalNumber(kind.name, place, number, True, births, sex)
    for kind, number in shaped[: not valid]:
        yield NationalNumber(kind.name, place, number, False)


def _in_shape(kind: NumberKind, text: str) -> str | None:
    """Return the number as its rules count it: with signs only where these mean something."""
    spellings = (text, re.sub("[-+]", "", text))
    return next((each for each in spellings if re.fullmatch(kind.shape, each, re.ASCII)), None)


@cache
def _module(name: str) -> ModuleType:
    return import_module(f"stdnum.{name}")


def _holds(kind: NumberKind, text: str) -> bool:
    if isinstance(kind.rule, str):
        return bool(_module(kind.rule).is_valid(text))
    return kind.rule(text)


def _birth_dates(kind: NumberKind, text: str) -> tuple[date, ...]:
    if kind.birth == "stdnum":
        day: date | None = _module(str(kind.rule)).get_birth_date(text)
        return (day,) if day else ()
    if not kind.birth:
        return ()
    year, month, day_of_month = (_number_at(text, kind.birth, letter) for letter in "YMD")
    centuries = kind.centuries(text)
    return tuple(day for each in centuries for day in _days(each + year, month, day_of_month))


def _number_at(text: str, pattern: str, letter: str) -> int:
    places = zip(text, pattern, strict=False)
    found = "".join(each for each, place in places if place == letter)
    return ITALIAN_MONTHS.index(found) + 1 if len(found) == 1 else int(_italian_digits(found))


def _italian_digits(text: str) -> str:
    """Put back the digits that became letters where two holders would have the same code."""
    return text.translate(str.maketrans("LMNPQRSTUV", "0123456789"))


def _days(year: int, month: int, day: int) -> tuple[date, ...]:
    try:
        return (date(year, month, day % 40),)  # Italian codes of women count the day from 41.
    except ValueError:
        return ()


def _weighed(text: str, weights: Iterable[int]) -> int:
    """Sum the values of the characters (A is 10) times their weights."""
    return sum(int(each, 36) * weight for each, weight in zip(text, weights, strict=True))


def _is_polish_card(text: str) -> bool:
    """Three letters and six digits, of which the first is the check digit."""
    return _weighed(text, (7, 3, 1, 9, 7, 3, 1, 7, 3)) % 10 == 0


def _is_latvian(text: str) -> bool:
    """The code until 2017, with the birth date; later ones begin with 32 and check nothing."""
    if text.startswith("32"):
        return True
    check = (1101 - _weighed(text[:10], (1, 6, 3, 7, 9, 10, 5, 8, 4, 2))) % 11 % 10
    year, month, day = int(text[4:6]), int(text[2:4]), int(text[:2])
    dated = any(_days(each + year, month, day) for each in _latvian_century(text))
    return check == int(text[10]) and day < 32 and dated


def _latvian_century(text: str) -> tuple[int, ...]:
    return {"0": (1800,), "1": (1900,), "2": (2000,)}.get(text[6], ())


def _is_taiwanese(text: str) -> bool:
    """A letter that counts as two digits, then nine digits; the last one is the check digit."""
    value = 10 + "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(text[0])
    return (value // 10 + _weighed(f"{value % 10}{text[1:]}", (*range(9, 0, -1), 1))) % 10 == 0


def _is_from_hong_kong(text: str) -> bool:
    """One or two letters, six digits and a check character; a missing letter counts as 36."""
    body, check = text[:-1], int(text[-1], 36)
    missing = 9 * 36 if len(body) == 7 else 0
    return (missing + _weighed(body, range(len(body) + 1, 1, -1)) + check) % 11 == 0


def _odd_is_male(*indexes: int) -> Callable[[str], str | None]:
    return lambda text: "FM"[int("".join(text[each] for each in indexes)) % 2]


def _even_is_male(index: int) -> Callable[[str], str | None]:
    return lambda text: "MF"[int(text[index]) % 2]


def _romanian_sex(text: str) -> str | None:
    return None if text[0] == "9" else "FM"[int(text[0]) % 2]


def _finnish_century(text: str) -> tuple[int, ...]:
    return (1800,) if text[6] == "+" else (2000,) if text[6] in "ABCDEF" else (1900,)


def _icelandic_century(text: str) -> tuple[int, ...]:
    return (1900,) if text[9] == "9" else (2000,)


def _italian_sex(text: str) -> str | None:
    return "F" if _italian_digits(text[9]) in "4567" else "M"


def _taiwanese_sex(text: str) -> str | None:
    return {"1": "M", "2": "F", "8": "M", "9": "F"}.get(text[1])


ITALIAN_MONTHS = "ABCDEHLMPRST"
FORMER_YUGOSLAVIA = ("SVN", "SRB", "BIH", "MNE", "MKD", "HRV", "RKS")
NUMBER = (NumberPlace.DOCUMENT_NUMBER, NumberPlace.PRINTED)
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
    NumberKind(("PRT",), "Cartão de Cidadão", "pt.cc", r"\d{9}[A-Z0-9]{2}\d", places=NUMBER),
    NumberKind(
        ("BEL",),
        "national number",
        "be.nn",
        r"\d{11}",
        birth="stdnum",
        sex=_odd_is_male(6, 7, 8),
    ),
    NumberKind(("BEL",), "card number", "be.eid", r"\d{12}", places=NUMBER),
    NumberKind(("POL",), "PESEL", "pl.pesel", r"\d{11}", birth="stdnum", sex=_odd_is_male(9)),
    NumberKind(("POL",), "identity card number", _is_polish_card, r"[A-Z]{3}\d{6}", places=NUMBER),
    NumberKind(
        ("FIN",),
        "HETU",
        "fi.hetu",
        r"\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]",
        birth="DDMMYY",
        centuries=_finnish_century,
        sex=_odd_is_male(9),
    ),
    NumberKind(("EST",), "isikukood", "ee.ik", r"\d{11}", birth="stdnum", sex=_odd_is_male(0)),
    NumberKind(
        ("LTU",),
        "asmens kodas",
        "lt.asmens",
        r"[1-6]\d{10}",
        birth=".YYMMDD",
        centuries=lambda text: (1800 + (int(text[0]) - 1) // 2 * 100,),
        sex=_odd_is_male(0),
    ),
    NumberKind(
        ("LVA",),
        "personas kods",
        _is_latvian,
        r"\d{11}",
        birth="DDMMYY",
        centuries=_latvian_century,
    ),
    NumberKind(("TUR",), "T.C. kimlik no", "tr.tckimlik", r"\d{11}"),
    NumberKind(("BGR",), "EGN", "bg.egn", r"\d{10}", birth="stdnum", sex=_even_is_male(8)),
    NumberKind(("ROU",), "CNP", "ro.cnp", r"\d{13}", birth="stdnum", sex=_romanian_sex),
    NumberKind(
        ("CHN",),
        "resident identity number",
        "cn.ric",
        r"\d{17}[0-9X]",
        birth="stdnum",
        sex=_odd_is_male(16),
    ),
    NumberKind(("BRA",), "CPF", "br.cpf", r"\d{11}"),
    NumberKind(
        ("SWE",),
        "personnummer",
        "se.personnummer",
        r"\d{10}",
        birth="YYMMDD",
        sex=_odd_is_male(8),
    ),
    NumberKind(
        ("SWE",),
        "personnummer",
        "se.personnummer",
        r"\d{12}",
        birth="YYYYMMDD",
        centuries=lambda _: (0,),
        sex=_odd_is_male(10),
    ),
    NumberKind(
        ("NOR",), "fødselsnummer", "no.fodselsnummer", r"\d{11}", "stdnum", sex=_odd_is_male(8)
    ),
    NumberKind(("DNK",), "CPR", "dk.cpr", r"\d{10}", birth="stdnum", sex=_odd_is_male(9)),
    NumberKind(
        ("ISL",),
        "kennitala",
        "is_.kennitala",
        r"\d{10}",
        birth="DDMMYY",
        centuries=_icelandic_century,
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
        sex=_italian_sex,
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
    NumberKind(("IND",), "PAN", "in_.pan", r"[A-Z0-9]{10}", places=NUMBER),
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
    NumberKind(("MYS",), "NRIC", "my.nric", r"\d{12}", birth="YYMMDD", sex=_odd_is_male(11)),
    NumberKind(
        ("TWN",),
        "national identification number",
        _is_taiwanese,
        r"[A-Z][1289]\d{8}",
        sex=_taiwanese_sex,
    ),
    NumberKind(("HKG",), "identity card number", _is_from_hong_kong, r"[A-Z]{1,2}\d{6}[0-9A]"),
)
