"""MRZ search in detector boxes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docverify.reading.files.pages import Image
from docverify.reading.mrz.explanation import (
    EXPLAINED_LOSS,
    LocatedMrz,
    align_ends,
    choose_better,
    doubt_differences,
    explain_lines,
    join_networks,
    merge_readings,
)
from docverify.reading.mrz.lines import (
    MrzLine,
    View,
    complete_line,
    measure_legibility,
    read_line,
    read_lines_like,
)
from docverify.reading.mrz.recognisers import recognise_any_print, recognise_ocrb
from docverify.reading.mrz.stamps import doubt_covered, is_stamped
from docverify.reading.quads import (
    Quad,
    is_neighbour,
    join_rows,
    measure_height,
    measure_length,
    select_near_rows,
    turn_upside_down,
)
from docverify.reading.recognition import fit_to_ink, remove_coloured_ink

MIN_ASPECT = 9.0  # The shortest MRZ line, 30 characters of OCR-B, is 15 times as long as high.
MAX_SEEDS = 10
MIN_LEGIBILITY = 0.3
CLEAR_LEGIBILITY = 0.8
UPRIGHT_LEGIBILITY = 0.95  # Digits that are upside down reach less.
WHOLE_LENGTH = 0.8  # of the seed's length


@dataclass(frozen=True)
class SearchResult:
    """What a search found.

    Attributes:
        mrz: the best reading; None if not found.
        has_candidate: whether any line reads like one of an MRZ.
    """

    mrz: LocatedMrz | None
    has_candidate: bool


def find_mrz(image: Image, quads: Sequence[Quad]) -> LocatedMrz | None:
    """Find the MRZ among the lines of a page, upright or upside down.

    The search starts from a line that reads like one of an MRZ. The others may be in pieces or
    cut, because text detectors lose fillers.
    """
    return search_mrz(image, quads).mrz


def search_mrz(image: Image, quads: Sequence[Quad]) -> SearchResult:
    """Search the MRZ with the network for OCR-B and, if in doubt, the one for any printed text.

    Lines of capitals and digits without fillers are other printed text, such as a licence's title.
    """
    view = View(image, recognise_ocrb)
    quick = search_in_view(view, quads)
    if quick.mrz and is_confirmed(view, quick.mrz):
        return quick
    slow = search_in_view(View(image, recognise_any_print), quads)
    mrz = join_networks(slow.mrz, quick.mrz) if slow.mrz and quick.mrz else slow.mrz
    has_candidate = quick.has_candidate or slow.has_candidate
    return SearchResult(mrz if mrz and mrz.has_fillers else None, has_candidate)


def is_confirmed(view: View, mrz: LocatedMrz) -> bool:
    """Return whether a second reading gives the same lines, and all check digits hold.

    Check digits do not cover names, so a small network must read them in two different crops.
    """
    if not (mrz.is_certain and mrz.has_correct_check_digits):
        return False
    again = read_at_characters(view, mrz, flat=False)
    return bool(again and again.is_certain and again.reading.lines == mrz.reading.lines)


def search_in_view(view: View, quads: Sequence[Quad]) -> SearchResult:
    """Search the MRZ with one network."""
    best: LocatedMrz | None = None
    tried: list[Quad] = []
    for seed, flipped in find_seeds(view, quads):
        if any(is_neighbour(seed, each) for each in tried):
            continue
        line = read_line(view, seed)
        if line.looks_like_mrz:
            tried.append(seed)
            turned = [turn_upside_down(quad) for quad in quads] if flipped else quads
            best = choose_better(best, read_around(view, line, turned, flipped))
            if best and best.loss < EXPLAINED_LOSS:
                break
    return SearchResult(best, bool(tried))


def find_seeds(view: View, quads: Sequence[Quad]) -> Iterator[tuple[Quad, bool]]:
    """Yield the long lines whose middle reads like capitals and digits.

    Each is returned upright, with whether it was upside down in the image.
    """
    slender = [quad for quad in quads if measure_length(quad) > MIN_ASPECT * measure_height(quad)]
    for quad in sorted(slender, key=measure_length, reverse=True)[:MAX_SEEDS]:
        turned = turn_upside_down(quad)
        as_found = measure_legibility(view, quad)
        flipped = measure_legibility(view, turned) if as_found < UPRIGHT_LEGIBILITY else 0.0
        if max(as_found, flipped) >= CLEAR_LEGIBILITY:
            yield (turned, True) if flipped > as_found else (quad, False)


def read_around(
    view: View, line: MrzLine, quads: Sequence[Quad], flipped: bool
) -> LocatedMrz | None:
    """Read the MRZ around one of its lines; first complete the line if it was cut."""
    mrz = read_with_neighbours(view, line, quads, flipped)
    if mrz is None or mrz.loss > EXPLAINED_LOSS:
        whole = complete_line(view, line)
        if whole:
            mrz = choose_better(mrz, read_with_neighbours(view, whole, quads, flipped))
    return read_below_stamps(view, read_again(view, mrz)) if mrz else None


def read_with_neighbours(
    view: View, line: MrzLine, quads: Sequence[Quad], flipped: bool
) -> LocatedMrz | None:
    """Read a line with its neighbours: first with those of its length, then also with pieces."""
    rows = join_rows(line.quad, quads)
    whole = [row for row in rows if measure_length(row) > WHOLE_LENGTH * measure_length(line.quad)]
    near = select_near_rows(whole, line.quad)
    mrz = explain_lines(read_lines_like(view, line, near), flipped)
    if (mrz is None or mrz.loss > EXPLAINED_LOSS) and len(whole) < len(rows):
        near = select_near_rows(
            rows, line.quad, lambda row: measure_legibility(view, row) > MIN_LEGIBILITY
        )
        mrz = choose_better(mrz, explain_lines(read_lines_like(view, line, near), flipped))
    return mrz


def read_again(view: View, mrz: LocatedMrz) -> LocatedMrz:
    """Read an uncertain MRZ again at its characters, then also without shade and glare.

    Where the readings agree, the highest confidence counts; where they differ, none is certain.
    """
    readings = [mrz]
    for flat in (False, True):
        if mrz.is_certain:
            break
        again = read_at_characters(view, mrz, flat)
        if again:
            readings.append(again)
        mrz = choose_better(mrz, again) or mrz
    alike = [each for each in readings if each.layout is mrz.layout and each.loss < EXPLAINED_LOSS]
    if mrz.layout and len(alike) > 1:
        mrz = merge_readings(mrz, mrz.layout, alike)
    return mrz


def read_below_stamps(view: View, mrz: LocatedMrz) -> LocatedMrz:
    """Read an MRZ without the coloured ink over it; characters under the ink stay doubtful.

    An MRZ that is certain, or has no coloured ink over it, does not change.
    """
    if mrz.is_certain or not is_stamped(view.image, mrz):
        return mrz
    plain = View(remove_coloured_ink(view.image), view.recogniser)
    below = read_at_characters(plain, mrz, flat=False)
    if below is None or below.loss > EXPLAINED_LOSS:
        return mrz
    return doubt_covered(view.image, doubt_differences(below, mrz))


def read_at_characters(view: View, mrz: LocatedMrz, flat: bool) -> LocatedMrz | None:
    """Read the lines of an MRZ again, each cut out where its characters were found."""
    quads = [fit_to_ink(view.image, quad, mrz.reading.pitch) for quad in align_ends(mrz)]
    return explain_lines([read_line(view, quad, flat) for quad in quads], mrz.flipped)
