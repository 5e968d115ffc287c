"""The deployments in Prefect: each declared flow, on the pool, from the image."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound
from prefect.schedules import Schedule
from prefect.types.entrypoint import EntrypointType

from deploy.aws.plan import Finding, differs, done, missing
from deploy.aws.steps import image, pool, queues, secrets, task_definition
from deploy.aws.target import Target
from deploy.prefect_objects.deployments import DEPLOYMENTS, RUN_SETTINGS, FlowDeployment

IN_IMAGE = {"PREFECT_HOME": "/home/docverify/.prefect", "DOCVERIFY_LOG_FORMAT": "json"}
"""A worker passes its own settings to its runs; PREFECT_HOME must be a folder of the image.

CloudWatch turns JSON lines into metrics.
"""


def check(target: Target) -> Finding:
    """Compare each deployment with its declaration."""
    found = {each.name: find_deployment(target, each) for each in DEPLOYMENTS}
    absent = [name for name, deployment in found.items() if deployment is None]
    if absent:
        return missing(", ".join(absent))
    machine, differences = job_variables(target), []
    for each in DEPLOYMENTS:
        deployment = found[each.name]
        wanted = wanted_properties(target, each, machine)
        properties = found_properties(deployment) if deployment else {}
        wrong = [name for name, value in wanted.items() if properties.get(name) != value]
        if wrong:
            differences.append(f"{each.name}: {', '.join(wrong)}")
    if differences:
        return differs("; ".join(differences))
    return done(", ".join(target.prefect_name(each.name) for each in DEPLOYMENTS))


def apply(target: Target) -> None:
    """Deploy every declared flow."""
    machine = job_variables(target)
    for each in DEPLOYMENTS:
        deploy_flow(target, each, machine)


def destroy(target: Target) -> str:
    """Remove the deployments; the records of their runs are kept."""
    removed = []
    for each in DEPLOYMENTS:
        found = find_deployment(target, each)
        if found is not None and found.work_pool_name in (pool.name(target), None):
            target.prefect.delete_deployment(found.id)
            removed.append(target.prefect_name(each.name))
    return ", ".join(removed) or "did not exist"


def job_variables(target: Target) -> dict[str, Any]:
    """Return the job variables of a run; raise NotYet if something is missing."""
    environment = target.environment
    if environment.is_warm:
        # Everything is in the definition of the worker. A variable that differs from the worker's
        # would start a separate process for the run.
        return {}
    if not environment.in_containers:
        return {"env": run_variables(target)}
    return {
        "image": image.reference(target),
        "task_definition_arn": task_definition.current(target),
        "env": run_variables(target) | hide_server_secrets(target),
        "cluster": target.name,
        "labels": target.tags,
        **secrets.prefect_secret_variables(target),
        **_network(target),
        **environment.job_variables,
    }


def hide_server_secrets(target: Target) -> dict[str, None]:
    """Return the variables that a worker must not pass on to a run, each with None."""
    return dict.fromkeys(secrets.SERVER_SECRETS) if target.environment.pool == "ecs" else {}


def run_variables(target: Target) -> dict[str, str]:
    """Return the variables of a run, without the secrets, which ECS adds."""
    threads = max(1, target.environment.cpu // 1024)
    return {
        **RUN_SETTINGS,
        **(IN_IMAGE if target.environment.in_containers else {}),
        "AWS_DEFAULT_REGION": target.environment.region,
        "DOCVERIFY_ALLOWED_UPLOADS": f"{target.bucket}/{target.environment.prefix}",
        "DOCVERIFY_DEPLOYMENT_SUFFIX": target.environment.suffix,
        "DOCVERIFY_READER_MEMORY": str(target.environment.reader_memory),
        **({"DOCVERIFY_DESK_URL": target.environment.desk.url} if target.environment.desk else {}),
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


def find_deployment(target: Target, each: FlowDeployment) -> DeploymentResponse | None:
    """Return this environment's deployment as Prefect has it; None if it does not exist."""
    try:
        return target.prefect.read_deployment_by_name(
            f"{each.flow.name}/{target.prefect_name(each.name)}"
        )
    except ObjectNotFound:
        return None


def wanted_properties(
    target: Target, each: FlowDeployment, machine: Mapping[str, Any]
) -> dict[str, object]:
    """Return the wanted properties of a deployment, under the names used to report differences."""
    schedule, limit = _schedule(target, each), each.concurrency
    return {
        "entrypoint": each.entrypoint,
        "image and machine": machine,
        "parameters": _parameters(target, each),
        "pool": pool.name(target),
        "queue": queues.queue_of(target, each),
        **({"version": image.tag(target)} if target.environment.is_warm else {}),
        "schedule": [(schedule.cron, schedule.parameters)] if schedule else [],
        "concurrency limit": limit and (limit.limit, limit.collision_strategy),
        "description": each.description,
        "paused": False,
    }


def found_properties(found: DeploymentResponse) -> dict[str, object]:
    """Return the properties of a deployment in Prefect, under the names of `wanted_properties`."""
    limit, options = found.global_concurrency_limit, found.concurrency_options
    return {
        "entrypoint": found.entrypoint,
        "image and machine": found.job_variables,
        "parameters": found.parameters,
        "pool": found.work_pool_name,
        "queue": found.work_queue_name,
        "version": found.version,
        "schedule": [
            (getattr(each.schedule, "cron", None), each.parameters) for each in found.schedules
        ],
        "concurrency limit": limit and (limit.limit, options and options.collision_strategy),
        "description": found.description,
        "paused": found.paused,
    }


def deploy_flow(target: Target, each: FlowDeployment, machine: Mapping[str, Any]) -> None:
    """Create the deployment in Prefect, or bring it to the declared state."""
    variables = dict(machine)
    reference = variables.pop("image", None)
    has_image = target.environment.in_containers
    # Prefect prints its own table next to ours.
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        each.flow.deploy(
            name=target.prefect_name(each.name),
            work_pool_name=pool.name(target),
            work_queue_name=queues.queue_of(target, each),
            image=reference,
            build=False,
            push=False,
            job_variables=variables,
            schedule=_schedule(target, each),
            concurrency_limit=each.concurrency,
            parameters=_parameters(target, each),
            description=each.description,
            version=image.tag(target) if has_image else None,
            entrypoint_type=EntrypointType.MODULE_PATH,
            paused=False,
            print_next_steps=False,
            ignore_warnings=True,
        )


def _parameters(target: Target, each: FlowDeployment) -> dict[str, Any]:
    environment = target.environment
    return each.parameters({"policy": environment.policy, "engine": environment.engine})


def _schedule(target: Target, each: FlowDeployment) -> Schedule | None:
    days = target.environment.retention
    return each.schedule(days.model_dump() if days else None)
