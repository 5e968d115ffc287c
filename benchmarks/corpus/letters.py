"""Other papers: letters and bills of fictitious firms, which lie around documents or below them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from random import Random

from PIL import Image

from benchmarks.corpus.captures import stack_sides
from benchmarks.corpus.designs import Sheet
from benchmarks.corpus.lettering import FACES, PLAIN, write
from benchmarks.corpus.papers import PLACES_OF_FIRMS, TODAY
from specimens.canvas import Colour

INK: Colour = (38, 38, 44)
LINE_STEP = 46  # pixels from baseline to baseline
FIRMS = ("LANTERN TELECOM", "HOLLOW OAK WATER", "MERIDIAN ENERGY", "QUAYSIDE INSURANCE")
SENTENCES = (
    "Thank you for choosing us. Your statement for this month is below.",
    "Please quote your customer number whenever you write to us.",
    "The amount will be collected from your account within ten days.",
    "Questions? Our office is open from Monday to Friday, 9 to 5.",
    "Opening balance 48.20    Payments received 48.20",
    "Monthly charge 31.90    Calls 12.45    Tax 4.02",
    "Keep this letter for your records.",
)
GAP = 60  # pixels between a document and the papers next to it


def draw_letter(chance: Random, size: tuple[int, int], texts: Sequence[str] = ()) -> Image.Image:
    """Draw a letter or bill with these texts between its sentences; `size` is in pixels."""
    shade = chance.randrange(236, 255)
    image = Image.new("RGBA", size, (shade, shade, shade - chance.randrange(0, 8), 255))
    day = TODAY - timedelta(days=chance.randrange(5, 900))
    firm, reference = chance.choice(FIRMS), chance.randrange(10**8, 10**9)
    place = chance.choice(PLACES_OF_FIRMS)
    head = (firm, f"PO Box {chance.randrange(100, 999)}, {place}", f"{day:%d %B %Y}")
    body = chance.sample(SENTENCES, 5)
    lines = [*head, f"Customer number {reference}", *body[:2], *texts, *body[2:]]
    left, y = chance.randrange(70, 130), 90
    for number, text in enumerate(lines):
        face, height = (FACES[3], 38) if number == 0 else (PLAIN, chance.uniform(25, 29))
        write(image, (left, y), text, face, height, INK, room=size[0] - left - 50)
        y += LINE_STEP
    return image


def put_on_letter(drawn: Sequence[Sheet], chance: Random) -> list[Sheet]:
    """Put all sides on a letter; some of its text remains visible around them."""
    flat = stack_sides(drawn)
    margin = chance.randrange(90, 320)
    size = flat.image.width + 2 * margin, flat.image.height + 2 * margin
    letter = draw_letter(chance, size)
    letter.paste(flat.image, (margin, margin), flat.image)
    return [Sheet(letter, _moved(flat.boxes, margin, margin))]


def put_among_papers(drawn: Sequence[Sheet], chance: Random) -> list[Sheet]:
    """Put other papers, partly within the image, next to the document."""
    flat = stack_sides(drawn)
    wide, high = flat.image.size
    aside, below = chance.randrange(260, 560), chance.randrange(200, 460)
    at_left = chance.random() < 0.5
    left = aside + GAP if at_left else 0
    scene = Image.new("RGBA", (wide + aside + GAP, high + below + GAP))
    scene.paste(flat.image, (left, 0), flat.image)
    letter = draw_letter(chance, (aside, high))
    scene.paste(letter, (0 if at_left else wide + GAP, 0))
    scene.paste(draw_letter(chance, (wide, below)), (left, high + GAP))
    return [Sheet(scene, _moved(flat.boxes, left, 0))]


def _moved(
    boxes: dict[str, tuple[float, float, float, float]], right: float, down: float
) -> dict[str, tuple[float, float, float, float]]:
    return {
        name: (box[0] + right, box[1] + down, box[2] + right, box[3] + down)
        for name, box in boxes.items()
    }
