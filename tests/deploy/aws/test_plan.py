"""A plan on steps that only remember: what is done is left, the rest in order, failures named."""

import pytest

from deploy.aws import plan
from deploy.aws.errors import DeployError, NotYet
from deploy.aws.plan import (
    DeployStep,
    Finding,
    StepFailed,
    StepStatus,
    carry_out,
    compare,
    done,
    examine,
    missing,
    not_needed,
    take_down,
)

TARGET = None  # These steps need none.


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(plan, "_PAUSE_SECONDS", 0)


def step(name: str, *found: Finding, log: list[str], fails: Exception | None = None) -> DeployStep:
    """A step whose check finds one after the other, the last one for good."""
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

    return DeployStep(name, check, apply, destroy)


def test_only_what_is_not_done_is_applied_in_order():
    log: list[str] = []
    steps = [
        step("a", done("a"), log=log),
        step("b", missing("b"), done("b"), log=log),
        step("c", not_needed("c"), log=log),
        step("d", Finding(StepStatus.DIFFERS, "d"), done("d"), log=log),
    ]

    happened = [progress.happened for progress in carry_out(steps, TARGET)]

    assert log == ["b", "d"]
    assert happened == ["unchanged", "made", "unchanged", "changed"]


def test_what_shows_late_is_waited_for():
    log: list[str] = []
    late = step("late", missing(""), missing(""), missing(""), done("there"), log=log)

    (progress,) = carry_out([late], TARGET)

    assert progress.detail == "there"
    assert log == ["late"]


def test_what_does_not_get_done_is_a_failure_even_without_an_error():
    with pytest.raises(StepFailed, match="applied, but still to be made: nothing came"):
        list(carry_out([step("a", missing("nothing came"), log=[])], TARGET))


def test_a_failure_ends_the_run_there():
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


def test_a_bug_of_ours_is_no_failed_step():
    with pytest.raises(ZeroDivisionError):
        list(carry_out([step("a", missing(""), log=[], fails=ZeroDivisionError())], TARGET))


def test_what_needs_an_earlier_step_is_to_be_made_after_it():
    def check(_target: object) -> Finding:
        raise NotYet("the topic")

    found = examine(DeployStep("a", check, lambda _: None, lambda _: ""), TARGET)

    assert found == Finding(StepStatus.MISSING, "after the topic")


def test_the_last_step_is_taken_down_first():
    log: list[str] = []
    steps = [step(name, done(""), log=log) for name in "abc"]

    list(take_down(steps, TARGET))

    assert log == ["no c", "no b", "no a"]


def test_what_differs_is_named_without_its_values():
    found = compare("bucket", {"versioning": True, "policy": "a"}, {"versioning": True})

    assert found == Finding(StepStatus.DIFFERS, "bucket: policy")
