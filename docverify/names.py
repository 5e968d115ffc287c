"""Names in two spellings: as printed, and as the machine readable zone writes them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import islice, product

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
    "Ü": ("UE", "UXX", "U"),
}
MAX_FORMS = 64


def mrz_forms(printed: str) -> Iterator[str]:
    """Yield the ways in which the zone may write a printed name, blanks between its parts.

    Apostrophes and dots disappear, hyphens and commas part (Doc 9303-3, 4.6).
    """
    upper = unicodedata.normalize("NFC", printed.replace("ß", "ẞ")).upper()
    choices = [TRANSLITERATIONS.get(each) or (_plain(each),) for each in upper]
    for form in islice(product(*choices), MAX_FORMS):
        yield " ".join("".join(form).split())


def _plain(letter: str) -> str:
    base = unicodedata.normalize("NFD", letter)[0]
    if base.isascii() and base.isalnum():
        return base
    return " " if base in "-, \t" else ""


def name_similarity(printed: str, zone: str, *, truncated: bool) -> float:
    """Compare a printed name with the zone's, from 0 to 1; 1 when one form of it is the same.

    A truncated name agrees when it is the beginning of the printed one (Doc 9303-3, 4.6).
    """
    return max(_similarity(form, zone, truncated=truncated) for form in mrz_forms(printed))


def _similarity(form: str, zone: str, *, truncated: bool) -> float:
    same_words = sorted(form.split()) == sorted(zone.split())
    if same_words or (truncated and zone and form.startswith(zone)):
        return 1.0
    # A reader often loses the blank between two words: that is no other name.
    squeezed, other = form.replace(" ", ""), zone.replace(" ", "")
    return SequenceMatcher(None, squeezed, other, autojunk=False).ratio()
