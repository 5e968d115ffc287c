"""What is known of other documents than the one that is judged, and what they are found by."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Traits:
    """What a document is found by among others; None where it was not read.

    `number` is made of issuer, kind and number, `person` of surname, first given name and birth
    date, each spelled as in a machine readable zone; both are to be kept under a keyed hash only.
    `picture` is the perceptual hash of the page that is judged.
    """

    number: str | None = field(default=None, repr=False)
    person: str | None = field(default=None, repr=False)
    picture: int | None = field(default=None, repr=False)


@dataclass(frozen=True)
class History:
    """How many other documents on record share what; None where that could not be asked.

    `other_person_number`: the same number, another person; `other_person_picture`: a picture that
    looks the same, another person; `same_document`: the same number and the same person.
    """

    other_person_number: int | None = None
    other_person_picture: int | None = None
    same_document: int | None = None
