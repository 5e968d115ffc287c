"""What a file says of its own making: programs, cameras, generators, content credentials.

Only names of programs are kept. Whoever made a file, owns it or stands in it, where and under what
name: none of this is looked at.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone

from docverify.page import Provenance
from docverify.reading.files.metadata import Note, file_notes, tiff_notes

MAX_NOTES = 5000
MAX_NAME = 64
MAX_PROGRAMS = 8
DAY = timedelta(days=1)

GENERATORS = re.compile(
    r"openai|chatgpt|gpt-?4o|gpt-image|dall.?e\b|midjourney|stable.?diffusion|novelai|firefly"
    r"|invokeai|comfyui|automatic1111|leonardo\.ai|ideogram|image creator|recraft"
    r"|with google ai|\bgemini\b|\bgrok\b",
    re.IGNORECASE,
)
PROMPT_KEYWORDS = {
    *(b"parameters", b"prompt", b"workflow", b"Dream"),
    *(b"sd-metadata", b"invokeai_metadata"),
}
"""Keywords of PNG texts in which image generators note what they were asked for."""

SOURCE_TYPES = {  # https://cv.iptc.org/newscodes/digitalsourcetype
    b"trainedalgorithmicmedia": "trained-algorithmic-media",
    b"compositewithtrainedalgorithmicmedia": "composite-with-trained-algorithmic-media",
}
SOURCE_TYPE = re.compile(rb"digitalsourcetype/(\w{1,60})", re.IGNORECASE)
XMP_PROGRAM = re.compile(
    rb"(?:CreatorTool|softwareAgent|pdf:Producer)\s{0,9}(?:=\s{0,9}[\"']|>)([^<\"']{1,200})"
)
XMP_CREDIT = re.compile(rb"photoshop:Credit\s{0,9}(?:=\s{0,9}[\"']|>)([^<\"']{1,200})")
CLAIM_GENERATOR = re.compile(
    rb"claim_generator(?:_info[\s\S]{1,8}?dname)?(?:\x78([\s\S])|([\x61-\x77]))"
)
"""A text follows in CBOR: its length stands in the byte before, or in that byte's lower bits."""

PHOTOSHOP_ONLY = re.compile(rb"8BIM\x04[\x06\x21]")  # its JPEG quality, its version
FILE_NAME = re.compile(r"@|\.(?:docx?|xlsx?|pptx?|pdf|jpe?g|png|tiff?|hei[cf]|psd|indd)\b", re.I)
PDF_DATE = re.compile(r"D:(\d{14})(?:([+-])(\d\d)'?(\d\d))?")


def read_provenance(content: bytes) -> Provenance:
    """Tell what the bytes of a file say of its making; whatever they are, nothing is raised."""
    name, found = file_notes(content)
    notes = [note for _, note in zip(range(MAX_NOTES), found, strict=False)]
    notes += [each for exif in _of(notes, "exif")[:1] for each in tiff_notes(exif)]
    programs = tuple(dict.fromkeys(filter(None, map(_program, _programs(notes)))))
    return Provenance(
        format=name,
        size=_size(notes),
        software=programs[:MAX_PROGRAMS],
        camera=any(each.strip(b"\0 ") for each in _of(notes, "camera")),
        ai_marks=tuple(sorted(set(_ai_marks(notes)))),
        content_credentials=any(b"c2pa" in each for each in _of(notes, "c2pa")),
        pdf_updates=len(_of(notes, "update")),
        pdf_changed_days=_changed_days(notes),
        text_layer=bool(_of(notes, "text-layer")),
    )


def _of(notes: Sequence[Note], kind: str) -> list[bytes]:
    return [note for each, note in notes if each == kind]


def _size(notes: Sequence[Note]) -> tuple[int, int] | None:
    for width, height in (struct.unpack(">II", each) for each in _of(notes, "size")):
        return width, height
    return None


def _programs(notes: Sequence[Note]) -> Iterator[bytes]:
    yield from _of(notes, "program")
    for each in _of(notes, "xmp"):
        yield from XMP_PROGRAM.findall(each)
    if any(PHOTOSHOP_ONLY.search(each) for each in _of(notes, "photoshop")):
        yield b"Adobe Photoshop"
    yield from _claim_generators(notes)


def _claim_generators(notes: Sequence[Note]) -> Iterator[bytes]:
    for each in _of(notes, "c2pa"):
        for found in CLAIM_GENERATOR.finditer(each):
            length = found[1][0] if found[1] else found[2][0] & 0x1F
            yield each[found.end() : found.end() + length]


def _program(name: bytes) -> str:
    """Return a program's name as far as it is one: no name of a file, no address."""
    text = name[: 4 * MAX_NAME].decode("utf-8", "replace").split(" - ")[0]
    printable = "".join(each for each in text if each.isprintable() and each != "\ufffd")
    return "" if FILE_NAME.search(printable) else printable.strip()[:MAX_NAME].strip()


def _ai_marks(notes: Sequence[Note]) -> Iterator[str]:
    for where in ("xmp", "c2pa"):
        for each in _of(notes, where):
            kinds = (kind.lower() for kind in SOURCE_TYPE.findall(each))
            yield from (f"{where}-{SOURCE_TYPES[kind]}" for kind in kinds if kind in SOURCE_TYPES)
    if PROMPT_KEYWORDS.intersection(_of(notes, "png-text")):
        yield "png-prompt"
    if any(_is_prompt(each) for each in _of(notes, "comment")):
        yield "exif-prompt"
    credits = [found for each in _of(notes, "xmp") for found in XMP_CREDIT.findall(each)]
    names = (each.decode("utf-8", "replace") for each in (*_programs(notes), *credits))
    if any(map(GENERATORS.search, names)):
        yield "generator-name"


def _is_prompt(comment: bytes) -> bool:
    """Stable Diffusion's programs note their settings there, as ASCII or UTF-16."""
    text = comment.replace(b"\0", b"")
    return b"Steps: " in text and b"Sampler: " in text


def _changed_days(notes: Sequence[Note]) -> float | None:
    created, changed = (
        next((date for each in _of(notes, kind) if (date := _date(each))), None)
        for kind in ("created", "changed")
    )
    return (changed - created) / DAY if created and changed else None


def _date(text: bytes) -> datetime | None:
    """Read a date of ISO 32000-1, 7.9.4, if it is whole; without a zone it is taken for UTC."""
    found = PDF_DATE.match(text.decode("ascii", "replace"))
    if not found:
        return None
    digits, sign, hours, minutes = found.groups()
    try:
        zone = timezone(timedelta(hours=int(hours), minutes=int(minutes))) if sign else UTC
        date = datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        offset = zone.utcoffset(None)
        return date - offset if sign != "-" else date + offset
    except (ValueError, OverflowError):  # The zone may lead out of the calendar.
        return None
