"""Prefect Cloud meters requests and log lines: what one document costs, counted on the wire."""

import os
import subprocess
import sys
from pathlib import Path
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.states import Pending
from prefect.types.entrypoint import EntrypointType

from deploy.serve import FRUGAL
from flows.document_verification import document_verification
from tests.flows.counting_proxy import counting

MOST_REQUESTS = 16  # Prefect's own engine makes 14 of them; the connections for events come on top
MOST_LOG_LINES = 10


def scheduled_run(bucket: str, key: str) -> UUID:
    """Create a run as an automation does, but pending: so that only this test starts it."""
    deployment_id = document_verification.to_deployment(
        "budget", entrypoint_type=EntrypointType.MODULE_PATH
    ).apply()
    steps = [{"prefect.deployments.steps.set_working_directory": {"directory": str(Path.cwd())}}]
    with get_client(sync_client=True) as client:
        # As an image has it: the code is there, and nothing is copied from anywhere.
        client.request("PATCH", f"/deployments/{deployment_id}", json={"pull_steps": steps})
        run = client.create_flow_run_from_deployment(
            deployment_id,
            parameters={"bucket": bucket, "key": key, "policy": "demonstration"},
            state=Pending(),
        )
    return run.id


def execute(run_id: UUID, port: int) -> None:
    """Run it by the command that a worker's container runs."""
    environment = os.environ | FRUGAL | {"PREFECT_API_URL": f"http://127.0.0.1:{port}/api"}
    command = [sys.executable, "-m", "prefect", "flow-run", "execute", str(run_id)]
    subprocess.run(command, env=environment, check=True, timeout=120)


def log_lines(run_id: UUID) -> list[str]:
    criteria = {"logs": {"flow_run_id": {"any_": [str(run_id)]}}}
    with get_client(sync_client=True) as client:
        return [
            line["message"] for line in client.request("POST", "/logs/filter", json=criteria).json()
        ]


def test_a_document_stays_within_the_budget(prefect_server, bucket, put_specimen, database):
    run_id = scheduled_run(bucket, put_specimen("passport.jpg"))

    with counting(prefect_server.port) as (port, requests):
        execute(run_id, port)

    print(*requests, *log_lines(run_id), sep="\n")
    with get_client(sync_client=True) as client:
        assert client.read_flow_run(run_id).state_name == "Verified"
    metered = [request for request in requests if "/events/" not in request]
    assert 0 < len(metered) <= MOST_REQUESTS
    assert 0 < len(log_lines(run_id)) <= MOST_LOG_LINES
