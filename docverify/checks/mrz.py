"""Checks of the machine readable zone by itself (ICAO Doc 9303, parts 3 to 7)."""

from __future__ import annotations

from collections.abc import Iterator

from docverify.case import Case
from docverify.checks.cross_source import COMPARED, compare
from docverify.checks.result import (
    CheckResult,
    Status,
    inconclusive,
    not_applicable,
    not_performed,
    passed_or_failed,
)
from docverify.documents.kinds import DocumentKind
from docverify.documents.mrz import Mrz
from docverify.documents.mrz_repair import find_repairs
from docverify.identities import NAMES, Source
from docverify.policy import Consequence

CHECK_DIGITS = ("document_number", "birth_date", "expiry_date", "personal_number", "composite")
NO_MRZ = "no machine readable zone was read"


def check_mrz_present(case: Case) -> Iterator[CheckResult]:
    """The document has a zone (Doc 9303-3, 4); most driver licences have none."""
    if case.mrz is None and (
        case.kind is DocumentKind.AAMVA_LICENCE or case.is_licence_without_barcode
    ):
        yield not_performed("mrz_present", "such a licence has none")
        return
    if case.mrz_reading is None and not case.printed:
        yield not_performed("mrz_present", "no document was found")
        return
    absent = "no zone as in ICAO 9303 was found: is it covered, cut off, or on the other side?"
    unknown = "a zone was found that has the shape of no known format"
    evidence = unknown if case.mrz_reading else absent
    found = case.mrz is not None
    yield passed_or_failed("mrz_present", found, Consequence.REFER, evidence, Source.MRZ)


def check_mrz_format(case: Case) -> Iterator[CheckResult]:
    """Each field holds only characters that the standard allows there (Doc 9303-3, 4.3)."""
    if case.mrz is None:
        yield not_performed("mrz_format", NO_MRZ)
        return
    misplaced = case.mrz.misplaced
    evidence = f"characters out of place in {', '.join(misplaced)}"
    yield passed_or_failed("mrz_format", not misplaced, Consequence.REFER, evidence, Source.MRZ)


def check_mrz_confidence(case: Case) -> Iterator[CheckResult]:
    """Every character of the zone was read with confidence, or the print says the same field.

    A doubt is no failure.
    """
    if case.mrz is None or case.mrz_reading is None:
        yield not_performed("mrz_confidence", NO_MRZ)
        return
    least = least_confidence(case, case.mrz)
    if least < case.policy.min_confidence:
        doubt = f"the least certain character has confidence {least:.2f}"
        yield inconclusive("mrz_confidence", doubt, Source.MRZ)
    elif not case.mrz_reading.constrained:
        doubt = "no layout of ICAO 9303 explains what was read"
        yield inconclusive("mrz_confidence", doubt, Source.MRZ)
    else:
        yield CheckResult("mrz_confidence", Status.PASSED, sources=(Source.MRZ,))


def least_confidence(case: Case, mrz: Mrz) -> float:
    """Return the confidence of the least certain character that nothing confirms."""
    least = case.mrz_confidence()
    rows = case.mrz_confidences
    if least >= case.policy.min_confidence or rows is None:
        return least
    known = {
        (each.line, column)
        for name in _confirmed(case, mrz)
        for each in (mrz.layout.fields[name],)
        for column in range(each.start, each.stop)
    }
    told = (
        confidence
        for row, confidences in enumerate(rows)
        for column, confidence in enumerate(confidences)
        if (row, column) not in known
    )
    return min(told, default=1.0)


def _confirmed(case: Case, mrz: Mrz) -> Iterator[str]:
    """Yield the fields that the print says as well, with the digits that follow from them.

    What fillers are behind a name is known where the whole name is.
    """
    fields = mrz.layout.fields
    same = {
        field
        for field in COMPARED
        if compare(case, case.mrz_identity, case.viz_identity, field) is Status.PASSED
    }
    if same >= set(NAMES) and not mrz.name_truncated:
        same.add("name")
    for field in sorted(same & fields.keys()):
        yield from (each for each in (field, f"{field}_check_digit") if each in fields)
    if "composite_check_digit" in fields:
        yield "composite_check_digit"  # It follows from all the others.


def check_mrz_digits(case: Case) -> Iterator[CheckResult]:
    """Every check digit of the zone holds (Doc 9303-3, 4.9)."""
    holds = {digit.field: digit.holds for digit in case.mrz.check_digits} if case.mrz else {}
    for field in CHECK_DIGITS:
        code = f"mrz_check_digit_{field}"
        if case.mrz is None:
            yield not_performed(code, NO_MRZ, field)
        elif field not in holds:
            yield not_applicable(code, "this format has none", field)
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
    confirmed = (
        field in COMPARED
        and compare(case, case.mrz_identity, case.viz_identity, field) is Status.PASSED
    )
    return CheckResult(
        code,
        Status.FAILED,
        Consequence.REJECT if confirmed else Consequence.REFER,
        field,
        (Source.MRZ, Source.VIZ) if confirmed else (Source.MRZ,),
        "does not hold; the print confirms the reading" if confirmed else "does not hold",
    )


def check_mrz_repair(case: Case) -> Iterator[CheckResult]:
    """The zone needs no repair: no exchange of look-alikes is what it takes to follow the standard.

    A repair is told, never made: the digits that do not hold are answered by their own checks.
    """
    if case.mrz is None:
        yield not_performed("mrz_ocr_repaired", NO_MRZ)
        return
    if not case.mrz.misplaced and all(digit.holds for digit in case.mrz.check_digits):
        yield CheckResult("mrz_ocr_repaired", Status.PASSED, sources=(Source.MRZ,))
        return
    rows = case.mrz_confidences
    found = find_repairs(case.mrz.lines, rows, certain=case.policy.min_confidence)
    if len(found) == 1:
        evidence = f"one misreading would explain it, in {', '.join(found[0].fields)}"
        yield passed_or_failed("mrz_ocr_repaired", False, Consequence.NOTE, evidence, Source.MRZ)
        return
    doubt = f"{len(found)} misreadings would explain it" if found else "no misreading explains it"
    yield inconclusive("mrz_ocr_repaired", doubt, Source.MRZ)


def check_name_truncated(case: Case) -> Iterator[CheckResult]:
    """The name is whole: its last place holds a filler (Doc 9303-3, 4.6); long names are cut."""
    if case.mrz is None:
        yield not_performed("mrz_name_truncated", NO_MRZ)
        return
    evidence = "the name fills its field: it may have been cut"
    whole = not case.mrz.name_truncated
    yield passed_or_failed("mrz_name_truncated", whole, Consequence.NOTE, evidence, Source.MRZ)
