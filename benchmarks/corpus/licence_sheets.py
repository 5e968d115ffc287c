"""The two sides of a driver licence or identification card, drawn from its layout."""

from __future__ import annotations

from collections.abc import Iterator
from math import cos, pi, sin
from random import Random

import numpy as np
import zxingcpp
from PIL import Image, ImageDraw

from benchmarks.corpus.designs import NOTICE, Design, Rectangle, Sheet
from benchmarks.corpus.labels import written
from benchmarks.corpus.lettering import FACES, PLAIN, width, write
from benchmarks.corpus.licences import BACK_TEXTS, ID_1, REMARKS, Entry, LicenceLayout
from benchmarks.corpus.papers import Paper, birthday
from specimens.canvas import Colour, mix_colours
from specimens.layouts import Circle, Layout
from specimens.pages import PIXELS_PER_MM, draw_ground, mask_corners

SLANT = 0.28  # slant of script letters to the right, in heights
ENDS = 3.0  # mm that are left free at the right edge
LABEL_GAP = 0.7  # mm between a label and its value
ENTRY_GAP = 1.6  # mm between two values of a line
FIXED = "="
ERROR_CORRECTION = "5"  # level of PDF417; issuers use at least level 3
GOLD: Colour = (198, 158, 60)
GREY: Colour = (96, 96, 104)
RED: Colour = (168, 36, 44)
ON_LICENCES_ALONE = ("class", "endorsements", "restrictions")


def draw_front(paper: Paper, layout: LicenceLayout, chosen: Design) -> Sheet:
    """Draw the side with the portrait."""
    ground = _front_ground(layout, chosen)
    image = draw_ground(ground, paper.person.likeness, paper.number)
    boxes = dict(_write_entries(image, paper, layout, chosen))
    box = layout.portrait
    boxes["portrait"] = _pixels(box.x, box.y, box.x + box.width, box.y + box.height)
    _write_head(image, paper, layout, chosen)
    _write_furniture(image, paper, layout, chosen)
    image.putalpha(mask_corners(ground))
    return Sheet(image, boxes)


def draw_back(paper: Paper, chosen: Design, payload: str) -> Sheet:
    """Draw the side with the barcode, and sentences of the issuer."""
    chance = Random(f"back of {paper.number}")  # noqa: S311 (a drawing, not a secret)
    ground = _ground(ID_1, chosen, Circle(ID_1[0] - 11, 44, 5))
    image = draw_ground(ground, paper.person.likeness, paper.number)
    symbol = barcode(payload)
    left, top = (image.width - symbol.width) // 2, round(6 * PIXELS_PER_MM)
    image.paste(symbol, (left, top))
    y = top + symbol.height + 3.4 * PIXELS_PER_MM
    sentences = chance.sample(BACK_TEXTS, 2)
    revised = f"REV {paper.issue_date.replace(day=1):%m/%Y}"
    texts = ("CLASS C - NO RESTRICTIONS", revised, *sentences, NOTICE)
    for number, text in enumerate(texts):
        at = 5 * PIXELS_PER_MM, y + 28 * number
        write(image, at, text, PLAIN, 18, ground.palette.label, room=62 * PIXELS_PER_MM)
    image.putalpha(mask_corners(ground))
    box = (left, top, left + symbol.width, top + symbol.height)
    return Sheet(image, {"barcode": tuple(map(float, box))})  # type: ignore[dict-item]


def barcode(payload: str) -> Image.Image:
    """Draw a PDF417 barcode with three pixels per module, and the error correction of licences."""
    symbol = zxingcpp.create_barcode(
        payload, zxingcpp.BarcodeFormat.PDF417, ec_level=ERROR_CORRECTION
    )
    drawn = zxingcpp.write_barcode_to_image(symbol, scale=3)
    return Image.fromarray(np.asarray(drawn)).convert("RGB")


