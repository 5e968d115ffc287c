"""The plan of a deployment: steps in order, each applied only if its check finds it undone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from httpx import HTTPError
from rich.table import Table

from deploy.aws.errors import DeployError, NotYet
from deploy.aws.target import Target

CHECKS_AFTER_APPLY = 5
PAUSE_SECONDS = 2.0

Result = TypeVar("Result")


class StepStatus(StrEnum):
    """The status of a step."""

    DONE = "done"
    MISSING = "to create"
    DIFFERS = "to change"
    NOT_NEEDED = "not needed"
    BLOCKED = "blocked"


@dataclass(frozen=True)
class Finding:
    """Result of a check.

    Attributes:
        status: Status of the step.
        detail: What exists, what is missing, or which properties differ.
    """

    status: StepStatus
    detail: str

    @property
    def is_done(self) -> bool:
        """Whether there is nothing left to do."""
        return self.status in (StepStatus.DONE, StepStatus.NOT_NEEDED)


class StepModule(Protocol):
    """Interface of a module in deploy/aws/steps/."""

    def check(self, target: Target, /) -> Finding:
        """Compare what exists with what is wanted; change nothing."""

    def apply(self, target: Target, /) -> None:
        """Create or change the resource. May be interrupted and repeated."""

    def destroy(self, target: Target, /) -> str:
        """Remove the resource if this environment owns it, and return what was done."""


@dataclass(frozen=True)
class DeployStep:
    """One thing that a deployment needs, and the module that checks, creates and removes it."""

    name: str
    module: StepModule


@dataclass(frozen=True)
class Progress:
    """What happened to one step.

    Attributes:
        step: Name of the step.
        happened: `unchanged`, `created`, `changed` or `removed`.
        detail: What exists now, or what was removed.
    """

    step: str
    happened: str
    detail: str


@dataclass
class StepFailed(DeployError):
    """A step failed. The steps before it are done, and the next run continues with it."""

    step: str
    reason: str

    def __str__(self) -> str:
        """Return the reason."""
        return self.reason


def done(detail: str) -> Finding:
    """Return the finding that nothing is left to do."""
    return Finding(StepStatus.DONE, detail)


def missing(detail: str) -> Finding:
    """Return the finding that something does not exist yet."""
    return Finding(StepStatus.MISSING, detail)


def differs(detail: str) -> Finding:
    """Return the finding that something exists with other properties than wanted."""
    return Finding(StepStatus.DIFFERS, detail)


def not_needed(detail: str) -> Finding:
    """Return the finding that this environment does not need the step."""
    return Finding(StepStatus.NOT_NEEDED, detail)


def compare(name: str, wanted: Mapping[str, object], found: Mapping[str, object]) -> Finding:
    """Compare the wanted properties with those found, and name the ones that differ."""
    wrong = [key for key, value in wanted.items() if found.get(key) != value]
    return differs(f"{name}: {', '.join(wrong)}") if wrong else done(name)


def examine(step: DeployStep, target: Target) -> Finding:
    """Check one step; raise StepFailed if AWS or Prefect refuses."""
    try:
        return step.module.check(target)
    except NotYet as error:
        return missing(f"after {error}")
    except (DeployError, ClientError, BotoCoreError, HTTPError) as error:
        raise StepFailed(step.name, explain_error(error)) from error


def carry_out(
    steps: Iterable[DeployStep], target: Target, pause_seconds: float = PAUSE_SECONDS
) -> Iterator[Progress]:
    """Apply each step that is not done, in order; raise StepFailed at the first that fails."""
    for step in steps:
        before = examine(step, target)
        if before.is_done:
            yield Progress(step.name, "unchanged", before.detail)
            continue
        attempt(step, step.module.apply, target)
        after = examine_until_done(step, target, pause_seconds)
        if not after.is_done:
            raise StepFailed(step.name, f"applied, but still {after.status}: {after.detail}")
        happened = "created" if before.status is StepStatus.MISSING else "changed"
        yield Progress(step.name, happened, after.detail)


def examine_until_done(step: DeployStep, target: Target, pause_seconds: float) -> Finding:
    """Check again a few times, because AWS may report a change only after some seconds."""
    finding = examine(step, target)
    for _ in range(CHECKS_AFTER_APPLY - 1):
        if finding.is_done:
            break
        time.sleep(pause_seconds)
        finding = examine(step, target)
    return finding


def take_down(steps: Sequence[DeployStep], target: Target) -> Iterator[Progress]:
    """Remove what the steps created, the last one first."""
    for step in reversed(steps):
        yield Progress(step.name, "removed", attempt(step, step.module.destroy, target))


def attempt(step: DeployStep, action: Callable[[Target], Result], target: Target) -> Result:
    """Run an action of a step; raise StepFailed if it fails."""
    try:
        return action(target)
    except (DeployError, ClientError, BotoCoreError, HTTPError) as error:
        raise StepFailed(step.name, explain_error(error)) from error


def explain_error(error: Exception) -> str:
    """Return in one line which request failed and why, with the remedy if it is known."""
    if isinstance(error, ClientError):
        code = error.response["Error"]["Code"]
        reason = f"{error.operation_name}: {code}: {error.response['Error']['Message']}"
        if code in ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation"):
            reason += " (deploy/iam/deployer.json lists the permissions that deploy.py needs)"
        return reason
    return f"{error}" or type(error).__name__


def plan_table(findings: Iterable[tuple[DeployStep, Finding]], title: str) -> Table:
    """Build the table of --dry-run."""
    table = Table(title=title, title_justify="left")
    for column in ("step", "status", "what"):
        table.add_column(column, overflow="fold")
    for step, finding in findings:
        table.add_row(step.name, finding.status, finding.detail)
    return table
