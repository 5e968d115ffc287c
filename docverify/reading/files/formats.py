"""File formats, detected by content and never by name.

A file with two formats at once is refused, because a person who opens it later must see what was
read here.
"""

from __future__ import annotations

import re

from docverify.errors import UnreadableFile

START = 1024
"""Readers accept a PDF whose header is anywhere in these first bytes."""

PDF_HEADER = re.compile(rb"%PDF-\d")
WEB_PAGE = re.compile(rb"<(!doctype|html|script|svg|\?php)\b", re.IGNORECASE)
MAGIC = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
}
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1"}
SEQUENCE_BRANDS = {b"hevc", b"hevx", b"hevm", b"hevs", b"msf1"}
OTHERS = (b"PK\x03\x04", b"GIF8", b"MZ", b"\x7fELF", b"\xd0\xcf\x11\xe0", b"RIFF", b"Rar!", b"7z")
"""First bytes of archives, programs and image formats that are not accepted."""

ARCHIVE_END = b"PK\x05\x06"  # ZIP: 22 bytes, the last two with the length of the comment
ARCHIVE_TAIL = 22 + 0xFFFF


def detect_format(content: bytes) -> str:
    """Return JPEG, PNG, TIFF, WEBP, HEIF or PDF, detected by the content.

    Raise UnreadableFile with the code empty-file, unknown-format, ambiguous-format or
    animated-picture.
    """
    if not content:
        raise UnreadableFile("empty-file", "the file is empty; upload it again")
    name = detect_image_format(content)
    header = PDF_HEADER.search(content[:START])
    if name is None and header is None:
        raise UnreadableFile(
            "unknown-format",
            "the file is not a JPEG, PNG, TIFF, WebP, HEIC or PDF; upload one of these",
        )
    if is_ambiguous(content, name, header.start() if header else None):
        raise UnreadableFile(
            "ambiguous-format",
            "the file has several formats at once; upload a new photo or scan",
        )
    return name or "PDF"


def animated() -> UnreadableFile:
    """Return the error for a file that shows several images one after the other."""
    return UnreadableFile("animated-picture", "the image is animated; upload a still one")


def detect_image_format(content: bytes) -> str | None:
    """Detect the format of an image; None for other files."""
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


def is_ambiguous(content: bytes, image: str | None, header: int | None) -> bool:
    """Return whether a file also has a second format.

    Bytes after an image, such as the video of a phone's moving photo, do not count.
    """
    start = content[:START] if image else content[:header]
    return (
        (image is not None and header is not None)
        or (image is None and start.startswith(OTHERS))
        or WEB_PAGE.search(start) is not None
        or ends_as_archive(content)
    )


def ends_as_archive(content: bytes) -> bool:
    """Return whether a ZIP archive ends at the end of the file."""
    tail = content[-ARCHIVE_TAIL:]
    at = tail.rfind(ARCHIVE_END)
    comment = tail[at + 20 : at + 22]
    return at >= 0 and len(tail) - at - 22 == int.from_bytes(comment, "little")
