"""Fictitious people: names in many scripts and of many shapes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Literal

from specimens.canvas import Colour
from specimens.likeness import Hair, Likeness

Sex = Literal["F", "M", "X"]


@dataclass(frozen=True)
class Person:
    """A holder; `native` is the surname in the holder's own script, if that is printed as well."""

    surname: str
    given_names: str
    sex: Sex
    birth_date: date
    birth_place: str
    likeness: Likeness
    native: str = ""
    shape: str = "plain"


# Combined at random from usual name parts, so that they name no real person.
SHAPES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "plain": (
        ("HARTWELL", "MORENO", "KOVACS", "NYSTROM", "OKONKWO", "TANAKA", "FERRARA", "BAXTER"),
        ("ANNA", "DAVID", "MIRA", "OSCAR", "LENA", "TOMAS", "NOOR", "CHIDI", "YUKI", "PRIYA"),
    ),
    "two given names": (
        ("LINDGREN", "ABARA", "CASTELLI", "DUNMORE", "RAHMAN", "TRAN", "KAPOOR", "SILVA"),
        ("ANNA SOFIA", "JON ERIK", "MARIA LUISA", "VAN ANH", "AMIR REZA", "ROSE MAY"),
    ),
    "hyphen": (
        ("LINDE-HOLM", "SMYTHE-ROWAN", "GARCIA-VEGA", "KIM-PARK"),
        ("ANNE-MARIE", "JEAN-LUC", "KARL-HEINZ", "MIN-JUN", "SOO"),
    ),
    "apostrophe": (
        ("O'DARRAGH", "D'ALVARO", "N'DIAMBA", "L'ESTRADE", "O'RUSKIN"),
        ("NIALL", "CHIARA", "AWA", "D'ARCY", "SHEILA"),
    ),
    "particle": (
        (
            "VAN DER WALDEN",
            "DE LA TORRIENTE",
            "DOS SANTARES",
            "VON ALTEN",
            "BIN RASHDAN",
            "LE GOAR",
        ),
        ("PIETER", "LUCIA", "JOAO", "GRETA", "OMAR", "YANN"),
    ),
    "diacritics": (
        (
            "ÅSGÅRDH",
            "MÜLLENBACH",
            "ŁUKASZEWIK",
            "DVOŘÁČEK",
            "NÚÑEZ",
            "GÜNDOĞAN",
            "SØRBYE",
            "ŞIMŞEKLI",
        ),
        ("JOSÉ", "ZOË", "BJÖRN", "ŽOFIE", "ÇIĞDEM", "FRANÇOIS", "ŁUCJA", "SØREN"),
    ),
    "long": (
        ("WIJESINGHA ARACHCHIGE", "PAPAKONSTANTINOPOULOS", "FERNANDEZ DE CORDOBA Y MENDOZA"),
        ("CHRISTODOULOS ALEXANDROS", "MARIA GUADALUPE ESPERANZA", "SARANGA THARINDU DILSHAN"),
    ),
    "one name": (("SUHARTANA", "MADHAVI", "RATNASIH"), ("",)),
    "short": (("LI", "NG", "EK", "OZ"), ("AN", "BO", "YE", "QI")),
    "Cyrillic": (("IVANENKO", "ANTONENKO", "NESTERENKO"), ("VERA", "ANTON", "SERHIY", "MARIIA")),
    "Greek": (("MANOLAKI", "KARVELI", "NIKOLAKI"), ("ELENI", "MARIA", "KATERINA", "MANOLI")),
}
"""Surnames and given names for each shape of names."""
NATIVE = {
    "IVANENKO": "ИВАНЕНКО",
    "ANTONENKO": "АНТОНЕНКО",
    "NESTERENKO": "НЕСТЕРЕНКО",
    "MANOLAKI": "ΜΑΝΟΛΑΚΗ",
    "KARVELI": "ΚΑΡΒΕΛΗ",
    "NIKOLAKI": "ΝΙΚΟΛΑΚΗ",
}
PLACES = ("ELDERMERE", "PORT HALLOW", "LANTERN BAY", "NORTH QUAY", "SAINT AMBERLY", "WESTERLOCH")
SKINS: tuple[Colour, ...] = (
    *((240, 206, 184), (232, 190, 164), (214, 164, 128), (206, 152, 116)),
    *((152, 102, 72), (134, 88, 60), (108, 70, 50)),
)
HAIRS: tuple[Colour, ...] = (
    (34, 26, 26),
    (92, 58, 36),
    (150, 104, 62),
    (206, 168, 108),
    (160, 154, 148),
)
EYES: tuple[Colour, ...] = ((92, 120, 110), (84, 60, 40), (58, 40, 28), (88, 110, 140))
CLOTHES: tuple[Colour, ...] = (
    (70, 92, 120),
    (52, 58, 70),
    (116, 62, 74),
    (92, 62, 94),
    (70, 80, 62),
)
YOUNGEST, OLDEST = 21, 78  # years on the day of the decision


def person(chance: Random, today: date, *, licence: bool = False) -> Person:
    """Generate a person; on licences, names are written in plain letters."""
    shape = chance.choice([each for each in SHAPES if not (licence and each in NO_LICENCE)])
    surnames, given_names = SHAPES[shape]
    surname = chance.choice(surnames)
    return Person(
        surname,
        chance.choice(given_names),
        chance.choices(("F", "M", "X"), (48, 48, 4))[0],
        today - timedelta(days=chance.randrange(YOUNGEST * 366, OLDEST * 365)),
        chance.choice(PLACES),
        likeness(chance),
        NATIVE.get(surname, ""),
        shape,
    )


NO_LICENCE = ("one name", "diacritics", "Cyrillic", "Greek")


def another(one: Person, chance: Random, today: date, *, licence: bool = False) -> Person:
    """Generate a person whose names and birth date differ from those of the first."""
    while True:
        found = person(chance, today, licence=licence)
        if found.surname != one.surname and found.given_names not in ("", one.given_names):
            return replace(found, native="")


def likeness(chance: Random) -> Likeness:
    """Generate a face."""
    return Likeness(
        skin=chance.choice(SKINS),
        hair_colour=chance.choice(HAIRS),
        hair=chance.choice(list(Hair)),
        eyes=chance.choice(EYES),
        clothes=chance.choice(CLOTHES),
        jaw=round(chance.uniform(0.95, 1.13), 2),
        length=round(chance.uniform(0.95, 1.05), 2),
        brow=round(chance.uniform(0.8, 1.4), 1),
        beard=chance.choice((0.0, 0.0, 0.0, 0.6)),
        age=round(chance.uniform(0, 1), 1),
        glasses=chance.random() < 0.2,
        collar=chance.random() < 0.3,
    )
