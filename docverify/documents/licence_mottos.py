"""Mottos, nicknames and remarks on licences of the USA and Canada, which are never names."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from docverify.documents.code_tables import load_table
from docverify.documents.languages import fold_letters

MAX_WORDS = 16  # of a line with a motto; longer ones are sentences


def leave_out_mottos(words: Sequence[str]) -> list[str]:
    """Leave the words of a motto out of a line; a motto counts only if it is complete.

    Blanks may be lost or added between its words.

    >>> leave_out_mottos(["LAND", "OF", "LINCOLN"]), leave_out_mottos(["LINCOLN", "GREEN"])
    ([], ['LINCOLN', 'GREEN'])
    """
    rest = list(words)
    if len(rest) > MAX_WORDS:
        return rest
    letters = [fold_letters(word) for word in rest]
    for start in range(len(rest)):
        for end in range(len(rest), start, -1):
            if "".join(letters[start:end]) in _list_mottos():
                return rest[:start] + leave_out_mottos(rest[end:])
    return rest


@cache
def _list_mottos() -> frozenset[str]:
    """Return the letters of all mottos and nicknames of issuers, with and without an article."""
    rows = [mottos for key, mottos in load_table("licence_mottos").items() if key != "about"]
    rows += load_table("licence_cards")["other_names"].values()
    letters = {fold_letters(motto).removeprefix("the") for mottos in rows for motto in mottos}
    return frozenset(letters | {f"the{each}" for each in letters})
