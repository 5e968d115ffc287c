"""Resources that only earlier settings used: services, pools, keys and roles.

They are removed late, when the deployments already use their replacements, and in an order that AWS
accepts: each one before the resources that it uses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from deploy.aws import service
from deploy.aws.plan import Finding, differs, not_needed
from deploy.aws.steps import (
    desk_balancer,
    desk_groups,
    network,
    pool,
    roles,
    scaling,
    secrets,
    services,
)
from deploy.aws.target import Target


@dataclass(frozen=True)
class Leftover:
    """A resource that this environment created and no longer needs.

    Attributes:
        name: Its name.
        remove: Removes it.
    """

    name: str
    remove: Callable[[Target], object]


def check(target: Target) -> Finding:
    """Check that nothing is left of earlier settings."""
    left = [each.name for each in find_leftovers(target)]
    return differs(f"{', '.join(left)}: no longer needed") if left else not_needed("nothing left")


def apply(target: Target) -> None:
    """Remove what is left, in order."""
    for each in find_leftovers(target):
        each.remove(target)


def destroy(target: Target) -> str:
    """Remove the same."""
    left = find_leftovers(target)
    for each in left:
        each.remove(target)
    return ", ".join(each.name for each in left) or "did not exist"


def find_leftovers(target: Target) -> list[Leftover]:
    """Return the resources left from earlier settings, in the order of their removal."""
    return [
        *find_services(target),
        *find_desk(target),
        *find_prefect(target),
        *find_identities(target),
    ]


def find_services(target: Target) -> list[Leftover]:
    """Return the services that are not needed, after the scaling of the worker."""
    found = []
    if not target.environment.is_warm and scaling.find_scalable(target):
        found.append(Leftover(f"scaling of {scaling.resource(target)}", scaling.destroy))
    needed = services.list_names(target)
    for step in services.ALL:
        name = services.name(target, step.kind)
        present = None if name in needed else service.find_service(target, name)
        if present and service.is_owned(target, present):
            found.append(Leftover(name, step.destroy))
    return found


def find_desk(target: Target) -> list[Leftover]:
    """Return the load balancer and the groups of a desk that was removed from the file."""
    if target.environment.desk is not None:
        return []
    found = []
    balancer = desk_balancer.find_balancer(target)
    if balancer and desk_balancer.is_owned(target, balancer["LoadBalancerArn"]):
        found.append(Leftover(f"load balancer {target.name}", desk_balancer.destroy))
    if network.find_vpcs(target):
        names = [
            desk_groups.name(target, kind) for kind in (desk_groups.DESK, desk_groups.BALANCER)
        ]
        groups = [desk_groups.find_group(target, name) for name in names]
        owned = [each for each in groups if each and desk_groups.is_owned(target, each)]
        if owned:
            which = ", ".join(str(each["GroupName"]) for each in owned)
            found.append(Leftover(which, desk_groups.destroy))
    return found


def find_prefect(target: Target) -> list[Leftover]:
    """Return the pool that a different `pool` created; reconciliation starts its runs."""
    former = pool.find_former_pool(target)
    if former is None:
        return []
    return [Leftover(former, lambda target: target.prefect.delete_work_pool(former))]


def find_identities(target: Target) -> list[Leftover]:
    """Return the user of a push pool with its key, roles, and secrets that nothing reads."""
    found = []
    if target.environment.pool != "ecs:push" and pool.owns_user(target):
        found.append(Leftover(f"user {pool.user(target)}", pool.remove_credentials))
    for name in roles.unwanted_roles(target):
        if roles.is_owned(target, name):
            found.append(Leftover(f"role {name}", partial(roles.remove_role, name=name)))
    for name in secrets.unwanted_secrets(target):
        if secrets.is_owned(target, name):
            found.append(Leftover(f"secret {name}", partial(secrets.remove_secret, name=name)))
    return found