def licence_texts(paper: Paper, dates: str) -> dict[str, str]:
    """Return the printed form of each value of a licence."""
    holder, american = paper.person, paper.state.code == "USA"
    code = paper.jurisdiction.code if paper.jurisdiction else ""
    texts = {
        "document_number": paper.printed_number,
        "surname": holder.surname,
        "given_names": holder.given_names,
        "birth_date": written(holder.birth_date, dates),
        "issue_date": written(paper.issue_date, dates),
        "expiry_date": written(paper.expiry_date, dates),
        "age_21": written(birthday(holder.birth_date, holder.birth_date.year + 21), dates),
        "sex": holder.sex,
        "street": paper.street,
        "town": f"{holder.birth_place}, {code} {paper.postal_code}",
        "class": "C",
        "endorsements": "NONE",
        "restrictions": "NONE",
        "height": "5'-08\"" if american else "173 cm",
        "weight": "165 lb" if american else "75 kg",
        "eyes": "BRO",
        "hair": "BRO",
        "discriminator": paper.discriminator,
    }
    if paper.title.startswith("IDENTIFICATION"):
        texts |= dict.fromkeys(ON_LICENCES_ALONE, "")
    return texts


def _write_entries(
    image: Image.Image, paper: Paper, layout: LicenceLayout, chosen: Design
) -> Iterator[tuple[str, Rectangle]]:
    texts = licence_texts(paper, layout.dates)
    right = 0.0
    for entry in layout.entries:
        fixed = entry.value.startswith(FIXED)
        value = entry.value.removeprefix(FIXED) if fixed else texts[entry.value]
        if value:
            x = right + ENTRY_GAP if entry.x is None else entry.x
            room = _right_limit(entry, x, layout) - x
            box = _write_entry(image, (x, entry.y), (entry, value), layout, chosen, room)
            right = box[2] / PIXELS_PER_MM
            if not fixed:
                yield entry.value, box


def _right_limit(entry: Entry, x: float, layout: LicenceLayout) -> float:
    """Return where a line must end, in mm: before the next value or image, or at the edge."""
    top, ends = entry.y - layout.value_size, [layout.size[0] - ENDS]
    for image in (layout.portrait, layout.ghost, layout.signature):
        if image and image.x > x and image.y < entry.y and top < image.y + image.height:
            ends.append(image.x - 0.8)
    starts = (each.x for each in layout.entries if each.y == entry.y and each.x is not None)
    ends += [start - 1.0 for start in starts if start > x]
    return min(ends)


def _write_entry(
    image: Image.Image,
    at: tuple[float, float],
    written_as: tuple[Entry, str],
    layout: LicenceLayout,
    chosen: Design,
    room: float,
) -> Rectangle:
    """Write a label and its value, and return the box of the value."""
    (x, y), (entry, value) = at, written_as
    scale, palette = PIXELS_PER_MM, chosen.palette
    size, label_size = layout.value_size * entry.size * scale, layout.label_size * scale
    end = (x + room) * scale
    start = x * scale
    if entry.label and not chosen.wiped:
        above = layout.labels == "above"
        baseline = (y - 0.3) * scale - 0.8 * size if above else y * scale
        face = chosen.label_face
        label_box = write(
            image, (start, baseline), entry.label, face, label_size, palette.label, room=end - start
        )
        gap = 0.0 if layout.labels == "glued" else LABEL_GAP * scale
        advance = width(entry.label, face, label_size)
        start = start if above else max(label_box[2], start + min(advance, end - start)) + gap
    face = chosen.number_face if entry.value == "document_number" else chosen.face
    box = write(image, (start, y * scale), value, face, size, palette.type, room=end - start)
    if entry.after:
        write(image, (box[2] + 2, y * scale), entry.after, face, size, palette.type)
    return box


