"""Hostile and damaged files, each with the expected refusal.

The tests generate them when they run, and keep them small.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from tests.support.files import file, locked_pdf, pdf, picture

HEIF = Path(__file__).parent / "heif"
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
SHORT, LONG, RATIONAL, FLOAT = 3, 4, 5, 3


@dataclass(frozen=True)
class Hostile:
    """A file that is generated on demand, and the code of its refusal; None if it is read."""

    name: str
    code: str | None
    make: Callable[[], bytes] = field(repr=False)


def good() -> bytes:
    """Return a small valid file."""
    return file(picture())


def zeros(megabytes: int, stages: int = 1) -> bytes:
    """Compress zeros in several stages, so that they take almost no space."""
    pack = zlib.compressobj(9)
    packed = b"".join(pack.compress(bytes(1 << 20)) for _ in range(megabytes)) + pack.flush()
    for _ in range(stages - 1):
        packed = zlib.compress(packed, 9)
    return packed


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *chunks: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return PNG_MAGIC + header + b"".join(chunks) + chunk(b"IEND", b"")


def tiff(*pages: dict[int, int], loop: bool = False) -> bytes:
    """Write a TIFF of grey pages with the given tags and 4 bytes of pixels."""
    body = b"II*\0" + struct.pack("<I", 12) + b"\xff" * 4
    for number, tags in enumerate(pages):
        every = {256: 2, 257: 2, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 2, 279: 4} | tags
        entries = b"".join(struct.pack("<HHII", tag, LONG, 1, every[tag]) for tag in sorted(every))
        after = len(body) + 2 + len(entries) + 4
        following = after if number + 1 < len(pages) else 12 if loop else 0
        body += struct.pack("<H", len(every)) + entries + struct.pack("<I", following)
    return body


def tiff_of(pixels: np.ndarray) -> bytes:
    return file(Image.fromarray(pixels), "TIFF")


def jpeg_of_size(width: int, height: int) -> bytes:
    """Write a small JPEG whose header claims this size."""
    content = file(picture(), "JPEG")
    at = content.index(b"\xff\xc0") + 5
    return content[:at] + struct.pack(">HH", height, width) + content[at + 4 :]


def jpeg_of_scans(scans: int, side: int) -> bytes:
    """Write a progressive JPEG that repeats its last scan: each costs a pass over all pixels."""
    content = file(Image.new("L", (side, side), 128), "JPEG", progressive=True)
    last = content.rindex(b"\xff\xda")
    return content[:last] + content[last:-2] * scans + content[-2:]


def jpeg_with(comment: bytes) -> bytes:
    return file(picture(), "JPEG", comment=comment)


def webp(*chunks: bytes) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def webp_chunk(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data


def webp_of_size(side: int, flags: int = 0) -> bytes:
    size = (side - 1).to_bytes(3, "little") * 2
    return webp(webp_chunk(b"VP8X", bytes([flags, 0, 0, 0]) + size), webp_chunk(b"VP8L", b"\x2f"))


def lossless_webp_of_size(side: int) -> bytes:
    bits = (side - 1) | (side - 1) << 14
    return webp(webp_chunk(b"VP8L", b"\x2f" + struct.pack("<I", bits) + bytes(20)))


def animation(kind: str) -> bytes:
    frames = [Image.new("RGB", (64, 32), colour) for colour in ("red", "green", "blue")]
    return file(frames[0], kind, save_all=True, append_images=frames[1:])


def heic(name: str = "plain") -> bytes:
    return (HEIF / f"{name}.heic").read_bytes()


def heic_of_size(side: int) -> bytes:
    """Write a small HEIC whose every size property claims this size."""
    content, at = heic("square"), -1
    while (at := content.find(b"ispe", at + 1)) >= 0:
        content = content[: at + 8] + struct.pack(">II", side, side) + content[at + 16 :]
    return content


def archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as into:
        into.writestr("word/document.xml", "<document/>")
    return buffer.getvalue()


def written_pdf(objects: Iterable[bytes]) -> bytes:
    """Write a PDF of objects that are numbered from 1; the first is its catalogue."""
    body, places = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % each for each in places)
    size = len(places) + 1
    end = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, len(body))
    return body + b"xref\n0 %d\n" % size + table + end


def stream(keys: bytes, data: bytes) -> bytes:
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (keys, len(data), data)


def page_of(content: bytes, *more: bytes, resources: bytes = b"") -> bytes:
    """Write a PDF of one page; its content stream is object 4, further objects start at 5."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R/Resources<<%s>>>>"
    return written_pdf(
        (
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            page % resources,
            content,
            *more,
        )
    )


