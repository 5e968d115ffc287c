"""What a run costs of what Prefect Cloud meters: its requests, counted on the wire, and log lines.

The run is one that a deployment made, executed by the command that a worker's container runs.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.deployments.runner import RunnerDeployment
from prefect.states import Pending
from prefect.types.entrypoint import EntrypointType

from deploy.prefect_objects.deployments import RUN_SETTINGS

LONGEST = 600  # seconds
ENDS = 10.0  # seconds for a thread that was woken to end
REQUEST = re.compile(rb"(GET|POST|PUT|PATCH|DELETE) (/\S*) HTTP/1\.1\r\n")


def scheduled_run(flow: Flow[..., Any], parameters: Mapping[str, object]) -> UUID:
    """Create a run as an automation does, but pending: so that only its caller starts it."""
    deployment = RunnerDeployment.from_flow(
        flow, "budget", entrypoint_type=EntrypointType.MODULE_PATH
    )
    deployment_id = cast("UUID", deployment.apply())
    steps = [{"prefect.deployments.steps.set_working_directory": {"directory": str(Path.cwd())}}]
    with get_client(sync_client=True) as client:
        # As an image has it: the code is there, and nothing is copied from anywhere.
        client.request(
            "PATCH",
            "/deployments/{id}",
            path_params={"id": deployment_id},
            json={"pull_steps": steps},
        )
        run = client.create_flow_run_from_deployment(
            deployment_id, parameters=dict(parameters), state=Pending()
        )
    return run.id


def execute(run_id: UUID, port: int) -> None:
    """Run it by the command that a worker's container runs, with the log that it has there."""
    environment = os.environ | RUN_SETTINGS | {"PREFECT_API_URL": f"http://127.0.0.1:{port}/api"}
    environment.pop("PREFECT_LOGGING_LEVEL", None)
    command = [sys.executable, "-m", "prefect", "flow-run", "execute", str(run_id)]
    subprocess.run(command, env=environment, check=True, timeout=LONGEST)


def log_lines(run_id: UUID) -> list[str]:
    """Return what a run has in Prefect's log."""
    criteria = {"logs": {"flow_run_id": {"any_": [str(run_id)]}}}
    with get_client(sync_client=True) as client:
        lines = client.request("POST", "/logs/filter", json=criteria).json()
    return [line["message"] for line in lines]


def metered(requests: list[str]) -> list[str]:
    """Leave out the connections for events, which are counted apart."""
    return [request for request in requests if "/events/" not in request]


@contextmanager
def counting(port: int) -> Iterator[tuple[int, list[str]]]:
    """Listen before the server at the port; yield our own port and the requests seen so far."""
    requests: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = threading.Thread(target=_accept, args=(listener, port, requests), daemon=True)
        accepting.start()
        try:
            yield listener.getsockname()[1], requests
        finally:
            # Awake before it is closed: it would go on waiting at the next socket of that number.
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join(ENDS)


def _accept(listener: socket.socket, port: int, requests: list[str]) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            server = socket.create_connection(("127.0.0.1", port))
            _pass_on(client, server, requests)
            _pass_on(server, client, None)


def _pass_on(source: socket.socket, target: socket.socket, requests: list[str] | None) -> None:
    def copy() -> None:
        with source, suppress(OSError):
            while chunk := source.recv(65536):
                if requests is not None:
                    requests.extend(_seen(chunk))
                target.sendall(chunk)
            target.shutdown(socket.SHUT_WR)

    threading.Thread(target=copy, daemon=True).start()


def _seen(chunk: bytes) -> Iterator[str]:
    for method, path in REQUEST.findall(chunk):
        yield f"{method.decode()} {path.decode()}"
