"""The services that ECS keeps running: the warm worker, the dispatcher and the review desk.

Each has its own task definition with the image of the runs, and none has an access key: the worker
and the desk each have a role, and the dispatcher calls no AWS service.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from deploy.aws import container, service
from deploy.aws.container import Container
from deploy.aws.plan import Finding, not_needed
from deploy.aws.service import Service
from deploy.aws.steps import (
    deployments,
    desk_balancer,
    desk_groups,
    image,
    logs,
    network,
    pool,
    roles,
    secrets,
)
from deploy.aws.steps.desk_groups import PORT
from deploy.aws.target import Target
from tasks.engines.reader_memory import MIB, find_reader_memory

#: ECS kills a container on Fargate at most 120 seconds after SIGTERM. Runs may continue
#: for DRAIN_SECONDS. A slot then has 30 seconds to end by itself, and 30 more after its SIGTERM.
STOP_SECONDS, DRAIN_SECONDS = 120, 55
#: Fails when the worker no longer asks Prefect for runs. Only its own container reaches it.
WORKER_HEALTH = (
    "python",
    "-c",
    "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/health', timeout=4)",
)
DISPATCHER_CPU, DISPATCHER_MEMORY = 256, 1024


@dataclass(frozen=True)
class ServiceStep:
    """A step of the deployment that creates, changes and removes one service.

    Attributes:
        kind: End of the names of the service and of its task definition.
        reason: Why an environment does not need the service.
        describe: Returns the service, or None if the environment does not need it; raises NotYet.
    """

    kind: str
    reason: str
    describe: Callable[[Target], Service | None]

    def check(self, target: Target, /) -> Finding:
        """Compare the service with what is wanted."""
        wanted = self.describe(target)
        return service.check_service(target, wanted) if wanted else not_needed(self.reason)

    def apply(self, target: Target, /) -> None:
        """Create the service, or bring it to the state that is wanted."""
        wanted = self.describe(target)
        if wanted:
            service.apply_service(target, wanted)

    def destroy(self, target: Target, /) -> str:
        """Remove the service if this environment owns it, and its task definition."""
        which = name(target, self.kind)
        is_removed = service.remove_service(target, which)
        revisions = container.deregister(target, which)
        return which if is_removed or revisions else "did not exist"


def name(target: Target, kind: str) -> str:
    """Return the name of a service and of its task definition."""
    return f"{target.name}-{kind}"


def list_names(target: Target) -> list[str]:
    """Return the names of the services that the environment needs."""
    environment = target.environment
    needed = {
        WORKER.kind: environment.is_warm,
        DISPATCHER.kind: environment.has_dispatcher,
        DESK.kind: environment.desk is not None,
    }
    return [name(target, kind) for kind, is_needed in needed.items() if is_needed]


def describe_worker(target: Target) -> Service | None:
    """Return the service that executes the runs of a warm pool."""
    environment = target.environment
    if not environment.is_warm:
        return None
    command = ("python", "-m", "services.worker", "--pool", pool.name(target))
    started = replace(
        describe_container(target, "worker", secrets.worker_secrets(target)),
        role=roles.worker_role(target),
        cpu=environment.cpu,
        memory=environment.memory,
        command=(
            *command,
            *("--slots", str(environment.slots)),
            *("--drain-seconds", str(DRAIN_SECONDS)),
            *("--backlog-metric", environment.name),
        ),
        variables={
            **prefect_variables(target),
            # A document is read on one core; the others have their own slots.
            "OMP_NUM_THREADS": "1",
            "PREFECT_WORKER_WEBSERVER_HOST": "127.0.0.1",
        },
        health=WORKER_HEALTH,
        stop_seconds=STOP_SECONDS,
    )
    return Service(
        started.family,
        started,
        network.describe_network(target),
        count=environment.workers,
        is_scaled=True,
    )


def describe_dispatcher(target: Target) -> Service | None:
    """Return the service that announces verdicts: for a warm pool, and for the desk's decisions."""
    if not target.environment.has_dispatcher:
        return None
    started = replace(
        describe_container(target, "dispatcher", secrets.dispatcher_secrets(target)),
        role=roles.dispatcher_role(target),
        command=("python", "-m", "services.dispatcher"),
        variables=prefect_variables(target),
    )
    return Service(started.family, started, network.describe_network(target))


