"""Checks of the sources against each other: print and machine readable zone tell the same."""

from __future__ import annotations

from collections.abc import Iterator

from docverify.case import Case, Source
from docverify.checks.result import CheckResult, Status
from docverify.names import is_latin, is_part, name_similarity
from docverify.policy import Consequence

COMPARED = {
    "document_number": Consequence.REJECT,
    "birth_date": Consequence.REJECT,
    "expiry_date": Consequence.REJECT,
    "surname": Consequence.REJECT,
    "given_names": Consequence.REFER,
    "sex": Consequence.REFER,
}
"""The fields that stand in both zone and print, with what a certain conflict asks for."""

EVIDENCE = {
    Status.PASSED: "",
    Status.FAILED: "print and zone differ",
    Status.INCONCLUSIVE: "print and zone differ, or one of them was misread",
    Status.NOT_PERFORMED: "not found in both print and zone",
}
NAMES = ("surname", "given_names")
LOOK_ALIKES = str.maketrans("OQDILZSGB", "000112568")


def check_sources_agree(case: Case) -> Iterator[CheckResult]:
    """What is printed says the same as the machine readable zone."""
    for field, severity in COMPARED.items():
        status = compare(case, field)
        code = f"viz_mrz_match_{field}"
        sources = (Source.MRZ, Source.VIZ)
        yield CheckResult(code, status, severity, field, sources, EVIDENCE[status])


def compare(case: Case, field: str) -> Status:
    """Compare one field of COMPARED; failed only when both sides were read with confidence."""
    zone, printed = getattr(case.zone, field), getattr(case.viz, field)
    if zone is None or printed is None:
        return Status.NOT_PERFORMED
    likeness = _likeness(case, field, zone, printed)
    if likeness == 1.0:
        return Status.PASSED
    in_zone = case.mrz_confidence("name" if field in NAMES else field)
    confidence = min(in_zone, case.printed[field].confidence)
    sure = confidence >= case.policy.min_confidence
    return Status.FAILED if sure and likeness == 0.0 else Status.INCONCLUSIVE


def _likeness(case: Case, field: str, zone: object, printed: object) -> float:
    """1: the same; 0: another value; between: what a misreading may explain."""
    if field in NAMES:
        return _name_likeness(case, str(zone), str(printed))
    if field == "document_number":
        return _number_likeness(str(zone), str(printed))
    return 1.0 if zone == printed else 0.0


def _name_likeness(case: Case, zone: str, printed: str) -> float:
    truncated = bool(case.mrz and case.mrz.name_truncated)
    similarity = name_similarity(printed, zone, truncated=truncated)
    if similarity >= case.policy.min_name_similarity:
        return similarity
    # A long name may go on in a line of print that was not taken for a part of it.
    # One in another script may be transliterated in more ways than the standard's.
    return 0.5 if is_part(printed, zone) or not is_latin(printed) else 0.0


def _number_likeness(zone: str, printed: str) -> float:
    first, second = ("".join(filter(str.isalnum, text)).upper() for text in (zone, printed))
    if first == second:
        return 1.0
    alike = first.translate(LOOK_ALIKES) == second.translate(LOOK_ALIKES)
    # No number has letters of another script: the reader took some for their twins.
    return 0.5 if alike or not second.isascii() else 0.0
