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
    """Pair each known label with the value after its colon or below it.

    A field is left out when its label or its value was not found; the first one counts.
    """
    entries = [(line, *_label_and_value(line.text)) for line in lines]
    fields: PrintedFields = {}
    for line, name, text in entries:
        if name in LABELS and name not in fields:
            value = PrintedValue(text, line.confidence) if text else _below(line, name, entries)
            if value is not None:
                fields[name] = value
    return fields


def label_of(text: str) -> str | None:
    """Tell which field a text labels: a name of LABELS, "other", or None for no label.

    A text that labels several fields, as in "surname / given names", is "other".
    """
    names = {name for part in text.split("/") if (name := _name_of(_letters(part))) is not None}
    return names.pop() if len(names) == 1 else "other" if names else None


def _name_of(words: str) -> str | None:
    labels = _all_labels()
    return next((n for n, label in labels if words == label or _one_letter_off(words, label)), None)


def _all_labels() -> Iterator[tuple[str, str]]:
    for name, labels in LABELS.items():
        yield from ((name, label.replace(" ", "")) for label in labels)
    yield from (("other", label.replace(" ", "")) for label in OTHER_LABELS)


def _letters(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.lower())
    return "".join(each for each in decomposed if each.isascii() and each.isalpha())


def _one_letter_off(words: str, label: str) -> bool:
    if len(label) < MIN_FUZZY:
        return False
    start = 0
    while start < min(len(words), len(label)) and words[start] == label[start]:
        start += 1
    rests = (words[start:], label[start:])
    return rests[0][1:] == rests[1][1:] or rests[0][1:] == rests[1] or rests[0] == rests[1][1:]


Entry = tuple[Line, str | None, str]
"""A line, the field that it labels, and the value that follows in it."""


def _label_and_value(text: str) -> tuple[str | None, str]:
    label, _, value = text.partition(":")
    # In "surname: / nom:" the label goes on after its colon.
    return label_of(label), "" if label_of(value) else value.strip()


def _below(label: Line, name: str, entries: Iterable[Entry]) -> PrintedValue | None:
    """Find the next line below a label; None when another label comes before it."""
    height = label.box.height
    beneath = (
        entry
        for entry in entries
        if -0.5 * height <= entry[0].box.top - label.box.bottom <= MAX_GAP * height
        and abs(entry[0].box.left - label.box.left) <= MAX_SHIFT * height
    )
    for line, other, text in sorted(beneath, key=lambda entry: entry[0].box.top):
        if other is None:
            return PrintedValue(line.text.strip(), line.confidence)
        if other != name or text:
            return None
    return None
