"""What Prefect may run: one deployment of each flow, on the pool, from the image.

To add a flow, add its row to `DEPLOYMENTS`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from prefect import Flow
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType

from deploy.aws.plan import Finding, differs, done, missing
from deploy.aws.steps import image, logs, pool, roles, secrets
from deploy.aws.target import Target
from deploy.serve import DAILY, FRUGAL, RETENTION, RETRY, WAITING, purging

IN_IMAGE = {"PREFECT_HOME": "/home/docverify/.prefect"}
"""A worker hands its own settings on to runs: this one names a folder that the image has."""


@dataclass(frozen=True)
class Deployed:
    """One flow, `MODULE.FUNCTION`, as it is deployed."""

    flow: str
    name: str
    description: str
    cron: str = ""
    """When it runs by itself, in UTC; empty for when it is asked for."""
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)
    scheduled: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Parameters of the runs that its schedule starts, beside those that its form begins with."""
    takes_policy: bool = False
    """Whether it has the parameters `policy` and `engine`, which the environment sets."""
    takes_retention: bool = False
    """Whether its schedule purges after the days that the environment sets, if it sets any."""

    @property
    def exists(self) -> bool:
        """Whether this version has the flow."""
        return find_spec(self.module) is not None

    @property
    def module(self) -> str:
        """Where the flow is."""
        return self.flow.rpartition(".")[0]

    def load(self) -> Flow[..., Any]:
        """Import the flow."""
        found: Flow[..., Any] = getattr(import_module(self.module), self.flow.rpartition(".")[2])
        return found


DEPLOYMENTS = (
    Deployed(
        "flows.document_verification.document_verification",
        "document-verification-deployment",
        "Verifies each document that is put into the bucket.",
        takes_policy=True,
    ),
    Deployed(
        "flows.redecision.redecision",
        "redecision-deployment",
        "Decides recorded documents again under another policy, without reading them again.",
    ),
    Deployed(
        "flows.reconciliation.reconciliation",
        "reconciliation-deployment",
        "Finds uploads that have no verdict, and starts a run for each.",
        cron="*/15 * * * *",
    ),
    Deployed(
        "flows.backfill.backfill",
        "backfill-deployment",
        "Verifies every document of a place that has no verdict yet.",
        takes_policy=True,
    ),
    Deployed(
        "flows.backfill.backfill_chunk",
        "backfill-chunk-deployment",
        "Verifies a span of keys; backfill starts it.",
        takes_policy=True,
    ),
    Deployed(
        "flows.review.review",
        "review-deployment",
        "Shows a referred document, and lets a person decide it by a form.",
    ),
    Deployed(
        "flows.retention.retention",
        "retention-deployment",
        "Purges what is kept of people, when its time is over.",
        cron=RETENTION,
        takes_retention=True,
    ),
    Deployed(
        "flows.retry_parked.retry_parked",
        "retry-parked-deployment",
        "Starts uploads again whose runs failed.",
        cron=RETRY,
        scheduled=WAITING,
    ),
    Deployed(
        "flows.daily_report.daily_report",
        "daily-report-deployment",
        "Shows the outcomes, failures and slowest stages of a day.",
        cron=DAILY,
    ),
)


def check(target: Target) -> Finding:
    """Look at each deployment as Prefect has it."""
    here = [each for each in DEPLOYMENTS if each.exists]
    found = {each: _deployment(target, each) for each in here}
    absent = [each.name for each, deployment in found.items() if deployment is None]
    if absent:
        return missing(", ".join(absent))
    wrong = [_difference(target, each, deployment) for each, deployment in found.items()]
    if any(wrong):
        return differs("; ".join(filter(None, wrong)))
    return done(", ".join(target.in_prefect(each.name) for each in here))


def apply(target: Target) -> None:
    """Deploy what this version has."""
    for each in DEPLOYMENTS:
        if each.exists:
            _deploy(target, each)


def destroy(target: Target) -> str:
    """Remove the deployments; what their runs recorded stays."""
    removed = []
    for each in DEPLOYMENTS:
        found = _deployment(target, each) if each.exists else None
        if found is not None and found.work_pool_name in (pool.name(target), None):
            target.prefect.delete_deployment(found.id)
            removed.append(target.in_prefect(each.name))
    return ", ".join(removed) or "was not there"


