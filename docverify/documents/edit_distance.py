"""How far two words are from each other."""

from __future__ import annotations

from collections.abc import Callable


def distance_from(letters: str) -> Callable[[str], int]:
    """Return what counts the letters that are misread, lost or added between these and others.

    The columns of the matrix are numbers, a bit per row (Myers 1999, Hyyrö 2001): most of the
    time of a page goes here.

    >>> distance_from("oid")("void"), distance_from("surnarne")("surname")
    (1, 2)
    """
    length = len(letters)
    rows = (1 << length) - 1
    places: dict[str, int] = {}
    for at, letter in enumerate(letters):
        places[letter] = places.get(letter, 0) | 1 << at

    def distance(others: str) -> int:
        more, less, score = rows, 0, length
        for letter in others:
            same = places.get(letter, 0)
            across = (((same & more) + more) ^ more) | same
            up, down = less | ~(across | more) & rows, more & across
            score += (up >> length - 1) - (down >> length - 1)
            up, down, same = (up << 1 | 1) & rows, down << 1 & rows, same | less
            more, less = down | ~(same | up) & rows, up & same
        return score

    return distance
