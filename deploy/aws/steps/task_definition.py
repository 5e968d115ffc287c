"""The ECS task definitions of a run and of the migrations: image, size, roles, secrets and log.

Prefect would register the definition of a run itself. Because it is registered here, the pool's key
may only start this definition, and cannot choose what runs. The migrations have a separate
definition if the URL of the tables' owner is a secret of the environment. A run never gets it: the
role that ECS starts a run with cannot read it.
"""

from __future__ import annotations

from dataclasses import replace

from deploy.aws import container
from deploy.aws.container import Container
from deploy.aws.plan import Finding, differs, done, missing, not_needed
from deploy.aws.steps import image, logs, roles, schema, secrets
from deploy.aws.target import Target

MIGRATIONS_CPU, MIGRATIONS_MEMORY = 256, 1024


def check(target: Target) -> Finding:
    """Compare the newest revision with what is wanted."""
    if not target.environment.in_containers:
        return not_needed("runs are processes here")
    revisions, wrong = [], []
    for each in describe_all(target):
        found = container.read_newest(target, each.family)
        if found is None:
            return missing(each.family)
        revisions.append(f"{each.family}:{found['revision']}")
        wanted = container.describe_definition(target, each)
        wrong += [f"{each.family}: {key}" for key in container.find_changes(wanted, found)]
    return differs(", ".join(wrong)) if wrong else done(", ".join(revisions))


def apply(target: Target) -> None:
    """Register a new revision: ECS keeps the earlier ones for runs that were started with them."""
    for each in describe_all(target):
        if container.find_current(target, each) is None:
            container.register(target, each)


def destroy(target: Target) -> str:
    """Deregister every revision; nothing can start a run with them afterwards."""
    families = (target.name, migrations_family(target))
    count = sum(container.deregister(target, family) for family in families)
    return f"{count} revisions" if count else "did not exist"


def current(target: Target) -> str:
    """Return the ARN of the newest revision; raise NotYet if it is not the wanted one."""
    return container.require_current(target, describe_run(target))


def describe_all(target: Target) -> list[Container]:
    """Return the definition of a run, and of the migrations if they have their own user."""
    has_owner = schema.OWNER_VARIABLE in target.environment.secrets
    return [describe_run(target), *([describe_migrations(target)] if has_owner else [])]


def migrations_family(target: Target) -> str:
    """Return the name of the task definition of the migrations."""
    return f"{target.name}-migrations"


def describe_migrations(target: Target) -> Container:
    """Return the migrations as the owner of the tables; raise NotYet if a secret is missing."""
    owner = {"DATABASE_URL": schema.OWNER_VARIABLE}
    return replace(
        describe_run(target),
        family=migrations_family(target),
        stream="migrations",
        execution_role=roles.services_role(target),
        role="",
        cpu=MIGRATIONS_CPU,
        memory=MIGRATIONS_MEMORY,
        command=("python", "-m", "tasks.migrations"),
        variables={},
        secrets=secrets.references(target, owner),
    )


def describe_run(target: Target) -> Container:
    """Return the definition of a run; raise NotYet if the image or a secret is missing."""
    return Container(
        family=target.name,
        image=image.reference(target),
        log_group=logs.name(target),
        stream="run",
        execution_role=roles.execution_role(target),
        role=roles.task_role(target),
        cpu=target.environment.cpu,
        memory=target.environment.memory,
        # The log format also applies to the migrations, which no deployment starts.
        variables=target.environment.database_variables,
        secrets=secrets.references(target, secrets.run_secrets(target)),
    )
