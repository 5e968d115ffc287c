"""Printed fields of the licences and identity cards of the USA and Canada.

Labels are used first, then positions: the names above the address, the dates in their order, a
number in the issuer's format. The values of the barcode help to find the printed values, but never
replace them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from docverify.documents.document_numbers import compact_number
from docverify.documents.kinds import has_licence_title, is_licence_without_barcode
from docverify.documents.licence_issuers import find_printed_jurisdiction, is_city_line
from docverify.documents.licence_values import (
    DATE,
    HEIGHT_OR_WEIGHT,
    MIN_NUMBER_LENGTH,
    has_format,
    is_misread_number,
)
from docverify.documents.printed_fields import (
    PrintedFields,
    PrintedValue,
    find_printed_fields,
    merge_fields,
)
from docverify.documents.printed_words import split_words
from docverify.documents.states import Jurisdiction
from docverify.documents.titles import TitleKind, find_title_kinds
from docverify.layout.licence_columns import join_split_names, split_sex_column
from docverify.layout.licence_dates import NAMES as DATE_NAMES
from docverify.layout.licence_dates import assign_dates
from docverify.layout.licence_front import PLACE_CONFIDENCE, LicenceFront, list_title_texts
from docverify.layout.licence_labelled_values import (
    TYPE_BY_FIELD,
    LicencePrint,
    PrintedText,
    ValueType,
    cut_text,
    sort_print,
)
from docverify.layout.licence_name_order import read_block_names
from docverify.layout.licence_names import HolderBlock, find_holder_block
from docverify.layout.licence_places import find_values_by_place, load_designs
from docverify.layout.licence_search import (
    find_known_names,
    find_names_within_lines,
    find_same_number,
    is_printed_elsewhere,
    list_word_runs,
)
from docverify.page import Line

SEX_WORD = re.compile(r"(MALE(?!/F)|FEMALE)(?![^\W_])", re.IGNORECASE)
SEX_AND_HEIGHT = re.compile(r"([MFX]) +\d ?['’′-] ?\d")  # noqa: RUF001
MIN_LABELS = 3  # different fields of a licence
CARD_TITLES = {TitleKind.LICENCE, TitleKind.IDENTITY_CARD}
OTHER_TITLES = {TitleKind.PASSPORT, TitleKind.VISA, TitleKind.RESIDENCE_PERMIT}
STATE_FIELDS = ("nationality", "issuing_state")  # which the standard does not number
FIELDS = ("document_number", *DATE_NAMES, "sex", "surname", "given_names", "full_name")


def find_licence_issuer(lines: Sequence[Line]) -> Jurisdiction | None:
    """Return the issuer of a licence or card of the USA or Canada; None for other documents.

    It names its issuer, and has a title, an address with State and postal code, or the labels of
    at least three fields; or it has such an address, and the title of a licence or such labels.
    Pages with the title of a passport, visa or residence permit, and licences of other countries
    do not count.
    """
    texts = [line.text for line in lines]
    words = split_words(" ".join(texts))
    titles = {kind for text in texts for kind in find_title_kinds(text)}
    if titles & OTHER_TITLES or is_licence_without_barcode(words) or "DRIVING" in words:
        return None
    has_title = has_licence_title(words) or bool(titles & CARD_TITLES)
    has_address = any(map(is_city_line, texts))
    issuer = find_printed_jurisdiction(
        text for text in list_title_texts(lines) if not is_city_line(text)
    )
    if not issuer and not has_address:
        return None
    has_labels = len(sort_print(lines, None).labels & TYPE_BY_FIELD.keys()) >= MIN_LABELS
    if issuer:
        return issuer if has_title or has_address or has_labels else None
    is_licence = TitleKind.LICENCE in titles or has_labels
    return find_printed_jurisdiction(texts) if is_licence else None


def find_licence_fields(front: LicenceFront) -> PrintedFields:
    """Return the printed fields of a licence, named as in `Identity`."""
    front = replace(front, lines=join_split_names(split_sex_column(front.lines)))
    block = find_holder_block(front.lines)
    printed = sort_print(front.lines, front.issuer, block.lines)
    fields = _read_labelled_fields(front, printed)
    if "given_names" in printed.labels and "full_name" in fields and "surname" not in fields:
        fields["surname"] = fields.pop("full_name")  # "Name" above "Given names" is the surname.
    if "document_number" not in fields:
        fields |= _find_number(front, printed, block)
    fields |= _find_dates(front, printed, fields)
    if "sex" not in fields:
        fields |= _find_sex(printed)
    fields |= find_values_by_place(printed, fields, front.issuer, load_designs(front.issuer))
    fields = merge_fields(read_block_names(front, block), fields)
    fields = find_names_within_lines(front) | find_known_names(front, printed) | fields
    others = find_printed_fields(front.lines)
    fields |= {name: others[name] for name in STATE_FIELDS if name in others}
    if front.printed_issuer:
        fields.setdefault("issuing_state", PrintedValue(front.printed_issuer.name, 1.0))
    return fields


def _read_labelled_fields(front: LicenceFront, printed: LicencePrint) -> PrintedFields:
    fields: PrintedFields = {}
    for name in FIELDS:
        for each in printed.values.get(name, ()):
            is_doubtful = (each.near_label and is_printed_elsewhere(front, name, each)) or (
                name == "document_number" and is_misread_number(each.text, front.issuer)
            )
            least = PLACE_CONFIDENCE if is_doubtful else each.confidence
            value = PrintedValue(each.text, min(each.confidence, least))
            fields = merge_fields(fields, {name: value})
    return fields


def _find_number(front: LicenceFront, printed: LicencePrint, block: HolderBlock) -> PrintedFields:
    """Return the number of the barcode if it is printed, else the only one in the issuer's format.

    If there are several, the only one above the address counts: other numbers are below it.
    """
    known = front.card.document_number if front.card else None
    for text in printed.free:
        if known and (found := find_same_number(text, compact_number(known))):
            return {"document_number": _unlabelled(found, found.confidence)}
    numbers = {
        compact_number(found.text): found
        for text in printed.free
        for found in _find_formatted_number(front, text)
    }
    if len(numbers) > 1 and block.address:
        bottom = front.lines[block.address[-1]].box.bottom
        numbers = {key: each for key, each in numbers.items() if each.box.bottom < bottom}
    if len(numbers) != 1:
        return {}
    found = next(iter(numbers.values()))
    return {"document_number": _unlabelled(found, min(found.confidence, PLACE_CONFIDENCE))}


def _find_formatted_number(front: LicenceFront, text: PrintedText) -> Iterator[PrintedText]:
    """Yield the longest run of words in the format of the issuer's numbers, unless it is a date."""
    runs = [
        run
        for run in list_word_runs(text)
        if len(compact_number(run.text)) >= MIN_NUMBER_LENGTH and has_format(run.text, front.issuer)
    ]
    longest = max(runs, key=lambda run: len(run.text), default=None)
    is_other = longest and (DATE.fullmatch(longest.text) or HEIGHT_OR_WEIGHT.fullmatch(text.text))
    if longest and not is_other:
        yield longest


