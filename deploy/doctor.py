"""Look at every link of the chain: `python -m deploy.doctor [ENVIRONMENT] [--probe]`.

✓ holds, ✗ does not (with what to do), · is not needed or cannot be seen from here. Without
--probe nothing is changed; Prefect Cloud's webhook is tried with an empty message, which becomes
an event that no automation hears.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import httpx
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from prefect.client.schemas.filters import WorkerFilter, WorkerFilterStatus
from prefect.exceptions import ObjectNotFound
from rich.console import Console

from deploy.aws.environment import PRODUCTION, read_environment
from deploy.aws.errors import DeployError, NotYet
from deploy.aws.plan import DeployStep, StepFailed, StepStatus, examine, explain_error
from deploy.aws.probe import ProbeFailed, follow
from deploy.aws.steps import STEPS, dead_letters, pool, roles, webhook
from deploy.aws.target import Target, connect
from deploy.deploy import workspace

console = Console(highlight=False)

GOOD, BAD, UNKNOWN = "✓", "✗", "·"
_SECONDS = 15


@dataclass(frozen=True)
class Link:
    """What was seen of one link, and what to do where it does not hold."""

    mark: str
    name: str
    detail: str
    fix: str = ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print every link, and return 1 if one does not hold."""
    options = _parser().parse_args(arguments)
    try:
        with workspace() as prefect:
            target = connect(read_environment(options.environment), prefect, image=options.image)
            whole = _shown(links(target))
            if options.probe and whole:
                whole = _shown(_probed(target, options.timeout))
    except DeployError as error:
        console.print(f"[red]{BAD}[/] {error}")
        return 1
    return 0 if whole else 1


def links(target: Target) -> Iterator[Link]:
    """Look at each step of the deployment, and at what only shows when it runs."""
    where = f"account {target.account}, {target.environment.region}; {target.prefect.api_url}"
    yield Link(GOOD, "credentials", where)
    for step in STEPS:
        yield _of_step(step, target)
    for name, look in LOOKS.items():
        yield _guarded(name, look, target)


def _of_step(step: DeployStep, target: Target) -> Link:
    try:
        finding = examine(step, target)
    except StepFailed as error:
        return Link(BAD, step.name, str(error), "the line says it")
    if finding.status is StepStatus.NOT_NEEDED:
        return Link(UNKNOWN, step.name, finding.detail)
    if finding.is_done:
        return Link(GOOD, step.name, finding.detail)
    fix = f"python deploy/deploy.py {target.environment.name} --only {step.name}"
    return Link(BAD, step.name, f"{finding.status}: {finding.detail}", fix)


def _guarded(name: str, look: Callable[[Target], Link], target: Target) -> Link:
    try:
        return look(target)
    except NotYet as error:
        return Link(UNKNOWN, name, f"after {error}")
    except (ClientError, BotoCoreError, httpx.HTTPError) as error:
        return Link(BAD, name, explain_error(error), "see the network, and who asks")


def _undelivered(target: Target) -> Link:
    found = dead_letters.attributes(target)
    if found is None:
        raise NotYet("the dead-letter queue")
    count = int(found["ApproximateNumberOfMessages"])
    if count:
        fix = "docs/operations.md, Dead letters: read them, mend the cause, send them again"
        return Link(BAD, "undelivered", f"{count} messages in {dead_letters.name(target)}", fix)
    return Link(GOOD, "undelivered", "none")


def _receiver(target: Target) -> Link:
    """Post what no automation hears: the webhook takes it, the gateway must not."""
    if target.is_cloud:
        answer = httpx.post(webhook.url(target), json={}, timeout=_SECONDS)
        if answer.status_code in (401, 403):
            fix = "switch off the enforcement in the account's settings: SNS can't authenticate"
            return Link(BAD, "receiver", "the webhook wants a key of Prefect", fix)
        return _answered(answer, 204, f"python deploy/deploy.py {target.environment.name}")
    answer = httpx.post(target.environment.gateway, json={"Type": "Notification"}, timeout=_SECONDS)
    return _answered(answer, 403, "start `python -m services.gateway`, and what leads to it")


def _answered(answer: httpx.Response, wanted: int, fix: str) -> Link:
    good = answer.status_code == wanted
    detail = f"answers {answer.status_code}" + ("" if good else f", not {wanted}")
    return Link(GOOD if good else BAD, "receiver", detail, "" if good else fix)


def _pool_ready(target: Target) -> Link:
    try:
        found = target.prefect.read_work_pool(pool.name(target))
    except ObjectNotFound:
        raise NotYet("the pool") from None
    if found.is_push_pool:
        return Link(GOOD, "pool ready", "Prefect Cloud starts the runs")
    online = WorkerFilter(status=WorkerFilterStatus(any_=["ONLINE"]))
    workers = target.prefect.read_workers_for_work_pool(found.name, worker_filter=online)
    if workers:
        return Link(GOOD, "pool ready", f"{len(workers)} workers")
    fix = f"prefect worker start --pool {found.name}"
    return Link(BAD, "pool ready", "no worker is online", fix)


def _rights(target: Target) -> Link:
    """Ask IAM whether a run may read a document, as its role really is."""
    if not target.environment.in_containers:
        return Link(UNKNOWN, "rights", "a process has those of its worker")
    iam = target.session.client("iam", config=Config(retries={"total_max_attempts": 1}))
    try:
        answer = iam.simulate_principal_policy(
            PolicySourceArn=roles.task_role(target),
            ActionNames=["s3:GetObject", "s3:GetObjectVersion"],
            ResourceArns=[
                f"arn:{target.partition}:s3:::{target.bucket}/{target.environment.prefix}a"
            ],
        )
    except (ClientError, BotoCoreError, ResponseParserError):
        return Link(UNKNOWN, "rights", "IAM does not tell us")
    denied = [
        each["EvalActionName"]
        for each in answer["EvaluationResults"]
        if each["EvalDecision"] != "allowed"
    ]
    if denied:
        fix = "a boundary or a policy of the organisation denies it: ask who sets it"
        return Link(BAD, "rights", f"a run may not {', '.join(denied)}", fix)
    return Link(GOOD, "rights", "a run may read documents")


LOOKS: dict[str, Callable[[Target], Link]] = {
    "pool ready": _pool_ready,
    "receiver": _receiver,
    "undelivered": _undelivered,
    "rights": _rights,
}


def _probed(target: Target, timeout: float) -> Iterator[Link]:
    """Upload a picture of nothing, and follow it to its verdict."""
    try:
        for moment in follow(target, timeout):
            yield Link(GOOD, moment.name, f"{moment.detail} after {moment.seconds:.1f} s")
    except ProbeFailed as error:
        yield Link(BAD, error.link, str(error), error.fix)


def _shown(found: Iterator[Link]) -> bool:
    """Print each link when it was looked at, and say whether all hold."""
    whole = True
    for link in found:
        console.print(f"{link.mark} {link.name:13} {link.detail}", markup=False)
        if link.fix:
            console.print(f"  {'':13} → {link.fix}", markup=False)
        whole = whole and link.mark != BAD
    return whole


def _parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="python -m deploy.doctor", description=__doc__)
    found.add_argument("environment", nargs="?", default=PRODUCTION)
    found.add_argument("--image", metavar="TAG", default="", help="what was rolled back to")
    found.add_argument("--probe", action="store_true", help="follow a document to its verdict")
    found.add_argument("--timeout", type=float, default=600, help="seconds to follow it (600)")
    return found


if __name__ == "__main__":
    sys.exit(main())
