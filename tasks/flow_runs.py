"""Runs of deployments that this service starts automatically."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

from httpx import HTTPError, HTTPStatusError
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import ObjectNotFound

from tasks.bucket_comparison import Version
from tasks.errors import SetupError, WorldError
from tasks.settings import read_settings

VERIFICATION = "document-verification/document-verification-deployment"
MAX_TRIES = 5


def deployed_name(name: str) -> str:
    """Return the name that a deployment or automation has in this environment, with its suffix."""
    return name + read_settings().deployment_suffix


class RunStart(StrEnum):
    """What came of starting the run of an upload."""

    STARTED = "started"
    UNDER_WAY = "under way"
    GIVEN_UP = "given up"
    """All of MAX_TRIES runs ended without a verdict: a person must look."""


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

    def start(self, bucket: str, version: Version) -> tuple[RunStart, UUID]:
        """Start the run of an upload unless one is under way; return the id of the run.

        The idempotency key of a run is the upload and the number of the try. So two reconciliations
        at the same time start one run, and a run that ended without a verdict is followed by
        another one.
        """
        upload = {
            "bucket": bucket,
            "key": version.key,
            "version_id": version.version_id,
            "etag": version.etag,
        }
        digest = hashlib.sha256("\0".join(upload.values()).encode()).hexdigest()
        for number in range(1, MAX_TRIES + 1):
            run, is_new = self.create_run(upload, f"{digest}-{number}")
            if is_new:
                return RunStart.STARTED, run.id
            if not (run.state and run.state.is_final()):
                return RunStart.UNDER_WAY, run.id
        return RunStart.GIVEN_UP, run.id

    def create_run(self, upload: Mapping[str, Any], idempotency_key: str) -> tuple[FlowRun, bool]:
        """Create a run, or find the one with this key; return it, and whether it is new."""
        name = f"missed-{uuid4().hex[:12]}"
        run = self.client.create_flow_run_from_deployment(
            self.deployment_id, parameters=dict(upload), name=name, idempotency_key=idempotency_key
        )
        return run, run.name == name


def prefect_client() -> SyncPrefectClient:
    """Return a client of the Prefect server that this process belongs to."""
    return get_client(sync_client=True)


def explain_prefect_error(error: HTTPError) -> WorldError | SetupError:
    """Return what an error of Prefect's API means, without what was sent."""
    if isinstance(error, HTTPStatusError) and error.response.status_code < 500:
        return SetupError(f"Prefect refused to start a run ({error.response.status_code})")
    return WorldError(f"Prefect does not answer: {type(error).__name__}")
