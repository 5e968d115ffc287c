"""Search for the barcode's values in the printed text of a licence.

They help to find printed values, and to recognise a value whose label may belong to another one.
The result is always the printed text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from docverify.documents.document_numbers import compact_number
from docverify.documents.licence_values import LABEL_REMAINS, find_dates
from docverify.documents.misread_names import is_same_name
from docverify.documents.printed_fields import PrintedFields, PrintedValue
from docverify.layout.explained_words import find_unexplained_words
from docverify.layout.licence_dates import NAMES as DATE_NAMES
from docverify.layout.licence_front import LicenceFront
from docverify.layout.licence_labelled_values import LicencePrint, PrintedText, cut_text
from docverify.layout.state_names import split_letters

MAX_NUMBER_WORDS = 6  # as in D621 7208 2009 0


def find_same_number(text: PrintedText, number: str) -> PrintedText | None:
    """Return the words of a text that form a number, without what is left of a misread label."""
    return next((run for run in list_word_runs(text) if compact_number(run.text) == number), None)


def list_word_runs(text: PrintedText) -> Iterator[PrintedText]:
    """Yield all runs of words in a text, with and without what is left of a misread label."""
    words = list(re.finditer(r"\S+", text.text))
    for first in range(len(words)):
        for last in range(first, min(len(words), first + MAX_NUMBER_WORDS)):
            run = cut_text(text, words[first].start(), words[last].end())
            yield run
            if remains := LABEL_REMAINS.match(run.text):
                yield cut_text(run, remains.end(), len(run.text))


def find_known_names(front: LicenceFront, printed: LicencePrint) -> PrintedFields:
    """Return the names of the barcode that are printed as separate lines."""
    card = front.card
    known = {"surname": card.surname, "given_names": card.given_names} if card else {}
    return {
        name: PrintedValue(text.text, text.confidence, labelled=False)
        for name, value in known.items()
        for text in reversed(printed.free)
        if value and is_same_name(text.text, value)
    }


def find_names_within_lines(front: LicenceFront) -> PrintedFields:
    """Return the names of the barcode that are printed in a line with labels, titles or codes.

    JANE MILLER DRIVER LICENSE and CLASS C MILLER are such lines: nothing in them is another name.
    """
    card = front.card
    known = {"surname": card.surname, "given_names": card.given_names} if card else {}
    names = [value for value in known.values() if value]
    found: PrintedFields = {}
    for line in front.lines:
        runs = {name: _find_words(line.text, value) for name, value in known.items() if value}
        if any(runs.values()) and not find_unexplained_words(
            line.text, names, (front.country,), is_american=True
        ):
            found |= {
                name: PrintedValue(run, line.confidence, labelled=False)
                for name, run in runs.items()
                if run and name not in found
            }
    return found


def _find_words(text: str, name: str) -> str:
    """Return the words of a text that are those of a name, in their order; empty without them."""
    words, wanted = text.replace(",", " ").split(), split_letters(name)
    for start in range(len(words) - len(wanted) + 1):
        run = " ".join(words[start : start + len(wanted)])
        if split_letters(run) == wanted:
            return run
    return ""


def is_printed_elsewhere(front: LicenceFront, name: str, value: PrintedText) -> bool:
    """Return whether the barcode's number or date differs, and is printed as well.

    If it is, the label may belong to another value. The same is true of a date that the barcode has
    for another field.
    """
    known = getattr(front.card, name, None)
    if name in DATE_NAMES:
        own = front.parse_days(value.text)
        if known is None or known in own:
            return False
        if any(getattr(front.card, other) in own for other in DATE_NAMES):
            return True
        return known in (day for line in front.lines for day in _list_days(front, line.text))
    if name != "document_number" or known is None:
        return False
    number = compact_number(known)
    lines = (PrintedText(line.text, line.box, line.confidence, 0) for line in front.lines)
    is_same = compact_number(value.text) == number
    return not is_same and any(find_same_number(line, number) for line in lines)


def _list_days(front: LicenceFront, text: str) -> Iterator[object]:
    return (day for found in find_dates(text) for day in front.parse_days(found.text))
