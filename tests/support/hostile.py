"""Hostile and damaged files, each with the expected refusal.

The tests generate them when they run, and keep them small.
"""

import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from tests.support.files import file, locked_pdf, pdf, picture
from tests.support.image_files import (
    animation,
    chunk,
    heic,
    heic_of_size,
    jpeg_of_scans,
    jpeg_of_size,
    jpeg_with,
    lossless_webp_of_size,
    png,
    tiff,
    tiff_of,
    webp_of_size,
)
from tests.support.pdf_files import (
    form_that_draws_itself,
    looping_pages,
    looping_table,
    many_stamps,
    nested_pages,
    page_of,
    page_of_prose,
    page_with_image,
    stream,
    ten_times,
    tiny_tiles,
    tree_of_forms,
    zeros,
)


@dataclass(frozen=True)
class Hostile:
    """A file that is generated on demand, and the code of its refusal; None if it is read."""

    name: str
    code: str | None
    make: Callable[[], bytes] = field(repr=False)


def good() -> bytes:
    """Return a small valid file."""
    return file(picture())


def archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as into:
        into.writestr("word/document.xml", "<document/>")
    return buffer.getvalue()


FLATE_TWICE = b"/Filter[/FlateDecode/FlateDecode]"
HIDDEN = b"/Filter[/Fl#61teDecode /LZWDecode]"
BOMB = 320
"""Megabytes: a little more than a PDF may unpack to."""


