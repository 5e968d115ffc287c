"""Checks of signs that only the image shows: a failure asks for a person and proves no forgery.

Error rates are in docs/accuracy.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from docverify.case import Case
from docverify.checks.result import CheckResult, not_performed, passed_or_failed
from docverify.page import Box, ImageEvidence, MrzShape, OddCharacter, Page
from docverify.policy import Consequence, Policy

MIN_PITCH = 9.0
"""Pixels from one character of the MRZ to the next: smaller characters have no clear shape."""

MIN_CONFIDENCE = 0.5  # of the least certain character of an MRZ whose typeface is compared
MIN_CHARACTER_CONFIDENCE = 0.6
"""Of the least certain character if single ones are compared: a misread one looks different."""

NOT_MEASURED = "not measured: by this engine, or when the file was read"
NO_MRZ = "no page has an MRZ"
UNCERTAIN_MRZ = "the MRZ was not read with certainty"
SMALL_MRZ = f"the characters of the MRZ are smaller than {MIN_PITCH:.0f} pixels"
OTHER_TYPEFACE = "the MRZ is not set in OCR-B"
NO_PAIR = "no page has a second, smaller portrait that is large and clear enough to compare"
UNLIKE = "is not printed like the same character elsewhere"
FEW_LINES = "too few lines are large enough to compare their backgrounds"


@dataclass(frozen=True)
class Sign:
    """What a check found on one page.

    Attributes:
        boxes: the places that a reviewer should look at, and compare if there are two.
        passes: whether the page passes.
        evidence: what was found if the page does not pass.
    """

    boxes: tuple[Box, ...]
    passes: bool
    evidence: str


Look = Callable[[Page, ImageEvidence, Policy], Sign | str]
"""Examines one page; returns the reason if the page cannot be checked."""


def check_mrz_typeface(case: Case) -> Iterator[CheckResult]:
    """The MRZ is set in OCR-B (Doc 9303-3, 4.2).

    An MRZ is checked if it was read with certainty and its characters are at least 9 pixels apart.
    The check compares shapes, so it does not notice a forger who uses OCR-B.
    """
    yield _ask(case, "mrz_typeface")


def check_mrz_characters(case: Case) -> Iterator[CheckResult]:
    """All characters of the MRZ fit OCR-B equally well, and have the same offset and ink.

    The same MRZs are checked as for the typeface, except for characters that a stamp or a pen
    crosses. The check misses many figures that were carefully redrawn in OCR-B, and those that were
    copied from the same MRZ.
    """
    yield _ask(case, "mrz_character_shape")


def check_portraits_alike(case: Case) -> Iterator[CheckResult]:
    """The small portrait of a page shows the same photo as the large one.

    If there are several small portraits of about the same size, each must show it. The check is not
    performed if no second portrait is found; many documents have only one.
    """
    yield _ask(case, "portraits_differ")


def check_background(case: Case) -> Iterator[CheckResult]:
    """No line has a background that is much smoother than that of the other lines.

    Painting over text, or filling it in an editor, leaves such a background. The check finds few of
    these edits, and even fewer in images sent by a messenger. A lamp that reflects on one line
    looks similar.
    """
    yield _ask(case, "background_erased")


def find_sign(code: str, page: Page, policy: Policy) -> Sign | str:
    """Return what a check finds on a page; the reason if it cannot be performed there."""
    if page.evidence is None:
        return NOT_MEASURED
    return LOOKS[code](page, page.evidence, policy)


def _ask(case: Case, code: str) -> CheckResult:
    """Answer a check: one page that fails decides; pages that cannot be checked do not count."""
    found = [find_sign(code, page, case.policy) for page in case.checked_pages]
    signs = [each for each in found if isinstance(each, Sign)]
    if not signs:
        reasons = [each for each in found if isinstance(each, str)]
        return not_performed(code, _choose_reason(reasons))
    failed = [each for each in signs if not each.passes]
    evidence = "; ".join(dict.fromkeys(each.evidence for each in failed))
    return passed_or_failed(code, not failed, Consequence.REFER, evidence)


def _choose_reason(reasons: list[str]) -> str:
    """Return the reason from the page that came closest to being checked."""
    order = (OTHER_TYPEFACE, SMALL_MRZ, UNCERTAIN_MRZ, FEW_LINES, NO_PAIR, NOT_MEASURED, NO_MRZ)
    return min(reasons, key=order.index, default=NOT_MEASURED)


def _look_at_typeface(page: Page, evidence: ImageEvidence, policy: Policy) -> Sign | str:
    shape = _find_clear_shape(page, evidence, MIN_CONFIDENCE)
    if isinstance(shape, str):
        return shape
    found = (
        f"the MRZ is not set in OCR-B: distance {shape.distance:.2f},"
        f" at most {policy.max_mrz_typeface_distance:g}"
    )
    boxes = (page.mrz.box,) if page.mrz and page.mrz.box else ()
    return Sign(boxes, shape.distance <= policy.max_mrz_typeface_distance, found)


def _look_at_characters(page: Page, evidence: ImageEvidence, policy: Policy) -> Sign | str:
    shape = _find_clear_shape(page, evidence, MIN_CHARACTER_CONFIDENCE)
    if isinstance(shape, str):
        return shape
    if shape.distance > policy.max_mrz_typeface_distance:
        return OTHER_TYPEFACE
    odd = find_odd_characters(shape, policy)
    places = (f"character {each.place + 1} of line {each.line + 1} {how}" for each, how in odd)
    boxes = tuple(dict.fromkeys(each.box for each, _ in odd)) or (shape.odd_shape.box,)
    return Sign(boxes, not odd, f"MRZ: {'; '.join(places)}")


def find_odd_characters(shape: MrzShape, policy: Policy) -> list[tuple[OddCharacter, str]]:
    """Return the characters that differ by more than a policy allows, and how each differs."""
    found = (
        (shape.odd_shape, policy.max_mrz_character_distance, "differs in shape from the others"),
        (shape.odd_offset, policy.max_mrz_character_offset, "is above or below its line"),
        (shape.odd_like, policy.max_mrz_character_difference, UNLIKE),
    )
    return [(each, how) for each, most, how in found if each is not None and each.amount > most]


def _find_clear_shape(page: Page, evidence: ImageEvidence, min_confidence: float) -> MrzShape | str:
    """Return the shape of a page's MRZ; the reason if it cannot be compared.

    `min_confidence` applies to the least certain character.
    """
    if page.mrz is None:
        return NO_MRZ
    if page.mrz.pitch < MIN_PITCH:
        return SMALL_MRZ
    if evidence.mrz is None:
        return NOT_MEASURED
    least = min((each for row in page.mrz.confidences for each in row), default=0.0)
    if not page.mrz.constrained or least < min_confidence:
        return UNCERTAIN_MRZ
    return evidence.mrz


def _look_at_portraits(_: Page, evidence: ImageEvidence, policy: Policy) -> Sign | str:
    pair = evidence.portraits
    if pair is None:
        return NO_PAIR
    found = (
        f"the small portrait is not of the same photo as the large one: similarity"
        f" {pair.similarity:.2f}, at least {policy.min_portrait_similarity:g}"
    )
    passes = pair.similarity >= policy.min_portrait_similarity
    return Sign((pair.large, pair.small), passes, found)


def _look_at_background(_: Page, evidence: ImageEvidence, policy: Policy) -> Sign | str:
    smooth = evidence.background
    if smooth is None:
        return FEW_LINES
    found = (
        f"the background of a line is smoother than that of the others: {smooth.loss:.1f} spreads,"
        f" at most {policy.max_background_loss:g}"
    )
    return Sign((smooth.box,), smooth.loss <= policy.max_background_loss, found)


LOOKS: dict[str, Look] = {
    "mrz_typeface": _look_at_typeface,
    "mrz_character_shape": _look_at_characters,
    "portraits_differ": _look_at_portraits,
    "background_erased": _look_at_background,
}
"""The function with which each check of this module examines a page."""
