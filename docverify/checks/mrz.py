"""Checks of the machine-readable zone (MRZ) by itself (ICAO Doc 9303, parts 3 to 7)."""

from __future__ import annotations

from collections.abc import Iterator

from docverify.case import Case
from docverify.checks.result import (
    CheckResult,
    Status,
    inconclusive,
    not_applicable,
    not_performed,
    passed_or_failed,
)
from docverify.checks.source_agreement import COMPARED
from docverify.checks.viz_comparison import compare_with_viz
from docverify.documents.kinds import DocumentKind
from docverify.documents.mrz import Mrz
from docverify.documents.mrz_repair import find_repairs
from docverify.identities import NAMES, Source
from docverify.policy import Consequence

CHECK_DIGITS = ("document_number", "birth_date", "expiry_date", "personal_number", "composite")
NO_MRZ = "no MRZ was read"


def check_mrz_present(case: Case) -> Iterator[CheckResult]:
    """The document has an MRZ (Doc 9303-3, 4). Driver licences may have none."""
    is_american = case.kind is DocumentKind.AAMVA_LICENCE
    if case.mrz is None and (is_american or case.is_licence_without_barcode):
        yield not_performed("mrz_present", "licences of this issuer have no MRZ")
        return
    if case.mrz_reading is None and not case.printed:
        yield not_performed("mrz_present", "no document was found")
        return
    absent = "no MRZ was found: check that it is not covered, cut off or on the other side"
    unknown = "the MRZ that was found has none of the known formats"
    evidence = unknown if case.mrz_reading else absent
    is_found = case.mrz is not None
    yield passed_or_failed("mrz_present", is_found, Consequence.REFER, evidence, Source.MRZ)


def check_mrz_format(case: Case) -> Iterator[CheckResult]:
    """Each field of the MRZ contains only characters that are allowed there (Doc 9303-3, 4.3)."""
    if case.mrz is None:
        yield not_performed("mrz_format", NO_MRZ)
        return
    misplaced = case.mrz.misplaced
    evidence = f"characters that are not allowed in {', '.join(misplaced)}"
    yield passed_or_failed("mrz_format", not misplaced, Consequence.REFER, evidence, Source.MRZ)


def check_mrz_confidence(case: Case) -> Iterator[CheckResult]:
    """Every character of the MRZ was read with confidence, or the printed value confirms it.

    A doubtful reading is not a failure.
    """
    if case.mrz is None or case.mrz_reading is None:
        yield not_performed("mrz_confidence", NO_MRZ)
        return
    least = compute_unconfirmed_confidence(case, case.mrz)
    if least < case.policy.min_confidence:
        doubt = f"the least certain character has confidence {least:.2f}"
        yield inconclusive("mrz_confidence", doubt, Source.MRZ)
    elif not case.mrz_reading.constrained:
        doubt = "the text that was read fits no layout of Doc 9303"
        yield inconclusive("mrz_confidence", doubt, Source.MRZ)
    else:
        yield CheckResult("mrz_confidence", Status.PASSED, sources=(Source.MRZ,))


def compute_unconfirmed_confidence(case: Case, mrz: Mrz) -> float:
    """Return the confidence of the least certain character that no printed value confirms."""
    least = case.mrz_confidence()
    rows = case.mrz_confidences
    if least >= case.policy.min_confidence or rows is None:
        return least
    fields = [mrz.layout.fields[name] for name in _find_confirmed_fields(case, mrz)]
    confirmed = {(each.line, column) for each in fields for column in range(each.start, each.stop)}
    others = (
        confidence
        for row, confidences in enumerate(rows)
        for column, confidence in enumerate(confidences)
        if (row, column) not in confirmed
    )
    return min(others, default=1.0)


