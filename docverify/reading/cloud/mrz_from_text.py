"""MRZ search in the output of an engine for all kinds of text.

Such engines split the lines of an MRZ at fillers, lose or double some of the fillers, and mistake
the shapes of OCR-B for other characters. Here the lines are fitted to a format by changing the
length of only one run of fillers, and characters are corrected by the class that their position
allows. A character that was inferred instead of read is doubtful: its confidence is at most
DOUBTED.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from docverify.documents.look_alikes import FILLER_LETTERS
from docverify.documents.mrz import FILLER, LAYOUTS, MrzFormat, MrzLayout, parse_mrz
from docverify.errors import MalformedMrz
from docverify.page import MrzReading
from docverify.reading.cloud.mrz_rows import (
    DOUBTED,
    NO_LETTERS,
    Fragment,
    MrzSymbol,
    Symbols,
    TextRow,
    blank,
    enclose,
    find_look_alike,
    find_rows,
    join_characters,
    replace_letters,
)

MAX_MRZS = 5  # of a page
TOO_LONG = 1.3
LINE_DISTANCE = (0.5, 3.5)  # heights between the middles of neighbouring lines
SAME_PITCH = 1.4
NAMES_END = FILLER * 3  # After three fillers, a name line contains only fillers (Doc 9303-3, 4.6).
# One or two fillers among others that were read as letters.
NO_DATA = re.compile(f"(?<=<<)[{FILLER_LETTERS}]{{1,2}}(?=<)")
MISPLACED, CORRECTED, REFITTED, WRONG_DIGIT = 4.0, 1.0, 0.5, 1.0
"""Cost of each deviation from a format; the format with the least cost explains a text best."""

MOST_EXPLAINED = 10.0
"""Highest cost of an explanation: correct readings cost up to 5, other text at least 13."""

EVIDENCE = {
    "document_number",
    "birth_date",
    "expiry_date",
}  # Fields that never consist only of fillers.


@dataclass(frozen=True)
class MrzInText:
    """An MRZ, and the fragments from which it was read."""

    reading: MrzReading
    fragments: tuple[Fragment, ...]


Lines = tuple[Symbols, ...]
Explanation = tuple[float, Sequence[TextRow], Lines]


def find_mrz_in_text(fragments: Iterable[Fragment]) -> MrzInText | None:
    """Find the MRZ among pieces of text on an upright page; None if not found."""
    groups = list(find_groups(find_rows(fragments)))
    explained = (each for group in groups for each in find_explanations(group))
    best = min(explained, key=lambda each: each[0], default=None)
    if best is not None and best[0] <= MOST_EXPLAINED:
        return build_mrz(best[1], best[2])
    return next(
        (build_mrz(group, doubt_all(group)) for group in groups if has_format_size(group)), None
    )


def find_mrzs_in_text(fragments: Sequence[Fragment]) -> list[MrzInText]:
    """Find all MRZs of an upright page, best explained first; at most MAX_MRZS."""
    found: list[MrzInText] = []
    rest = list(fragments)
    while len(found) < MAX_MRZS and (mrz := find_mrz_in_text(rest)):
        found.append(mrz)
        rest = [each for each in rest if each not in mrz.fragments]
    return found


def build_mrz(group: Sequence[TextRow], lines: Lines) -> MrzInText:
    """Build the MRZ from its rows and lines."""
    reading = MrzReading(
        lines=tuple(map(join_characters, lines)),
        confidences=tuple(tuple(symbol.confidence for symbol in line) for line in lines),
        greedy=tuple(" ".join(each.text for each in row.fragments) for row in group),
        pitch=sum(row.pitch for row in group) / len(group),
        box=enclose([row.box for row in group]),
    )
    return MrzInText(reading, tuple(each for row in group for each in row.fragments))


def find_groups(rows: Sequence[TextRow]) -> Iterator[tuple[TextRow, ...]]:
    """Yield all groups of two or three rows below each other at the distance of MRZ lines."""
    for first in rows:
        for second in find_below(first, rows):
            yield first, second
            yield from ((first, second, third) for third in find_below(second, rows))


def find_below(row: TextRow, rows: Sequence[TextRow]) -> list[TextRow]:
    """Find the rows that can be the next line of an MRZ."""
    return [each for each in rows if follows(row, each)]


def follows(row: TextRow, below: TextRow) -> bool:
    """Return whether a row can be the next line of an MRZ."""
    distance = (below.box.top + below.box.bottom - row.box.top - row.box.bottom) / 2
    beside = min(row.box.right, below.box.right) <= max(row.box.left, below.box.left)
    alike = max(row.pitch, below.pitch) <= SAME_PITCH * min(row.pitch, below.pitch)
    heights = distance / max(row.box.height, below.box.height)
    return LINE_DISTANCE[0] < heights < LINE_DISTANCE[1] and alike and not beside


def has_format_size(group: Sequence[TextRow]) -> bool:
    """Return whether rows, as read, have the size of a format: some issuers use other layouts."""
    sizes = {(layout.line_count, layout.width) for layout in LAYOUTS.values()}
    widths = {len(row.symbols) for row in group}
    clean = all(row.is_clean for row in group)
    return clean and len(widths) == 1 and (len(group), *widths) in sizes


def doubt_all(group: Sequence[TextRow]) -> Lines:
    """Mark all characters as doubtful, because no format explains the rows."""
    return tuple(tuple(each.as_doubtful(each.character) for each in row.symbols) for row in group)


def find_explanations(group: Sequence[TextRow]) -> Iterator[Explanation]:
    """Yield the cost and the lines of a group under each format with as many lines."""
    for name, layout in LAYOUTS.items():
        if layout.line_count != len(group):
            continue
        fits = [find_best_fit(row, layout, number) for number, row in enumerate(group)]
        lines = tuple(fit[1] for fit in fits if fit is not None)
        if len(lines) == len(group):
            cost = sum(fit[0] for fit in fits if fit is not None)
            yield cost + compute_digit_cost(lines, name, cost), group, lines


def compute_digit_cost(lines: Lines, name: MrzFormat, cost: float) -> float:
    """Return the cost of wrong check digits; if all are wrong, only a flawless reading counts."""
    try:
        mrz = parse_mrz([join_characters(line) for line in lines])
    except MalformedMrz:
        return float("inf")
    wrong = [digit.field for digit in mrz.check_digits if not digit.is_correct]
    if mrz.format is not name or (cost and EVIDENCE.issubset(wrong)):
        return float("inf")
    return WRONG_DIGIT * len(wrong)


Fit = tuple[float, Symbols]


def find_best_fit(row: TextRow, layout: MrzLayout, number: int) -> Fit | None:
    """Return the cheapest reading of a row as a line of a layout; None if nothing fits."""
    alphabets = layout.alphabets()[number]
    symbols = replace_letters(row.symbols, NO_LETTERS)
    if ends_with_name(layout, number):
        symbols = blank_after_names(symbols, layout.fields["name"].start)
    else:
        symbols = replace_letters(symbols, NO_DATA)
    if len(symbols) == layout.width:
        return correct_look_alikes(symbols, alphabets, 0.0)
    fitted = (
        resize_run(symbols, *run, layout.width) for run in find_filler_runs(symbols, layout, number)
    )
    fits = [correct_look_alikes(each, alphabets, REFITTED) for each in fitted if each]
    return min(fits, key=lambda each: each[0], default=None)


def blank_after_names(symbols: Symbols, start: int) -> Symbols:
    """Replace what follows three fillers in a name line."""
    end = join_characters(symbols).find(NAMES_END, start)
    return symbols if end < 0 else blank(symbols, end, len(symbols))


def find_filler_runs(symbols: Symbols, layout: MrzLayout, number: int) -> list[tuple[int, int]]:
    """Return the runs of fillers whose length may be wrong: the longest, and the padding.

    A line that ends with the name is padded only at its end. Other lines may also be padded there
    if their last field has more than one character.
    """
    text = join_characters(symbols)
    padding = [(len(text.rstrip(FILLER)), len(text))]
    if ends_with_name(layout, number):
        return padding
    runs = [found.span() for found in re.finditer(f"{FILLER}+", text)]
    longest = sorted(runs, key=lambda run: (run[1] - run[0], run[0]))[-1:]
    return [*padding, *longest] if is_padded(layout, number) else longest


def ends_with_name(layout: MrzLayout, number: int) -> bool:
    """Return whether the name is the last field of a line."""
    name = layout.fields["name"]
    return name.line == number and name.stop == layout.width


def is_padded(layout: MrzLayout, number: int) -> bool:
    """Return whether the last field of a line has more than one character."""
    return any(
        each.line == number and each.stop == layout.width and each.stop - each.start > 1
        for each in layout.fields.values()
    )


def resize_run(symbols: Symbols, start: int, stop: int, width: int) -> Symbols | None:
    """Make one run of fillers longer or shorter so that the line has its width."""
    length = stop - start + width - len(symbols)
    if length < 1 or len(symbols) > TOO_LONG * width:
        return None
    least = min((symbol.confidence for symbol in symbols[start:stop]), default=0.0)
    run = (MrzSymbol(FILLER, min(least, DOUBTED)),) * length
    return (*symbols[:start], *run, *symbols[stop:])


def correct_look_alikes(symbols: Symbols, alphabets: Sequence[str], cost: float) -> Fit:
    """Replace characters that are not allowed at their position by look-alikes that are."""
    line = []
    for symbol, alphabet in zip(symbols, alphabets, strict=True):
        if symbol.character in alphabet:
            line.append(symbol)
            continue
        instead = find_look_alike(symbol.character, alphabet)
        cost += CORRECTED if instead else MISPLACED
        line.append(symbol.as_doubtful(instead or symbol.character))
    return cost, tuple(line)
