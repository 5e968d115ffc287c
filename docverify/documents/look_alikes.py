"""Characters of OCR-B that recognisers confuse with each other or with other scripts.

The one place for this knowledge: MRZ search and decoding, the MRZ in the text of cloud engines,
repairs and the comparison of sources all take their look-alikes from here.
"""

from __future__ import annotations

#: For each character of the MRZ, the characters of other scripts that have its shape.
GLYPHS = {
    "<": "〈＜くクㄑハΛ∧ヘ‹(〱{/∠≤«",
    "0": "〇○Øø",
    "O": "oОΟ",
    "I": "l|!丨Ｉ工",
    "1": "１",
    "A": "ÄАΑ",
    "B": "ВΒ",
    "C": "cС",
    "E": "ЕΕ",
    "H": "НΗ",
    "K": "kКΚ",
    "M": "МΜ",
    "N": "ÑΝ",
    "P": "pРΡ",
    "S": "s",
    "T": "ТΤ",
    "U": "uÜ∪",
    "V": "v",
    "W": "w",
    "X": "xХΧ",
    "Z": "zΖ",
}

#: Groups of a digit and the letters that it is confused with, the likeliest letter first.
DIGIT_GROUPS = ("0ODQ", "1IL", "2Z", "5S", "6G", "8B")

#: Translation table from each of these letters to its digit.
LETTERS_TO_DIGITS = str.maketrans(
    {letter: group[0] for group in DIGIT_GROUPS for letter in group[1:]}
)

#: All pairs that recognisers confuse, even if both a digit and a letter could be right.
CONFUSED_PAIRS = (
    *("0O", "0D", "0Q", "0U", "OD", "OQ", "DQ", "OU", "08", "1I", "1L", "IL", "17", "1T", "IT"),
    *("2Z", "38", "3B", "4A", "5S", "56", "6G", "68", "7T", "7Z", "8B", "8S", "9G", "CG"),
    *("<K", "<C", "<L", "<E", "<S", "HN", "MN", "UV", "VY", "EF", "PR", "KX", "BR"),
)

#: Letters that a run of fillers may be read as.
FILLER_LETTERS = "CEKLS"

#: Those that a single filler may be read as.
LONE_FILLER_LETTERS = "KC"

#: Dirt that is read as a character: an MRZ has no punctuation.
SPECKS = frozenset(".,:;'`´‘’\"^°*•")


def find_group(character: str) -> str:
    """Return a digit and the letters that look like it, if the character is one of them.

    >>> find_group("D"), find_group("A")
    ('0ODQ', 'A')
    """
    return next((group for group in DIGIT_GROUPS if character in group), character)
