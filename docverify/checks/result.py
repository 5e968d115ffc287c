"""The answer of a check: a fact, with what it was taken from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from docverify.case import Case
from docverify.identities import Source
from docverify.policy import Consequence


class Status(StrEnum):
    """What a check found out; not_performed never counts as passed."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    NOT_PERFORMED = "not_performed"


@dataclass(frozen=True)
class CheckResult:
    """One answer: `severity` is what a failure asks for unless the policy says otherwise.

    `field` names the field that was checked, `evidence` says what was found in words that hold
    no value of a person. `applies` is False where no document of this layout has what is asked
    for: that is not performed either, but nothing is missing.
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
    """What a check answers: its codes, and what a failure may ask for, the usual one first.

    A check without consequences never fails; `doubts` tells that it may be inconclusive.
    """

    codes: tuple[str, ...]
    consequences: tuple[Consequence, ...] = ()
    doubts: bool = False


def passed_or_failed(
    code: str, holds: bool, severity: Consequence, evidence: str, *sources: Source
) -> CheckResult:
    """Answer a question that has no third way; the evidence is kept only with a failure."""
    status = Status.PASSED if holds else Status.FAILED
    return CheckResult(code, status, severity, None, sources, "" if holds else evidence)


def inconclusive(code: str, doubt: str, *sources: Source) -> CheckResult:
    """Say that the question has no certain answer, and why."""
    return CheckResult(code, Status.INCONCLUSIVE, sources=sources, evidence=doubt)


def not_performed(code: str, why: str, field: str | None = None) -> CheckResult:
    """Say that the question could not be asked, and why."""
    return CheckResult(code, Status.NOT_PERFORMED, field=field, evidence=why)


def not_applicable(code: str, why: str, field: str | None = None) -> CheckResult:
    """Say that no document of this layout has what the question is about, and why."""
    return CheckResult(code, Status.NOT_PERFORMED, field=field, evidence=why, applies=False)
