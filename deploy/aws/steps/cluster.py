"""The ECS cluster of the runs; it costs nothing while no run is active."""

from __future__ import annotations

from typing import Any

from deploy.aws.plan import Finding, done, missing, not_needed
from deploy.aws.target import Target, from_tag_list, to_tag_list


def check(target: Target) -> Finding:
    """Check that the cluster exists."""
    if not target.environment.in_containers:
        return not_needed("runs are processes here")
    return done(target.name) if find_cluster(target) else missing(target.name)


def apply(target: Target) -> None:
    """Create the cluster."""
    target.aws("ecs").create_cluster(
        clusterName=target.name, tags=to_tag_list(target.tags, "key", "value")
    )


def destroy(target: Target) -> str:
    """Remove the cluster if this environment owns it."""
    found, ecs = find_cluster(target), target.aws("ecs")
    if not found:
        return "did not exist"
    if not target.owns(from_tag_list(found.get("tags", []), "key", "value")):
        return f"kept {target.name}: deploy.py did not create it"
    ecs.delete_cluster(cluster=target.name)
    return target.name


def find_cluster(target: Target) -> dict[str, Any] | None:
    """Return ECS's description of the active cluster; None if it does not exist."""
    answer = target.aws("ecs").describe_clusters(clusters=[target.name], include=["TAGS"])
    clusters: list[dict[str, Any]] = answer["clusters"]
    return next((each for each in clusters if each["status"] == "ACTIVE"), None)
