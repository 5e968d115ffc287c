"""The sex that a document prints, as a letter or a word."""

from __future__ import annotations

import re

from docverify.documents.languages import find_sexes, fold_letters

LETTERS = {"F": "F", "M": "M", "X": "X", "H": "M"}
"""Letters that documents print: those of Doc 9303-4, 4.1.1.1, and H for hombre and homme."""

SEPARATORS = re.compile(r"[\s/|,;()-]+")


def parse_sex(text: str) -> str | None:
    """Return M, F or X from letters and words in one or more languages.

    The meaning of a word counts, not its first letter. None if no letter or word is known, or if
    they contradict each other.

    >>> [parse_sex(each) for each in ("F/F", "K/M", "Male", "MUJER", "FÉRFI/M", "M/F")]
    ['F', 'M', 'M', 'F', 'M', None]
    """
    words = [text, *SEPARATORS.split(text)]
    found = {find_sexes().get(folded) for word in words if len(folded := fold_letters(word)) > 1}
    letters = {"".join(filter(str.isalpha, word)).upper() for word in words}
    found |= {find_sexes().get(letter.lower()) or LETTERS.get(letter) for letter in letters}
    known = found - {None}
    return known.pop() if len(known) == 1 else None
