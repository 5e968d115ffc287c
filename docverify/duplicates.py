"""Traits by which duplicates of a document are found, and what is known about its duplicates."""

from __future__ import annotations

from dataclasses import dataclass, field

from docverify.documents.kinds import DocumentKind
from docverify.documents.transliteration import transliterate
from docverify.identities import Identity


@dataclass(frozen=True)
class Traits:
    """The traits that other uploads of the same document, person or image share with it.

    Attributes:
        number: Issuer, kind and document number. None if they were not read with certainty.
        person: Surname, first given name and birth date, spelled as in an MRZ. None if they were
            not read with certainty.
        image: Perceptual hash of the checked page, 64 bits. None if the page has no features.

    Number and person may be stored as keyed hashes only.
    """

    number: str | None = field(default=None, repr=False)
    person: str | None = field(default=None, repr=False)
    image: int | None = field(default=None, repr=False)


@dataclass(frozen=True)
class History:
    """The number of other recorded documents that share traits with this one; None: not looked up.

    Attributes:
        other_person_number: Documents with the same number, but a different person.
        other_person_image: Documents with an image that looks the same, but a different person.
        same_document: Documents with the same number and the same person.
        other_person_portrait: Documents with the same photo, but a different person.
        other_number_portrait: Documents with the same photo and person, but a different number.
    """

    other_person_number: int | None = None
    other_person_image: int | None = None
    same_document: int | None = None
    other_person_portrait: int | None = None
    other_number_portrait: int | None = None


def build_traits(identity: Identity | None, kind: DocumentKind, image: int | None) -> Traits:
    """Build the traits of a document; identity None: it was not read with certainty."""
    if identity is None:
        return Traits(image=image)
    number = "".join(filter(str.isalnum, identity.document_number or ""))
    issued = (identity.issuing_state or "", kind.policy_key, number)
    return Traits("/".join(issued) if number else None, _build_person_key(identity), image)


def _build_person_key(identity: Identity) -> str | None:
    """Return a key from the parts of a name that even an MRZ with truncated names has."""
    surname = next(transliterate(identity.surname or ""), "")
    given = next(transliterate((identity.given_names or "").partition(" ")[0]), "")
    if not (identity.birth_date and surname):
        return None
    return f"{surname}/{given}/{identity.birth_date}"
