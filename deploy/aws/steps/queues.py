"""The queues of the pool: documents and maintenance, each with its own limit.

The limit of a pool counts the runs of all its queues. So if documents, or dead runs, held every
slot, they would block the runs that are needed to recover them.
"""

from __future__ import annotations

from prefect.client.schemas.objects import WorkQueue
from prefect.exceptions import ObjectNotFound

from deploy.aws.target import Target
from deploy.prefect_objects.deployments import FlowDeployment
from services.worker.queues import DEFAULT_QUEUE, MAINTENANCE_QUEUE, MAINTENANCE_RUNS


def queue_of(target: Target, deployment: FlowDeployment) -> str:
    """Return the queue that the runs of a deployment wait in."""
    is_default = deployment.queue == DEFAULT_QUEUE
    return target.environment.queue if is_default else deployment.queue


def pool_limit(target: Target) -> int | None:
    """Return how many runs the pool may have at a time: those of both queues; None: any number."""
    limits = [limit for limit in queue_limits(target).values() if limit is not None]
    return sum(limits) or None


def queue_limits(target: Target) -> dict[str, int | None]:
    """Return how many runs of each queue there may be at a time; None for any number.

    The slots of warm workers are limits enough, and a run that died holds none of them.
    """
    environment = target.environment
    if environment.is_warm:
        return {MAINTENANCE_QUEUE: None, DEFAULT_QUEUE: None}
    return {MAINTENANCE_QUEUE: MAINTENANCE_RUNS, environment.queue: environment.concurrency}


def have_limits(target: Target, pool: str) -> bool:
    """Return whether the queues of a pool exist with their limits."""
    found = {name: find_queue(target, pool, name) for name in queue_limits(target)}
    return all(
        queue is not None and queue.concurrency_limit == queue_limits(target)[name]
        for name, queue in found.items()
    )


def set_limits(target: Target, pool: str) -> None:
    """Create the queues of a pool that do not exist, and set their limits."""
    for name, limit in queue_limits(target).items():
        found = find_queue(target, pool, name)
        if found is None:
            target.prefect.create_work_queue(name, work_pool_name=pool, concurrency_limit=limit)
        else:
            target.prefect.update_work_queue(found.id, concurrency_limit=limit)


def find_queue(target: Target, pool: str, name: str) -> WorkQueue | None:
    """Return a queue of a pool; None if one of them does not exist."""
    try:
        return target.prefect.read_work_queue_by_name(name, work_pool_name=pool)
    except ObjectNotFound:
        return None
