"""Names in two spellings: as printed, and as the machine readable zone writes them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import chain, islice, product

# Doc 9303-3, section 6, part A: where the standard offers several forms, each is accepted.
TRANSLITERATIONS: dict[str, tuple[str, ...]] = {
    "Ä": ("AE", "A"),
    "Å": ("AA", "A"),
    "Æ": ("AE",),
    "Ð": ("D",),
    "Đ": ("D",),
    "Ħ": ("H",),
    "Ĳ": ("IJ",),
    "İ": ("I",),
    "Ł": ("L",),
    "Ñ": ("N", "NXX"),
    "Ŋ": ("N",),
    "Ö": ("OE", "O"),
    "Ø": ("OE", "O"),
    "Œ": ("OE",),
    "ẞ": ("SS",),
    "ß": ("SS",),
    "Þ": ("TH",),
    "Ŧ": ("T",),
    "Ü": ("UE", "U", "UXX"),
}
MAX_FORMS = 64


def mrz_forms(printed: str) -> Iterator[str]:
    """Yield the ways in which the zone may write a printed name, blanks between its parts.

    Apostrophes and dots disappear, hyphens and commas part (Doc 9303-3, 4.6).
    """
    upper = unicodedata.normalize("NFC", printed.replace("ß", "ẞ")).upper()
    choices = [TRANSLITERATIONS.get(each) or (_plain(each),) for each in upper]
    # Most writers keep to one alternative: that is found however many letters have several.
    alike = ([each[min(number, len(each) - 1)] for each in choices] for number in range(3))
    for form in chain(alike, islice(product(*choices), MAX_FORMS)):
        yield " ".join("".join(form).split())


def _plain(letter: str) -> str:
    base = unicodedata.normalize("NFD", letter)[0]
    if base.isascii() and base.isalnum():
        return base
    return " " if base in "-, \t" else ""


def name_similarity(printed: str, zone: str, *, truncated: bool) -> float:
    """Compare a printed name with the zone's, from 0 to 1; 1 when one form of it is the same.

    A truncated name agrees when its words begin the printed ones (Doc 9303-3, 4.6).
    """
    return max(_similarity(form, zone, truncated=truncated) for form in mrz_forms(printed))


def _similarity(form: str, zone: str, *, truncated: bool) -> float:
    same_words = sorted(form.split()) == sorted(zone.split())
    if same_words or (truncated and _is_truncation(form, zone)):
        return 1.0
    # A reader often loses the blank between two words: that is no other name.
    squeezed, other = form.replace(" ", ""), zone.replace(" ", "")
    return SequenceMatcher(None, squeezed, other, autojunk=False).ratio()


def _is_truncation(form: str, zone: str) -> bool:
    """Tell whether each word of the zone begins a printed one, in their order."""
    printed = iter(form.split())
    return all(any(word.startswith(part) for word in printed) for part in zone.split())


def is_part(printed: str, zone: str) -> bool:
    """Tell whether one of two names has all the words of the other."""
    words = set(zone.split())
    forms = (set(form.split()) for form in mrz_forms(printed))
    return any(words <= form or form <= words for form in forms)