def job_variables(target: Target) -> dict[str, Any]:
    """Return what makes a run's machine as it is; raises NotYet for what it needs."""
    environment = target.environment
    if not environment.in_containers:
        return {"env": variables(target)}
    return {
        "image": image.reference(target),
        "cpu": environment.cpu,
        "memory": environment.memory,
        "env": variables(target),
        "secrets": secrets.references(target),
        "task_role_arn": roles.task_role(target),
        "execution_role_arn": roles.execution_role(target),
        "cluster": target.name,
        # One family for all flows, registered again only when something changes: AWS refuses
        # registrations that come close together, as a burst of documents would make them.
        "family": target.name,
        "match_latest_revision_in_family": True,
        "configure_cloudwatch_logs": True,
        "cloudwatch_logs_options": {
            "awslogs-group": logs.name(target),
            "awslogs-create-group": "false",
        },
        "cloudwatch_logs_prefix": "run",
        "labels": target.tags,
        **_network(target),
    }


def variables(target: Target) -> dict[str, str]:
    """Return the environment of a run; what is secret comes to it another way."""
    threads = max(1, target.environment.cpu // 1024)
    return {
        **FRUGAL,
        **(IN_IMAGE if target.environment.in_containers else {}),
        "AWS_DEFAULT_REGION": target.environment.region,
        "DOCVERIFY_ALLOWED_UPLOADS": f"{target.bucket}/{target.environment.prefix}",
        "DOCVERIFY_DEPLOYMENT_SUFFIX": target.environment.suffix,
        "OMP_NUM_THREADS": str(threads),
        **target.environment.variables,
    }


def _network(target: Target) -> dict[str, Any]:
    environment = target.environment
    network: dict[str, Any] = {"vpc_id": environment.vpc} if environment.vpc else {}
    if environment.subnets:
        network["network_configuration"] = {
            "subnets": list(environment.subnets),
            "securityGroups": list(environment.security_groups),
            "assignPublicIp": "ENABLED" if environment.public_ip else "DISABLED",
        }
    return network


def _parameters(target: Target, each: Deployed) -> dict[str, Any]:
    chosen = {"policy": target.environment.policy, "engine": target.environment.engine}
    return {**each.parameters, **(chosen if each.takes_policy else {})}


def _scheduled(target: Target, each: Deployed) -> dict[str, Any]:
    """Purge by a schedule only after days that somebody chose."""
    days = target.environment.retention if each.takes_retention else None
    return {**each.scheduled, **purging(days.model_dump() if days else None)}


def _deployment(target: Target, each: Deployed) -> DeploymentResponse | None:
    name = f"{each.load().name}/{target.in_prefect(each.name)}"
    try:
        return target.prefect.read_deployment_by_name(name)
    except ObjectNotFound:
        return None


def _difference(target: Target, each: Deployed, found: DeploymentResponse | None) -> str:
    if found is None:
        return each.name
    wanted: dict[str, object] = {
        "entrypoint": each.flow,
        "image and machine": job_variables(target),
        "parameters": _parameters(target, each),
        "pool": pool.name(target),
        "schedule": [(each.cron, _scheduled(target, each))] if each.cron else [],
        "description": each.description,
        "paused": False,
    }
    properties = _properties(found)
    wrong = [key for key, value in wanted.items() if properties[key] != value]
    return f"{each.name}: {', '.join(wrong)}" if wrong else ""


def _properties(found: DeploymentResponse) -> dict[str, object]:
    return {
        "entrypoint": found.entrypoint,
        "image and machine": found.job_variables,
        "parameters": found.parameters,
        "pool": found.work_pool_name,
        "schedule": [
            (getattr(each.schedule, "cron", None), each.parameters) for each in found.schedules
        ],
        "description": found.description,
        "paused": found.paused,
    }


def _deploy(target: Target, each: Deployed) -> None:
    machine = job_variables(target)
    reference = machine.pop("image", None)
    # Prefect prints a table of its own, beside ours.
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        each.load().deploy(
            name=target.in_prefect(each.name),
            work_pool_name=pool.name(target),
            image=reference,
            build=False,
            push=False,
            job_variables=machine,
            schedule=Cron(each.cron, parameters=_scheduled(target, each)) if each.cron else None,
            parameters=_parameters(target, each),
            description=each.description,
            version=reference.rpartition(":")[2] if reference else None,
            entrypoint_type=EntrypointType.MODULE_PATH,
            paused=False,
            print_next_steps=False,
            ignore_warnings=True,
        )
