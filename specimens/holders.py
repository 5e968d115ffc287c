"""Fictitious persons, and the documents that Utopia issued to them."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from docverify.documents.mrz import MrzFormat
from specimens.likeness import Hair, Likeness

STATE = "UTO"  # ICAO reserves this code for specimens

Sex = Literal["F", "M", "X"]


@dataclass(frozen=True)
class Holder:
    """A fictitious person."""

    surname: str
    given_names: str
    sex: Sex
    birth_date: date
    birth_place: str
    likeness: Likeness


@dataclass(frozen=True)
class Document:
    """The printed contents of a document."""

    format: MrzFormat
    code: str
    number: str
    issue_date: date
    expiry_date: date
    holder: Holder
    nationality: str = STATE
    authority: str = "MINISTRY OF THE INTERIOR"


IMOGEN = Holder(
    "VELLACOTT", "IMOGEN RUTH", "F", date(1994, 8, 12), "ELDERMERE",
    Likeness(
        skin=(232, 190, 164), hair_colour=(92, 58, 36), hair=Hair.LONG, eyes=(92, 120, 110),
        clothes=(70, 92, 120),
    ),
)  # fmt: skip
JEAN_BASTIEN = Holder(
    "O'SHANDREY", "JEAN-BASTIEN", "M", date(1987, 11, 3), "PORT HALLOW",
    Likeness(
        skin=(214, 164, 128), hair_colour=(44, 32, 28), hair=Hair.SHORT, eyes=(84, 60, 40),
        clothes=(52, 58, 70), lips=(170, 106, 92), jaw=1.12, brow=1.3, collar=True, age=0.2,
    ),
)  # fmt: skip
RENEE = Holder(
    "GRÜNEVOLD", "RENÉE SOFIA", "F", date(1990, 2, 27), "SAINT AMBERLY",
    Likeness(
        skin=(240, 206, 184), hair_colour=(150, 104, 62), hair=Hair.BOB, eyes=(88, 110, 140),
        clothes=(116, 62, 74), length=0.96, glasses=True,
    ),
)  # fmt: skip
ILJA = Holder(
    "TAMARASK", "ILJA MARKO", "M", date(1969, 6, 15), "NORTH QUAY",
    Likeness(
        skin=(226, 182, 152), hair_colour=(120, 112, 106), hair=Hair.RECEDING, eyes=(90, 100, 92),
        clothes=(50, 60, 80), lips=(176, 112, 100), jaw=1.1, brow=1.2, collar=True, age=0.9,
    ),
)  # fmt: skip
LINNEA = Holder(
    "OKADRIS", "LINNEA", "F", date(1996, 3, 30), "ELDERMERE",
    Likeness(
        skin=(216, 168, 128), hair_colour=(34, 26, 26), hair=Hair.BUN, eyes=(58, 40, 28),
        clothes=(92, 62, 94), jaw=0.98,
    ),
)  # fmt: skip
SASHA = Holder(
    "NOVARIN", "SASHA", "X", date(1998, 4, 9), "LANTERN BAY",
    Likeness(
        skin=(134, 88, 60), hair_colour=(26, 22, 22), hair=Hair.CROPPED, eyes=(52, 34, 26),
        clothes=(196, 158, 62), lips=(150, 82, 76), jaw=1.02,
    ),
)  # fmt: skip
THEODOSIA = Holder(
    "HOLLINGSBROOK", "THEODOSIA ROSALIND MAE", "F", date(1964, 9, 30), "PORT HALLOW",
    Likeness(
        skin=(238, 204, 186), hair_colour=(168, 162, 156), hair=Hair.BUN, eyes=(100, 122, 140),
        clothes=(64, 96, 92), glasses=True, age=0.9,
    ),
)  # fmt: skip
CASPAR = Holder(
    "BRANDVEEN", "CASPAR ELIAS", "M", date(2001, 1, 19), "NORTH QUAY",
    Likeness(
        skin=(152, 102, 72), hair_colour=(28, 24, 24), hair=Hair.CURLY, eyes=(60, 40, 26),
        clothes=(146, 82, 70), lips=(146, 86, 78), brow=1.3, beard=0.7,
    ),
)  # fmt: skip
MAREN = Holder(
    "LINDQUARN", "MAREN", "F", date(1985, 5, 21), "LANTERN BAY",
    Likeness(
        skin=(242, 208, 188), hair_colour=(206, 168, 108), hair=Hair.LONG, eyes=(96, 128, 150),
        clothes=(96, 110, 84), jaw=1.04, length=1.03,
    ),
)  # fmt: skip
DARIO = Holder(
    "PETRAZZIO", "DARIO", "M", date(1992, 12, 2), "ELDERMERE",
    Likeness(
        skin=(228, 182, 150), hair_colour=(110, 62, 38), hair=Hair.CROPPED, eyes=(96, 104, 84),
        clothes=(70, 80, 62), lips=(176, 108, 98), jaw=1.1, beard=0.55,
    ),
)  # fmt: skip
PAULA = Holder(
    "KESTERWIN", "PAULA JUNE", "F", date(2004, 7, 14), "SAINT AMBERLY",
    Likeness(
        skin=(206, 152, 116), hair_colour=(52, 34, 30), hair=Hair.BOB, eyes=(70, 48, 34),
        clothes=(60, 84, 110), jaw=0.96, length=0.97,
    ),
)  # fmt: skip
HUGO = Holder(
    "MORVANTE", "HUGO", "M", date(1975, 10, 8), "PORT HALLOW",
    Likeness(
        skin=(222, 176, 146), hair_colour=(84, 72, 64), hair=Hair.SHORT, eyes=(80, 90, 92),
        clothes=(74, 70, 84), lips=(172, 108, 98), jaw=1.08, length=1.03, age=0.6,
    ),
)  # fmt: skip
