"""Checks against the documents that were uploaded before."""

from __future__ import annotations

from collections.abc import Iterator

from docverify.case import Case
from docverify.checks.result import CheckResult, not_performed, passed_or_failed
from docverify.policy import Consequence

NOT_LOOKED_UP = "earlier documents were not looked up"
NOT_READ = "the document number, name or birth date was not read with certainty"
NO_PORTRAIT = (
    "portraits are not compared with earlier ones (DOCVERIFY_COMPARE_PORTRAITS), or no portrait is"
    " large enough, or number, name or birth date was not read with certainty"
)
NO_FEATURES = "the image has no features to compare, or name and birth date were not read"


def check_number_of_other_person(case: Case) -> Iterator[CheckResult]:
    """No other person has uploaded a document with the same number and issuer.

    The check also fails for a holder whose name has changed.
    """
    count = case.history.other_person_number if case.history else None
    code = "duplicate_document_other_person"
    yield _expect_none(
        code, case, count, Consequence.REFER, NOT_READ, "this number and a different person"
    )


def check_image_of_other_person(case: Case) -> Iterator[CheckResult]:
    """No other person has uploaded an image that looks like this one.

    Plain cards of the same kind look alike, too.
    """
    count = case.history.other_person_image if case.history else None
    code = "duplicate_image_other_person"
    yield _expect_none(
        code, case, count, Consequence.REFER, NO_FEATURES, "this image and a different person"
    )


def check_first_submission(case: Case) -> Iterator[CheckResult]:
    """The same person has not uploaded the same document before."""
    count = case.history.same_document if case.history else None
    code = "repeat_submission"
    yield _expect_none(
        code, case, count, Consequence.NOTE, NOT_READ, "the same document and person"
    )


def check_portrait_of_others(case: Case) -> Iterator[CheckResult]:
    """The photo was not used with a different name or number before.

    The check compares photos, not faces: a different photo of the same person passes. It is
    performed only if the operator has chosen to store signatures of portraits, which are biometric
    data. The same person with a different number is only noted, for example a passport and a card
    with the same photo.
    """
    code = "portrait_seen_before"
    history = case.history
    if history is None or history.other_person_portrait is None:
        yield not_performed(code, NO_PORTRAIT if history else NOT_LOOKED_UP)
        return
    persons, numbers = history.other_person_portrait, history.other_number_portrait or 0
    found = [
        f"other documents with this photo and a different {what}: {count}"
        for what, count in (("person", persons), ("number", numbers))
        if count
    ]
    severity = Consequence.REFER if persons else Consequence.NOTE
    yield passed_or_failed(code, not found, severity, "; ".join(found))


def _expect_none(
    code: str, case: Case, count: int | None, severity: Consequence, unknown: str, shared: str
) -> CheckResult:
    if count is None:
        return not_performed(code, unknown if case.history else NOT_LOOKED_UP)
    evidence = f"other documents with {shared}: {count}"
    return passed_or_failed(code, count == 0, severity, evidence)
