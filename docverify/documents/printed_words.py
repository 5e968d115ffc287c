"""Words of printed text."""

from __future__ import annotations

import re

WORD = re.compile(r"[^\W_]+")


def split_words(text: str) -> frozenset[str]:
    """Return the words of a text in capitals; anything but letters and digits separates them."""
    return frozenset(WORD.findall(text.upper()))
