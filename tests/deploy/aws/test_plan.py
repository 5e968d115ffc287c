"""The plan, with steps that only log what is done to them."""

from functools import partial
from types import SimpleNamespace

import pytest

from deploy.aws import plan
from deploy.aws.errors import DeployError, NotYet
from deploy.aws.plan import (
    DeployStep,
    Finding,
    StepFailed,
    StepStatus,
    compare,
    done,
    examine,
    missing,
    not_needed,
    take_down,
)

TARGET = None  # These steps do not use it.
carry_out = partial(plan.carry_out, pause_seconds=0)


def step(name: str, *found: Finding, log: list[str], fails: Exception | None = None) -> DeployStep:
    """Build a step whose checks return these findings in turn, then the last one again."""
    findings = list(found)

    def check(_target: object) -> Finding:
        return findings.pop(0) if len(findings) > 1 else findings[0]

    def apply(_target: object) -> None:
        log.append(name)
        if fails:
            raise fails

    def destroy(_target: object) -> str:
        log.append(f"no {name}")
        return name

    return DeployStep(name, SimpleNamespace(check=check, apply=apply, destroy=destroy))


def test_only_unfinished_steps_are_applied_in_order():
    log: list[str] = []
    steps = [
        step("a", done("a"), log=log),
        step("b", missing("b"), done("b"), log=log),
        step("c", not_needed("c"), log=log),
        step("d", Finding(StepStatus.DIFFERS, "d"), done("d"), log=log),
    ]

    happened = [progress.happened for progress in carry_out(steps, TARGET)]

    assert log == ["b", "d"]
    assert happened == ["unchanged", "created", "unchanged", "changed"]


def test_change_that_shows_late_is_waited_for():
    log: list[str] = []
    late = step("late", missing(""), missing(""), missing(""), done("there"), log=log)

    (progress,) = carry_out([late], TARGET)

    assert progress.detail == "there"
    assert log == ["late"]


def test_step_that_stays_unfinished_fails_without_an_error():
    with pytest.raises(StepFailed, match="applied, but still to create: nothing came"):
        list(carry_out([step("a", missing("nothing came"), log=[])], TARGET))


def test_first_failure_ends_the_run():
    log: list[str] = []
    steps = [
        step("a", missing("a"), done("a"), log=log),
        step("b", missing("b"), log=log, fails=DeployError("no Docker")),
        step("c", missing("c"), done("c"), log=log),
    ]

    with pytest.raises(StepFailed, match="no Docker") as raised:
        list(carry_out(steps, TARGET))

    assert raised.value.step == "b"
    assert log == ["a", "b"]


def test_bug_is_not_reported_as_a_failed_step():
    with pytest.raises(ZeroDivisionError):
        list(carry_out([step("a", missing(""), log=[], fails=ZeroDivisionError())], TARGET))


def test_step_that_needs_an_earlier_one_is_created_after_it():
    def check(_target: object) -> Finding:
        raise NotYet("the topic")

    found = examine(DeployStep("a", SimpleNamespace(check=check)), TARGET)

    assert found == Finding(StepStatus.MISSING, "after the topic")


def test_last_step_is_removed_first():
    log: list[str] = []
    steps = [step(name, done(""), log=log) for name in "abc"]

    list(take_down(steps, TARGET))

    assert log == ["no c", "no b", "no a"]


def test_difference_is_named_without_its_values():
    found = compare("bucket", {"versioning": True, "policy": "a"}, {"versioning": True})

    assert found == Finding(StepStatus.DIFFERS, "bucket: policy")
