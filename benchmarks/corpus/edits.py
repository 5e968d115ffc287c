"""Edits: changes to one field, one source or the file of a genuine document."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from random import Random

import numpy as np
from PIL import Image

from benchmarks.corpus.designs import Design, Sheet
from benchmarks.corpus.lettering import FACES, rotated, write
from benchmarks.corpus.mrzs import Lines, build_mrz, recompute_composite
from benchmarks.corpus.originals import Change, Document, genuine
from benchmarks.corpus.papers import Paper, after, issue_to_another_person
from benchmarks.corpus.people import likeness
from benchmarks.corpus.sides import printed_text
from docverify.documents.mrz import LAYOUTS, MrzFormat
from specimens.portraits import draw_portrait

DATES = ("birth_date", "expiry_date")
IN_MRZ = ("document_number", *DATES)


def _other_number(number: str, chance: Random) -> str:
    """Change one digit."""
    places = [place for place, each in enumerate(number) if each.isdigit()]
    place = chance.choice(places)
    figure = chance.choice([each for each in "123456789" if each != number[place]])
    return number[:place] + figure + number[place + 1 :]


def _other_day(day: date, chance: Random) -> date:
    """Move a day, so that the holder seems younger or the document is valid for longer."""
    years = chance.choice((2, 3, 4))
    return after(day, years) + timedelta(days=chance.randrange(2, 20))


def change_field(paper: Paper, name: str, chance: Random) -> Paper:
    """Change one field of a paper."""
    if name == "document_number":
        return replace(paper, number=_other_number(paper.number, chance))
    if name == "expiry_date":
        return replace(paper, expiry_date=_other_day(paper.expiry_date, chance))
    if name == "birth_date":
        younger = paper.person.birth_date - timedelta(days=chance.randrange(400, 2000))
        return replace(paper, person=replace(paper.person, birth_date=younger))
    other = issue_to_another_person(paper, chance).person
    return replace(paper, person=replace(paper.person, **{name: getattr(other, name)}))


def edit_print(fields: tuple[str, ...]) -> Change:
    """Paint over one printed field, and write another value in another typeface."""

    def change(one: Document, chance: Random) -> Document:
        name = chance.choice([each for each in fields if each in one.printed.printed])
        forged = change_field(one.printed, name, chance)
        text = printed_text(forged, one.design, name)

        def retouch(drawn: list[Sheet], chance: Random) -> list[Sheet]:
            front = drawn[0] if name in drawn[0].boxes else drawn[1]
            changed = paint_over(front, name, text, one.design, chance)
            return [changed if each is front else each for each in drawn]

        return replace(one, printed=forged, original=one, retouch=retouch)

    return change


def paint_over(sheet: Sheet, name: str, text: str, design: Design, chance: Random) -> Sheet:
    """Paint over a field of a side, and write another text there."""
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


def edit_mrz(*, fitting: bool) -> Change:
    """Change one field of the MRZ, with or without recomputing the check digits."""

    def change(one: Document, chance: Random) -> Document:
        forged = change_field(one.printed, chance.choice(IN_MRZ), chance)
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


def edit_print_and_mrz(one: Document, chance: Random) -> Document:
    """Forge printed text and MRZ in the same way, with correct check digits: no data conflict."""
    name = chance.choice(("surname", *IN_MRZ))
    forged = change_field(one.printed, name, chance)
    text = printed_text(forged, one.design, name)
    lines = build_mrz(forged.entries)

    def retouch(drawn: list[Sheet], chance: Random) -> list[Sheet]:
        return [
            paint_over(each, name, text, one.design, chance) if name in each.boxes else each
            for each in drawn
        ]

    inside = replace(one, mrz=lines)
    return replace(one, printed=forged, mrz=lines, original=inside, retouch=retouch)


def misprint_check_digit(one: Document, chance: Random) -> Document:
    """Misprint one check digit, and compute the composite digit from it."""
    fields = LAYOUTS[MrzFormat(one.printed.kind)].fields
    names = [f"{name}_check_digit" for name in IN_MRZ]
    if one.mrz[fields[names[0]].line][fields[names[0]].start] == "<":
        names = names[1:]  # the digit of a long number is elsewhere
    each = fields[chance.choice(names)]
    line = one.mrz[each.line]
    wrong = str((int(line[each.start]) + chance.randrange(1, 10)) % 10)
    lines = list(one.mrz)
    lines[each.line] = line[: each.start] + wrong + line[each.stop :]
    return replace(one, mrz=recompute_composite(one.printed.kind, tuple(lines)))


def exchange_barcode(one: Document, chance: Random) -> Document:
    """Print the barcode of another person."""
    return replace(one, coded=issue_to_another_person(one.printed, chance))


def exchange_portrait(one: Document, chance: Random) -> Document:
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


def paste_names(one: Document, chance: Random) -> Document:
    """Paste the names of another document, in its typeface and with the noise of its scan."""
    other = issue_to_another_person(one.printed, chance).person
    holder = replace(one.printed.person, surname=other.surname, given_names=other.given_names)
    forged = replace(one.printed, person=holder)

    def retouch(drawn: list[Sheet], chance: Random) -> list[Sheet]:
        front = drawn[0]
        for name in ("surname", "given_names"):
            if name in front.boxes:
                front = paste_field(
                    front, name, printed_text(forged, one.design, name), one, chance
                )
        return [front, *drawn[1:]]

    missing = () if one.printed.person.given_names else ("given_names",)
    labelled = dict.fromkeys(missing, "")
    return replace(one, printed=forged, original=one, retouch=retouch, labelled=labelled)


def paste_field(sheet: Sheet, name: str, text: str, one: Document, chance: Random) -> Sheet:
    """Write a field with the noise and shade of another scan."""
    changed = paint_over(sheet, name, text, one.design, chance)
    left, top, right, bottom = map(round, changed.boxes[name])
    pixels = np.asarray(changed.image).copy()
    noise = np.random.default_rng(chance.getrandbits(32))
    patch = pixels[top - 3 : bottom + 4, left - 3 : right + 4, :3]
    patch[:] = np.clip(patch + noise.normal(0, 9, patch.shape) - 7, 0, 255)
    return Sheet(Image.fromarray(pixels), changed.boxes)


def let_expire(one: Document, chance: Random) -> Document:
    """Make the document expired; everything else agrees."""
    back = (one.printed.expiry_date - one.printed.issue_date).days + chance.randrange(20, 1500)
    paper = replace(
        one.printed,
        issue_date=one.printed.issue_date - timedelta(days=back),
        expiry_date=one.printed.expiry_date - timedelta(days=back),
    )
    return replace(genuine(paper, one.design, one.capture), capture=one.capture)


WORDS = ("SPECIMEN", "MUSTER", "SAMPLE", "MUESTRA", "VOID")


def print_specimen_word(one: Document, chance: Random) -> Document:
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


def change_state_to_utopia(one: Document, chance: Random) -> Document:
    """Change the issuing State to Utopia (UTO), which exists only on specimens."""
    state = replace(one.printed.state, code="UTO")
    paper = replace(one.printed, state=state, nationality="UTO")
    return genuine(paper, one.design, one.capture)


def exchange_applicant(one: Document, chance: Random) -> Document:
    """State the data of another person as those of the applicant."""
    other = issue_to_another_person(one.printed, chance).person
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


def save_with_editor(one: Document, chance: Random) -> Document:
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


def mark_as_generated(one: Document, chance: Random) -> Document:
    """Add the mark that image generators leave in their files."""

    def finish(content: bytes) -> tuple[str, bytes]:
        image = Image.open(BytesIO(content))
        written = BytesIO()
        image.save(written, "JPEG", quality=92, xmp=XMP.encode())
        return ".jpg", written.getvalue()

    return replace(one, finish=finish)


def change_nothing(one: Document, chance: Random) -> Document:
    """Leave the document as it is: its capture is the attack."""
    return one
