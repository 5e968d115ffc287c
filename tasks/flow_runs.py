"""Runs of deployments that this service starts automatically."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from enum import StrEnum
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

from httpx import HTTPError, HTTPStatusError
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterIdempotencyKey,
)
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import ObjectNotFound

from tasks.errors import SetupError, WorldError
from tasks.s3 import Upload
from tasks.settings import read_settings

VERIFICATION = "document-verification/document-verification-deployment"
PAGE_RUNS, MAX_RUNS = 200, 20_000
MAX_TRIES = 50
"""More runs than any upload gets before it is parked."""
TEMPORARY = (408, 429)
"""Status codes of a request that may be repeated later."""


def deployed_name(name: str) -> str:
    """Return the name that a deployment or automation has in this environment, with its suffix."""
    return name + read_settings().deployment_suffix


class RunStart(StrEnum):
    """The result of starting the run of an upload."""

    STARTED = "started"
    UNDER_WAY = "under way"
    PAUSED = "waiting for the next try"
    """Its last run ended without a verdict, and the pause before the next one has not ended."""


class DeploymentRuns:
    """The runs of one deployment, FLOW/DEPLOYMENT."""

    def __init__(self, client: SyncPrefectClient, deployment: str) -> None:
        """Send no request yet, because usually no run has to be started."""
        self.client = client
        self.deployment = deployment

    @cached_property
    def deployment_id(self) -> UUID:
        """Find the deployment; raise SetupError if Prefect has no deployment of this name."""
        try:
            return self.client.read_deployment_by_name(self.deployment).id
        except ObjectNotFound:
            raise SetupError(f"Prefect has no deployment {self.deployment}: deploy it") from None

    def start(self, upload: Upload, tries: int) -> tuple[RunStart, UUID]:
        """Start the run of an upload that follows this number of runs; return its id.

        The idempotency key of a run consists of the upload and the number of the try. So two
        simultaneous reconciliations start only one run, and a run that ended without a verdict is
        followed by another.
        """
        run, is_new = self.create_run(asdict(upload), f"{build_digest(upload)}-{tries + 1}")
        return (RunStart.STARTED if is_new else RunStart.UNDER_WAY), run.id

    def read_tries(self, upload: Upload) -> list[FlowRun]:
        """Read the runs of an upload that were started here, first one first."""
        digest = build_digest(upload)
        keys = [f"{digest}-{number}" for number in range(1, MAX_TRIES + 1)]
        found = self.client.read_flow_runs(
            flow_run_filter=FlowRunFilter(idempotency_key=FlowRunFilterIdempotencyKey(any_=keys)),
            deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[self.deployment_id])),
            limit=MAX_TRIES,
        )
        return sorted(found, key=read_try_number)

    def create_run(self, upload: Mapping[str, Any], idempotency_key: str) -> tuple[FlowRun, bool]:
        """Create a run, or find the one with this key; return it, and whether it is new."""
        name = f"missed-{uuid4().hex[:12]}"
        run = self.client.create_flow_run_from_deployment(
            self.deployment_id, parameters=dict(upload), name=name, idempotency_key=idempotency_key
        )
        return run, run.name == name


def read_try_number(run: FlowRun) -> int:
    """Read the number of a run's try from the run; Prefect may have deleted earlier ones."""
    return int((run.idempotency_key or "-0").rpartition("-")[2])


def build_digest(upload: Upload) -> str:
    """Return the hash with which the idempotency keys of an upload's runs begin."""
    return hashlib.sha256("\0".join(asdict(upload).values()).encode()).hexdigest()


def read_runs(client: SyncPrefectClient, criteria: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Read up to MAX_RUNS runs, by the criteria of Prefect's API, in pages."""
    for offset in range(0, MAX_RUNS, PAGE_RUNS):
        page = {**criteria, "sort": "ID_DESC", "limit": PAGE_RUNS, "offset": offset}
        runs = client.request("POST", "/flow_runs/filter", json=page).json()
        yield from runs
        if len(runs) < PAGE_RUNS:
            return


def prefect_client() -> SyncPrefectClient:
    """Return a client of the Prefect server that this process belongs to."""
    return get_client(sync_client=True)


def explain_prefect_error(error: HTTPError) -> WorldError | SetupError:
    """Return what an error of Prefect's API means, without the content of the request."""
    status = error.response.status_code if isinstance(error, HTTPStatusError) else 500
    if status < 500 and status not in TEMPORARY:
        return SetupError(f"Prefect refused a request ({status})")
    return WorldError(f"Prefect does not answer: {type(error).__name__}")
