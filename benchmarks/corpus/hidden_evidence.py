"""Forgeries that hide evidence: a page or tint hides a copy, or the print is invisible."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from random import Random

import numpy as np
from PIL import Image

from benchmarks.corpus.captures import RECAPTURE
from benchmarks.corpus.designs import Sheet
from benchmarks.corpus.lettering import FACES, PLAIN, write
from benchmarks.corpus.mrzs import build_mrz
from benchmarks.corpus.originals import Document
from benchmarks.corpus.papers import issue_to_another_person
from benchmarks.corpus.papers_with_data import write_pdf
from benchmarks.corpus.pasted_values import FIELDS, list_values
from specimens.surfaces import draw_linen, draw_wood

JPEG_QUALITY = 92
D50 = (0.9642, 1.0, 0.8249)  # the white of profiles
FULL = 65535  # of a profile's curve


def add_page_in_colour(one: Document, chance: Random) -> Document:
    """Add a page in colour, or an empty one, to a photocopy or a photo of a screen."""
    empty = one.capture is RECAPTURE or chance.random() < 0.3
    draw, seed = chance.choice((draw_wood, draw_linen)), chance.getrandbits(16)

    def finish(content: bytes) -> tuple[str, bytes]:
        copy = Image.open(BytesIO(content)).convert("RGB")
        size = copy.width // 2, copy.height // 2
        page = Image.new("RGB", size, (255, 255, 255))
        if not empty:
            page = Image.fromarray(np.clip(draw(*size, seed), 0, 255).astype(np.uint8))
        return ".pdf", write_pdf([copy, page])

    return replace(one, finish=finish)


def tint_photocopy(one: Document, chance: Random) -> Document:
    """Tint a photocopy, so that it seems to have colours."""
    tint = np.array([1.0, chance.uniform(0.93, 1.0), chance.uniform(0.85, 0.97)], np.float32)
    if chance.random() < 0.3:
        tint = tint[::-1]

    def finish(content: bytes) -> tuple[str, bytes]:
        pixels = np.asarray(Image.open(BytesIO(content)).convert("RGB"), np.float32) * tint
        return ".jpg", _encode(Image.fromarray(pixels.astype(np.uint8)))

    return replace(one, finish=finish)


def print_faintly(one: Document, chance: Random) -> Document:
    """Print the values of the person in the MRZ with ink as light as the paper."""
    forged, values = _with_other_person(one, chance)
    faintness = chance.randrange(3, 8)  # grey levels

    def retouch(drawn: list[Sheet], chance: Random) -> list[Sheet]:
        front, *others = drawn
        image, size = front.image.copy(), chance.uniform(26, 32)
        left = chance.uniform(0.36, 0.5) * image.width
        for number, text in enumerate(values):
            at = left, (0.24 + 0.07 * number) * image.height
            paper = np.asarray(image.convert("RGB"))[round(at[1]) - 14, round(left) :]
            ink = tuple(int(each) - faintness for each in np.median(paper[:200], axis=0))
            write(image, at, text, PLAIN, size, ink, room=image.width - left - 30)  # type: ignore[arg-type]
        return [Sheet(image, front.boxes), *others]

    return replace(forged, retouch=retouch)


def hide_by_profile(one: Document, chance: Random) -> Document:
    """Print the values in grey, with a colour profile that makes this grey white."""
    forged, values = _with_other_person(one, chance)
    grey = chance.randrange(150, 185)

    def retouch(drawn: list[Sheet], chance: Random) -> list[Sheet]:
        front, *others = drawn
        strip = Image.new("RGBA", (front.image.width, front.image.height + 200), (255,) * 4)
        strip.paste(front.image, (0, 0), front.image)
        for number, text in enumerate((" ".join(values[:3]), " ".join(values[3:]))):
            at = 60, front.image.height + 70 + 60 * number
            write(strip, at, text, FACES[3], 32, (grey,) * 3, room=strip.width - 120)
        return [Sheet(strip, front.boxes), *others]

    def finish(content: bytes) -> tuple[str, bytes]:
        image = Image.open(BytesIO(content)).convert("RGB")
        return ".jpg", _encode(image, build_profile(grey - 20))

    return replace(forged, retouch=retouch, finish=finish)


def hide_by_transparency(one: Document, chance: Random) -> Document:
    """Print the values in a transparent margin of a PNG."""
    forged, values = _with_other_person(one, chance)
    at_top = chance.random() < 0.4
    size = chance.uniform(26, 34)

    def finish(content: bytes) -> tuple[str, bytes]:
        seen = Image.open(BytesIO(content)).convert("RGBA")
        image = Image.new("RGBA", (seen.width, seen.height + 190), (255, 255, 255, 0))
        image.paste(seen, (0, 190 if at_top else 0))
        top = 60 if at_top else seen.height + 60
        hidden = Image.new("RGB", image.size, (255, 255, 255))
        for number, text in enumerate((" ".join(values[:3]), " ".join(values[3:]))):
            at = 60, top + 60 * number
            write(hidden, at, text, PLAIN, size, (20, 20, 24), room=image.width - 120)
        hidden.paste(image.convert("RGB"), (0, 0), image.getchannel("A"))
        hidden.putalpha(image.getchannel("A"))
        written = BytesIO()
        hidden.save(written, "PNG")
        return ".png", written.getvalue()

    return replace(forged, finish=finish)


def _with_other_person(one: Document, chance: Random) -> tuple[Document, Sequence[str]]:
    """Return the document with the MRZ or barcode of another person, and that person's values."""
    other = issue_to_another_person(one.printed, chance)
    machine = {"mrz": build_mrz(other.entries)} if one.mrz else {"coded": other}
    forged = replace(one, **machine)
    return forged, list_values(other, forged, FIELDS, labelled=chance.random() < 0.3)


def _encode(image: Image.Image, profile: bytes | None = None) -> bytes:
    written = BytesIO()
    image.save(written, "JPEG", quality=JPEG_QUALITY, icc_profile=profile)
    return written.getvalue()


def build_profile(white_from: int) -> bytes:
    """Build an ICC profile (version 2, RGB) in which all levels from this one on are white."""
    levels = [
        FULL if level >= white_from else round(FULL * (level / 255) ** 2.2) for level in range(256)
    ]
    curve = b"curv" + bytes(4) + struct.pack(">I256H", 256, *levels)
    text = b"Scanner\0"
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(78),
        b"cprt": b"text" + bytes(4) + text,
        b"wtpt": _xyz(*D50),
        b"rXYZ": _xyz(0.4361, 0.2225, 0.0139),
        b"gXYZ": _xyz(0.3851, 0.7169, 0.0971),
        b"bXYZ": _xyz(0.1431, 0.0606, 0.7141),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(">I4xI4s4s4s", start + len(body), 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    illuminant = _xyz(*D50)[8:]
    head += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28) + illuminant
    return head.ljust(128, b"\0") + table + body


def _xyz(*values: float) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(each * 65536) for each in values))
