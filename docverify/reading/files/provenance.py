"""Provenance of a file: the programs, cameras, generators and content credentials in it.

Only names of programs are kept. Names of authors, owners and other people, places, and file names
are not read.
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
"""Keywords of PNG texts in which image generators store their prompts."""

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
"""A CBOR text follows; its length is in the byte before it, or in that byte's lower bits."""

PHOTOSHOP_ONLY = re.compile(rb"8BIM\x04[\x06\x21]")  # its JPEG quality, its version
FILE_NAME = re.compile(r"@|\.(?:docx?|xlsx?|pptx?|pdf|jpe?g|png|tiff?|hei[cf]|psd|indd)\b", re.I)
PDF_DATE = re.compile(r"D:(\d{14})(?:([+-])(\d\d)'?(\d\d))?")


def read_provenance(content: bytes) -> Provenance:
    """Read how a file was created from its metadata; never raise an error."""
    name, found = file_notes(content)
    notes = [note for _, note in zip(range(MAX_NOTES), found, strict=False)]
    notes += [each for exif in select_notes(notes, "exif")[:1] for each in tiff_notes(exif)]
    programs = tuple(dict.fromkeys(filter(None, map(clean_program, find_programs(notes)))))
    return Provenance(
        format=name,
        size=find_size(notes),
        software=programs[:MAX_PROGRAMS],
        camera=any(each.strip(b"\0 ") for each in select_notes(notes, "camera")),
        ai_marks=tuple(sorted(set(find_ai_marks(notes)))),
        content_credentials=any(b"c2pa" in each for each in select_notes(notes, "c2pa")),
        pdf_updates=len(select_notes(notes, "update")),
        pdf_changed_days=compute_changed_days(notes),
        text_layer=bool(select_notes(notes, "text-layer")),
    )


def select_notes(notes: Sequence[Note], kind: str) -> list[bytes]:
    """Return the contents of the notes of a kind."""
    return [note for each, note in notes if each == kind]


def find_size(notes: Sequence[Note]) -> tuple[int, int] | None:
    """Return width and height from the first note with a size."""
    for width, height in (struct.unpack(">II", each) for each in select_notes(notes, "size")):
        return width, height
    return None


def find_programs(notes: Sequence[Note]) -> Iterator[bytes]:
    """Yield the names of programs."""
    yield from select_notes(notes, "program")
    for each in select_notes(notes, "xmp"):
        yield from XMP_PROGRAM.findall(each)
    if any(PHOTOSHOP_ONLY.search(each) for each in select_notes(notes, "photoshop")):
        yield b"Adobe Photoshop"
    yield from find_claim_generators(notes)


def find_claim_generators(notes: Sequence[Note]) -> Iterator[bytes]:
    """Yield the programs that C2PA manifests name."""
    for each in select_notes(notes, "c2pa"):
        for found in CLAIM_GENERATOR.finditer(each):
            length = found[1][0] if found[1] else found[2][0] & 0x1F
            yield each[found.end() : found.end() + length]


def clean_program(name: bytes) -> str:
    """Return the name of a program; empty if it is a file name or an address."""
    text = name[: 4 * MAX_NAME].decode("utf-8", "replace").split(" - ")[0]
    printable = "".join(each for each in text if each.isprintable() and each != "\ufffd")
    return "" if FILE_NAME.search(printable) else printable.strip()[:MAX_NAME].strip()


def find_ai_marks(notes: Sequence[Note]) -> Iterator[str]:
    """Yield the codes of the marks that image generators leave."""
    for where in ("xmp", "c2pa"):
        for each in select_notes(notes, where):
            kinds = (kind.lower() for kind in SOURCE_TYPE.findall(each))
            yield from (f"{where}-{SOURCE_TYPES[kind]}" for kind in kinds if kind in SOURCE_TYPES)
    if PROMPT_KEYWORDS.intersection(select_notes(notes, "png-text")):
        yield "png-prompt"
    if any(is_prompt(each) for each in select_notes(notes, "comment")):
        yield "exif-prompt"
    credits = [found for each in select_notes(notes, "xmp") for found in XMP_CREDIT.findall(each)]
    names = (each.decode("utf-8", "replace") for each in (*find_programs(notes), *credits))
    if any(map(GENERATORS.search, names)):
        yield "generator-name"


def is_prompt(comment: bytes) -> bool:
    """Return whether a comment has Stable Diffusion settings, as ASCII or UTF-16."""
    text = comment.replace(b"\0", b"")
    return b"Steps: " in text and b"Sampler: " in text


def compute_changed_days(notes: Sequence[Note]) -> float | None:
    """Compute the days from the creation of a PDF to its last change."""
    created, changed = (
        next((date for each in select_notes(notes, kind) if (date := parse_date(each))), None)
        for kind in ("created", "changed")
    )
    return (changed - created) / DAY if created and changed else None


def parse_date(text: bytes) -> datetime | None:
    """Parse a complete date of ISO 32000-1, 7.9.4; without a time zone it counts as UTC."""
    found = PDF_DATE.match(text.decode("ascii", "replace"))
    if not found:
        return None
    digits, sign, hours, minutes = found.groups()
    try:
        zone = timezone(timedelta(hours=int(hours), minutes=int(minutes))) if sign else UTC
        date = datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        offset = zone.utcoffset(None)
        return date - offset if sign != "-" else date + offset
    except (ValueError, OverflowError):  # The time zone may shift the date beyond the calendar.
        return None
