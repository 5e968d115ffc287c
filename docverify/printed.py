"""The printed fields of a document (visual inspection zone), found by their labels."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from docverify.reading import Line

LABELS: dict[str, tuple[str, ...]] = {
    "surname": ("surname", "nom", "family name", "last name", "nachname", "apellidos"),
    "given_names": (
        *("given names", "given name", "prenoms", "prenom", "first name", "first names"),
        *("forenames", "vornamen", "nombre"),
    ),
    "document_number": (
        *("passport no", "passport number", "no du passeport", "document no", "document number"),
        *("no du document", "card no", "card number", "visa no", "visa number", "no du visa"),
    ),
    "nationality": ("nationality", "nationalite", "staatsangehorigkeit", "nacionalidad"),
    "birth_date": ("date of birth", "date de naissance", "birth date", "geburtsdatum"),
    "sex": ("sex", "sexe", "gender", "geschlecht", "sexo"),
    "issue_date": ("date of issue", "date de delivrance", "issue date"),
    "expiry_date": (
        *("date of expiry", "date d expiration", "expiry date", "valid until", "expires"),
        *("date of expiration",),
    ),
}
OTHER_LABELS = (
    *("type", "code", "code of issuing state", "code de l etat emetteur", "authority"),
    *("autorite", "place of birth", "lieu de naissance", "holder s signature", "signature"),
    *("signature du titulaire", "height", "taille", "place of issue", "lieu de delivrance"),
    *("address", "domicile", "valid from", "number of entries", "nombre d entrees", "remarks"),
    *("observations", "issuing state", "etat emetteur", "country code"),
)
"""Labels whose values are not compared; known so that they are not taken for values."""

MAX_GAP = 2.5  # heights of the label between a label and the value below it
MAX_SHIFT = 2.0  # heights of the label by which a value may start beside its label
MIN_FUZZY = 6  # letters from which one misread letter does not hide a label


@dataclass(frozen=True)
class PrintedValue:
    """The text of one field as printed, with the reader's confidence from 0 to 1."""

    text: str = field(repr=False)
    confidence: float


PrintedFields = dict[str, PrintedValue]


def find_printed_fields(lines: Iterable[Line]) -> PrintedFields:
    """Pair each known label with the value below it or after its colon.

    A field is left out when its label or its value was not found; the first one counts.
    """
    lines = tuple(lines)
    labels = [(line, name) for line in lines if (name := label_of(line.text)) is not None]
    labelled = {id(line) for line, _ in labels}
    values = [line for line in lines if id(line) not in labelled]
    fields: PrintedFields = {}
    for line, name in labels:
        value = _below(line, values)
        if name in LABELS and name not in fields and value is not None:
            fields[name] = PrintedValue(value.text.strip(), value.confidence)
    return fields | {
        name: value for line in values for name, value in _inline(line) if name not in fields
    }


def label_of(text: str) -> str | None:
    """Tell which field a text labels: a name of LABELS, "other", or None for no label."""
    for part in text.split("/"):
        words = _letters(part)
        for name, label in _all_labels():
            if words == label or _one_letter_off(words, label):
                return name
    return None


def _all_labels() -> Iterator[tuple[str, str]]:
    for name, labels in LABELS.items():
        yield from ((name, label.replace(" ", "")) for label in labels)
    yield from (("other", label.replace(" ", "")) for label in OTHER_LABELS)


def _letters(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.lower())
    return "".join(each for each in decomposed if each.isascii() and each.isalpha())


def _one_letter_off(words: str, label: str) -> bool:
    if len(label) < MIN_FUZZY or abs(len(words) - len(label)) > 1:
        return False
    start = 0
    while start < min(len(words), len(label)) and words[start] == label[start]:
        start += 1
    rests = (words[start:], label[start:])
    return rests[0][1:] == rests[1][1:] or rests[0][1:] == rests[1] or rests[0] == rests[1][1:]


def _below(label: Line, values: Iterable[Line]) -> Line | None:
    height = label.box.height
    beneath = [
        line
        for line in values
        if -0.5 * height <= line.box.top - label.box.bottom <= MAX_GAP * height
        and abs(line.box.left - label.box.left) <= MAX_SHIFT * height
    ]
    return min(beneath, key=lambda line: line.box.top, default=None)


def _inline(line: Line) -> Iterator[tuple[str, PrintedValue]]:
    label, colon, value = line.text.partition(":")
    name = label_of(label) if colon and value.strip() else None
    if name in LABELS:
        yield name, PrintedValue(value.strip(), line.confidence)
