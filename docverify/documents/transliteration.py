"""Printed names in the letters of the machine readable zone (Doc 9303-3, section 6)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
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
    "Ŀ": ("L",),
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


def _table(letters: str) -> dict[str, str]:
    """Read pairs of a letter and what it becomes; a dash for nothing."""
    words = letters.split()
    return {
        letter: form.replace("-", "") for letter, form in zip(words[::2], words[1::2], strict=True)
    }


# Doc 9303-3, section 6, part B, and Ћ, which it lacks.
CYRILLIC = _table(
    "А A Б B В V Г G Ґ G Д D Е E Ё E Є IE Ж ZH З Z И I І I Ї I Й I К K Л L М M Н N О O П P Р R С S"
    " Т T У U Ў U Ф F Х KH Ц TS Ч CH Ш SH Щ SHCH Ъ IE Ы Y Ь - Э E Ю IU Я IA Ђ D Ѓ G Ѕ DZ Ј J Љ LJ"
    " Њ NJ Ќ K Џ DZ Ћ C Ѐ E Ѝ I"
)
CYRILLIC_OF_STATES = tuple(
    str.maketrans(CYRILLIC | table)
    for table in (
        {},
        _table("Г H Ё IO"),  # Belarus
        _table("Г H И Y"),  # Ukraine, but for what it writes otherwise where a word begins
        _table("Щ SHT"),  # Bulgaria, as the standard says
        _table("Щ SHT Х H Ъ A Ь Y Й Y Ю YU Я YA"),  # and as its own law of 2009 says
        _table("Ж Z Х H Ц C Ч C Ш S"),  # Serbia
        _table("Х H Ц C Ѓ GJ Ќ KJ Џ DJ"),  # North Macedonia
    )
)
UKRAINE = CYRILLIC_OF_STATES[2]
INITIALS_OF_UKRAINE = {"Є": "YE", "Ї": "YI", "Й": "Y", "Ю": "YU", "Я": "YA"}

# ELOT 743 (ISO 843), as Greek passports are written.
GREEK = str.maketrans(
    _table(
        "Α A Β V Γ G Δ D Ε E Ζ Z Η I Θ TH Ι I Κ K Λ L Μ M Ν N Ξ X Ο O Π P Ρ R Σ S Τ T Υ Y Φ F"
        " Χ CH Ψ PS Ω O"
    )
)
GREEK_PAIRS = (
    (re.compile(r"ΟΥ"), "OU"),
    (re.compile(r"([ΑΕΗ])Υ(?=[ΘΚΞΠΣΤΦΧΨ]|\b)"), r"\1F"),
    (re.compile(r"([ΑΕΗ])Υ"), r"\1V"),
    (re.compile(r"Γ(?=[ΓΞΧ])"), "N"),
    (re.compile(r"\bΜΠ"), "B"),
)

# Doc 9303-3, section 6, part C. Most Arab states print a Latin name, which goes before this.
ARABIC = str.maketrans(
    _table(
        "ا A ب B ة XTA ت T ث XTH ج J ح XH خ XKH د D ذ XDH ر R ز Z س S ش XSH ص XSS ض XDZ ط XTT ظ XZZ"
        " ع E غ G ف F ق Q ك K ل L م M ن N ه H و W ي Y ى XAY ء XE آ XAA أ XAE ؤ U إ I ئ XI پ P چ XC"
        " ژ XJ گ XGG"
    )
)
SHADDA = re.compile("(.)\u0651")  # It doubles the letter before it.
FINAL_TA = re.compile(r"ة\b")

MAX_FORMS = 16

PUNCTUATION = {
    code: " " if chr(code) in "-, \t" else None for code in range(128) if not chr(code).isalnum()
}


def transliterate(printed: str) -> Iterator[str]:
    """Yield the ways in which the zone may write a printed name, blanks between its parts.

    Apostrophes and dots disappear, hyphens and commas part (Doc 9303-3, 4.6). A name in Cyrillic,
    Greek or Arabic is transliterated (section 6); one in another script has the form "".
    """
    upper = unicodedata.normalize("NFC", printed.replace("ß", "ẞ")).upper()
    forms = (form for latin in _romanised(upper) for form in _latin_forms(latin))
    yield from dict.fromkeys(forms)


def _latin_forms(latin: str) -> Iterator[str]:
    if latin.isascii():
        yield " ".join(latin.translate(PUNCTUATION).split())
        return
    choices = [TRANSLITERATIONS.get(each) or (_plain(each),) for each in latin]
    # Most writers keep to one alternative: that is found however many letters have several.
    alike = ([each[min(number, len(each) - 1)] for each in choices] for number in range(3))
    for form in chain(alike, islice(product(*choices), MAX_FORMS)):
        yield " ".join("".join(form).split())


def is_latin(printed: str) -> bool:
    """Tell whether a name has a letter of the Latin alphabet."""
    return any(unicodedata.name(each, "").startswith("LATIN") for each in printed)


def _romanised(upper: str) -> Iterator[str]:
    """Yield a name in Latin letters, in the way of each state that has its own."""
    text = upper if upper.isascii() else _romanised_greek(_romanised_arabic(upper))
    if not any("\u0400" <= each <= "\u04ff" for each in text):
        yield text
        return
    for table in CYRILLIC_OF_STATES:
        yield text.translate(table)
    initials = re.sub(r"\b[ЄЇЙЮЯ]", lambda found: INITIALS_OF_UKRAINE[found[0]], text)
    yield initials.translate(UKRAINE)


def _romanised_greek(text: str) -> str:
    # Accents part from Greek letters only: with those of Cyrillic ones they make other letters.
    plain = re.sub("[\u0370-\u03ff]", lambda found: unicodedata.normalize("NFD", found[0])[0], text)
    for pair, latin in GREEK_PAIRS:
        plain = pair.sub(latin, plain)
    return plain.translate(GREEK)


def _romanised_arabic(text: str) -> str:
    doubled = SHADDA.sub(r"\1\1", text)
    return FINAL_TA.sub("XAH", doubled).translate(ARABIC)


def _plain(letter: str) -> str:
    base = unicodedata.normalize("NFD", letter)[0]
    if base.isascii() and base.isalnum():
        return base
    return " " if base in "-, \t" else ""
