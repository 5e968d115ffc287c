"""Designs: the choices of a fictitious issuer, and the look of its documents; no State's layout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from PIL import Image

from benchmarks.corpus.labels import CANADIAN_LABELS, LABELS, LICENCE_LABELS, label, written
from benchmarks.corpus.lettering import FACES, PLAIN, Face, width, write
from benchmarks.corpus.mrzs import Lines
from benchmarks.corpus.papers import Paper
from specimens.canvas import WHITE, Colour, mix_colours
from specimens.guilloche import Palette
from specimens.layouts import (
    BLUE_AND_GREEN,
    GREEN_AND_GOLD,
    LILAC_AND_SAND,
    TEAL_AND_ROSE,
    Box,
    Circle,
    Layout,
)
from specimens.lettering import OCRB_PITCH
from specimens.likeness import Likeness
from specimens.pages import MRZ_PITCH, PIXELS_PER_MM, draw_ground, mask_corners

Rectangle = tuple[float, float, float, float]  # left, top, right, bottom in pixels

SIZES = {
    "TD1": (85.6, 53.98),
    "TD2": (105.0, 74.0),
    "TD3": (125.0, 88.0),
    "MRV-A": (120.0, 80.0),
    "MRV-B": (105.0, 74.0),
}
PORTRAITS = {"TD2": 25.0, "TD3": 33.0, "MRV-A": 29.0, "MRV-B": 25.0}
"""Width of the portrait in millimetres, if it differs from that of a card."""
TITLES = {
    "TD1": ("IDENTITY CARD", "CARTE D'IDENTITÉ"),
    "TD2": ("IDENTITY CARD", "CARTE D'IDENTITÉ"),
    "TD3": ("PASSPORT", "PASSEPORT"),
    "MRV-A": ("VISA", "VISA"),
    "MRV-B": ("VISA", "VISA"),
    "US licence": ("DRIVER LICENSE", "DRIVER LICENSE"),
    "Canadian licence": ("DRIVER'S LICENCE", "PERMIS DE CONDUIRE"),
}
REALMS = ("ALDERMARK", "WESTERLOCH", "CORVENNA", "THE NINE HARBOURS", "OSTRAVELL", "MIRELAND")
NOTICE = "made up for measuring - no State issued this"
PALETTES = (TEAL_AND_ROSE, BLUE_AND_GREEN, LILAC_AND_SAND, GREEN_AND_GOLD)
WAYS = ("text", "two months", "dots", "slashes", "ISO")
INK: Colour = (22, 22, 26)
CAPITAL_HEIGHT = 1.3
"""Pitches of an MRZ: the size at which other capitals are as high as those of OCR-B."""

ROWS: dict[str, tuple[tuple[str, ...], ...]] = {
    "TD1": (
        ("surname",),
        ("native",),
        ("given_names",),
        ("nationality", "sex"),
        ("birth_date", "expiry_date"),
        ("document_number",),
    ),
    "back": (("issue_date", "birth_place"), ("authority",)),
    "book": (
        ("document_number", "nationality"),
        ("surname",),
        ("native",),
        ("given_names",),
        ("birth_date", "sex"),
        ("issue_date", "birth_place"),
        ("expiry_date", "authority"),
    ),
    "licence": (
        ("document_number", "sex"),
        ("surname",),
        ("given_names",),
        ("birth_date",),
        ("issue_date", "expiry_date"),
        ("address",),
    ),
}


@dataclass(frozen=True)
class Design:
    """The choices of an issuer; letter sizes are in pixels, `dates` is a notation."""

    palette: Palette
    realm: str
    face: Face
    number_face: Face
    label_face: Face
    size: float
    label_size: float
    languages: tuple[str, ...]
    dates: str
    beside: bool  # labels are to the left of their values, not above
    numbered: bool
    portrait_right: bool
    portrait_width: float
    banner: bool
    monochrome: bool
    licence_labels: int
    mrz_weight: float  # of the letters of the MRZ: worn and fresh printers
    wiped: bool = False  # no label is printed
    second_portrait: bool = False  # a small pale one, of the same photo
    mrz_face: Face | None = None  # None: OCR-B


@dataclass(frozen=True)
class Sheet:
    """One drawn side, and the boxes of its texts."""

    image: Image.Image
    boxes: dict[str, Rectangle]


def design(paper: Paper, chance: Random) -> Design:
    """Choose a design at random, so that documents of one class look different."""
    own = paper.state.language if paper.state.language in LABELS else "en"
    languages = chance.choice(((own, "en"), ("en", own), ("en", "fr"), ("en",), (own, "en")))
    face = chance.choice(FACES)
    dates = chance.choice(WAYS)
    if paper.jurisdiction:
        dates = "American" if paper.jurisdiction.country == "USA" else "Canadian"
    return Design(
        _tinted(chance.choice(PALETTES), chance),
        chance.choice(REALMS),
        face,
        chance.choice((face, FACES[4])),
        chance.choice(FACES[:3]),
        chance.uniform(26, 33),
        chance.uniform(16.5, 21),
        tuple(dict.fromkeys(languages)),
        dates,
        beside=chance.random() < 0.2,
        numbered=chance.random() < 0.25,
        portrait_right=chance.random() < 0.25,
        portrait_width=chance.uniform(0.92, 1.05),
        banner=chance.random() < 0.45,
        monochrome=chance.random() < 0.4,
        licence_labels=chance.randrange(len(LICENCE_LABELS)),
        mrz_weight=chance.uniform(0.0, 0.8),
    )


def _tinted(palette: Palette, chance: Random) -> Palette:
    """Shift the inks of a palette."""
    other = chance.choice(PALETTES)
    share = chance.uniform(0, 0.5)
    return replace(
        palette,
        first=mix_colours(palette.first, other.second, share),
        second=mix_colours(palette.second, other.first, share),
        accent=mix_colours(palette.accent, other.accent, share),
    )


def draw_side(paper: Paper, chosen: Design, rows: str, mrz: Lines, *, portrait: bool) -> Sheet:
    """Draw one side in the rows of a travel document."""
    layout = _layout(paper, chosen, mrz, portrait=portrait)
    likeness: Likeness = paper.person.likeness
    image = draw_ground(layout, likeness, paper.number)
    boxes: dict[str, Rectangle] = {}
    if layout.portrait:
        boxes["portrait"] = _in_pixels(layout.portrait)
    if portrait:
        _write_title(image, layout, paper, chosen)
    area = _text_area(layout, mrz)
    boxes |= dict(_write_rows(image, area, paper, chosen, ROWS[rows]))
    boxes |= dict(_write_mrz(image, layout, mrz, chosen))
    x, y = layout.notice
    small = 15.0
    start = x * PIXELS_PER_MM - width(NOTICE, PLAIN, small) / 2
    write(image, (start, y * PIXELS_PER_MM), NOTICE, PLAIN, small, _notice_ink(layout))
    image.putalpha(mask_corners(layout))
    return Sheet(image, boxes)


def _notice_ink(layout: Layout) -> Colour:
    return WHITE if layout.notice[1] < layout.banner else layout.palette.label


def _layout(paper: Paper, chosen: Design, mrz: Lines, *, portrait: bool) -> Layout:
    wide, high = SIZES.get(paper.kind, SIZES["TD1"])
    small = high < 60
    across = PORTRAITS.get(paper.kind, 24.0) * chosen.portrait_width
    left = wide - 5 - across if chosen.portrait_right else 4.5
    top = 12.0 if small else 15.5
    baselines = (36.6, 42.95, 49.3) if len(mrz) == 3 else (high - 14.4, high - 8.05)
    return Layout(
        width=wide,
        height=high,
        palette=chosen.palette,
        entries=(),
        emblem=Circle(6.6, 5.2, 3.6) if portrait else Circle(wide - 11, 20 if mrz else 44, 5),
        watermark=Circle(0.66 * wide, 0.5 * high, 0.24 * high),
        rosette=Circle(0.85 * wide, 0.55 * high, 0.2 * high),
        notice=(wide / 2, high - 1.4 if small and portrait else 2.4),
        title="x" if portrait else "",
        portrait=Box(left, top, across, across * 45 / 35) if portrait else None,
        ghost=_place_second_portrait(chosen, wide, high) if portrait else None,
        mrz_baselines=baselines if mrz else (),
        banner=(9.6 if small else 11.0) if chosen.banner and portrait else 0,
        monochrome=chosen.monochrome,
    )


def _place_second_portrait(chosen: Design, wide: float, high: float) -> Box | None:
    """Return the position of a small portrait opposite the large one, if there is one."""
    if not chosen.second_portrait:
        return None
    across = 0.14 * wide
    left = 5.0 if chosen.portrait_right else wide - 5 - across
    return Box(left, 0.36 * high, across, across * 45 / 35)


def _in_pixels(box: Box) -> Rectangle:
    left, top = box.x * PIXELS_PER_MM, box.y * PIXELS_PER_MM
    return left, top, left + box.width * PIXELS_PER_MM, top + box.height * PIXELS_PER_MM


def _write_title(image: Image.Image, layout: Layout, paper: Paper, chosen: Design) -> None:
    dark = mix_colours(layout.palette.first, layout.palette.type, 0.62)
    colour = WHITE if layout.banner else dark
    y = (layout.emblem.y + 1.8) * PIXELS_PER_MM
    left = (layout.emblem.x + layout.emblem.radius + 2) * PIXELS_PER_MM
    realm = paper.jurisdiction.name if paper.jurisdiction else chosen.realm
    title = " / ".join(dict.fromkeys(TITLES[paper.kind]))
    room = layout.width * PIXELS_PER_MM - left - 50
    write(image, (left, y), realm, FACES[3], 34, colour, room=0.45 * room)
    wide = min(width(title, FACES[1], 30), 0.5 * room)
    right = layout.width * PIXELS_PER_MM - 45
    write(image, (right - wide, y), title, FACES[1], 30, colour, room=0.5 * room)


def _text_area(layout: Layout, mrz: Lines) -> Rectangle:
    """Return the area that portrait, title and MRZ leave free, in pixels."""
    left, right = 5.0, layout.width - 4.5
    if layout.portrait and layout.portrait.x < layout.width / 2:
        left = layout.portrait.x + layout.portrait.width + 3.5
    elif layout.portrait:
        right = layout.portrait.x - 3
    top = 12.6 if layout.portrait else 4.5
    bottom = layout.height - (24.5 if mrz else 4.5)
    return tuple(each * PIXELS_PER_MM for each in (left, top, right, bottom))  # type: ignore[return-value]


def _write_rows(
    image: Image.Image,
    area: Rectangle,
    paper: Paper,
    chosen: Design,
    rows: Sequence[tuple[str, ...]],
) -> Iterator[tuple[str, Rectangle]]:
    texts = field_texts(paper, chosen)
    rows = [present for row in rows if (present := tuple(each for each in row if texts[each][1]))]
    beside = chosen.beside or (paper.jurisdiction is not None and chosen.licence_labels < 2)
    if beside and paper.jurisdiction is None:
        rows = [(each,) for row in rows for each in row]
    left, top, right, bottom = area
    step = (bottom - top) / len(rows)
    size = min(chosen.size, step * (0.62 if beside else 0.5))
    label_size = min(chosen.label_size, 0.68 * size)
    for number, row in enumerate(rows):
        column = (right - left) / len(row)
        for place, name in enumerate(row):
            cell = left + place * column, top + number * step, column - 14, step
            yield (
                name,
                _write_field(
                    image, cell, texts[name], name, chosen, size, label_size, beside=beside
                ),
            )


def _write_field(
    image: Image.Image,
    cell: Rectangle,
    texts: tuple[str, str],
    name: str,
    chosen: Design,
    size: float,
    label_size: float,
    *,
    beside: bool,
) -> Rectangle:
    x, y, room, step = cell
    palette = chosen.palette
    words, value = texts
    face = chosen.number_face if name == "document_number" else chosen.face
    baseline = y + (0.7 * step if beside else 1.0 * label_size + 1.05 * size)
    above = baseline if beside else y + 0.85 * label_size
    share = 0.5 if beside else 1
    box = write(
        image, (x, above), words, chosen.label_face, label_size, palette.label, room=share * room
    )
    start = max(box[2] + 0.5 * size, x + 0.3 * room) if beside else x
    return write(image, (start, baseline), value, face, size, palette.type, room=x + room - start)


def field_texts(paper: Paper, chosen: Design) -> dict[str, tuple[str, str]]:
    """Return label and printed value of each field."""
    holder = paper.person
    values = {
        "document_number": paper.printed_number,
        "surname": holder.surname,
        "native": holder.native,
        "given_names": holder.given_names,
        "nationality": paper.nationality,
        "birth_date": written(holder.birth_date, chosen.dates),
        "sex": holder.sex,
        "issue_date": written(paper.issue_date, chosen.dates),
        "expiry_date": written(paper.expiry_date, chosen.dates),
        "birth_place": holder.birth_place,
        "authority": f"OFFICE OF {holder.birth_place}",
        "address": f"{paper.street} {holder.birth_place}",
    }
    labels = _field_labels(paper, chosen)
    return {name: (labels.get(name, ""), value) for name, value in values.items()}


def _field_labels(paper: Paper, chosen: Design) -> Mapping[str, str]:
    if chosen.wiped:
        return {}
    if paper.jurisdiction:
        canadian = paper.jurisdiction.country == "CAN" and chosen.licence_labels == 2
        return CANADIAN_LABELS if canadian else LICENCE_LABELS[chosen.licence_labels]
    return {name: label(name, chosen.languages, numbered=chosen.numbered) for name in LABELS["en"]}


def _write_mrz(
    image: Image.Image, layout: Layout, mrz: Lines, chosen: Design
) -> Iterator[tuple[str, Rectangle]]:
    pitch = MRZ_PITCH * PIXELS_PER_MM
    for number, (baseline, text) in enumerate(zip(layout.mrz_baselines, mrz, strict=True)):
        start = (layout.width - len(text) * MRZ_PITCH) / 2 * PIXELS_PER_MM
        at = start, baseline * PIXELS_PER_MM
        if chosen.mrz_face:
            box = _write_at_pitch(image, at, text, chosen.mrz_face, pitch)
        else:
            face = Face("ocrb", 1.0, chosen.mrz_weight)
            box = write(image, at, text, face, pitch / OCRB_PITCH, INK)
        yield f"mrz_{number}", box


def _write_at_pitch(
    image: Image.Image, at: tuple[float, float], text: str, face: Face, pitch: float
) -> Rectangle:
    """Write each character in the middle of its cell, in a typeface of another width."""
    size = CAPITAL_HEIGHT * pitch
    boxes = []
    for place, character in enumerate(text):
        left = at[0] + (place + 0.5) * pitch - width(character, face, size) / 2
        boxes.append(write(image, (left, at[1]), character, face, size, INK, room=0.95 * pitch))
    return boxes[0][0], min(each[1] for each in boxes), boxes[-1][2], boxes[0][3]
