"""Check every link of the chain: `python -m deploy.doctor [ENVIRONMENT] [--probe]`.

✓ works, ✗ does not work (with the remedy), ! works but should be changed, · is not needed or cannot
be checked from here. Without --probe, nothing is changed. Prefect Cloud's webhook gets an empty
message, which becomes an event that no automation matches.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from prefect.client.schemas.filters import WorkerFilter, WorkerFilterStatus
from prefect.exceptions import ObjectNotFound
from rich.console import Console

from deploy.aws import service
from deploy.aws.environment import PRODUCTION, read_environment
from deploy.aws.errors import DeployError, NotYet
from deploy.aws.plan import DeployStep, StepFailed, StepStatus, examine, explain_error
from deploy.aws.probe import ProbeFailed, follow
from deploy.aws.steps import (
    STEPS,
    dead_letters,
    desk_balancer,
    logs,
    pool,
    roles,
    schema,
    services,
    webhook,
)
from deploy.aws.target import Target, connect
from deploy.local.isolation import ROOT
from deploy.prefect_objects.connection import workspace
from tasks.arguments import parse_positive

console = Console(highlight=False)

GOOD, BAD, UNKNOWN, WARNING = "✓", "✗", "·", "!"
REQUEST_SECONDS = 15


@dataclass(frozen=True)
class Link:
    """Result of checking one link of the chain.

    Attributes:
        mark: `GOOD`, `BAD`, `WARNING` or `UNKNOWN`.
        name: Name of the link.
        detail: What was found.
        fix: What to do about a bad link or a warning; empty for others.
    """

    mark: str
    name: str
    detail: str
    fix: str = ""


def main(arguments: Sequence[str] | None = None, *, clone: Path = ROOT) -> int:
    """Print every link of a clone's deployment, and return 1 if one does not work."""
    options = build_parser().parse_args(arguments)
    try:
        environment = read_environment(options.environment)
        with workspace() as prefect:
            target = connect(environment, prefect, image=options.image, clone=clone)
            works = print_links(check_links(target))
            if options.probe and works:
                works = print_links(follow_probe(target, options.timeout))
    except DeployError as error:
        console.print(f"{BAD} {error}", markup=False, soft_wrap=True)
        return 1
    return 0 if works else 1


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m deploy.doctor", description=__doc__)
    parser.add_argument("environment", nargs="?", default=PRODUCTION)
    parser.add_argument("--image", metavar="TAG", default="", help="image after a rollback")
    parser.add_argument(
        "--probe", action="store_true", help="upload a blank test image and follow it to a verdict"
    )
    parser.add_argument(
        "--timeout", type=parse_positive, default=600, help="seconds to follow the test image (600)"
    )
    return parser


def print_links(links: Iterator[Link]) -> bool:
    """Print each link as soon as it is checked, and return whether all work."""
    works = True
    for link in links:
        console.print(f"{link.mark} {link.name:13} {link.detail}", markup=False)
        if link.fix:
            console.print(f"  {'':13} → {link.fix}", markup=False)
        works = works and link.mark != BAD
    return works


def check_links(target: Target) -> Iterator[Link]:
    """Check each step of the deployment, and the links that only a running service shows."""
    where = f"account {target.account}, {target.environment.region}; {target.prefect.api_url}"
    yield Link(GOOD, "credentials", where)
    for step in STEPS:
        yield check_step(step, target)
    for name, check in RUNNING_CHECKS.items():
        yield check_running(name, check, target)


def check_step(step: DeployStep, target: Target) -> Link:
    """Check one step of the deployment."""
    try:
        finding = examine(step, target)
    except StepFailed as error:
        return Link(BAD, step.name, str(error), "fix what the line above names")
    if finding.status is StepStatus.NOT_NEEDED:
        return Link(UNKNOWN, step.name, finding.detail)
    if finding.is_done:
        return Link(GOOD, step.name, finding.detail)
    fix = f"python deploy/deploy.py {target.environment.name} --only {step.name}"
    return Link(BAD, step.name, f"{finding.status}: {finding.detail}", fix)


