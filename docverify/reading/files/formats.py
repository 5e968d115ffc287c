"""What a file is: its content decides, never its name.

A file that two programs take for two different things is refused: what is read here and what a
person opens later must be the same.
"""

from __future__ import annotations

import re

from docverify.errors import UnreadableFile

START = 1024
"""Readers accept a PDF whose header stands anywhere in these first bytes."""

PDF_HEADER = re.compile(rb"%PDF-\d")
PAGE_OF_THE_WEB = re.compile(rb"<(!doctype|html|script|svg|\?php)\b", re.IGNORECASE)
MAGIC = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
}
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1"}
SEQUENCE_BRANDS = {b"hevc", b"hevx", b"hevm", b"hevs", b"msf1"}
OTHERS = (b"PK\x03\x04", b"GIF8", b"MZ", b"\x7fELF", b"\xd0\xcf\x11\xe0", b"RIFF", b"Rar!", b"7z")
"""How archives, programs and pictures that are not accepted begin."""

ARCHIVE_END = b"PK\x05\x06"  # ZIP: 22 bytes, and a comment whose length the last two of them tell
ARCHIVE_TAIL = 22 + 0xFFFF


def detect_format(content: bytes) -> str:
    """Tell JPEG, PNG, TIFF, WEBP, HEIF or PDF by the content.

    Raises UnreadableFile with the code empty-file, unknown-format, ambiguous-format or
    animated-picture.
    """
    if not content:
        raise UnreadableFile("empty-file", "the file is empty; upload it again")
    name = _picture_format(content)
    header = PDF_HEADER.search(content[:START])
    if name is None and header is None:
        raise UnreadableFile(
            "unknown-format",
            "the file is none of JPEG, PNG, TIFF, WebP, HEIC and PDF; upload one of these",
        )
    if _is_something_else(content, name, header.start() if header else None):
        raise UnreadableFile(
            "ambiguous-format",
            "the file is of several formats at once; upload a new photo or scan",
        )
    return name or "PDF"


def animated() -> UnreadableFile:
    """Say that a file shows several pictures after each other, and none of them is the one."""
    return UnreadableFile("animated-picture", "the picture is animated; upload a still one")


def _picture_format(content: bytes) -> str | None:
    for magic, name in MAGIC.items():
        if content.startswith(magic):
            return name
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "WEBP"
    if content[4:8] != b"ftyp":
        return None
    if content[8:12] in SEQUENCE_BRANDS:
        raise animated()
    return "HEIF" if content[8:12] in HEIF_BRANDS else None


def _is_something_else(content: bytes, image: str | None, header: int | None) -> bool:
    """Tell whether a file is a second thing as well.

    Bytes behind a picture, such as the film of a phone's moving photo, make it nothing else.
    """
    start = content[:START] if image else content[:header]
    return (
        (image is not None and header is not None)
        or (image is None and start.startswith(OTHERS))
        or PAGE_OF_THE_WEB.search(start) is not None
        or _ends_as_archive(content)
    )


def _ends_as_archive(content: bytes) -> bool:
    tail = content[-ARCHIVE_TAIL:]
    at = tail.rfind(ARCHIVE_END)
    comment = tail[at + 20 : at + 22]
    return at >= 0 and len(tail) - at - 22 == int.from_bytes(comment, "little")
