"""Checks of the file and the picture: can this be judged at all?"""

from __future__ import annotations

from collections.abc import Iterator

from docverify.case import Case
from docverify.checks.result import CheckResult, not_performed, passed_or_failed
from docverify.policy import Consequence

MIN_PRINTED_FIELDS = 2
COMMON_FIELDS = {"full_name", "address", "national_number", "issuing_state", "height"}
"""Fields that letters and forms label as well: they make no identity document."""

NO_PAGE = "there is no page"


def check_file(case: Case) -> Iterator[CheckResult]:
    """The file is a picture or PDF within the accepted formats and limits."""
    refusal = case.reading.refusal
    evidence = f"{refusal.code}: {refusal.message}" if refusal else ""
    yield passed_or_failed("file_readable", refusal is None, Consequence.RESUBMIT, evidence)


def check_document_detected(case: Case) -> Iterator[CheckResult]:
    """An identity document is in the picture: a zone, or labelled fields."""
    if case.page is None:
        yield not_performed("document_detected", NO_PAGE)
        return
    fields = case.printed.keys() - COMMON_FIELDS
    found = case.page.mrz is not None or len(fields) >= MIN_PRINTED_FIELDS
    evidence = "neither a machine readable zone nor labelled fields were found"
    yield passed_or_failed("document_detected", found, Consequence.RESUBMIT, evidence)


def check_blur(case: Case) -> Iterator[CheckResult]:
    """The text of the picture is sharp enough to be judged."""
    if case.page is None:
        yield not_performed("image_blur", NO_PAGE)
        return
    sharpness, least = case.page.quality.sharpness, case.policy.min_sharpness
    evidence = f"sharpness {sharpness:.0f} is below {least:.0f}"
    yield passed_or_failed("image_blur", sharpness >= least, Consequence.RESUBMIT, evidence)


def check_resolution(case: Case) -> Iterator[CheckResult]:
    """The characters of the zone are large enough to be judged."""
    if case.page is None or case.page.mrz is None:
        yield not_performed("image_resolution", "measured on the machine readable zone")
        return
    pitch, least = case.page.mrz.pitch, case.policy.min_mrz_pitch
    evidence = f"{pitch:.1f} pixels per character of the zone are less than {least:.1f}"
    yield passed_or_failed("image_resolution", pitch >= least, Consequence.RESUBMIT, evidence)


def check_physical_features(_: Case) -> Iterator[CheckResult]:
    """Ultraviolet, holograms and the chip can't be seen in a picture: said, never assumed."""
    why = "needs the document itself: ultraviolet, holograms, chip"
    yield not_performed("physical_security_features", why)
