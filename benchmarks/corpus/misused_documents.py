"""Misused documents: another applicant, another century, a mark of invalidity, another code."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random

from benchmarks.corpus.designs import Sheet
from benchmarks.corpus.lettering import FACES, rotated
from benchmarks.corpus.mrzs import build_mrz
from benchmarks.corpus.originals import Document, genuine
from benchmarks.corpus.papers import TODAY, birthday, issue_to_another_person
from specimens.canvas import Colour

SIMILAR_NAMES = {
    "ANNA": "HANNAH",
    "DAVID": "DAVIDA",
    "MIRA": "MIRO",
    "OSCAR": "OSKANA",
    "LENA": "LEON",
    "TOMAS": "TOMASA",
    "MARIA": "MARIO",
    "ELENI": "HELEN",
    "VERA": "IVER",
    "ANTON": "ANTONIA",
}
"""Given names, each with a similar one of somebody else."""
ZERO_WIDTH = "\u200b"
MARKS = (
    *("CANCELLED", "CANCELED", "ANNULLED", "INVALID", "REVOKED", "LOST OR STOLEN", "STOLEN"),
    *("COPY", "NOT FOR IDENTIFICATION", "ANNULÉ", "ANNULLATO", "ANULADO", "UNGÜLTIG", "COPIA"),
    *("KOPIE", "ONGELDIG", "NEPLATNÝ", "MITÄTÖITY", "ÉRVÉNYTELEN", "CANCELADO"),
)
COLOURS: tuple[Colour, ...] = ((176, 30, 44), (40, 52, 130), (30, 30, 34))
VISAS = {"TD3": "MRV-A", "TD2": "MRV-B"}
"""The visa whose MRZ has as many characters."""
CHILDREN = (11, 16)  # years of age: born before the document was issued


def state_similar_name(one: Document, chance: Random) -> Document:
    """State another given name with the same surname, or only initials."""
    holder = one.printed.person
    first = holder.given_names.split(" ")[0]
    other = issue_to_another_person(one.printed, chance).person.given_names
    initials = f"{holder.given_names[:1]} {holder.surname[:1]}"
    alone = (initials, holder.surname) if holder.given_names else ()
    names = (
        *(f"{SIMILAR_NAMES.get(first, other)} {holder.surname}", f"{other} {holder.surname}"),
        *alone,
        f"{other}{ZERO_WIDTH} {holder.surname}",
        f"{other} {holder.surname} " + "A" * 200,
    )
    return replace(one, applicant=one.applicant | {"name": chance.choice(names)})


def state_other_birth_date(one: Document, chance: Random) -> Document:
    """State the right name with the birth date of somebody else."""
    born = one.printed.person.birth_date
    years, day = chance.choice((0, -1, 1, 10)), chance.randrange(1, 28)
    other = birthday(born, born.year + years).replace(day=day)
    if other == born:
        other = birthday(born, born.year - 2)
    return replace(one, applicant=one.applicant | {"birth_date": other.isoformat()})


def print_other_century(one: Document, chance: Random) -> Document:
    """Print the birth date of a child a hundred years earlier; the MRZ has two digits for both."""
    year = TODAY.year - chance.randrange(*CHILDREN)
    born = date(year, chance.randrange(1, 13), chance.randrange(1, 28))
    child = replace(one.printed, person=replace(one.printed.person, birth_date=born))
    old = replace(child.person, birth_date=born.replace(year=year - 100))
    return genuine(replace(child, person=old), one.design, one.capture)


def stamp_mark(one: Document, chance: Random) -> Document:
    """Stamp a word of invalidity over the document, at any angle and in any size."""
    word = chance.choice(MARKS)
    spaced = chance.random() < 0.2 and " " not in word
    text = " ".join(word) if spaced else word
    colour, opacity = chance.choice(COLOURS), chance.uniform(0.6, 0.95)
    angle = chance.choice((0.0, 0.0, chance.uniform(-30, 30), chance.uniform(4, 18)))

    def retouch(drawn: list[Sheet], chance: Random) -> list[Sheet]:
        front = drawn[0]
        image = front.image.copy()
        size = min(image.width, image.height) / chance.uniform(7, 12)
        mask = rotated(text, chance.choice(FACES[1:4]), size, angle, opacity)
        if mask.width > 0.9 * image.width:
            scale = 0.9 * image.width / mask.width
            mask = mask.resize((round(mask.width * scale), round(mask.height * scale)))
        room = max(1, image.width - mask.width), max(1, round(0.6 * image.height) - mask.height)
        left, top = chance.randrange(room[0]), chance.randrange(room[1])
        image.paste(colour, (left, top + round(0.08 * image.height)), mask)
        return [Sheet(image, front.boxes), *drawn[1:]]

    return replace(one, retouch=retouch)


def leave_out_given_names(one: Document, chance: Random) -> Document:
    """Leave the given names out of the MRZ, so that any printed given names fit."""
    if not one.printed.person.given_names:
        one = genuine(issue_to_another_person(one.printed, chance), one.design, one.capture)
    return replace(one, mrz=build_mrz(replace(one.printed.entries, given_names="")))


def choose_code_of_visa(one: Document, chance: Random) -> Document:
    """Give a passport or card the MRZ of a visa, which has fewer check digits."""
    entries = replace(one.printed.entries, kind=VISAS[one.printed.kind], code="V")
    return replace(one, mrz=build_mrz(entries))
