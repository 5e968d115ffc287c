"""Runs of deployments that this service starts by itself."""

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
MOST_TRIES = 5


def deployed(name: str) -> str:
    """Return the name of a deployment, or its automation, as this environment has it."""
    return name + read_settings().deployment_suffix


class Start(StrEnum):
    """What came of starting the run of an upload."""

    STARTED = "started"
    UNDER_WAY = "under way"
    GIVEN_UP = "given up"
    """All of MOST_TRIES runs ended without a verdict: a person must look."""


class Runs:
    """The runs of one deployment, FLOW/DEPLOYMENT."""

    def __init__(self, client: SyncPrefectClient, deployment: str) -> None:
        """Ask for nothing yet: mostly there is nothing to start."""
        self.client = client
        self.deployment = deployment

    @cached_property
    def deployment_id(self) -> UUID:
        """Raise SetupError where Prefect has no such deployment."""
        try:
            return self.client.read_deployment_by_name(self.deployment).id
        except ObjectNotFound:
            raise SetupError(f"Prefect has no deployment {self.deployment}: deploy it") from None

    def start(self, bucket: str, version: Version) -> tuple[Start, UUID]:
        """Start the run of an upload, unless one is under way; tell which run it is.

        The key of a run is the upload and the number of the try: so two who start it at once
        start one run, and a run that ended without a verdict is followed by another.
        """
        upload = {
            "bucket": bucket,
            "key": version.key,
            "version_id": version.version_id,
            "etag": version.etag,
        }
        for number in range(1, MOST_TRIES + 1):
            run, is_new = self._run(upload, f"{_digest(upload)}-{number}")
            if is_new:
                return Start.STARTED, run.id
            if not (run.state and run.state.is_final()):
                return Start.UNDER_WAY, run.id
        return Start.GIVEN_UP, run.id

    def _run(self, upload: Mapping[str, Any], key: str) -> tuple[FlowRun, bool]:
        """Create a run or find that of the key; only a new one has the name that is given here."""
        name = f"missed-{uuid4().hex[:12]}"
        run = self.client.create_flow_run_from_deployment(
            self.deployment_id, parameters=dict(upload), name=name, idempotency_key=key
        )
        return run, run.name == name


def prefect_client() -> SyncPrefectClient:
    """Return a client of the Prefect server that this process belongs to."""
    return get_client(sync_client=True)


def explained(error: HTTPError) -> WorldError | SetupError:
    """Say what an error of Prefect's API means, without what was sent."""
    if isinstance(error, HTTPStatusError) and error.response.status_code < 500:
        return SetupError(f"Prefect refused to start a run ({error.response.status_code})")
    return WorldError(f"Prefect does not answer: {type(error).__name__}")


def _digest(upload: Mapping[str, str]) -> str:
    return hashlib.sha256("\0".join(upload.values()).encode()).hexdigest()