def check_running(name: str, check: Callable[[Target], Link], target: Target) -> Link:
    """Run a check that needs a deployed service; a failed request is a bad link."""
    try:
        return check(target)
    except NotYet as error:
        return Link(UNKNOWN, name, f"after {error}")
    except DeployError as error:
        return Link(BAD, name, str(error), "fix what the line above names")
    except (ClientError, BotoCoreError, httpx.HTTPError) as error:
        return Link(BAD, name, explain_error(error), "check the network and your credentials")


def check_pool_ready(target: Target) -> Link:
    """Check that Prefect Cloud or a worker starts the runs of the pool."""
    try:
        found = target.prefect.read_work_pool(pool.name(target))
    except ObjectNotFound:
        raise NotYet("the pool") from None
    if found.is_push_pool:
        return Link(GOOD, "pool ready", "Prefect Cloud starts the runs")
    online = WorkerFilter(status=WorkerFilterStatus(any_=["ONLINE"]))
    workers = target.prefect.read_workers_for_work_pool(found.name, worker_filter=online)
    if workers:
        return Link(GOOD, "pool ready", f"workers online: {len(workers)}")
    fix = f"prefect worker start --pool {found.name}"
    if target.environment.is_warm:
        fix = f"read the log streams worker/… of {logs.name(target)}, and the events of the service"
    return Link(BAD, "pool ready", "no worker is online", fix)


def check_access_keys(target: Target) -> Link:
    """Check that no user with an access key is left if the pool needs none."""
    if target.environment.pool == "ecs:push":
        detail = f"the push pool uses the key of {pool.user(target)}; a warm pool needs none"
        return Link(UNKNOWN, "access keys", detail)
    if not pool.owns_user(target):
        return Link(GOOD, "access keys", "none: runs and services have roles")
    fix = f"python deploy/deploy.py {target.environment.name} --only leftovers"
    return Link(BAD, "access keys", f"the user {pool.user(target)} is left", fix)


def check_services(target: Target) -> Link:
    """Check that every service has its containers, and that the newest ones start."""
    names = services.list_names(target)
    if not names:
        return Link(UNKNOWN, "services", "ECS keeps none running here")
    problems = []
    for name in names:
        found = service.find_service(target, name)
        if found is None:
            raise NotYet(f"the service {name}")
        if reason := service.find_problem(found):
            problems.append(f"{name}: {reason}")
    if problems:
        fix = f"read the log of the service in {logs.name(target)}, and its events in ECS"
        return Link(BAD, "services", "; ".join(problems), fix)
    return Link(GOOD, "services", ", ".join(names))


def check_desk(target: Target) -> Link:
    """Ask the review desk for its health, at the address that people open."""
    desk = target.environment.desk
    if desk is None:
        return Link(UNKNOWN, "review desk", "`desk` is not set")
    balancer = desk_balancer.find_balancer(target)
    if balancer is None:
        raise NotYet("the load balancer")
    try:
        response = httpx.get(f"{desk.url}{desk_balancer.HEALTH_PATH}", timeout=REQUEST_SECONDS)
    except httpx.HTTPError as error:
        if not desk.public:
            detail = f"{desk.url} is not reachable from here because it is in the VPC"
            return Link(UNKNOWN, "review desk", detail)
        fix = f"point the name to {balancer['DNSName']}, and check the certificate and `allowed`"
        return Link(BAD, "review desk", f"{desk.url}: {type(error).__name__}", fix)
    if response.status_code == httpx.codes.OK:
        return Link(GOOD, "review desk", f"{desk.url} answers")
    fix = "read the log streams desk/…, and the health of the load balancer's targets"
    return Link(BAD, "review desk", f"{desk.url} answers {response.status_code}", fix)


def check_database_user(target: Target) -> Link:
    """Check that the database user of the runs does not own the tables."""
    if not schema.database_url():
        return Link(UNKNOWN, "database user", "DATABASE_URL is not set here")
    if not schema.owns_tables(target):
        return Link(GOOD, "database user", "does not own the tables")
    fix = (
        "docs/aws.md, A database user for the runs: create a member of docverify_app, put its URL "
        "into DATABASE_URL, and the owner's into DOCVERIFY_OWNER_DATABASE_URL"
    )
    detail = "DATABASE_URL names the owner of the tables, who can change recorded data"
    return Link(WARNING, "database user", detail, fix)


