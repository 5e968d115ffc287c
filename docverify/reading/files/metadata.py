"""Metadata of a file, as notes by kind; pixels are not decoded."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

Note = tuple[str, bytes]
"""A kind and its content. The kinds:

size (two numbers of 32 bits, big-endian), exif (a TIFF structure), xmp, photoshop (image
resources), c2pa (JUMBF), png-text (a keyword), program, camera, created, changed (a PDF's dates),
update (of a PDF), text-layer.
"""

MAX_PARTS = 2000
MAX_NOTE = 1 << 20
MAX_PDF_PAGES = 3
MAGIC_WINDOW = 1024
TIFF = (b"II*\0", b"MM\0*")
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
C2PA_BOX = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")  # its uuid in BMFF (C2PA, A.5)
EXIF_ITEM = re.compile(rb"Exif\0\0(?=II\*\0|MM\0\*)")
XMP_PACKET = re.compile(rb"<x:xmpmeta\b")

EXIF_IFD, WIDTH, LENGTH, MAKE, MODEL, SOFTWARE = 34665, 256, 257, 271, 272, 305
XMP_TAG, PHOTOSHOP_TAG, C2PA_TAG, USER_COMMENT = 700, 34377, 0xCD41, 37510
TIFF_NOTES = {
    **{MAKE: "camera", MODEL: "camera", SOFTWARE: "program", XMP_TAG: "xmp"},
    **{PHOTOSHOP_TAG: "photoshop", C2PA_TAG: "c2pa", USER_COMMENT: "comment"},
}
TYPE_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 7: 1}  # byte, ASCII, short, long, undefined
MAX_ENTRIES = 200


def file_notes(content: bytes) -> tuple[str, Iterator[Note]]:
    """Return a file's format, empty if unknown, and its notes.

    Damaged data ends the notes, but never raises an error.
    """
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG", _jpeg(content)
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG", _png(content)
    if content.startswith(TIFF):
        return "TIFF", tiff_notes(content)
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "WEBP", _webp(content)
    if content[4:8] == b"ftyp" and content[8:12] in HEIF_BRANDS:
        return "HEIF", _heif(content)
    if b"%PDF-" in content[:MAGIC_WINDOW]:
        return "PDF", _pdf(content)
    return "", iter(())


def _numbers(pattern: str, content: bytes, place: int) -> tuple[int, ...]:
    """Unpack numbers; bytes after the end count as zero."""
    length = struct.calcsize(pattern)
    return struct.unpack(pattern, content[place : place + length].ljust(length, b"\0"))


def _size(width: int, height: int) -> Note:
    return "size", struct.pack(">II", width, height)


JPEG_NOTES = {
    (0xE1, b"Exif\0\0"): ("exif", 6),
    (0xE1, b"http://ns.adobe.com/xap/1.0/\0"): ("xmp", 29),
    (0xE1, b"http://ns.adobe.com/xmp/extension/\0"): ("xmp", 75),
    (0xEB, b"JP"): ("c2pa", 8),
    (0xED, b"Photoshop 3.0\0"): ("photoshop", 14),
}
FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
SCAN = 0xDA


def _jpeg(content: bytes) -> Iterator[Note]:
    """Yield the notes in the segments up to the first scan (ITU-T T.81, B.1)."""
    place = 2
    for _ in range(MAX_PARTS):
        start, marker, length = _numbers(">BBH", content, place)
        if start != 0xFF or marker == SCAN or length < 2:
            return
        segment = content[place + 4 : place + 2 + length]
        if marker in FRAMES:
            yield _size(*_numbers(">HH", segment, 1)[::-1])
        for (kind, prefix), (name, skipped) in JPEG_NOTES.items():
            if marker == kind and segment.startswith(prefix):
                yield name, segment[skipped:]
        place += 2 + length


def _png(content: bytes) -> Iterator[Note]:
    for kind, chunk in _chunks(content, ">I4s", 8, trailer=4):
        if kind == b"IHDR":
            yield _size(*_numbers(">II", chunk, 0))
        elif kind in PNG_NOTES:
            yield PNG_NOTES[kind], chunk
        elif kind in (b"tEXt", b"zTXt", b"iTXt"):
            yield from _png_text(kind, chunk)


PNG_NOTES = {b"eXIf": "exif", b"caBX": "c2pa"}
WEBP_NOTES = {b"EXIF": "exif", b"XMP ": "xmp", b"C2PA": "c2pa"}


def _chunks(
    content: bytes, pattern: str, place: int, trailer: int = 0, even: bool = False
) -> Iterator[tuple[bytes, bytes]]:
    """Yield the chunks of PNG (length, type) or RIFF (type, length)."""
    for _ in range(MAX_PARTS):
        if place + 8 > len(content):
            return
        first, second = struct.unpack_from(pattern, content, place)
        kind, length = (first, second) if isinstance(first, bytes) else (second, first)
        yield kind, content[place + 8 : place + 8 + min(length, MAX_NOTE)]
        place += 8 + length + trailer + (length % 2 if even else 0)


def _png_text(kind: bytes, chunk: bytes) -> Iterator[Note]:
    keyword, _, rest = chunk.partition(b"\0")
    yield "png-text", keyword[:79]
    packed = kind == b"zTXt" or (kind == b"iTXt" and rest[:1] == b"\1")
    text = rest[1:] if kind == b"zTXt" else rest
    if kind == b"iTXt":
        text = rest[2:].split(b"\0", 2)[-1]
    if packed:
        text = _unpacked(text)
    if keyword == b"Software":
        yield "program", text
    elif keyword == b"XML:com.adobe.xmp":
        yield "xmp", text


def _unpacked(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, MAX_NOTE)
    except zlib.error:
        return b""


def _webp(content: bytes) -> Iterator[Note]:
    for kind, chunk in _chunks(content, "<4sI", 12, even=True):
        if kind in WEBP_NOTES:
            yield WEBP_NOTES[kind], chunk.removeprefix(b"Exif\0\0")
        elif kind == b"VP8X":
            low = _numbers("<HBHB", chunk, 4)
            yield _size(low[0] + (low[1] << 16) + 1, low[2] + (low[3] << 16) + 1)
        elif kind == b"VP8 ":
            width, height = _numbers("<HH", chunk, 6)
            yield _size(width & 0x3FFF, height & 0x3FFF)
        elif kind == b"VP8L":
            (bits,) = _numbers("<I", chunk, 1)
            yield _size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)


def _heif(content: bytes) -> Iterator[Note]:
    """Find the items by their first bytes, without using the table of their positions."""
    yield from _largest_extent(content)
    for found in EXIF_ITEM.finditer(content):
        yield "exif", content[found.end() : found.end() + MAX_NOTE]
        break
    yield from _packets(content)
    if (place := content.find(C2PA_BOX)) >= 0:
        yield "c2pa", content[place : place + MAX_NOTE]


def _largest_extent(content: bytes) -> Iterator[Note]:
    """Yield the largest size: an image of tiles also has the size of a tile."""
    places = [found.end() for found in re.finditer(b"ispe", content[:MAX_NOTE])][:MAX_PARTS]
    sizes = [_numbers(">II", content, place + 4) for place in places]
    if sizes:
        width, height = max(sizes, key=lambda size: size[0] * size[1])
        yield _size(width, height)


def _packets(content: bytes) -> Iterator[Note]:
    """Yield the XMP packets, which can be found in any file by their first bytes."""
    for number, found in enumerate(XMP_PACKET.finditer(content)):
        if number == MAX_ENTRIES:
            return
        end = content.find(b"</x:xmpmeta>", found.start(), found.start() + MAX_NOTE)
        yield "xmp", content[found.start() : max(end, found.start())]


def tiff_notes(content: bytes) -> Iterator[Note]:
    """Yield the notes of the first directory of a TIFF, and of its EXIF directory (TIFF 6.0)."""
    order = "<" if content.startswith(b"II") else ">"
    directories, sides = [_numbers(order + "I", content, 4)[0]], {}
    for directory in directories:
        count = min(_numbers(order + "H", content, directory)[0], MAX_ENTRIES)
        for number in range(count):
            entry = directory + 2 + 12 * number
            tag, kind, length = _numbers(order + "HHI", content, entry)
            size = TYPE_SIZES.get(kind, 0) * length
            place = entry + 8 if size <= 4 else _numbers(order + "I", content, entry + 8)[0]
            if tag in TIFF_NOTES:
                yield TIFF_NOTES[tag], content[place : place + min(size, MAX_NOTE)]
            elif tag in (WIDTH, LENGTH):
                sides[tag] = _numbers(order + ("H" if kind == 3 else "I"), content, place)[0]
            elif tag == EXIF_IFD and len(directories) == 1:
                directories.append(_numbers(order + "I", content, place)[0])
    if len(sides) == 2:
        yield _size(sides[WIDTH], sides[LENGTH])


def _pdf(content: bytes) -> Iterator[Note]:
    ends = content.count(b"%%EOF") - (b"/Linearized" in content[:MAGIC_WINDOW])
    yield from [("update", b"")] * min(ends - 1, MAX_PARTS)
    yield from _packets(content)
    if b"jumdc2pa" in content:
        yield "c2pa", content
    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError:
        return
    try:
        yield from _pdf_notes(document)
    finally:
        document.close()


PDF_NOTES = {
    **{"Producer": "program", "Creator": "program"},
    **{"CreationDate": "created", "ModDate": "changed"},
}


def _pdf_notes(document: pdfium.PdfDocument) -> Iterator[Note]:
    for key, kind in PDF_NOTES.items():
        yield kind, document.get_metadata_value(key).encode("utf-8", "replace")
    for number in range(min(len(document), MAX_PDF_PAGES)):
        try:
            page = document[number]
            images = page.get_objects([pdfium_c.FPDF_PAGEOBJ_IMAGE])
            for image, _ in zip(images, range(1), strict=False):
                yield _size(*image.get_px_size())
            if page.get_textpage().count_chars():
                yield "text-layer", b""
        except pdfium.PdfiumError:
            continue