def page_with_image(keys: bytes, data: bytes) -> bytes:
    """Write a PDF of one page that is covered by an image."""
    return page_of(
        stream(b"", b"q 200 0 0 100 0 0 cm /I Do Q"),
        stream(
            b"/Type/XObject/Subtype/Image/BitsPerComponent 8/ColorSpace/DeviceGray" + keys, data
        ),
        resources=b"/XObject<</I 5 0 R>>",
    )


def nested_pages(depth: int) -> bytes:
    """Write a PDF with one page at this depth of its page tree."""
    nodes = (b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % (number + 3) for number in range(depth))
    page = b"<</Type/Page/MediaBox[0 0 200 100]/Parent %d 0 R>>" % (depth + 1)
    return written_pdf((b"<</Type/Catalog/Pages 2 0 R>>", *nodes, page))


def looping_pages() -> bytes:
    return written_pdf(
        (b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>")
    )


def form_that_draws_itself() -> bytes:
    return page_of(
        stream(b"", b"/F Do"),
        stream(
            b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F 5 0 R>>>>",
            b"/F Do /F Do",
        ),
        resources=b"/XObject<</F 5 0 R>>",
    )


def looping_table() -> bytes:
    content = pdf()
    at = content.rindex(b"xref\n0")
    return content.replace(b"/Root", b"/Prev %d/Root" % at)


def tiny_tiles() -> bytes:
    """Write a page that is filled with a tiling pattern of billions of tiles."""
    tile = (
        b"/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]/XStep 0.01/YStep 0.01/Resources<<>>"
    )
    return page_of(
        stream(b"", b"/Pattern cs /P scn 0 0 200 100 re f"),
        stream(b"/Type/Pattern" + tile, b"1 0 0 rg 0 0 1 1 re f"),
        resources=b"/Pattern<</P 5 0 R>>",
    )


def many_stamps(count: int) -> bytes:
    """Write a page with this number of annotations, each as large as the page."""
    stamp = b"<</Type/Annot/Subtype/Stamp/Rect[0 0 200 100]/F 4/AP<</N 5 0 R>>>>"
    content = page_of(
        stream(b"", b""),
        stream(b"/Type/XObject/Subtype/Form/BBox[0 0 200 100]", b"0.5 g 0 0 200 100 re f"),
        *[stamp] * count,
    )
    annotations = b" ".join(b"%d 0 R" % (number + 6) for number in range(count))
    return content.replace(b"/Contents 4 0 R", b"/Contents 4 0 R/Annots[%s]" % annotations)


def tree_of_forms(depth: int) -> bytes:
    """Write a page whose form draws another form twice, and that a third one twice, and so on."""
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 200 100]/Resources<</XObject<</F %d 0 R>>>>"
    return page_of(
        stream(b"", b"/F Do"),
        *(stream(form % number, b"/F Do /F Do") for number in range(6, 6 + depth)),
        stream(b"/Type/XObject/Subtype/Form/BBox[0 0 200 100]", b"0 0 9 9 re f"),
        resources=b"/XObject<</F 5 0 R>>",
    )


def page_of_prose(lines: int, words: int) -> bytes:
    """Write a page of A4 with lines of text in 6 points."""
    places = (830 - number * 820 / lines for number in range(lines))
    text = b"".join(b"1 0 0 1 10 %.1f Tm (%s) Tj " % (y, b"words " * words) for y in places)
    content = page_of(
        stream(b"", b"BT /F 6 Tf " + text + b"ET"),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        resources=b"/Font<</F 5 0 R>>",
    )
    return content.replace(b"[0 0 200 100]", b"[0 0 595 842]")


def ten_times(content: bytes) -> bytes:
    """Show the only page of a PDF that was written here ten times."""
    return content.replace(
        b"/Kids[3 0 R]/Count 1", b"/Kids[%s]/Count 10" % b" ".join([b"3 0 R"] * 10)
    )


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
