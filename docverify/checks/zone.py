"""Checks of the machine readable zone by itself (ICAO Doc 9303, parts 3 to 7)."""

from __future__ import annotations

from collections.abc import Iterator

from docverify.case import Case, Source
from docverify.checks.agreement import COMPARED, compare
from docverify.checks.result import CheckResult, Status, not_performed, passed_or_failed
from docverify.mrz import Mrz
from docverify.policy import Consequence

CHECK_DIGITS = ("document_number", "birth_date", "expiry_date", "personal_number", "composite")
NO_ZONE = "no machine readable zone was read"


def check_mrz_present(case: Case) -> Iterator[CheckResult]:
    """The document has a machine readable zone (Doc 9303-3, 4)."""
    if case.mrz_reading is None and not case.printed:
        yield not_performed("mrz_present", "no document was found")
        return
    evidence = "no zone as in ICAO 9303 was found: is it covered, cut off, or on the other side?"
    found = case.mrz is not None
    yield passed_or_failed("mrz_present", found, Consequence.REFER, evidence, Source.MRZ)


def check_mrz_format(case: Case) -> Iterator[CheckResult]:
    """Each field holds only characters that the standard allows there (Doc 9303-3, 4.3)."""
    if case.mrz is None:
        yield not_performed("mrz_format", NO_ZONE)
        return
    misplaced = case.mrz.misplaced
    evidence = f"characters out of place in {', '.join(misplaced)}"
    yield passed_or_failed("mrz_format", not misplaced, Consequence.REFER, evidence, Source.MRZ)


def check_mrz_confidence(case: Case) -> Iterator[CheckResult]:
    """Every character of the zone was read with confidence; a doubt is no failure."""
    if case.mrz is None or case.mrz_reading is None:
        yield not_performed("mrz_confidence", NO_ZONE)
        return
    least = min(min(row) for row in case.mrz_reading.confidences)
    if least >= case.policy.min_confidence:
        yield CheckResult("mrz_confidence", Status.PASSED, sources=(Source.MRZ,))
        return
    doubt = f"the least certain character has confidence {least:.2f}"
    yield CheckResult("mrz_confidence", Status.INCONCLUSIVE, sources=(Source.MRZ,), evidence=doubt)


def check_mrz_digits(case: Case) -> Iterator[CheckResult]:
    """Every check digit of the zone holds (Doc 9303-3, 4.9)."""
    holds = {digit.field: digit.holds for digit in case.mrz.check_digits} if case.mrz else {}
    for field in CHECK_DIGITS:
        code = f"mrz_check_digit_{field}"
        if case.mrz is None or field not in holds:
            why = "this format has none" if case.mrz else NO_ZONE
            yield not_performed(code, why, field)
        elif holds[field]:
            yield CheckResult(code, Status.PASSED, field=field, sources=(Source.MRZ,))
        else:
            yield _wrong_digit(case, case.mrz, code, field)


def _wrong_digit(case: Case, mrz: Mrz, code: str, field: str) -> CheckResult:
    covered = (*mrz.layout.check_digits[field], f"{field}_check_digit")
    if case.mrz_confidence(*covered) < case.policy.min_confidence:
        doubt = "does not hold, and the characters were not read with certainty"
        return CheckResult(
            code, Status.INCONCLUSIVE, field=field, sources=(Source.MRZ,), evidence=doubt
        )
    # The print says the same as the zone: so the zone was read right, and its digit is wrong.
    confirmed = field in COMPARED and compare(case, field) is Status.PASSED
    return CheckResult(
        code,
        Status.FAILED,
        Consequence.REJECT if confirmed else Consequence.REFER,
        field,
        (Source.MRZ, Source.VIZ) if confirmed else (Source.MRZ,),
        "does not hold; the print confirms the reading" if confirmed else "does not hold",
    )
