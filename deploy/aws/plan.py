"""A plan is a tuple of steps; each is checked, and applied only if it is not done."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from botocore.exceptions import BotoCoreError, ClientError
from httpx import HTTPError
from rich.table import Table

from deploy.aws.errors import DeployError, NotYet
from deploy.aws.target import Target

_LOOKS = 5
_PAUSE_SECONDS = 2


class StepStatus(StrEnum):
    """How far a step is."""

    DONE = "done"
    MISSING = "to be made"
    DIFFERS = "to be changed"
    NOT_NEEDED = "not needed"
    BLOCKED = "can't be done"


@dataclass(frozen=True)
class Finding:
    """What a check saw; the detail names what there is, or what is wrong with it."""

    status: StepStatus
    detail: str

    @property
    def is_done(self) -> bool:
        """Whether there is nothing left to do."""
        return self.status in (StepStatus.DONE, StepStatus.NOT_NEEDED)


@dataclass(frozen=True)
class DeployStep:
    """One thing that a deployment needs, as three functions.

    `check` changes nothing. `apply` may be interrupted and repeated. `destroy` removes only what
    is ours, and says what it did.
    """

    name: str
    check: Callable[[Target], Finding]
    apply: Callable[[Target], None]
    destroy: Callable[[Target], str]


@dataclass(frozen=True)
class Progress:
    """What became of one step."""

    step: str
    happened: str
    detail: str


@dataclass
class StepFailed(DeployError):
    """A step did not get done; what was before it is done, and the next run goes on with it."""

    step: str
    reason: str

    def __str__(self) -> str:
        """Say why."""
        return self.reason


def done(detail: str) -> Finding:
    """There is nothing to do."""
    return Finding(StepStatus.DONE, detail)


def missing(detail: str) -> Finding:
    """It is not there."""
    return Finding(StepStatus.MISSING, detail)


def differs(detail: str) -> Finding:
    """It is there, but not as it should be."""
    return Finding(StepStatus.DIFFERS, detail)


def not_needed(detail: str) -> Finding:
    """This environment does without."""
    return Finding(StepStatus.NOT_NEEDED, detail)


def compare(name: str, wanted: Mapping[str, object], found: Mapping[str, object]) -> Finding:
    """Be done if every wanted property was found; say the names of those that were not."""
    wrong = [key for key, value in wanted.items() if found.get(key) != value]
    return differs(f"{name}: {', '.join(wrong)}") if wrong else done(name)


def examine(step: DeployStep, target: Target) -> Finding:
    """Check one step; what it needs may not be there yet. Raises StepFailed."""
    try:
        return step.check(target)
    except NotYet as error:
        return missing(f"after {error}")
    except (DeployError, ClientError, BotoCoreError, HTTPError) as error:
        raise StepFailed(step.name, explain_error(error)) from error


def carry_out(steps: Iterable[DeployStep], target: Target) -> Iterator[Progress]:
    """Do what is not done, in order, and look again; raises StepFailed at the first that fails."""
    for step in steps:
        before = examine(step, target)
        if before.is_done:
            yield Progress(step.name, "unchanged", before.detail)
            continue
        _apply(step, target)
        after = _settled(step, target)
        if not after.is_done:
            raise StepFailed(step.name, f"applied, but still {after.status}: {after.detail}")
        happened = "made" if before.status is StepStatus.MISSING else "changed"
        yield Progress(step.name, happened, after.detail)


def _settled(step: DeployStep, target: Target) -> Finding:
    """Look again until it is done: what AWS answers may lag behind what it did."""
    for _ in range(_LOOKS - 1):
        finding = examine(step, target)
        if finding.is_done:
            return finding
        time.sleep(_PAUSE_SECONDS)
    return examine(step, target)


def _apply(step: DeployStep, target: Target) -> None:
    try:
        step.apply(target)
    except (DeployError, ClientError, BotoCoreError, HTTPError) as error:
        raise StepFailed(step.name, explain_error(error)) from error


def take_down(steps: Sequence[DeployStep], target: Target) -> Iterator[Progress]:
    """Remove what the steps made, the last one first."""
    for step in reversed(steps):
        try:
            yield Progress(step.name, "removed", step.destroy(target))
        except (DeployError, ClientError, BotoCoreError, HTTPError) as error:
            raise StepFailed(step.name, explain_error(error)) from error


def explain_error(error: Exception) -> str:
    """Say in one line what refused, and what that means where we know it."""
    if isinstance(error, ClientError):
        code = error.response["Error"]["Code"]
        reason = f"{error.operation_name}: {code}: {error.response['Error']['Message']}"
        if code in ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation"):
            reason += " (deploy/iam/deployer.json lists what the deployer must be allowed)"
        return reason
    return f"{error}" or type(error).__name__


def plan_table(findings: Iterable[tuple[DeployStep, Finding]], title: str) -> Table:
    """Show what would be done."""
    shown = Table(title=title, title_justify="left")
    for column in ("step", "status", "what"):
        shown.add_column(column, overflow="fold")
    for step, finding in findings:
        shown.add_row(step.name, finding.status, finding.detail)
    return shown
