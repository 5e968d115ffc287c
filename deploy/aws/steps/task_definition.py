"""The ECS task definition of a run: image, size, roles, secrets, log and file system.

Prefect would register one itself. Registered here, whoever starts runs cannot choose what they are:
the pool's key may only start this definition, and the tables can be created before a first run.
"""

from __future__ import annotations

from deploy.aws import container
from deploy.aws.container import Container
from deploy.aws.plan import Finding, differs, done, missing, not_needed
from deploy.aws.steps import image, logs, roles, secrets
from deploy.aws.target import Target


def check(target: Target) -> Finding:
    """Compare the newest revision with what is wanted."""
    if not target.environment.in_containers:
        return not_needed("runs are processes here")
    wanted = container.describe_definition(target, describe_run(target))
    found = container.read_newest(target, target.name)
    if found is None:
        return missing(target.name)
    wrong = list(container.find_differences(wanted, found))
    return differs(", ".join(wrong)) if wrong else done(f"{target.name}:{found['revision']}")


def apply(target: Target) -> None:
    """Register a new revision: ECS keeps the earlier ones for runs that were started with them."""
    container.register(target, describe_run(target))


def destroy(target: Target) -> str:
    """Deregister every revision; nothing can start a run with them afterwards."""
    count = container.deregister(target, target.name)
    return f"{count} revisions" if count else "was not there"


def current(target: Target) -> str:
    """Return the ARN of the newest revision; raise NotYet if it is not the wanted one."""
    return container.current(target, describe_run(target))


def describe_run(target: Target) -> Container:
    """Return what a run is; raise NotYet if the image or a secret is missing."""
    return Container(
        family=target.name,
        image=image.reference(target),
        log_group=logs.name(target),
        stream="run",
        execution_role=roles.execution_role(target),
        role=roles.task_role(target),
        cpu=target.environment.cpu,
        memory=target.environment.memory,
        # Also for the migrations, which no deployment starts.
        variables=target.environment.database_variables,
        secrets=secrets.references(target, secrets.run_secrets(target)),
    )
