"""Put the service on AWS and Prefect: `python deploy/deploy.py [ENVIRONMENT]`.

Each step is looked at first and left alone if it is done, so the same command starts, continues
after a failure, upgrades, and says that nothing is to be done.
"""

from __future__ import annotations

import sys
from pathlib import Path

if not __package__:  # Run as a file: Python looks for modules beside it, not where the clone is.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from httpx import HTTPError
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import get_current_settings
from rich.console import Console

from deploy.aws.environment import ENVIRONMENTS, PRODUCTION, read_environment
from deploy.aws.errors import DeployError
from deploy.aws.plan import (
    DeployStep,
    Finding,
    StepFailed,
    StepStatus,
    carry_out,
    examine,
    plan_table,
    take_down,
)
from deploy.aws.steps import STEPS, alert_block, secrets, webhook
from deploy.aws.target import Target, connect

console = Console(highlight=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says, and return the exit code."""
    options = parser().parse_args(arguments)
    try:
        with workspace() as prefect:
            target = connect(
                read_environment(options.environment),
                prefect,
                allow_dirty=options.allow_dirty,
                image=options.image,
            )
            return _do(target, options)
    except DeployError as error:
        console.print(f"[red]✗[/] {error}")
        return 1


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    known = ", ".join(sorted(file.stem for file in ENVIRONMENTS.glob("*.toml")))
    found = argparse.ArgumentParser(prog="python deploy/deploy.py", description=__doc__)
    found.add_argument(
        "environment",
        nargs="?",
        default=PRODUCTION,
        help=f"one of deploy/environments/ ({known}) or a file like them; default: production",
    )
    found.add_argument("--dry-run", action="store_true", help="say what would be done, do nothing")
    found.add_argument("--only", metavar="STEP", choices=[step.name for step in STEPS])
    found.add_argument("--destroy", action="store_true", help="remove what this made; asks first")
    found.add_argument("--yes", action="store_true", help="do not ask")
    found.add_argument("--allow-dirty", action="store_true", help="build from uncommitted changes")
    found.add_argument("--image", metavar="TAG", default="", help="an earlier image: to roll back")
    found.add_argument("--renew-secrets", action="store_true", help="store all secrets anew")
    found.add_argument("--rotate-webhook", action="store_true", help="give it a new URL")
    return found


@contextmanager
def workspace() -> Iterator[SyncPrefectClient]:
    """Connect to the Prefect that this user's profile or environment names."""
    url = get_current_settings().api.url
    if not url:
        raise DeployError("there is no Prefect: `prefect cloud login`, or set PREFECT_API_URL")
    with get_client(sync_client=True) as client:
        try:
            client.read_work_pools(limit=1)
        except PrefectHTTPStatusError as error:
            code = error.response.status_code
            raise DeployError(
                f"{url} refuses ({code}): `prefect cloud login`, or its key"
            ) from None
        except HTTPError as error:
            raise DeployError(f"{url} does not answer ({type(error).__name__})") from None
        yield client


def _do(target: Target, options: argparse.Namespace) -> int:
    steps = [step for step in STEPS if options.only in (None, step.name)]
    _say_where(target)
    if options.destroy:
        return _destroy(steps, target, agreed=options.yes)
    if options.dry_run:
        return _show(steps, target)
    if options.renew_secrets:
        secrets.renew(target)
        alert_block.renew(target)
        console.print("+ secrets  renewed; runs that start from now on get them")
    if options.rotate_webhook:
        webhook.rotate(target)
        console.print("+ webhook  has a new URL; its subscription follows")
    return _carry_out(steps, target)


def _say_where(target: Target) -> None:
    where = target.environment
    console.print(
        f"[bold]{where.name}[/]: AWS account {target.account}, {where.region}; "
        f"Prefect {target.prefect.api_url}"
    )


def _show(steps: Sequence[DeployStep], target: Target) -> int:
    findings = [(step, _looked_at(step, target)) for step in steps]
    console.print(plan_table(findings, "Plan (nothing is changed)"))
    blocked = any(finding.status == StepStatus.BLOCKED for _, finding in findings)
    if all(finding.is_done for _, finding in findings):
        console.print("Nothing is to be done.")
    return int(blocked)


def _looked_at(step: DeployStep, target: Target) -> Finding:
    try:
        return examine(step, target)
    except StepFailed as error:
        return Finding(StepStatus.BLOCKED, str(error))


def _carry_out(steps: Sequence[DeployStep], target: Target) -> int:
    changed = 0
    try:
        for progress in carry_out(steps, target):
            mark = "·" if progress.happened == "unchanged" else "+"
            changed += mark == "+"
            console.print(f"{mark} {progress.step:13} {progress.happened:10} {progress.detail}")
    except StepFailed as error:
        _say_failed(steps, error)
        return 1
    summary = f"Done: {changed} of {len(steps)} steps changed something."
    console.print(summary if changed else "Nothing was to be done.")
    return 0


def _say_failed(steps: Sequence[DeployStep], error: StepFailed) -> None:
    names = [step.name for step in steps]
    before, after = names[: names.index(error.step)], names[names.index(error.step) + 1 :]
    console.print(f"[red]✗ {error.step}[/]: {error}")
    console.print(f"There already: {', '.join(before) or 'nothing'}.")
    console.print(f"Not yet: {', '.join([error.step, *after])}.")
    console.print("Mend that, and run the same command again: it goes on there.")


def _destroy(steps: Sequence[DeployStep], target: Target, *, agreed: bool) -> int:
    if not agreed and not _agrees(target):
        console.print("Nothing was removed.")
        return 1
    try:
        for progress in take_down(steps, target):
            console.print(f"- {progress.step:13} {progress.detail}")
    except StepFailed as error:
        console.print(f"[red]✗ {error.step}[/]: {error}")
        console.print("Mend that, and run the same command again: it goes on there.")
        return 1
    return 0


def _agrees(target: Target) -> bool:
    name = target.environment.name
    console.print(
        "This removes what deploy.py made for it, in AWS and in Prefect. It leaves the database, "
        "the documents, and a bucket that holds any."
    )
    try:
        return console.input(f"Type {name} to go on: ") == name
    except EOFError:
        raise DeployError("nobody is there to ask: say --yes") from None


if __name__ == "__main__":
    sys.exit(main())