def _write_head(image: Image.Image, paper: Paper, layout: LicenceLayout, chosen: Design) -> None:
    if paper.jurisdiction is None:
        raise ValueError("only licences have an issuer that is not a State")
    dark = mix_colours(chosen.palette.first, chosen.palette.type, 0.62)
    (x, y, size), (title_x, title_y, title_size) = layout.issuer, layout.title
    across = layout.size[0]
    ends = title_x - 2 if abs(title_y - y) < 2 and title_x > x else across - 17
    name = paper.jurisdiction.name
    name = name.replace(" ", "") if layout.issuer_style == "glued" else name
    slant = SLANT if layout.issuer_style == "script" else 0.0
    name = name.title() if slant else name
    scale = PIXELS_PER_MM
    room = (ends - x) * scale
    write(image, (x * scale, y * scale), name, FACES[3], size * scale, dark, room=room, slant=slant)
    at, room = (
        (title_x * scale, title_y * scale),
        (across - (17 if title_y < 10 else 9.5) - title_x) * scale,
    )
    write(image, at, paper.title, FACES[1], title_size * scale, dark, room=room)
    codes = (paper.state.code, paper.jurisdiction.code)
    for place, code in enumerate(codes):
        corner = (across - 7.5) * scale, (3.6 + 2.4 * place) * scale
        write(image, corner, code, PLAIN, 2.1 * scale, dark)


def _write_furniture(
    image: Image.Image, paper: Paper, layout: LicenceLayout, chosen: Design
) -> None:
    """Write the rest of a licence: a remark, a revision date, the birth date again, a star."""
    chance = Random(f"front of {paper.number}")  # noqa: S311 (a drawing, not a secret)
    scale, label = PIXELS_PER_MM, chosen.palette.label
    x, y, _ = layout.title
    remark = chance.choice(REMARKS) if paper.state.code == "USA" else ""
    write(image, (x * scale, (y + 2.3) * scale), remark, FACES[1], 1.7 * scale, RED)
    across, high = layout.size
    if paper.state.code == "USA" and chance.random() < 0.3:
        text = f"Rev. {paper.issue_date.replace(day=1, month=1):%m/%d/%Y}"
        write(image, ((across - 17) * scale, (high - 2.6) * scale), text, PLAIN, 15, label)
    if layout.ghost and chance.random() < 0.3:
        at = layout.ghost.x * scale, (layout.ghost.y + layout.ghost.height - 0.6) * scale
        text = f"{paper.person.birth_date:%m/%d/%y}"
        write(image, at, text, FACES[1], 2.2 * scale, GREY)
    if not remark and paper.state.code == "USA" and layout.portrait.x < across / 2:
        _draw_star(image, ((across - 6) * scale, 9.6 * scale), 2.1 * scale)
    start = across / 2 * scale - width(NOTICE, PLAIN, 13) / 2
    write(image, (start, (high - 1.0) * scale), NOTICE, PLAIN, 13, label)


def _draw_star(image: Image.Image, centre: tuple[float, float], radius: float) -> None:
    draw, (x, y) = ImageDraw.Draw(image), centre
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), GOLD)
    points = [
        (x + length * sin(step * pi / 5), y - length * cos(step * pi / 5))
        for step in range(10)
        for length in [0.75 * radius if step % 2 == 0 else 0.3 * radius]
    ]
    draw.polygon(points, (255, 255, 255))


def _front_ground(layout: LicenceLayout, chosen: Design) -> Layout:
    wide, high = layout.size
    ground = _ground(layout.size, chosen, Circle(wide - 13.5, 4.8, 2.6))
    return Layout(
        **vars(ground)
        | {
            "watermark": Circle(0.66 * wide, 0.5 * high, 0.24 * min(wide, high)),
            "portrait": layout.portrait,
            "ghost": layout.ghost,
            "signature": layout.signature,
        }
    )


def _ground(size: tuple[float, float], chosen: Design, emblem: Circle) -> Layout:
    wide, high = size
    return Layout(
        width=wide,
        height=high,
        palette=chosen.palette,
        entries=(),
        emblem=emblem,
        watermark=Circle(0.66 * wide, 0.5 * high, 0.24 * high),
        rosette=Circle(0.85 * wide, 0.55 * high, 0.2 * high),
        notice=(wide / 2, high - 1.0),
        monochrome=chosen.monochrome,
    )


def _pixels(*lengths: float) -> Rectangle:
    return tuple(each * PIXELS_PER_MM for each in lengths)  # type: ignore[return-value]
