"""National identity numbers in the fields of a document.

Published specimens break their rules and readers misread: a wrong number does not prove a forgery.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from docverify.documents.national_number_kinds import NUMBER_KINDS, NumberKind, NumberPlace


@dataclass(frozen=True)
class NationalNumber:
    """A number that has the shape of a national number.

    Attributes:
        kind: The name of the kind of number, such as BSN.
        valid: Whether its check digits are correct.
        birth_dates: The days that it may mean: two if it does not contain the century, none if
            it contains no birth date or is not valid.
        sex: M or F; None if it contains no sex or is not valid.
    """

    kind: str
    place: NumberPlace
    text: str = field(repr=False)
    valid: bool
    birth_dates: tuple[date, ...] = field(default=(), repr=False)
    sex: str | None = field(default=None, repr=False)

    @property
    def birth_date(self) -> date | None:
        """The birth date, if the number also contains the century."""
        return self.birth_dates[0] if len(self.birth_dates) == 1 else None


def find_national_numbers(
    issuing_state: str | None,
    *,
    optional_data: Iterable[str] = (),
    document_number: str | None = None,
    printed: Iterable[str] = (),
) -> tuple[NationalNumber, ...]:
    """Find the national numbers of a state (three letters) in the fields of a document.

    A text that has the shape of no number of the state is left out; no text raises an error.
    """
    texts = [
        (NumberPlace.OPTIONAL_DATA, part) for data in optional_data for part in split_data(data)
    ]
    texts += [(NumberPlace.DOCUMENT_NUMBER, document_number or "")]
    texts += [(NumberPlace.PRINTED, text) for text in printed]
    kinds = [kind for kind in NUMBER_KINDS if issuing_state in kind.states]
    return tuple(
        number
        for place, text in texts
        for number in read_numbers(place, re.sub(r"[\s./()]", "", text).upper(), kinds)
    )


def split_data(data: str) -> list[str]:
    """Split optional data at runs of fillers; one filler replaces a sign that an MRZ cannot have.

    >>> split_data("123456<7890<<<<AB<")
    ['123456-7890', 'AB']
    """
    return [part.replace("<", "-") for part in re.split("<{2,}", data.strip("<"))]


def read_numbers(
    place: NumberPlace, text: str, kinds: Iterable[NumberKind]
) -> Iterator[NationalNumber]:
    """Yield each valid meaning of a text, or else the first kind of number with its shape."""
    shaped = [
        (kind, number)
        for kind in kinds
        if place in kind.places and (number := kind.compact(text)) is not None
    ]
    valid = [(kind, number) for kind, number in shaped if kind.is_valid(number)]
    for kind, number in valid:
        births, sex = kind.find_birth_dates(number), kind.sex(number)
        yield NationalNumber(kind.name, place, number, True, births, sex)
    if shaped and not valid:
        kind, number = shaped[0]
        yield NationalNumber(kind.name, place, number, False)
