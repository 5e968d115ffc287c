"""Checks of the document against what the applicant said of themselves."""

from __future__ import annotations

from collections.abc import Iterator

from docverify.case import Case, Source
from docverify.checks.result import (
    CheckResult,
    Status,
    inconclusive,
    not_performed,
    passed_or_failed,
)
from docverify.names import Name, compare_names, parted_name
from docverify.policy import Consequence

NOT_GIVEN = "the applicant's {} was not given with the upload"
UNREADABLE = "the applicant's {} was given in no form that can be compared"


def check_applicant_name(case: Case) -> Iterator[CheckResult]:
    """The applicant's name is that of the document; married names and nicknames need a person."""
    code = "applicant_data_match_name"
    holder = next((each for each in case.identities if each.surname or each.given_names), None)
    given = case.applicant.name if case.applicant else None
    if given is None or holder is None:
        yield _not_compared(case, code, "name", given is not None)
        return
    score = max(_likeness(given, holder.name, case), _likeness(given, case.viz.name, case))
    policy, sources = case.policy, (Source.APPLICANT, holder.source)
    if policy.min_name_resemblance <= score < policy.min_name_similarity:
        yield inconclusive(code, "the names are alike, not the same", *sources)
        return
    holds = score >= policy.min_name_similarity
    evidence = "the document is of another name"
    yield passed_or_failed(code, holds, Consequence.REFER, evidence, *sources)


def _likeness(given: str, name: Name, case: Case) -> float:
    truncated = bool(case.mrz and case.mrz.name_truncated)
    return compare_names(parted_name(given), name, truncated=truncated).score


def check_applicant_birth_date(case: Case) -> Iterator[CheckResult]:
    """The applicant's birth date is that of the document."""
    code = "applicant_data_match_birth_date"
    holder = case.known("birth_date")
    given = case.applicant.birth_date if case.applicant else None
    if given is None or holder is None:
        yield _not_compared(case, code, "birth_date", given is not None)
        return
    if holder.birth_date == given:
        sources = (Source.APPLICANT, holder.source)
        yield CheckResult(code, Status.PASSED, field="birth_date", sources=sources)
        return
    if case.confidence(holder.source, "birth_date") < case.policy.min_confidence:
        yield inconclusive(code, "another day, if it was read right", Source.APPLICANT)
        return
    evidence = "the document has another birth date"
    yield passed_or_failed(code, False, Consequence.REFER, evidence, Source.APPLICANT)


def _not_compared(case: Case, code: str, field: str, was_given: bool) -> CheckResult:
    if case.applicant and field in case.applicant.unreadable:
        return inconclusive(code, UNREADABLE.format(field), Source.APPLICANT)
    why = "the document does not tell" if was_given else NOT_GIVEN.format(field)
    return not_performed(code, why, field)