NOTHING: Sequence[Hostile] = (
    Hostile("empty, like a folder of S3", "empty-file", lambda: b""),
    Hostile("one byte", "unknown-format", lambda: b"\0"),
    Hostile("text", "unknown-format", lambda: b"Dear Sir or Madam"),
    Hostile("web page", "unknown-format", lambda: b"<!DOCTYPE html><html></html>"),
    Hostile("SVG", "unknown-format", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    Hostile("GIF", "unknown-format", lambda: file(picture(), "GIF")),
    Hostile("BMP", "unknown-format", lambda: file(picture(), "BMP")),
    Hostile("JPEG 2000", "unknown-format", lambda: file(picture(), "JPEG2000")),
    Hostile("AVIF", "unknown-format", lambda: file(Image.new("RGB", (64, 64)), "AVIF")),
    Hostile("Word document", "unknown-format", archive),
    Hostile("old Word document", "unknown-format", lambda: b"\xd0\xcf\x11\xe0" + bytes(600)),
    Hostile("film", "unknown-format", lambda: b"\0\0\0\x18ftypisom" + bytes(99)),
    Hostile("program", "unknown-format", lambda: b"\x7fELF" + bytes(99)),
)
CUT: Sequence[Hostile] = (
    *(
        Hostile(f"half a {kind}", "corrupt-file", lambda kind=kind: file(picture(), kind)[:-900])
        for kind in ("JPEG", "TIFF", "PNG")
    ),
    Hostile("WebP, cut", "corrupt-file", lambda: file(picture().convert("RGB"), "WEBP")[:300]),
    Hostile("HEIC, cut", "corrupt-file", lambda: heic("passport")[:9000]),
    Hostile("HEIC with only its first box", "corrupt-file", lambda: heic()[:28]),
    Hostile("half a PDF", "corrupt-file", lambda: pdf()[:90]),
    Hostile("TIFF with only its header", "corrupt-file", lambda: b"II*\0\x08\0\0\0"),
)
FLOODS: Sequence[Hostile] = (
    Hostile("JPEG of 4 gigapixels", "too-many-pixels", lambda: jpeg_of_size(65_500, 65_500)),
    Hostile("PNG of 10 gigapixels", "too-many-pixels", lambda: png(100_000, 100_000)),
    Hostile("PNG of 2^31 columns", "too-many-pixels", lambda: png(2**31 - 1, 1)),
    Hostile("TIFF of 10 gigapixels", "too-many-pixels", lambda: tiff({256: 100_000, 257: 100_000})),
    Hostile("WebP of 268 megapixels", "too-many-pixels", lambda: lossless_webp_of_size(16_383)),
    Hostile("extended WebP", "too-many-pixels", lambda: webp_of_size(1 << 24)),
    Hostile("HEIC of 1 gigapixel", "too-many-pixels", lambda: heic_of_size(32_000)),
    Hostile("HEIC of 10 gigapixels", "too-many-pixels", lambda: heic_of_size(100_000)),
    Hostile(
        "TIFF with tiles of 4 gigapixels",
        "too-many-pixels",
        lambda: tiff({322: 65_536, 323: 65_536, 324: 8, 325: 4, 259: 8}),
    ),
    Hostile(
        "TIFF with a strip of 4 gigabytes", None, lambda: tiff({279: 2**32 - 1, 278: 2**32 - 1})
    ),
    Hostile("TIFF of 500 pages", "too-many-pages", lambda: tiff(*[{}] * 500)),
    Hostile("TIFF whose pages are a loop", None, lambda: tiff({}, {}, loop=True)),
    Hostile(
        "PNG with more pixel data than pixels", None, lambda: png(8, 8, chunk(b"IDAT", zeros(200)))
    ),
    Hostile(
        "PNG with a profile of 200 MB",
        "corrupt-file",
        lambda: png(8, 8, chunk(b"iCCP", b"x\0\0" + zeros(200)), chunk(b"IDAT", zeros(1))),
    ),
    Hostile(
        "PNG with a text of 200 MB",
        "corrupt-file",
        lambda: png(8, 8, chunk(b"zTXt", b"x\0\0" + zeros(200)), chunk(b"IDAT", zeros(1))),
    ),
)
PDFS: Sequence[Hostile] = (
    Hostile("PDF with a password", "encrypted-file", locked_pdf),
    Hostile("PDF of 11 pages", "too-many-pages", lambda: pdf(["[0 0 9 9]"] * 11)),
    Hostile("PDF of 5 metres", "too-many-pixels", lambda: pdf(["[0 0 14400 14400]"])),
    Hostile("PDF of 1e30 points", None, lambda: pdf(["[0 0 1e30 1e30]"])),
    Hostile("PDF with a size that is not a number", None, lambda: pdf(["[0 0 nan inf]"])),
    Hostile("PDF with a negative size", None, lambda: pdf(["[500 500 0 0]"])),
    Hostile(
        "PDF that unpacks to 320 MB",
        "unpacks-too-large",
        lambda: page_of(stream(b"/Filter/FlateDecode", zeros(BOMB))),
    ),
    Hostile(
        "PDF packed twice",
        "stacked-filters",
        lambda: page_of(stream(FLATE_TWICE, zeros(1, stages=2))),
    ),
    Hostile(
        "PDF packed twice under encoded names",
        "stacked-filters",
        lambda: page_of(stream(HIDDEN, zeros(1))),
    ),
    Hostile(
        "PDF packed four times, declared in another object",
        "unpacks-too-large",
        lambda: page_of(
            stream(b"/Filter 5 0 R", zeros(BOMB, stages=4)), b"[/FlateDecode " * 4 + b"]" * 4
        ),
    ),
    Hostile(
        "PDF with an image of 10 gigapixels",
        "too-many-pixels",
        lambda: page_with_image(b"/Width 100000/Height 100000/Filter/CCITTFaxDecode", b"\0"),
    ),
    Hostile(
        "PDF with a damaged image",
        None,
        lambda: page_with_image(b"/Width 100/Height 100/Filter/DCTDecode", b"\xff\xd8\xff"),
    ),
    Hostile("PDF whose pages are a loop", "corrupt-file", looping_pages),
    Hostile("PDF whose pages are 5000 deep", "corrupt-file", lambda: nested_pages(5000)),
    Hostile("PDF whose table is a loop", None, looping_table),
    Hostile("PDF form that draws itself", "reader-crashed", form_that_draws_itself),
)
POLYGLOTS: Sequence[Hostile] = (
    Hostile("JPEG that is a PDF", "ambiguous-format", lambda: jpeg_with(pdf())),
    Hostile("JPEG that is a web page", "ambiguous-format", lambda: jpeg_with(b"<script>")),
    Hostile("PNG that is an archive", "ambiguous-format", lambda: good() + archive()),
    Hostile("PDF that is an archive", "ambiguous-format", lambda: pdf() + archive()),
    Hostile("archive that is a PDF", "ambiguous-format", lambda: archive()[:60] + pdf()),
    Hostile("web page that is a PDF", "ambiguous-format", lambda: b"<html>" + pdf()),
    Hostile("GIF that is a PDF", "ambiguous-format", lambda: b"GIF89a" + pdf()),
    Hostile("TIFF that is a PDF", "ambiguous-format", lambda: tiff({}) + pdf()),
    Hostile(
        "JPEG with a film after its end",
        None,
        lambda: file(picture(), "JPEG") + b"\0\0\0\x18ftypmp42" + bytes(9999),
    ),
    Hostile("PNG with a PDF far after its end", None, lambda: good() + bytes(2000) + pdf()),
)
KINDS: Sequence[Hostile] = (
    Hostile("animated PNG", "animated-picture", lambda: animation("PNG")),
    Hostile("animated WebP", "animated-picture", lambda: animation("WEBP")),
    Hostile(
        "sequence of HEIC", "animated-picture", lambda: heic().replace(b"ftypheic", b"ftyphevc")
    ),
    Hostile("HEIC of two images", None, lambda: heic("two")),
    Hostile(
        "TIFF of fractions", "unsupported-colours", lambda: tiff_of(np.zeros((9, 9), np.float32))
    ),
    Hostile("TIFF of 32 bits", "unsupported-colours", lambda: tiff_of(np.zeros((9, 9), np.int32))),
    Hostile("TIFF of Lab", "unsupported-colours", lambda: file(Image.new("LAB", (9, 9)), "TIFF")),
)
COSTLY: Sequence[Hostile] = (
    Hostile("PDF with tiny tiles", "reader-timeout", tiny_tiles),
    Hostile("PDF with 20,000 annotations", "reader-timeout", lambda: many_stamps(20_000)),
    Hostile("PDF with a tree of forms", "reader-timeout", lambda: tree_of_forms(40)),
    Hostile("JPEG with 3,000 scans", "reader-timeout", lambda: jpeg_of_scans(3000, 7000)),
    Hostile(
        "PDF with ten pages of 2,000 annotations",
        "reader-timeout",
        lambda: ten_times(many_stamps(2_000)),
    ),
)
"""Files that would take minutes or years to draw."""


LONG_TO_READ: Sequence[Hostile] = (
    Hostile(
        "PDF with ten pages of prose", "reader-timeout", lambda: ten_times(page_of_prose(120, 12))
    ),
    Hostile(
        "PDF with ten pages of columns", "reader-timeout", lambda: ten_times(page_of_prose(60, 16))
    ),
)
"""Files whose pages are drawn at once and take long to read."""


HOSTILE = (*NOTHING, *CUT, *FLOODS, *PDFS, *POLYGLOTS, *KINDS)
OF_EACH_CODE = tuple({each.code: each for each in HOSTILE}.values())
