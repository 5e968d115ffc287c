"""The ECS cluster that runs are started in; it costs nothing while nothing runs."""

from __future__ import annotations

from typing import Any

from deploy.aws.plan import Finding, done, missing, not_needed
from deploy.aws.target import Target, from_tag_list, to_tag_list


def check(target: Target) -> Finding:
    """Look for the cluster."""
    if not target.environment.in_containers:
        return not_needed("runs are processes here")
    return done(target.name) if _cluster(target) else missing(target.name)


def apply(target: Target) -> None:
    """Create the cluster."""
    target.aws("ecs").create_cluster(
        clusterName=target.name, tags=to_tag_list(target.tags, "key", "value")
    )


def destroy(target: Target) -> str:
    """Remove the cluster if it is ours, and the task definitions that runs have registered."""
    found, ecs = _cluster(target), target.aws("ecs")
    if not found:
        return "was not there"
    if not target.owns(from_tag_list(found.get("tags", []), "key", "value")):
        return f"left {target.name}: it was not made by this"
    for definition in ecs.list_task_definitions(familyPrefix=target.name)["taskDefinitionArns"]:
        ecs.deregister_task_definition(taskDefinition=definition)
    ecs.delete_cluster(cluster=target.name)
    return target.name


def _cluster(target: Target) -> dict[str, Any] | None:
    answer = target.aws("ecs").describe_clusters(clusters=[target.name], include=["TAGS"])
    clusters: list[dict[str, Any]] = answer["clusters"]
    return next((each for each in clusters if each["status"] == "ACTIVE"), None)
