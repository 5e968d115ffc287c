"""Forgeries without an identity document, or with the data of two persons in one file."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from random import Random

import pypdfium2
from PIL import Image

from benchmarks.corpus.captures import SCAN, capture_sides
from benchmarks.corpus.designs import INK, Rectangle, Sheet
from benchmarks.corpus.lettering import FACES, PLAIN, Face, write
from benchmarks.corpus.letters import draw_letter
from benchmarks.corpus.licence_sheets import barcode
from benchmarks.corpus.mrzs import build_mrz
from benchmarks.corpus.originals import Document
from benchmarks.corpus.papers import Paper, issue_to_another_person
from benchmarks.corpus.pasted_values import FIELDS
from benchmarks.corpus.sides import printed_text, sheets
from specimens.capture import PDF_DATE
from specimens.pages import MRZ_PITCH, PIXELS_PER_MM
from specimens.portraits import draw_portrait

LETTER = (1460, 1120)  # pixels: the upper part of a letter
GAP = 50  # pixels between two documents
STATES = {
    "KEN": "REPUBLIC OF KENYA",
    "AUS": "AUSTRALIA",
    "CAN": "CANADA",
    "FIN": "FINLAND",
    "IRL": "IRELAND",
    "NZL": "NEW ZEALAND",
    "PER": "REPUBLIC OF PERU",
    "PRT": "PORTUGAL",
}
TITLES = (
    ("KENYAN PASSPORT", "KEN"),
    ("AUSTRALIAN REPUBLIC", "AUS"),
    ("PERUVIAN REPUBLIC", "PER"),
    ("REPUBLIC OF KENIA", "KEN"),
    ("AUSTRAILIA", "AUS"),
    ("REPUBLIC OF PORTUGUAL", "PRT"),
)
"""Titles that name a nationality or misspell a State, with the State's code."""
LABELS = ("Account holder", "Customer", "Number", "Date of birth", "Sex", "Valid until")
BACK_LINES = ("SEE OTHER SIDE", "CLASS C - NO RESTRICTIONS", "PROPERTY OF THE ISSUING OFFICE")


def paste_into_letter(one: Document, chance: Random) -> Document:
    """Paste the MRZ or barcode into a letter or bill, which names the holder."""
    labelled, with_portrait = chance.random() < 0.5, chance.random() < 0.4

    def retouch(_: list[Sheet], chance: Random) -> list[Sheet]:
        texts = _typed_values(one, labelled=labelled)
        letter = draw_letter(chance, LETTER, texts)
        boxes = dict(_paste_machine_data(letter, one, chance))
        if with_portrait:
            face = draw_portrait(one.printed.person.likeness).image().convert("RGB")
            letter.paste(face.resize((240, 308)), (LETTER[0] - 300, 60))
        return [Sheet(letter, boxes)]

    return replace(one, retouch=retouch)


def type_values(one: Document, chance: Random) -> Document:
    """Type the values on an empty page without labels, with the MRZ or barcode below them."""
    titled = chance.random() < 0.5

    def retouch(_: list[Sheet], chance: Random) -> list[Sheet]:
        page = Image.new("RGBA", LETTER, (252, 252, 250, 255))
        jurisdiction = one.printed.jurisdiction
        head = [jurisdiction.name if jurisdiction else one.design.realm] if titled else []
        for number, text in enumerate([*head, *_typed_values(one, labelled=False)]):
            write(page, (120, 130 + 62 * number), text, chance.choice(FACES[:3]), 36, INK)
        return [Sheet(page, dict(_paste_machine_data(page, one, chance)))]

    return replace(one, retouch=retouch)


def send_back_alone(one: Document, chance: Random) -> Document:
    """Send the back of a licence alone, with the holder's values typed on it."""

    def retouch(drawn: list[Sheet], chance: Random) -> list[Sheet]:
        back = drawn[-1]
        image, y = back.image.copy(), back.image.height - 42
        jurisdiction = one.printed.jurisdiction
        issuer = jurisdiction.name if jurisdiction else ""
        values = _typed_values(one, labelled=False)
        for number, text in enumerate((issuer, " ".join(values))):
            size = chance.uniform(20, 26)
            write(
                image, (60, y - 34 * (1 - number)), text, PLAIN, size, INK, room=image.width - 120
            )
        return [Sheet(image, back.boxes)]

    return replace(one, retouch=retouch)


def name_another_state(one: Document, chance: Random) -> Document:
    """Title the document with a different State than that of its MRZ."""
    other = chance.choice([each for each in STATES if each != one.printed.state.code])
    return replace(one, design=replace(one.design, realm=STATES[other]))


def title_with_other_people(one: Document, chance: Random) -> Document:
    """Title the document with the nationality of another State, or with a misspelt State."""
    title = chance.choice([each for each, code in TITLES if code != one.printed.state.code])
    return replace(one, design=replace(one.design, realm=title))


