"""Shapes of OCR-B that recognisers take for one another, or for other scripts."""

from __future__ import annotations

GLYPHS = {  # What a recogniser calls the shapes of OCR-B when it takes them for other scripts.
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
LOOK_ALIKES = ("0ODQ", "1IL", "2Z", "5S", "6G", "8B")
"""A digit, then the letters that it is taken for, the likeliest first."""
SPECKS = frozenset(".,:;'`´‘’\"°^*•")
"""Dirt that is read as a character: an MRZ holds no punctuation."""
