"""The CloudWatch log group of the containers."""

from __future__ import annotations

from typing import Any

from deploy.aws.plan import Finding, differs, done, missing, not_needed
from deploy.aws.target import Target


def check(target: Target) -> Finding:
    """Check the group, and how long it keeps lines."""
    if not target.environment.in_containers:
        return not_needed("processes write their log only to Prefect")
    found = find_group(target)
    if found is None:
        return missing(name(target))
    days = found.get("retentionInDays")
    if days != target.environment.log_days:
        return differs(f"{name(target)}: lines are kept for {f'{days} days' if days else 'ever'}")
    return done(f"{name(target)}, lines are kept for {days} days")


def apply(target: Target) -> None:
    """Create the group, or bring it to the same state."""
    logs = target.aws("logs")
    if find_group(target) is None:
        logs.create_log_group(logGroupName=name(target), tags=target.tags)
    logs.put_retention_policy(
        logGroupName=name(target), retentionInDays=target.environment.log_days
    )


def destroy(target: Target) -> str:
    """Remove the group with its lines if this environment owns it."""
    logs = target.aws("logs")
    if find_group(target) is None:
        return "did not exist"
    if not target.owns(logs.list_tags_for_resource(resourceArn=arn(target))["tags"]):
        return f"kept {name(target)}: deploy.py did not create it"
    logs.delete_log_group(logGroupName=name(target))
    return name(target)


def name(target: Target) -> str:
    """Return the group's name."""
    return f"/docverify/{target.environment.name}"


def arn(target: Target) -> str:
    """Return the group's ARN."""
    return target.arn("logs", f"log-group:{name(target)}")


def find_group(target: Target) -> dict[str, Any] | None:
    """Return CloudWatch's description of the group; None if it does not exist."""
    answer = target.aws("logs").describe_log_groups(logGroupNamePrefix=name(target))
    groups: list[dict[str, Any]] = answer["logGroups"]
    return next((group for group in groups if group["logGroupName"] == name(target)), None)
