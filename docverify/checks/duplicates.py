"""Checks against the documents that came before."""

from __future__ import annotations

from collections.abc import Iterator

from docverify.case import Case
from docverify.checks.result import CheckResult, not_performed, passed_or_failed
from docverify.policy import Consequence

NOT_ASKED = "earlier documents are not asked"
NOT_READ = "number, name or birth date was not read for certain"
NO_PICTURE = "the picture has no features to compare, or name and birth date were not read"


def check_number_of_other_person(case: Case) -> Iterator[CheckResult]:
    """No other person came with this number of this issuer; who changed their name fails."""
    count = case.history.other_person_number if case.history else None
    code = "duplicate_document_other_person"
    yield _none(code, case, count, Consequence.REFER, NOT_READ, "the number with another person")


def check_picture_of_other_person(case: Case) -> Iterator[CheckResult]:
    """No other person came with this picture; plain cards of one kind look alike as well."""
    count = case.history.other_person_picture if case.history else None
    code = "duplicate_image_other_person"
    yield _none(code, case, count, Consequence.REFER, NO_PICTURE, "this picture of another person")


def check_first_submission(case: Case) -> Iterator[CheckResult]:
    """The same person did not come with the same document before."""
    count = case.history.same_document if case.history else None
    code = "repeat_submission"
    yield _none(code, case, count, Consequence.NOTE, NOT_READ, "the same document and person")


def _none(
    code: str, case: Case, count: int | None, severity: Consequence, unknown: str, shared: str
) -> CheckResult:
    if count is None:
        return not_performed(code, unknown if case.history else NOT_ASKED)
    evidence = f"other documents with {shared}: {count}"
    return passed_or_failed(code, count == 0, severity, evidence)
