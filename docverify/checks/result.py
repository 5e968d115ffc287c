"""The result of a check: a fact, and the sources that it comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from docverify.case import Case
from docverify.identities import Source
from docverify.policy import Consequence


class Status(StrEnum):
    """What a check found; not_performed never counts as passed."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    NOT_PERFORMED = "not_performed"


@dataclass(frozen=True)
class CheckResult:
    """One result of a check.

    Attributes:
        severity: What a failure asks for, unless the policy overrides it.
        field: The field that was checked, if it was a single one.
        evidence: What was found, without any value of a person. Empty if the check passed.
        applies: False if documents of this layout never have what the check needs. The check is
            then not performed, but nothing is missing.
    """

    code: str
    status: Status
    severity: Consequence = Consequence.REFER
    field: str | None = None
    sources: tuple[Source, ...] = ()
    evidence: str = ""
    applies: bool = True


Check = Callable[[Case], Iterator[CheckResult]]


@dataclass(frozen=True)
class Answers:
    """What a check may answer.

    Attributes:
        codes: The codes of its results; every case gets a result for each code.
        consequences: What a failure may ask for, most usual first. Empty if the check never fails.
        doubts: Whether a result may be inconclusive.
        advice: What the applicant should do if the check asks for a new upload. It completes the
            sentence "Please upload it again", and must not reveal how a forgery was recognised.
    """

    codes: tuple[str, ...]
    consequences: tuple[Consequence, ...] = ()
    doubts: bool = False
    advice: str = ""


def passed_or_failed(
    code: str, passes: bool, severity: Consequence, evidence: str, *sources: Source
) -> CheckResult:
    """Return a result that is either passed or failed; the evidence is kept only if it failed."""
    status = Status.PASSED if passes else Status.FAILED
    return CheckResult(code, status, severity, None, sources, "" if passes else evidence)


def inconclusive(code: str, doubt: str, *sources: Source) -> CheckResult:
    """Return a result that is uncertain, with the reason."""
    return CheckResult(code, Status.INCONCLUSIVE, sources=sources, evidence=doubt)


def not_performed(code: str, why: str, field: str | None = None) -> CheckResult:
    """Return the result of a check that was not performed, with the reason."""
    return CheckResult(code, Status.NOT_PERFORMED, field=field, evidence=why)


def not_applicable(code: str, why: str, field: str | None = None) -> CheckResult:
    """Return the result of a check that documents of this layout never allow, with the reason."""
    return CheckResult(code, Status.NOT_PERFORMED, field=field, evidence=why, applies=False)
