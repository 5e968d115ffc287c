"""Printed names in the letters of the MRZ (Doc 9303-3, section 6)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import chain, islice, product

# Doc 9303-3, section 6, part A: if the standard allows several forms, all are accepted.
TRANSLITERATIONS: dict[str, tuple[str, ...]] = {
    "Ä": ("AE", "A"),
    "Å": ("AA", "A"),
    "Æ": ("AE",),
    "Ð": ("D",),
    "Đ": ("D",),
    "Ə": ("E", "A"),
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


def _read_pairs(letters: str) -> dict[str, str]:
    """Return the MRZ form of each letter, from pairs of the two; a dash means no letters."""
    words = letters.split()
    return {
        letter: form.replace("-", "") for letter, form in zip(words[::2], words[1::2], strict=True)
    }


# Doc 9303-3, section 6, part B, and Ћ, which it lacks.
CYRILLIC = _read_pairs(
    "А A Б B В V Г G Ґ G Д D Е E Ё E Є IE Ж ZH З Z И I І I Ї I Й I К K Л L М M Н N О O П P Р R С S"
    " Т T У U Ў U Ф F Х KH Ц TS Ч CH Ш SH Щ SHCH Ъ IE Ы Y Ь - Э E Ю IU Я IA Ђ D Ѓ G Ѕ DZ Ј J Љ LJ"
    " Њ NJ Ќ K Џ DZ Ћ C Ѐ E Ѝ I"
)
CYRILLIC_OF_STATES = tuple(
    str.maketrans(CYRILLIC | table)
    for table in (
        {},
        _read_pairs("Г H Ё IO"),  # Belarus
        _read_pairs("Г H И Y"),  # Ukraine, except at the beginning of a word
        _read_pairs("Щ SHT"),  # Bulgaria, by the standard
        _read_pairs("Щ SHT Х H Ъ A Ь Y Й Y Ю YU Я YA"),  # Bulgaria, by its law of 2009
        _read_pairs("Ж Z Х H Ц C Ч C Ш S"),  # Serbia
        _read_pairs("Х H Ц C Ѓ GJ Ќ KJ Џ DJ"),  # North Macedonia
    )
)
UKRAINE = CYRILLIC_OF_STATES[2]
INITIALS_OF_UKRAINE = {"Є": "YE", "Ї": "YI", "Й": "Y", "Ю": "YU", "Я": "YA"}

# ELOT 743 (ISO 843), as Greek passports are written.
GREEK = str.maketrans(
    _read_pairs(
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

# Doc 9303-3, section 6, part C. Most Arab states also print a Latin name, which is compared first.
ARABIC = str.maketrans(
    _read_pairs(
        "ا A ب B ة XTA ت T ث XTH ج J ح XH خ XKH د D ذ XDH ر R ز Z س S ش XSH ص XSS ض XDZ ط XTT ظ XZZ"
        " ع E غ G ف F ق Q ك K ل L م M ن N ه H و W ي Y ى XAY ء XE آ XAA أ XAE ؤ U إ I ئ XI پ P چ XC"
        " ژ XJ گ XGG"
    )
)
SHADDA = re.compile("(.)\u0651")  # doubles the letter before it
FINAL_TA = re.compile(r"ة\b")

MAX_FORMS = 16

PUNCTUATION = {
    code: " " if chr(code) in "-, \t" else None for code in range(128) if not chr(code).isalnum()
}


def transliterate(printed: str) -> Iterator[str]:
    """Yield the spellings that a printed name may have in the MRZ, with blanks between words.

    Apostrophes and dots are left out, hyphens and commas become blanks (Doc 9303-3, 4.6). Names in
    Cyrillic, Greek or Arabic are transliterated (section 6); in other scripts, the spelling is "".

    >>> list(transliterate("D'Örn-Éa")), list(transliterate("Ξένη"))
    (['DOERN EA', 'DORN EA'], ['XENI'])
    """
    if printed.isascii():
        yield " ".join(printed.upper().translate(PUNCTUATION).split())
        return
    upper = unicodedata.normalize("NFC", printed.replace("ß", "ẞ")).upper()
    forms = (form for latin in romanise(upper) for form in spell_latin(latin))
    yield from dict.fromkeys(forms)


def spell_latin(latin: str) -> Iterator[str]:
    """Yield the spellings of a name in Latin letters."""
    if latin.isascii():
        yield " ".join(latin.translate(PUNCTUATION).split())
        return
    choices = [TRANSLITERATIONS.get(each) or (remove_mark(each),) for each in latin]
    # Most issuers use one alternative consistently, so these spellings come first.
    uniform = ([each[min(number, len(each) - 1)] for each in choices] for number in range(3))
    for form in chain(uniform, islice(product(*choices), MAX_FORMS)):
        yield " ".join("".join(form).split())


def is_latin(printed: str) -> bool:
    """Return whether a name has a letter of the Latin alphabet."""
    return any(unicodedata.name(each, "").startswith("LATIN") for each in printed)


def romanise(upper: str) -> Iterator[str]:
    """Yield a name in Latin letters, by the rules of each state that has its own rules."""
    text = upper if upper.isascii() else romanise_greek(romanise_arabic(upper))
    if not any("\u0400" <= each <= "\u04ff" for each in text):
        yield text
        return
    for table in CYRILLIC_OF_STATES:
        yield text.translate(table)
    initials = re.sub(r"\b[ЄЇЙЮЯ]", lambda found: INITIALS_OF_UKRAINE[found[0]], text)
    yield initials.translate(UKRAINE)


def romanise_greek(text: str) -> str:
    """Return a text with Latin letters in place of Greek ones (ELOT 743)."""
    # Only Greek letters lose their accents: Cyrillic letters with accents are other letters.
    plain = re.sub("[\u0370-\u03ff]", lambda found: unicodedata.normalize("NFD", found[0])[0], text)
    for pair, latin in GREEK_PAIRS:
        plain = pair.sub(latin, plain)
    return plain.translate(GREEK)


def romanise_arabic(text: str) -> str:
    """Return a text with Latin letters in place of Arabic ones (Doc 9303-3, section 6, part C)."""
    doubled = SHADDA.sub(r"\1\1", text)
    return FINAL_TA.sub("XAH", doubled).translate(ARABIC)


def remove_mark(letter: str) -> str:
    """Return a letter without accents, a blank for a hyphen, and nothing for other signs."""
    base = unicodedata.normalize("NFD", letter)[0]
    if base.isascii() and base.isalnum():
        return base
    return " " if base in "-, \t" else ""
