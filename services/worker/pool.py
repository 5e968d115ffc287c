"""The work pool of warm workers."""

from __future__ import annotations

from contextlib import suppress

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectAlreadyExists

from services.worker.warm_worker import POOL_TYPE, WarmWorker


def create_pool(client: SyncPrefectClient, name: str) -> None:
    """Create a pool of warm workers unless it exists."""
    template = WarmWorker.get_default_base_job_template()
    pool = WorkPoolCreate(name=name, type=POOL_TYPE, base_job_template=template)
    with suppress(ObjectAlreadyExists):
        client.create_work_pool(pool)
