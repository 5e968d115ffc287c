"""Controls: genuine documents that look like an attack in one respect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from benchmarks.corpus.captures import PHOTO, SCAN, Capture, capture_sides
from benchmarks.corpus.designs import Sheet
from benchmarks.corpus.lettering import PLAIN, write
from benchmarks.corpus.letters import put_among_papers, put_on_letter
from benchmarks.corpus.originals import ALL, LICENCES, Change, Document
from benchmarks.corpus.papers_with_data import open_page, write_pdf
from benchmarks.corpus.visas import add_visa
from specimens.canvas import Colour, mix_colours

GREY: Colour = (186, 188, 190)
TWO_SIDED = ("TD1", *LICENCES)
SENTENCES = (
    "VOID IF ALTERED OR MUTILATED",
    "IF FOUND, PLEASE RETURN TO THE NEAREST OFFICE",
    "IF LOST OR STOLEN, REPORT TO THE ISSUING AUTHORITY",
    "THIS DOCUMENT IS PROPERTY OF THE ISSUING OFFICE",
    "NOT VALID FOR EMPLOYMENT WITHOUT A PERMIT",
)
LICENCE_SENTENCES = (*SENTENCES, "NOT FOR FEDERAL IDENTIFICATION", "FEDERAL LIMITS APPLY")


@dataclass(frozen=True)
class Control:
    """A class of genuine documents; its name is the capture in the labels."""

    name: str
    change: Change
    kinds: tuple[str, ...] = ALL
    captures: tuple[Capture, ...] = (SCAN, PHOTO)


def _retouched(put: Callable[[list[Sheet], Random], list[Sheet]]) -> Change:
    def change(one: Document, _: Random) -> Document:
        return replace(one, retouch=put)

    return change


def print_sentence(one: Document, chance: Random) -> Document:
    """Print a sentence about the validity of the document in small letters."""
    text = chance.choice(LICENCE_SENTENCES if one.coded else SENTENCES)

    def retouch(drawn: list[Sheet], chance: Random) -> list[Sheet]:
        front, *others = drawn
        image, size = front.image.copy(), chance.uniform(14, 18)
        tops = [box[1] for name, box in front.boxes.items() if name.startswith("mrz")]
        y = min([*tops, image.height]) - (46 if tops else 26)
        write(image, (60, y), text, PLAIN, size, one.design.palette.label, room=image.width - 120)
        return [Sheet(image, front.boxes), *others]

    return replace(one, retouch=retouch)


def leave_little_colour(one: Document, chance: Random) -> Document:
    """Print the portrait in grey and the background in nearly grey inks."""
    palette, share = one.design.palette, chance.uniform(0.55, 0.8)
    first, second = (mix_colours(each, GREY, share) for each in (palette.first, palette.second))
    pale = replace(palette, first=first, second=second)
    return replace(one, design=replace(one.design, palette=pale, monochrome=True))


def send_sides_as_pages(one: Document, _: Random) -> Document:
    """Send each side as a page of one PDF, the back first in some."""
    pages: list[bytes] = []

    def retouch(drawn: list[Sheet], chance: Random) -> list[Sheet]:
        pages[:] = [capture_sides(one.capture, [each], chance).content for each in drawn[1:]]
        return drawn[:1]

    def finish(content: bytes) -> tuple[str, bytes]:
        return ".pdf", write_pdf([open_page(each) for each in (content, *pages)])

    return replace(one, retouch=retouch, finish=finish)


CONTROLS = (
    Control("photo, papers around", _retouched(put_among_papers), captures=(PHOTO,)),
    Control("on a letter", _retouched(put_on_letter)),
    Control("PDF, a page for each side", send_sides_as_pages, TWO_SIDED),
    Control("sentence about its validity", print_sentence),
    Control("little colour", leave_little_colour),
    Control("visa with its passport", add_visa, ("TD3",)),
)
