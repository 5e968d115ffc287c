"""Attacks: each is one change to a genuine document, with the labels that follow from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from io import BytesIO
from random import Random
from typing import Literal

import numpy as np
from PIL import Image

from benchmarks.corpus.aamva import payload
from benchmarks.corpus.captures import (
    FOR_ATTACKS,
    PHOTOCOPY,
    RECAPTURE,
    SCAN,
    Capture,
    captured,
)
from benchmarks.corpus.designs import Design, Sheet
from benchmarks.corpus.lettering import FACES, rotated, write
from benchmarks.corpus.mrzs import WIDTHS, Lines, build_mrz, recomposed
from benchmarks.corpus.papers import Paper, after, of_somebody_else
from benchmarks.corpus.people import likeness
from benchmarks.corpus.sides import printed_text, sheets
from docverify.documents.mrz import LAYOUTS, MrzFormat
from specimens.portraits import draw_portrait

WITH_MRZ = tuple(WIDTHS)
LICENCES = ("US licence", "Canadian licence")
ALL = WITH_MRZ + LICENCES
DATES = ("birth_date", "expiry_date")
IN_MRZ = ("document_number", *DATES)


@dataclass(frozen=True)
class Document:
    """The data of a document by source, and its capture; all sources of a genuine one agree."""

    printed: Paper
    mrz: Lines
    coded: Paper | None
    design: Design
    capture: Capture
    applicant: dict[str, str]
    retouch: Callable[[list[Sheet], Random], list[Sheet]] | None = None
    finish: Callable[[bytes], tuple[str, bytes]] | None = None
    told: dict[str, str] = field(default_factory=dict)

    @property
    def payload(self) -> str:
        """Return the payload of its barcode, empty if it has none."""
        return payload(self.coded.card) if self.coded else ""

    def file(self, chance: Random) -> tuple[str, bytes, dict[str, list[list[float]]]]:
        """Draw and capture it; return suffix, content and boxes."""
        drawn = sheets(self.printed, self.design, self.mrz, self.payload)
        if self.retouch:
            drawn = self.retouch(drawn, chance)
        file = captured(self.capture, drawn, chance)
        if self.finish:
            return *self.finish(file.content), file.boxes
        return file.suffix, file.content, file.boxes


def genuine(paper: Paper, design: Design, capture: Capture) -> Document:
    """Return a document with the same data in every source."""
    holder = paper.person
    names = f"{holder.given_names} {holder.surname}".strip()
    return Document(
        paper,
        () if paper.jurisdiction else build_mrz(paper.entries),
        paper if paper.jurisdiction else None,
        design,
        capture,
        {"name": names, "birth_date": holder.birth_date.isoformat()},
    )


Change = Callable[[Document, Random], Document]
ShownBy = Literal["data", "file", "image"]


@dataclass(frozen=True)
class Attack:
    """A class of attacks on these kinds of documents; `shown_by` is what could reveal it."""

    name: str
    shown_by: ShownBy
    change: Change
    kinds: tuple[str, ...] = ALL
    captures: tuple[Capture, ...] = FOR_ATTACKS


def _other_number(number: str, chance: Random) -> str:
    """Change one digit."""
    places = [place for place, each in enumerate(number) if each.isdigit()]
    place = chance.choice(places)
    figure = chance.choice([each for each in "123456789" if each != number[place]])
    return number[:place] + figure + number[place + 1 :]


def _other_day(day: date, chance: Random) -> date:
    """Move a day so that it stays possible, and looks younger or longer in force."""
    years = chance.choice((2, 3, 4))
    return after(day, years) + timedelta(days=chance.randrange(2, 20))


def _with(paper: Paper, name: str, chance: Random) -> Paper:
    """Change one field of a paper."""
    if name == "document_number":
        return replace(paper, number=_other_number(paper.number, chance))
    if name == "expiry_date":
        return replace(paper, expiry_date=_other_day(paper.expiry_date, chance))
    if name == "birth_date":
        younger = paper.person.birth_date - timedelta(days=chance.randrange(400, 2000))
        return replace(paper, person=replace(paper.person, birth_date=younger))
    other = of_somebody_else(paper, chance).person
    return replace(paper, person=replace(paper.person, **{name: getattr(other, name)}))


def _patched(fields: tuple[str, ...]) -> Change:
    """Paint over one printed field, and write another value in another typeface."""

    def change(one: Document, chance: Random) -> Document:
        name = chance.choice([each for each in fields if each in one.printed.printed])
        forged = _with(one.printed, name, chance)
        text = printed_text(forged, one.design, name)

        def retouch(drawn: list[Sheet], chance: Random) -> list[Sheet]:
            front = drawn[0] if name in drawn[0].boxes else drawn[1]
            changed = _painted_over(front, name, text, one.design, chance)
            return [changed if each is front else each for each in drawn]

        return replace(one, printed=forged, retouch=_keeping(one, retouch))

    return change


def _keeping(
    one: Document, retouch: Callable[[list[Sheet], Random], list[Sheet]]
) -> Callable[[list[Sheet], Random], list[Sheet]]:
    """Retouch the genuine drawing instead of drawing the forged paper again."""

    def change(_: list[Sheet], chance: Random) -> list[Sheet]:
        return retouch(sheets(one.printed, one.design, one.mrz, one.payload), chance)

    return change


def _painted_over(sheet: Sheet, name: str, text: str, design: Design, chance: Random) -> Sheet:
    left, top, right, bottom = map(round, sheet.boxes[name])
    pixels = np.asarray(sheet.image).copy()
    patch = pixels[top - 3 : bottom + 4, left - 3 : right + 4]
    patch[..., :3] = np.percentile(patch[..., :3], 70, axis=(0, 1))
    image = Image.fromarray(pixels)
    size = (bottom - top) / 0.72 * chance.uniform(0.94, 1.06)
    face = chance.choice(FACES[:4])
    room = min(1.4 * (right - left) + 40, image.width - left - 20)
    box = write(image, (left, bottom), text, face, size, design.palette.type, room=room)
    return Sheet(image, sheet.boxes | {name: box})


def _mrz_edited(*, fitting: bool) -> Change:
    """Change one field of the MRZ, with or without recomputing the check digits."""

    def change(one: Document, chance: Random) -> Document:
        forged = _with(one.printed, chance.choice(IN_MRZ), chance)
        if fitting:
            return replace(one, mrz=build_mrz(forged.entries))
        return replace(one, mrz=_old_digits(one.printed.kind, one.mrz, build_mrz(forged.entries)))

    return change


def _old_digits(kind: str, genuine: Lines, forged: Lines) -> Lines:
    """Keep every check digit of the genuine MRZ."""
    lines = [list(line) for line in forged]
    for name, each in LAYOUTS[MrzFormat(kind)].fields.items():
        if name.endswith("check_digit"):
            lines[each.line][each.start] = genuine[each.line][each.start]
    return tuple("".join(line) for line in lines)


def _everywhere(one: Document, chance: Random) -> Document:
    """Forge printed text and MRZ alike, with right check digits: no data contradict each other."""
    name = chance.choice(("surname", *IN_MRZ))
    forged = _with(one.printed, name, chance)
    text = printed_text(forged, one.design, name)
    lines = build_mrz(forged.entries)

    def retouch(drawn: list[Sheet], chance: Random) -> list[Sheet]:
        return [
            _painted_over(each, name, text, one.design, chance) if name in each.boxes else each
            for each in drawn
        ]

    inside = replace(one, mrz=lines)
    return replace(one, printed=forged, mrz=lines, retouch=_keeping(inside, retouch))


def _wrong_digit(one: Document, chance: Random) -> Document:
    """Misprint one check digit, and compute the composite digit from it."""
    fields = LAYOUTS[MrzFormat(one.printed.kind)].fields
    names = [f"{name}_check_digit" for name in IN_MRZ]
    if one.mrz[fields[names[0]].line][fields[names[0]].start] == "<":
        names = names[1:]  # the digit of a long number stands elsewhere
    each = fields[chance.choice(names)]
    line = one.mrz[each.line]
    wrong = str((int(line[each.start]) + chance.randrange(1, 10)) % 10)
    lines = list(one.mrz)
    lines[each.line] = line[: each.start] + wrong + line[each.stop :]
    return replace(one, mrz=recomposed(one.printed.kind, tuple(lines)))


def _other_barcode(one: Document, chance: Random) -> Document:
    return replace(one, coded=of_somebody_else(one.printed, chance))


def _other_portrait(one: Document, chance: Random) -> Document:
    """Put another portrait over the printed one, with hard edges."""

    def retouch(drawn: list[Sheet], chance: Random) -> list[Sheet]:
        front = drawn[0]
        left, top, right, bottom = map(round, front.boxes["portrait"])
        face = draw_portrait(likeness(chance)).image().convert("RGB")
        image = front.image.copy()
        size = right - left + chance.randrange(-3, 4), bottom - top + chance.randrange(-3, 4)
        image.paste(face.resize(size), (left + chance.randrange(-2, 3), top))
        return [Sheet(image, front.boxes), *drawn[1:]]

    return replace(one, retouch=retouch)


def _pasted(one: Document, chance: Random) -> Document:
    """Paste the names of another document, in its typeface and with the noise of its scan."""
    other = of_somebody_else(one.printed, chance).person
    holder = replace(one.printed.person, surname=other.surname, given_names=other.given_names)
    forged = replace(one.printed, person=holder)

    def retouch(drawn: list[Sheet], chance: Random) -> list[Sheet]:
        front = drawn[0]
        for name in ("surname", "given_names"):
            if name in front.boxes:
                front = _pasted_field(
                    front, name, printed_text(forged, one.design, name), one, chance
                )
        return [front, *drawn[1:]]

    missing = () if one.printed.person.given_names else ("given_names",)
    told = dict.fromkeys(missing, "")
    return replace(one, printed=forged, retouch=_keeping(one, retouch), told=told)


def _pasted_field(sheet: Sheet, name: str, text: str, one: Document, chance: Random) -> Sheet:
    changed = _painted_over(sheet, name, text, one.design, chance)
    left, top, right, bottom = map(round, changed.boxes[name])
    pixels = np.asarray(changed.image).copy()
    noise = np.random.default_rng(chance.getrandbits(32))
    patch = pixels[top - 3 : bottom + 4, left - 3 : right + 4, :3]
    patch[:] = np.clip(patch + noise.normal(0, 9, patch.shape) - 7, 0, 255)
    return Sheet(Image.fromarray(pixels), changed.boxes)


def _expired(one: Document, chance: Random) -> Document:
    """Make the document expired; everything else agrees."""
    back = (one.printed.expiry_date - one.printed.issue_date).days + chance.randrange(20, 1500)
    paper = replace(
        one.printed,
        issue_date=one.printed.issue_date - timedelta(days=back),
        expiry_date=one.printed.expiry_date - timedelta(days=back),
    )
    return replace(genuine(paper, one.design, one.capture), capture=one.capture)


WORDS = ("SPECIMEN", "MUSTER", "SAMPLE", "MUESTRA", "VOID")


def _specimen(one: Document, chance: Random) -> Document:
    """Print a word that marks samples across the document."""
    word = chance.choice(WORDS)

    def retouch(drawn: list[Sheet], chance: Random) -> list[Sheet]:
        front = drawn[0]
        mask = rotated(word, FACES[3], front.image.height / 7, chance.uniform(6, 16), 0.75)
        image = front.image.copy()
        at = (image.width - mask.width) // 2, round(0.12 * image.height)
        image.paste((176, 40, 48), at, mask)
        return [Sheet(image, front.boxes), *drawn[1:]]

    return replace(one, retouch=retouch)


def _utopia(one: Document, chance: Random) -> Document:
    """Change the issuing State to Utopia (UTO), which exists only on specimens."""
    state = replace(one.printed.state, code="UTO")
    paper = replace(one.printed, state=state, nationality="UTO")
    return genuine(paper, one.design, one.capture)


def _other_applicant(one: Document, chance: Random) -> Document:
    other = of_somebody_else(one.printed, chance).person
    names = f"{other.given_names} {other.surname}"
    return replace(one, applicant={"name": names, "birth_date": other.birth_date.isoformat()})


EDITORS = ("Adobe Photoshop 25.4 (Windows)", "GIMP 2.10.36", "Pixelmator Pro 3.5")
XMP = (
    '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description'
    ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
    " Iptc4xmpExt:DigitalSourceType="
    '"http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/></rdf:RDF>'
    '</x:xmpmeta><?xpacket end="w"?>'
)
SOFTWARE = 0x0131  # the tag of EXIF


def _edited_file(one: Document, chance: Random) -> Document:
    """Save the file with an editor that writes its name."""
    editor = chance.choice(EDITORS)

    def finish(content: bytes) -> tuple[str, bytes]:
        image = Image.open(BytesIO(content))
        notes = Image.Exif()
        notes[SOFTWARE] = editor
        written = BytesIO()
        image.save(written, "JPEG", quality=90, exif=notes)
        return ".jpg", written.getvalue()

    return replace(one, finish=finish)


def _generated(one: Document, chance: Random) -> Document:
    """Add the mark that image generators leave in their files."""

    def finish(content: bytes) -> tuple[str, bytes]:
        image = Image.open(BytesIO(content))
        written = BytesIO()
        image.save(written, "JPEG", quality=92, xmp=XMP.encode())
        return ".jpg", written.getvalue()

    return replace(one, finish=finish)


def _as_it_is(one: Document, chance: Random) -> Document:
    return one


ATTACKS = (
    Attack(
        "printed number or name edited",
        "data",
        _patched(("document_number", "surname", "given_names")),
    ),
    Attack("printed date edited", "data", _patched(DATES)),
    Attack("MRZ edited, check digits recomputed", "data", _mrz_edited(fitting=True), WITH_MRZ),
    Attack("MRZ edited, check digits unchanged", "data", _mrz_edited(fitting=False), WITH_MRZ),
    Attack("printed text and MRZ edited alike", "image", _everywhere, WITH_MRZ),
    Attack("wrong check digit", "data", _wrong_digit, WITH_MRZ),
    Attack("barcode of another person", "data", _other_barcode, LICENCES),
    Attack("replaced portrait", "image", _other_portrait),
    Attack("names pasted from another document", "data", _pasted),
    Attack("expired", "data", _expired),
    Attack("the word SPECIMEN printed", "data", _specimen),
    Attack("issuing state of specimens", "data", _utopia, WITH_MRZ),
    Attack("photocopy", "image", _as_it_is, captures=(PHOTOCOPY,)),
    Attack("photo of a screen", "image", _as_it_is, captures=(RECAPTURE,)),
    Attack("metadata of an image editor", "file", _edited_file, captures=(SCAN,)),
    Attack("mark of an image generator", "file", _generated, captures=(SCAN,)),
    Attack("sent for another applicant", "data", _other_applicant),
)