def _find_dates(front: LicenceFront, printed: LicencePrint, fields: PrintedFields) -> PrintedFields:
    """Return the dates without a label: those of the barcode, then those that the order reveals."""
    free = printed.list_free(ValueType.DATE, front.issuer)
    days = [front.parse_days(each.text) for each in free]
    found: PrintedFields = {}
    for name in DATE_NAMES:
        known = getattr(front.card, name, None)
        same = [each for each, own in zip(free, days, strict=True) if known in own]
        if name not in fields and known and same:
            best = max(same, key=lambda each: each.box.height)
            found[name] = _unlabelled(best, best.confidence)
    read = {name: fields[name] for name in DATE_NAMES if name in fields} | found
    known_days = {name: front.parse_days(value.text) for name, value in read.items()}
    for name, number in assign_dates(known_days, days, today=front.today).items():
        found[name] = _unlabelled(free[number], min(free[number].confidence, PLACE_CONFIDENCE))
    return found


def _find_sex(printed: LicencePrint) -> PrintedFields:
    """Return the sex at the beginning of a line without a label, such as Female or M 5'-10\"."""
    for text in printed.free:
        word = SEX_WORD.match(text.text) or SEX_AND_HEIGHT.match(text.text)
        if word:
            sex = cut_text(text, word.start(1), word.end(1))
            return {"sex": _unlabelled(sex, min(sex.confidence, PLACE_CONFIDENCE))}
    return {}


def _unlabelled(found: PrintedText, confidence: float) -> PrintedValue:
    return PrintedValue(found.text, confidence, labelled=False)