def _find_confirmed_fields(case: Case, mrz: Mrz) -> Iterator[str]:
    """Yield the fields that printed values confirm, and the check digits computed from them.

    The fillers after a name are confirmed if the whole name is.
    """
    fields = mrz.layout.fields
    same = {field for field in COMPARED if _is_printed_too(case, field)}
    if same >= set(NAMES) and not mrz.name_truncated:
        same.add("name")
    for field in sorted(same & fields.keys()):
        yield from (each for each in (field, f"{field}_check_digit") if each in fields)
    if "composite_check_digit" in fields:
        yield "composite_check_digit"  # All other characters determine this digit.


def _is_printed_too(case: Case, field: str) -> bool:
    return compare_with_viz(case, case.mrz_identity, field) is Status.PASSED


def check_mrz_digits(case: Case) -> Iterator[CheckResult]:
    """Every check digit of the MRZ is correct (Doc 9303-3, 4.9).

    A wrong one asks for a rejection if the printed value confirms the reading, and otherwise for a
    person.
    """
    is_correct = (
        {digit.field: digit.is_correct for digit in case.mrz.check_digits} if case.mrz else {}
    )
    for field in CHECK_DIGITS:
        code = f"mrz_check_digit_{field}"
        if case.mrz is None:
            yield not_performed(code, NO_MRZ, field)
        elif field not in is_correct:
            yield not_applicable(code, "this MRZ format does not have this check digit", field)
        elif is_correct[field]:
            yield CheckResult(code, Status.PASSED, field=field, sources=(Source.MRZ,))
        else:
            yield _explain_wrong_digit(case, case.mrz, code, field)


def _explain_wrong_digit(case: Case, mrz: Mrz, code: str, field: str) -> CheckResult:
    covered = (*mrz.layout.check_digits[field], f"{field}_check_digit")
    if case.mrz_confidence(*covered) < case.policy.min_confidence:
        doubt = "the check digit is wrong, or a character was misread"
        return CheckResult(
            code, Status.INCONCLUSIVE, field=field, sources=(Source.MRZ,), evidence=doubt
        )
    # If the printed value is the same, the MRZ was read correctly and its check digit is wrong.
    is_confirmed = field in COMPARED and _is_printed_too(case, field)
    confirmed = "the check digit is wrong; the printed value confirms the reading"
    return CheckResult(
        code,
        Status.FAILED,
        Consequence.REJECT if is_confirmed else Consequence.REFER,
        field,
        (Source.MRZ, Source.VIZ) if is_confirmed else (Source.MRZ,),
        confirmed if is_confirmed else "the check digit is wrong",
    )


def check_mrz_repair(case: Case) -> Iterator[CheckResult]:
    """The MRZ follows the standard without swapping look-alike characters.

    A possible repair is reported, never applied. Separate checks report wrong check digits.
    """
    if case.mrz is None:
        yield not_performed("mrz_ocr_repaired", NO_MRZ)
        return
    if not case.mrz.misplaced and all(digit.is_correct for digit in case.mrz.check_digits):
        yield CheckResult("mrz_ocr_repaired", Status.PASSED, sources=(Source.MRZ,))
        return
    rows = case.mrz_confidences
    found = find_repairs(case.mrz.lines, rows, certain=case.policy.min_confidence)
    if len(found) == 1:
        evidence = f"one misreading would explain the errors, in {', '.join(found[0].fields)}"
        yield passed_or_failed("mrz_ocr_repaired", False, Consequence.NOTE, evidence, Source.MRZ)
        return
    several = f"{len(found)} different misreadings would explain the errors"
    doubt = several if found else "no misreading explains the errors"
    yield inconclusive("mrz_ocr_repaired", doubt, Source.MRZ)


def check_name_truncated(case: Case) -> Iterator[CheckResult]:
    """The name in the MRZ is complete: its last character is a filler (Doc 9303-3, 4.6)."""
    if case.mrz is None:
        yield not_performed("mrz_name_truncated", NO_MRZ)
        return
    evidence = "the name fills its field and may have been truncated"
    is_complete = not case.mrz.name_truncated
    yield passed_or_failed(
        "mrz_name_truncated", is_complete, Consequence.NOTE, evidence, Source.MRZ
    )
