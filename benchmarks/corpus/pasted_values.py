"""Forgeries that print the values of an MRZ or barcode outside their fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from PIL import Image

from benchmarks.corpus.designs import Sheet
from benchmarks.corpus.edits import IN_MRZ, change_field
from benchmarks.corpus.labels import label
from benchmarks.corpus.lettering import FACES, Face, write
from benchmarks.corpus.mrzs import build_mrz
from benchmarks.corpus.originals import Document
from benchmarks.corpus.papers import Paper, issue_to_another_person
from benchmarks.corpus.sides import printed_text
from specimens.canvas import Colour

FIELDS = ("surname", "given_names", "document_number", "birth_date", "sex", "expiry_date")
INK: Colour = (40, 40, 48)
PAPER: Colour = (250, 250, 248)
BORDER = 14  # pixels between pasted values and the edges of a document

Place = Callable[[Sheet, Sequence[str], Random], Sheet]


def print_other_person_elsewhere(one: Document, chance: Random) -> Document:
    """Give the document the MRZ or barcode of another person, and print that person's values."""
    other = issue_to_another_person(one.printed, chance)
    return _with_machine_data(one, other, FIELDS, chance)


def print_one_value_elsewhere(one: Document, chance: Random) -> Document:
    """Change one value of the MRZ or barcode, and print it outside its field."""
    name = chance.choice(IN_MRZ)
    return _with_machine_data(one, change_field(one.printed, name, chance), (name,), chance)


def _with_machine_data(
    one: Document, other: Paper, names: Sequence[str], chance: Random
) -> Document:
    wiped = len(names) > 1 and chance.random() < 0.4
    machine = {"mrz": build_mrz(other.entries)} if one.mrz else {"coded": other}
    forged = replace(one, design=replace(one.design, wiped=wiped), **machine)
    values = list_values(other, forged, names, labelled=chance.random() < 0.4)
    place = chance.choice(PLACES)

    def retouch(drawn: list[Sheet], chance: Random) -> list[Sheet]:
        return [place(drawn[0], values, chance), *drawn[1:]]

    return replace(forged, retouch=retouch)


def list_values(
    paper: Paper, drawn: Document, names: Sequence[str], *, labelled: bool
) -> list[str]:
    """Return the values of another paper as this document would print them."""
    texts = {name: printed_text(paper, drawn.design, name) for name in names}
    words = drawn.design.languages[:1]
    return [
        f"{label(name, words, numbered=False)} {text}" if labelled else text
        for name, text in texts.items()
        if text
    ]


def print_in_footer(sheet: Sheet, values: Sequence[str], chance: Random) -> Sheet:
    """Print the values in one small line at the lower edge of the VIZ."""
    tops = [box[1] for name, box in sheet.boxes.items() if name.startswith("mrz")]
    y = min([*tops, sheet.image.height]) - BORDER - (30 if tops else 0)
    return _print(sheet, [" ".join(values)], (chance.uniform(20, 90), y), chance.uniform(13, 19))


def print_at_the_top(sheet: Sheet, values: Sequence[str], chance: Random) -> Sheet:
    """Print the values in a small line above the title."""
    size = chance.uniform(12, 17)
    return _print(sheet, [" ".join(values)], (chance.uniform(30, 200), BORDER + size), size)


def print_over_portrait(sheet: Sheet, values: Sequence[str], chance: Random) -> Sheet:
    """Print the values below each other over the portrait."""
    left, top, right, bottom = sheet.boxes["portrait"]
    size = chance.uniform(14, 24)
    y = chance.uniform(top + size, max(top + size + 1, bottom - 1.4 * size * len(values)))
    return _print(sheet, values, (left, y), size, room=right - left)


def print_along_the_edge(sheet: Sheet, values: Sequence[str], chance: Random) -> Sheet:
    """Print the values upwards along the left or right edge."""
    strip = Image.new("RGBA", (sheet.image.height - 2 * BORDER, 26))
    face = chance.choice(FACES[:3])
    write(strip, (0, 20), " ".join(values), face, chance.uniform(14, 19), INK, room=strip.width)
    ink = strip.rotate(90, expand=True)
    image = sheet.image.copy()
    left = chance.choice((BORDER, image.width - ink.width - BORDER))
    image.paste(ink, (left, BORDER), ink)
    return Sheet(image, sheet.boxes)


def print_below_document(sheet: Sheet, values: Sequence[str], chance: Random) -> Sheet:
    """Print the values on the paper under the document, below it or to its right."""
    size, wide, high = chance.uniform(20, 32), *sheet.image.size
    needed = round(1.4 * size * len(values)) + 110
    right, below = chance.choice(((0, needed), (620, 0), (80, needed + 60)))
    image = Image.new("RGBA", (wide + right, high + below), (*PAPER, 255))
    image.paste(sheet.image, (0, 0), sheet.image)
    at = (60, high + 60) if below else (wide + 30, 90)
    return _print(Sheet(image, sheet.boxes), values, at, size)


def _print(
    sheet: Sheet,
    lines: Sequence[str],
    at: tuple[float, float],
    size: float,
    room: float | None = None,
    face: Face = FACES[0],
) -> Sheet:
    image = sheet.image.copy()
    room = room or image.width - at[0] - BORDER
    for number, text in enumerate(lines):
        write(image, (at[0], at[1] + 1.4 * size * number), text, face, size, INK, room=room)
    return Sheet(image, sheet.boxes)


PLACES: tuple[Place, ...] = (
    *(print_in_footer, print_at_the_top, print_over_portrait),
    *(print_along_the_edge, print_below_document),
)
