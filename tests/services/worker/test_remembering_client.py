"""The client of the warm worker, which reads a deployment once for many runs."""

import asyncio
from uuid import UUID, uuid4

import pytest
from prefect.client.schemas.objects import Flow
from prefect.client.schemas.responses import DeploymentResponse

from services.worker.remembering_client import RememberingClient


class Client:
    """Prefect, which counts what is read."""

    def __init__(self) -> None:
        self.reads: list[UUID] = []

    async def read_deployment(self, deployment_id: UUID) -> DeploymentResponse:
        self.reads.append(deployment_id)
        return DeploymentResponse(
            id=deployment_id, name="d", flow_id=uuid4(), job_variables={"env": {}}
        )

    async def read_flow(self, flow_id: UUID) -> Flow:
        self.reads.append(flow_id)
        return Flow(id=flow_id, name="f")

    async def hello(self) -> str:
        return "hello"


@pytest.mark.parametrize(("seconds", "reads"), [(60, 1), (0, 2)])
def test_deployment_is_read_again_only_after_a_while(seconds, reads):
    prefect, deployment = Client(), uuid4()
    client = RememberingClient(prefect, seconds)

    found = [asyncio.run(client.read_deployment(deployment)) for _ in range(2)]

    assert [each.id for each in found] == [deployment, deployment]
    assert prefect.reads == [deployment] * reads


def test_each_deployment_and_each_flow_is_its_own():
    prefect = Client()
    client, deployment, flow = RememberingClient(prefect), uuid4(), uuid4()

    assert asyncio.run(client.read_deployment(deployment)).id == deployment
    assert asyncio.run(client.read_flow(flow)).id == flow
    assert prefect.reads == [deployment, flow]


def test_what_one_run_changes_is_not_seen_by_the_next_one():
    client, deployment = RememberingClient(Client()), uuid4()
    first = asyncio.run(client.read_deployment(deployment))
    first.job_variables["env"]["OF_ONE_RUN"] = "1"

    assert asyncio.run(client.read_deployment(deployment)).job_variables == {"env": {}}


def test_everything_else_is_asked_of_prefect():
    assert asyncio.run(RememberingClient(Client()).hello()) == "hello"
