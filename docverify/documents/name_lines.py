"""The printed lines of a name: choice of those that are also in the MRZ."""

from __future__ import annotations

import re
from collections.abc import Iterable

from docverify.documents.languages import WordList, find_words, fold_letters

# German cards mark the surname with [a] and the name at birth with [b]; readers lose a bracket.
MARK = re.compile(r"^(?:[\[({]\s*([ab])\s*[\])}lI1|]?|[lI1|]?([ab])\s*[\])}])\s*", re.IGNORECASE)
MARK_OF_BIRTH = re.compile(r"[\[({]?\s*b\s*[\])}]", re.IGNORECASE)


def choose_own_name(lines: Iterable[str]) -> list[str]:
    """Return the lines of a surname without the marks before them and without the name at birth.

    A name at birth or of the spouse follows a mark or a word such as née, and is not in the MRZ.

    >>> choose_own_name(["[a] ROE", "[b] DOE"]), choose_own_name(["ROE GEB. DOE"])
    (['ROE'], ['ROE'])
    """
    kept: list[str] = []
    for line in lines:
        mark = MARK.match(line)
        letter = (mark[1] or mark[2]).lower() if mark else ""
        words = (line[mark.end() :] if mark else line).split()
        cut = next(
            (place for place, word in enumerate(words) if _begins_other_name(word)), len(words)
        )
        if letter == "b" or (kept and cut == 0):
            break
        kept.append(" ".join(words[:cut] or words))
        if cut < len(words):
            break
    return kept


def is_name_at_birth(line: str) -> bool:
    """Return whether a line is only a name at birth or of the spouse, after [b] or née.

    >>> [is_name_at_birth(each) for each in ("GEB. DOE", "[b] DOE", "ROE GEB. DOE")]
    [True, True, False]
    """
    words = line.split()
    return bool(words) and (bool(MARK_OF_BIRTH.match(line)) or _begins_other_name(words[0]))


def _begins_other_name(word: str) -> bool:
    return fold_letters(word) in find_words(WordList.OTHER_NAMES)
