"""Printed numbers: choice of the document's own number, and the ways in which it is printed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from docverify.documents.aamva import AamvaCard
from docverify.documents.kinds import PASSPORTS, DocumentKind, find_document_kind
from docverify.documents.mrz import Mrz
from docverify.documents.printed_fields import PrintedFields, PrintedValue

OTHER_NUMBER_FIELDS = ("other_number", "national_number")
SAME_SHAPES = str.maketrans("OI", "01")
"""Letters that look like digits in many typefaces; a forger gains nothing by exchanging them."""
OWN_CHECK_CHARACTER = re.compile(r"[-–—]\s*[A-Za-z0-9]\s*$")  # noqa: RUF001
NUMBER_SIGNS = frozenset({"NR", "NO", "N", "NUM"})  # as in SERIA XX NR 123456
MAX_VISA_NUMBER = 9  # positions of the number in the MRZ of a visa (Doc 9303-7, 4.2.2)


def is_number_printed(number: str, text: str) -> bool:
    """Return whether a text contains a document number, possibly among labels or other words.

    The issuer may print its own check character after a hyphen.

    >>> is_number_printed("12345678", "12345678-5"), is_number_printed("XX123456", "XX NR 123456")
    (True, True)
    """
    wanted = keep_alphanumeric(number).translate(SAME_SHAPES)
    words = [keep_alphanumeric(word).translate(SAME_SHAPES) for word in text.split()]
    without_signs = [word for word in words if word not in NUMBER_SIGNS]
    without_check = OWN_CHECK_CHARACTER.sub("", text).split()
    own = [keep_alphanumeric(word).translate(SAME_SHAPES) for word in without_check]
    return any(_is_run(wanted, each) for each in (words, without_signs, own))


def begins_with_visa_number(number: str, text: str) -> bool:
    """Return whether a printed number begins with that of a visa's MRZ, which has 9 positions.

    Passport numbers are longer in a few States (Doc 9303-7, 4.2.2).
    """
    return len(number) == MAX_VISA_NUMBER and keep_alphanumeric(text).startswith(number)


def _is_run(number: str, words: Sequence[str]) -> bool:
    """Return whether successive words form the number; other words may be unknown labels."""
    if not number or number not in "".join(words):
        return False
    runs = combinations(range(len(words) + 1), 2)
    return any(number == "".join(words[start:stop]) for start, stop in runs)


def keep_alphanumeric(text: str) -> str:
    """Return the letters and digits of a text, in capitals."""
    return "".join(filter(str.isalnum, text)).upper()


def arrange_numbers(
    printed: PrintedFields, mrz: Mrz | None, card: AamvaCard | None
) -> PrintedFields:
    """Make the number of the MRZ, else of the barcode, the document's number."""
    if mrz:
        others = (mrz.optional_data, mrz.optional_data_2)
        kind = find_document_kind(mrz)
        return choose_document_number(
            printed,
            mrz.document_number,
            others,
            is_visa=kind is DocumentKind.VISA,
            is_card=kind.policy_key == "card",
            is_passport=kind in PASSPORTS,
        )
    number = card.document_number if card else None
    discriminator = (card.document_discriminator or "") if card else ""
    return choose_document_number(printed, number, (discriminator,))


def choose_document_number(
    printed: PrintedFields,
    number: str | None,
    others: Sequence[str],
    *,
    is_visa: bool = False,
    is_card: bool = False,
    is_passport: bool = False,
) -> PrintedFields:
    """Make the number of the MRZ or the barcode the document's number, if it is printed.

    Cards print several numbers. A number of `others`, the optional data of the MRZ, is explained
    and does not contradict the document's number. On a visa, this is true of any number except that
    of its MRZ (Doc 9303-7, 4.2.2: the number of the passport or of the visa). If the document's own
    number has no label, a number with another label takes its place: that of a passport on a card,
    and that of a card on a passport.
    """
    labelled = [
        _restore_prefix(value, number or "") for value in _list_values(printed, "document_number")
    ]
    of_other = [
        value
        for value in labelled
        if (is_card and value.of_passport) or (is_passport and value.of_card)
    ]
    own = [value for value in labelled if value not in of_other]
    same = next(
        (
            value
            for value in (*labelled, *_list_others(printed))
            if number and _is_same(number, value.text, is_visa=is_visa)
        ),
        None,
    )
    fields = {name: value for name, value in printed.items() if name != "document_number"}
    unexplained = [
        value
        for value in own or [*_list_values(printed, "other_number")] or of_other
        if value != same and not any(is_number_printed(each, value.text) for each in others if each)
    ]
    is_only_number = is_visa or not own
    kept = unexplained if same is None else [same] if is_only_number else [same, *unexplained]
    if kept:
        fields["document_number"] = replace(kept[0], others=tuple(kept[1:]))
    return fields


def _restore_prefix(value: PrintedValue, number: str) -> PrintedValue:
    """Return a value with the letters before it that look like a label, if the number has them."""
    whole = f"{value.glued_label}{value.text}"
    return replace(value, text=whole) if number and is_number_printed(number, whole) else value


def _list_others(printed: PrintedFields) -> Iterator[PrintedValue]:
    for name in OTHER_NUMBER_FIELDS:
        yield from _list_values(printed, name)


def _is_same(number: str, text: str, *, is_visa: bool) -> bool:
    return is_number_printed(number, text) or (is_visa and begins_with_visa_number(number, text))


def _list_values(printed: PrintedFields, name: str) -> Iterator[PrintedValue]:
    value = printed.get(name)
    if value:
        yield replace(value, others=())
        yield from value.others