def describe_desk(target: Target) -> Service | None:
    """Return the service of the review desk, behind its load balancer."""
    desk = target.environment.desk
    if desk is None:
        return None
    started = replace(
        describe_container(target, "desk", secrets.desk_secrets(target)),
        role=roles.desk_role(target),
        cpu=desk.cpu,
        memory=desk.memory,
        command=("python", "-m", "services.desk"),
        variables=desk_variables(target),
        port=PORT,
    )
    where = network.describe_network(target)
    # Not the groups of the runs: the default group of a VPC admits all of its members.
    where["securityGroups"] = [desk_groups.find_id(target, desk_groups.DESK)]
    group = desk_balancer.find_target_group(target)
    return Service(started.family, started, where, target_group=group)


def describe_container(target: Target, kind: str, named: Mapping[str, str]) -> Container:
    """Return the common part of all services' containers; raise NotYet."""
    return Container(
        family=name(target, kind),
        image=image.reference(target),
        log_group=logs.name(target),
        stream=kind,
        execution_role=roles.services_role(target),
        role="",
        cpu=DISPATCHER_CPU,
        memory=DISPATCHER_MEMORY,
        secrets=secrets.references(target, named),
    )


def prefect_variables(target: Target) -> dict[str, str]:
    """Return the variables of a run, and the address of Prefect, which a run gets from it."""
    address = {"PREFECT_API_URL": str(target.prefect.api_url).rstrip("/")}
    login = target.environment.database_variables
    return {**deployments.run_variables(target), **login, **address}


def desk_variables(target: Target) -> dict[str, str]:
    """Return the variables of the desk; the dispatcher announces what people decide there."""
    desk = target.environment.desk
    if desk is None:
        return {}
    shared = deployments.run_variables(target)
    return {
        **{name: each for name, each in shared.items() if not name.startswith(ELSEWHERE)},
        # Two documents are encoded at a time.
        "DOCVERIFY_READER_MEMORY": str(find_reader_memory(desk.memory * MIB) // 2),
        "DOCVERIFY_DESK_HOST": "0.0.0.0",  # noqa: S104 (only the load balancer reaches the port)
        "DOCVERIFY_DESK_PORT": str(PORT),
        "DOCVERIFY_DESK_URL": desk.url,
        "DOCVERIFY_DESK_PROXIES": "1",  # the load balancer
        "DOCVERIFY_DESK_SIGN_IN": "oidc",
        "DOCVERIFY_DESK_OIDC_ISSUER": desk.oidc_issuer,
        "DOCVERIFY_DESK_OIDC_CLIENT_ID": desk.oidc_client_id,
        **desk.variables,
    }


#: Variables only for programs that call Prefect, or for the webhook that receives verdicts.
ELSEWHERE = ("PREFECT_CLIENT_", "PREFECT_LOGGING_", "DOCVERIFY_WEBHOOK_")

WORKER = ServiceStep("worker", "the pool is not warm: each run has a container", describe_worker)
DISPATCHER = ServiceStep(
    "dispatcher", "runs and reconciliation announce the verdicts", describe_dispatcher
)
DESK = ServiceStep("desk", "`desk` is not set: no review desk", describe_desk)
ALL = (WORKER, DISPATCHER, DESK)


def restart(target: Target) -> list[str]:
    """Replace the containers of every service, and return the names of the services."""
    names = [name(target, step.kind) for step in ALL]
    return [each for each in names if service.restart_service(target, each)]