def check_receiver(target: Target) -> Link:
    """Post an empty message: the webhook must accept it, and the gateway must refuse it."""
    if not target.is_cloud:
        message, gateway = {"Type": "Notification"}, target.environment.gateway
        try:
            response = httpx.post(gateway, json=message, timeout=REQUEST_SECONDS)
        except httpx.HTTPError as error:
            fix = "set `gateway` to the address of services.gateway, and check that it is running"
            return Link(BAD, "receiver", f"{gateway}: {type(error).__name__}", fix)
        fix = "start `python -m services.gateway`, and check the proxy in front of it"
        return compare_status(response, 403, fix)
    response = httpx.post(webhook.url(target), json={}, timeout=REQUEST_SECONDS)
    if response.status_code in (401, 403):
        fix = "turn off webhook authentication in the account: SNS cannot authenticate"
        return Link(BAD, "receiver", "the webhook requires a Prefect API key", fix)
    return compare_status(response, 204, f"python deploy/deploy.py {target.environment.name}")


def compare_status(response: httpx.Response, wanted: int, fix: str) -> Link:
    """Compare the status code of the receiver with the wanted one."""
    if response.status_code == wanted:
        return Link(GOOD, "receiver", f"answers {wanted}")
    return Link(BAD, "receiver", f"answers {response.status_code}, not {wanted}", fix)


def check_undelivered(target: Target) -> Link:
    """Check that the dead-letter queue is empty."""
    found = dead_letters.read_attributes(target)
    if found is None:
        raise NotYet("the dead-letter queue")
    count = int(found["ApproximateNumberOfMessages"])
    if count:
        fix = "docs/operations.md, Dead letters: read them, fix the cause, start their runs"
        return Link(BAD, "undelivered", f"{count} messages in {dead_letters.name(target)}", fix)
    return Link(GOOD, "undelivered", "no messages")


def check_rights(target: Target) -> Link:
    """Ask IAM whether the role of a run may read documents."""
    if not target.environment.in_containers:
        return Link(UNKNOWN, "rights", "a process has the permissions of its worker")
    role = roles.worker_role if target.environment.is_warm else roles.task_role
    iam = target.session.client("iam", config=Config(retries={"total_max_attempts": 1}))
    documents = f"arn:{target.partition}:s3:::{target.bucket}/{target.environment.prefix}a"
    try:
        results = iam.simulate_principal_policy(
            PolicySourceArn=role(target),
            ActionNames=["s3:GetObject", "s3:GetObjectVersion"],
            ResourceArns=[documents],
        )["EvaluationResults"]
    except (ClientError, BotoCoreError, ResponseParserError):
        return Link(UNKNOWN, "rights", "IAM cannot simulate the policies of the role")
    denied = [each["EvalActionName"] for each in results if each["EvalDecision"] != "allowed"]
    if denied:
        fix = "a permissions boundary or an organisation's policy denies it: ask its owner"
        return Link(BAD, "rights", f"a run may not {', '.join(denied)}", fix)
    return Link(GOOD, "rights", "a run may read documents")


RUNNING_CHECKS: dict[str, Callable[[Target], Link]] = {
    "pool ready": check_pool_ready,
    "services": check_services,
    "access keys": check_access_keys,
    "review desk": check_desk,
    "database user": check_database_user,
    "receiver": check_receiver,
    "undelivered": check_undelivered,
    "rights": check_rights,
}


def follow_probe(target: Target, timeout: float) -> Iterator[Link]:
    """Upload a blank test image, and follow it to its verdict."""
    try:
        for moment in follow(target, timeout):
            yield Link(GOOD, moment.name, f"{moment.detail} after {moment.seconds:.1f} s")
    except ProbeFailed as error:
        yield Link(BAD, error.link, str(error), error.fix)


if __name__ == "__main__":
    sys.exit(main())
