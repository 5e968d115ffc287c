"""A client of Prefect that reads a deployment or a flow once for many runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any, TypeVar
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import Flow
from prefect.client.schemas.responses import DeploymentResponse
from pydantic import BaseModel

REMEMBER_SECONDS = 30.0
Read = TypeVar("Read", bound=BaseModel)


@dataclass(frozen=True)
class Remembered:
    """A value that was read, and the time of the monotonic clock."""

    read: BaseModel
    at: float


class RememberingClient:
    """A client that reads each deployment and each flow at most once in REMEMBER_SECONDS.

    A worker reads them twice for each run. For everything else, it is the client that it was given.
    """

    def __init__(self, client: PrefectClient, seconds: float = REMEMBER_SECONDS) -> None:
        """Take the client that sends the requests."""
        self.client = client
        self.seconds = seconds
        self.remembered: dict[UUID, Remembered] = {}

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the client has.
        """Return the client's attribute of this name."""
        return getattr(self.client, name)

    async def read_deployment(self, deployment_id: UUID) -> DeploymentResponse:
        """Read a deployment; raise ObjectNotFound if Prefect has none with this id."""
        return await self.read(deployment_id, self.client.read_deployment)

    async def read_flow(self, flow_id: UUID) -> Flow:
        """Read a flow; raise ObjectNotFound if Prefect has none with this id."""
        return await self.read(flow_id, self.client.read_flow)

    async def read(self, key: UUID, read: Callable[[UUID], Awaitable[Read]]) -> Read:
        """Return a copy of the remembered value, because a worker changes it."""
        found = self.remembered.get(key)
        if found is None or monotonic() - found.at > self.seconds:
            found = self.remembered[key] = Remembered(await read(key), monotonic())
        return found.read.model_copy(deep=True)  # type: ignore[return-value]
