"""Put the service on AWS and Prefect: `python deploy/deploy.py [ENVIRONMENT]`.

Each step is checked first, and skipped if it is already done. So the same command deploys for the
first time, continues after a failure, and upgrades.
"""

from __future__ import annotations

import sys
from pathlib import Path

if not __package__:  # Run as a file: Python looks for modules in its folder, not in the clone.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import argparse
import json
from collections.abc import Sequence

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
from deploy.aws.steps import STEPS, alert_block, roles, secrets, services, webhook
from deploy.aws.target import CONFIRMATION_SECONDS, Target, connect
from deploy.local.isolation import ROOT
from deploy.prefect_objects.connection import workspace

console = Console(highlight=False)

HOW_TO_CONTINUE = "Fix this and run the same command again; it continues with this step."


def main(
    arguments: Sequence[str] | None = None,
    *,
    clone: Path = ROOT,
    confirmation_seconds: float = CONFIRMATION_SECONDS,
) -> int:
    """Run the command for a clone, and return its exit code.

    SNS's subscription must be confirmed within `confirmation_seconds`.
    """
    options = build_parser().parse_args(arguments)
    try:
        environment = read_environment(options.environment)
        with workspace() as prefect:
            target = connect(
                environment,
                prefect,
                allow_dirty=options.allow_dirty,
                image=options.image,
                clone=clone,
                confirmation_seconds=confirmation_seconds,
                accept_base=options.accept_base,
            )
            return run_command(target, options)
    except DeployError as error:
        # Standard output may be the file of a policy.
        Console(stderr=True, highlight=False).print(f"✗ {error}", markup=False, soft_wrap=True)
        return 1


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    known = ", ".join(sorted(file.stem for file in ENVIRONMENTS.glob("*.toml")))
    parser = argparse.ArgumentParser(prog="python deploy/deploy.py", description=__doc__)
    parser.add_argument(
        "environment",
        nargs="?",
        default=PRODUCTION,
        help=f"a name in deploy/environments/ ({known}), or the path of a TOML file; "
        "default: production",
    )
    parser.add_argument("--dry-run", action="store_true", help="show the plan, change nothing")
    parser.add_argument("--only", metavar="STEP", choices=[step.name for step in STEPS])
    parser.add_argument(
        "--destroy",
        action="store_true",
        help="remove what deploy.py created, after asking for confirmation",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--allow-dirty", action="store_true", help="build uncommitted changes")
    parser.add_argument(
        "--accept-base",
        action="store_true",
        help="build from a changed base image, and lock its new digest",
    )
    parser.add_argument(
        "--image", metavar="TAG", default="", help="use an earlier image, to roll back"
    )
    parser.add_argument(
        "--rights",
        choices=["boundary", "deployer", "deployer-services", "submitter"],
        help="only print a policy of deploy/iam/ for this environment",
    )
    parser.add_argument("--renew-secrets", action="store_true", help="store all secrets again")
    parser.add_argument("--rotate-webhook", action="store_true", help="give the webhook a new URL")
    return parser


def run_command(target: Target, options: argparse.Namespace) -> int:
    """Show, apply or destroy the chosen steps, and return the exit code."""
    if options.rights:
        is_boundary = options.rights == "boundary"
        policy = (
            roles.fill_boundary(target)
            if is_boundary
            else roles.fill_policy(target, options.rights)
        )
        sys.stdout.write(json.dumps(policy, indent=2) + "\n")
        return 0
    steps = [step for step in STEPS if options.only in (None, step.name)]
    console.print(
        f"[bold]{target.environment.name}[/]: AWS account {target.account}, "
        f"{target.environment.region}; Prefect {target.prefect.api_url}"
    )
    if options.destroy:
        return destroy_steps(steps, target, confirmed=options.yes)
    if options.dry_run:
        return show_plan(steps, target)
    if options.renew_secrets:
        secrets.renew(target)
        alert_block.renew(target)
        console.print("+ secrets  stored again; runs that start from now on use the new values")
    if options.rotate_webhook:
        webhook.rotate(target)
        console.print("+ webhook  has a new URL; the subscription follows")
    code = apply_steps(steps, target)
    if options.renew_secrets and code == 0 and (restarted := services.restart(target)):
        console.print(f"+ services  restarted: {', '.join(restarted)}")
    return code


def show_plan(steps: Sequence[DeployStep], target: Target) -> int:
    """Print what each step would do, and return 1 if one is blocked."""
    findings = []
    for step in steps:
        try:
            findings.append((step, examine(step, target)))
        except StepFailed as error:
            findings.append((step, Finding(StepStatus.BLOCKED, str(error))))
    console.print(plan_table(findings, "Plan (nothing is changed)"))
    if all(finding.is_done for _, finding in findings):
        console.print("Nothing to do.")
    return int(any(finding.status == StepStatus.BLOCKED for _, finding in findings))


def apply_steps(steps: Sequence[DeployStep], target: Target) -> int:
    """Apply each step that is not done, print what happened, and return the exit code."""
    changed = 0
    try:
        for progress in carry_out(steps, target):
            mark = "·" if progress.happened == "unchanged" else "+"
            changed += mark == "+"
            console.print(f"{mark} {progress.step:13} {progress.happened:10} {progress.detail}")
    except StepFailed as error:
        names = [step.name for step in steps]
        failed = names.index(error.step)
        console.print(f"[red]✗ {error.step}[/]: {error}")
        console.print(f"Steps done: {', '.join(names[:failed]) or 'none'}.")
        console.print(f"Steps not done: {', '.join(names[failed:])}.")
        console.print(HOW_TO_CONTINUE)
        return 1
    console.print(
        f"Done: {changed} of {len(steps)} steps changed." if changed else "Nothing to do."
    )
    return 0


def destroy_steps(steps: Sequence[DeployStep], target: Target, *, confirmed: bool) -> int:
    """Remove what the steps created, if a person confirms it, and return the exit code."""
    if not confirmed and not ask_for_confirmation(target):
        console.print("Nothing was removed.")
        return 1
    try:
        for progress in take_down(steps, target):
            console.print(f"- {progress.step:13} {progress.detail}")
    except StepFailed as error:
        console.print(f"[red]✗ {error.step}[/]: {error}")
        console.print(HOW_TO_CONTINUE)
        return 1
    return 0


def ask_for_confirmation(target: Target) -> bool:
    """Ask for the environment's name; raise DeployError without a terminal."""
    name = target.environment.name
    console.print(
        f"This removes what deploy.py created for {name} in AWS and Prefect. It leaves the "
        "database, the documents, and a bucket that holds documents."
    )
    try:
        return console.input(f"Type {name} to continue: ") == name
    except EOFError:
        raise DeployError("cannot ask for confirmation without a terminal: use --yes") from None


if __name__ == "__main__":
    sys.exit(main())