def add_other_person(one: Document, chance: Random) -> Document:
    """Add another person's document, MRZ or page to the file."""
    additions = [_put_second_document, _add_page, *([_add_second_mrz] if one.mrz else [])]
    return chance.choice(additions)(one, chance)


def _put_second_document(one: Document, chance: Random) -> Document:
    """Put the document of another person below the first one, in the same image."""
    other = issue_to_another_person(one.printed, chance)
    second = _genuine_sheets(other, one)

    def retouch(drawn: list[Sheet], chance: Random) -> list[Sheet]:
        renamed = [
            Sheet(each.image, {f"second_{name}": box for name, box in each.boxes.items()})
            for each in second
        ]
        return [*drawn, *renamed] if chance.random() < 0.7 else [*renamed, *drawn]

    return replace(one, retouch=retouch)


def _add_second_mrz(one: Document, chance: Random) -> Document:
    """Print the MRZ of another person on the paper below the document."""
    lines = build_mrz(issue_to_another_person(one.printed, chance).entries)

    def retouch(drawn: list[Sheet], chance: Random) -> list[Sheet]:
        last = drawn[-1]
        strip = Image.new("RGBA", (last.image.width, 300), (250, 250, 248, 255))
        boxes = dict(_write_mrz(strip, lines, 90))
        return [*drawn, Sheet(strip, {f"second_{name}": box for name, box in boxes.items()})]

    return replace(one, retouch=retouch)


def _add_page(one: Document, chance: Random) -> Document:
    """Add a page with the printed side of another person, with the same number or its own."""
    other = issue_to_another_person(one.printed, chance)
    if chance.random() < 0.6:
        other = replace(other, number=one.printed.number)
    front = _genuine_sheets(other, one)[0]
    cut = round(min([box[1] for name, box in front.boxes.items() if "mrz" in name], default=0))
    if cut:
        front = Sheet(front.image.crop((0, 0, front.image.width, cut - 20)), {})
    page = capture_sides(SCAN, [front], chance).content
    first = chance.random() < 0.3

    def finish(content: bytes) -> tuple[str, bytes]:
        pages = [page, content] if first else [content, page]
        return ".pdf", write_pdf([open_page(each) for each in pages])

    return replace(one, finish=finish)


def write_pdf(pages: list[Image.Image]) -> bytes:
    """Write images as the pages of a PDF."""
    content, first = BytesIO(), pages[0]
    dates = {"creationDate": PDF_DATE, "modDate": PDF_DATE}
    first.save(
        content, "PDF", save_all=True, append_images=pages[1:], resolution=200, quality=88, **dates
    )
    return content.getvalue()


def open_page(content: bytes) -> Image.Image:
    """Open an image, or the first page of a PDF at 200 dpi."""
    if content.startswith(b"%PDF"):
        page = pypdfium2.PdfDocument(content)[0]
        image: Image.Image = page.render(scale=200 / 72).to_pil()
        return image.convert("RGB")
    return Image.open(BytesIO(content)).convert("RGB")


def _genuine_sheets(paper: Paper, like: Document) -> list[Sheet]:
    lines = () if paper.jurisdiction else build_mrz(paper.entries)
    payload = replace(like, coded=paper).payload if paper.jurisdiction else ""
    return sheets(paper, like.design, lines, payload)


def _typed_values(one: Document, *, labelled: bool) -> list[str]:
    texts = [printed_text(one.printed, one.design, name) for name in FIELDS]
    if not labelled:
        return [each for each in texts if each]
    pairs = zip(LABELS, texts, strict=True)
    return [f"{words}: {text}" for words, text in pairs if text]


def _paste_machine_data(page: Image.Image, one: Document, chance: Random) -> dict[str, Rectangle]:
    if one.mrz:
        y = chance.choice((page.height - 190, page.height - 320))
        return _write_mrz(page, one.mrz, y)
    symbol = barcode(one.payload)
    left, top = chance.randrange(80, 300), page.height - symbol.height - 90
    page.paste(symbol, (left, top))
    return {"barcode": (left, top, left + symbol.width, top + symbol.height)}


def _write_mrz(page: Image.Image, lines: tuple[str, ...], y: float) -> dict[str, Rectangle]:
    """Write MRZ lines at their true size on a white strip."""
    pitch = MRZ_PITCH * PIXELS_PER_MM
    left = max(20.0, (page.width - len(lines[0]) * pitch) / 2)
    step = 75.0  # 6.35 mm
    strip = (round(left) - 20, round(y) - 60, page.width - 20, round(y + step * len(lines)))
    page.paste((253, 253, 252), strip)
    face, boxes = Face("ocrb", 1.0, 0.4), {}
    for number, text in enumerate(lines):
        at = left, y + step * number
        boxes[f"mrz_{number}"] = write(page, at, text, face, pitch / 0.723, INK)
    return boxes
