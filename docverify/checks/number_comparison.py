"""Comparison of a document number with a printed text."""

from __future__ import annotations

from docverify.checks.agreement import Agreement
from docverify.documents.look_alikes import LETTERS_TO_DIGITS
from docverify.documents.printed_numbers import (
    begins_with_visa_number,
    is_number_printed,
    keep_alphanumeric,
)

MIN_NUMBER_DIGITS = 5  # of a text that is certainly a document number
MIN_LABEL_LENGTH = 4  # letters of a word that is certainly not in a document number


def compare_numbers(known: str, printed: str, *, is_visa: bool = False) -> Agreement:
    """Compare a document number with a printed text that may contain labels or other words, too."""
    if is_number_printed(known, printed) or (is_visa and begins_with_visa_number(known, printed)):
        return Agreement.SAME
    first, second = keep_alphanumeric(known), keep_alphanumeric(printed)
    is_alike = first.translate(LETTERS_TO_DIGITS) == second.translate(LETTERS_TO_DIGITS)
    return Agreement.MAYBE if is_alike or _is_misread_number(first, printed) else Agreement.OTHER


def _is_misread_number(number: str, printed: str) -> bool:
    """Return whether a printed text may hold the number, cut off or joined with other text."""
    text = keep_alphanumeric(printed)
    # A shorter text may be cut off, or be the value of another label.
    is_cut_off = text in number or len(text) < MIN_NUMBER_DIGITS
    before, found, behind = text.partition(number)
    is_joined_to_label = bool(found) and (before + behind).isalpha()
    has_label = any(word.isalpha() and len(word) >= MIN_LABEL_LENGTH for word in printed.split())
    # Document numbers have only Latin letters; other letters were misread.
    return is_cut_off or is_joined_to_label or not text.isascii() or has_label
