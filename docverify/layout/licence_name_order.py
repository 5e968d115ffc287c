"""Order of a holder's names on a licence: search for the line with the surname."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from rapidfuzz.distance import Levenshtein

from docverify.documents.code_tables import load_table
from docverify.documents.languages import fold_letters
from docverify.documents.misread_names import is_same_name
from docverify.documents.name_words import SUFFIXES
from docverify.documents.printed_fields import PrintedFields, PrintedValue
from docverify.layout.licence_front import PLACE_CONFIDENCE, LicenceFront
from docverify.layout.licence_names import PARTS_OF_NAME, HolderBlock, NameLine

MIN_LINES = 2  # of names that are not in one line
MIN_SIGNATURE_SIMILARITY = 0.6  # of a signature and the two names in its order
MIN_SIGNATURE_MARGIN = 0.15  # by which that order must be more similar than the other one


def read_block_names(front: LicenceFront, block: HolderBlock) -> PrintedFields:
    """Return the names above the address, as surname and given names where that is known.

    Without a label, a surname that differs from the barcode's is not certain: a line may not have
    been read, and the next one may be in its place.
    """
    names = block.names
    if not names:
        return {}
    if any(each.name in PARTS_OF_NAME for each in names):
        return _split_labelled(names)
    found = _split_line(front, names[0]) if len(names) == 1 else _split_lines(front, block)
    return found if _has_known_surname(front, found) else _doubt(found)


def _has_known_surname(front: LicenceFront, found: PrintedFields) -> bool:
    """Return whether the surname is the barcode's, or no barcode was read."""
    known = front.card.surname if front.card else None
    return not known or "surname" not in found or is_same_name(found["surname"].text, known)


def _doubt(found: PrintedFields) -> PrintedFields:
    return {
        name: replace(each, confidence=min(each.confidence, PLACE_CONFIDENCE))
        for name, each in found.items()
    }


def _split_labelled(names: Sequence[NameLine]) -> PrintedFields:
    """Sort the names by their labels; a line without one belongs to the label above it.

    The surname is above the given names (AAMVA standard: element 1 is above element 2).
    """
    first = next(place for place, each in enumerate(names) if each.name)
    other = "surname" if names[first].name == "given_names" else "given_names"
    # Only the line directly above belongs to the names; what is above that is another field.
    names = names[max(first - 1, 0) :]
    labels = [other] * min(first, 1)
    for each in names[len(labels) :]:
        following = "given_names" if labels[-1:] == ["surname"] else (labels or [other])[-1]
        labels.append(each.name or following)
    found: PrintedFields = {}
    for label in dict.fromkeys(labels):
        lines = [each for each, own in zip(names, labels, strict=True) if own == label]
        found[label] = _join(lines, labelled=any(each.name for each in lines))
    return found


def _split_line(front: LicenceFront, name: NameLine) -> PrintedFields:
    """Split the names of one line: SAMPLE, JOHN A or JOHN A SAMPLE."""
    if "," in name.text:
        last, _, rest = name.text.partition(",")
        if rest.strip() and not _is_suffix(rest):
            return {
                "surname": _value(last.strip(), name.confidence, labelled=bool(name.name)),
                "given_names": _value(rest.strip(" ,"), name.confidence, labelled=bool(name.name)),
            }
    words = name.text.split()
    for given, surname, is_known in _list_splits(front, words):
        confidence = name.confidence if is_known else min(name.confidence, PLACE_CONFIDENCE)
        return {
            "surname": _value(" ".join(surname), confidence, labelled=bool(name.name)),
            "given_names": _value(" ".join(given), confidence, labelled=bool(name.name)),
        }
    return {}


def _list_splits(
    front: LicenceFront, words: Sequence[str]
) -> Iterator[tuple[Sequence[str], Sequence[str], bool]]:
    """Yield given names and surname: as in the barcode, else with the last word as the surname."""
    known = front.card.surname if front.card else None
    for place in range(1, len(words)) if known else ():
        for given, surname in (
            (words[:place], words[place:]),
            (words[place:], words[:place]),
        ):
            if is_same_name(" ".join(surname), str(known)):
                yield given, surname, True
    names = [place for place, word in enumerate(words) if not _is_suffix(word)]
    if len(names) > 1:
        yield words[: names[-1]], words[names[-1] :], False


def _split_lines(front: LicenceFront, block: HolderBlock) -> PrintedFields:
    """Return the names of several lines: the surname is the first or the last one."""
    names = _leave_out_lines_above(front, block.names)
    given_first = find_name_order(front, replace(block, names=names))
    surname, given = ([names[-1]], names[:-1]) if given_first else ([names[0]], names[1:])
    labelled = any(each.name for each in names)
    fields = {
        "surname": _join(surname, labelled=labelled),
        "given_names": _join(given, labelled=labelled),
    }
    if given_first is not None:
        return fields
    return _doubt(fields)


def _leave_out_lines_above(front: LicenceFront, names: Sequence[NameLine]) -> Sequence[NameLine]:
    """Leave out the line above the names that the barcode has."""
    known = front.card.surname if front.card else None
    first = is_same_name(names[-2].text, known) if known and len(names) > MIN_LINES else False
    return names[-2:] if first else names


def find_name_order(front: LicenceFront, block: HolderBlock) -> bool | None:
    """Return whether the given names come first; None if the order is not known.

    It is taken from the names in the barcode, else from the signature, which begins with the given
    names, else from an initial after the first name, else from the table of issuers.
    """
    names, card = block.names, front.card
    if names[0].ends_with_comma:
        return False
    if card and card.surname:
        is_first, is_last = (
            is_same_name(each.text, card.surname, truncated=bool(card.surname_truncated))
            for each in (names[0], names[-1])
        )
        if is_first != is_last:
            return is_last
    others = [line.text for number, line in enumerate(front.lines) if number not in block.lines]
    signed = find_signed_order(names[0].text, names[-1].text, others)
    if signed is not None:
        return signed
    initials = [_ends_with_initial(each.text) for each in (names[0], names[-1])]
    if any(initials) and not all(initials):
        return initials[0]
    designs = load_table("licence_cards")["designs"]
    design = designs.get(front.issuer.code, {}) if front.issuer else {}
    return True if design.get("first_line_of_names") == "given_names" else None


def _ends_with_initial(text: str) -> bool:
    """Return whether a name ends with an initial, as given names do: JOHN Q."""
    words = text.replace(".", " ").split()
    return len(words) > 1 and len(words[-1]) == 1


def find_signed_order(first: str, last: str, texts: Iterable[str]) -> bool | None:
    """Return whether a signature begins with the first line's name; None without a signature."""
    one, other = fold_letters(first), fold_letters(last)
    best = (0.0, 0.0)
    for letters in map(fold_letters, texts):
        straight, swapped = (
            Levenshtein.normalized_similarity(letters, each) for each in (one + other, other + one)
        )
        best = max(best, (straight, swapped), key=max)
    if max(best) < MIN_SIGNATURE_SIMILARITY or abs(best[0] - best[1]) < MIN_SIGNATURE_MARGIN:
        return None
    return best[0] > best[1]


def _join(lines: Sequence[NameLine], *, labelled: bool) -> PrintedValue:
    text = " ".join(each.text for each in lines)
    return _value(text, min(each.confidence for each in lines), labelled=labelled)


def _value(text: str, confidence: float, *, labelled: bool) -> PrintedValue:
    return PrintedValue(text, confidence, labelled=labelled)


def _is_suffix(text: str) -> bool:
    words = re.findall(r"\w+", text.upper())
    return bool(words) and all(word in SUFFIXES for word in words)
