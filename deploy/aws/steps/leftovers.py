"""What earlier settings made and the present ones do not use: pools, keys and roles.

It is removed last, when the deployments and services use what replaces it.
"""

from __future__ import annotations

from deploy.aws.plan import Finding, differs, not_needed
from deploy.aws.steps import pool, roles
from deploy.aws.target import Target


def check(target: Target) -> Finding:
    """Check that nothing is left of earlier settings."""
    left = find_leftovers(target)
    return (
        differs(f"{', '.join(left)}: not needed any more") if left else not_needed("nothing left")
    )


def apply(target: Target) -> None:
    """Remove the pool of another type, the user of a push pool with its key, and unused roles."""
    former = pool.find_former_pool(target)
    if former:
        target.prefect.delete_work_pool(former)
    if has_unused_user(target):
        pool.remove_credentials(target)
    for name in roles.unwanted_roles(target):
        roles.remove_role(target, name)


def destroy(target: Target) -> str:
    """Remove the same."""
    left = find_leftovers(target)
    apply(target)
    return ", ".join(left) or "was not there"


def find_leftovers(target: Target) -> list[str]:
    """Return the names of what is left of earlier settings."""
    former = pool.find_former_pool(target)
    user = [pool.user(target)] if has_unused_user(target) else []
    unused = [name for name in roles.unwanted_roles(target) if roles.is_owned(target, name)]
    return [*([former] if former else []), *user, *unused]


def has_unused_user(target: Target) -> bool:
    """Return whether there is a user with a key although the pool does not need one."""
    return target.environment.pool != "ecs:push" and pool.owns_user(target)
