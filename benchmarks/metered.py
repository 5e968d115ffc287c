"""What Prefect Cloud meters for a document: `python -m benchmarks.metered` measures and stores it.

Requests are counted in the network traffic, log lines and events in Prefect's own API. Three ways
to run are compared: a separate container (with the command of a worker's container), a chunk of a
backfill in a container, and a warm worker. Counts hardly depend on the speed of the machine: a slow
run sends its log lines in more requests.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.context import refresh_global_settings_context
from prefect.deployments.runner import RunnerDeployment
from prefect.states import Pending
from prefect.types.entrypoint import EntrypointType

from benchmarks import results
from benchmarks.processes import running
from deploy.prefect_objects.deployments import RUN_SETTINGS

LONGEST = 600  # seconds
ENDS = 10.0  # seconds for a woken thread to end
IN_CHUNK = 4
WARM_RUNS = 4
EVENT_PAGE = 50
SETTLE_SECONDS = 5.0  # the server writes events a moment after they are sent
POLLING = ("get_scheduled_flow_runs", "/workers/heartbeat", "/work_pools/", "/concurrency_limits")
"""Requests of an idle worker, whose number does not depend on the number of documents."""
POOL = "metered"
REQUEST = re.compile(rb"(GET|POST|PUT|PATCH|DELETE) (/\S*) HTTP/1\.1\r\n")


def main() -> None:
    """Count everything for each way to run, and store it."""
    from benchmarks.backfill import service
    from flows.backfill import backfill_chunk
    from flows.document_verification import document_verification

    with service():
        refresh_global_settings_context()  # Prefect was imported before it had the addresses.
        one = measure_container(document_verification, put_documents(1))
        alone = measure_container(backfill_chunk, put_documents(1))
        many = measure_container(backfill_chunk, put_documents(IN_CHUNK))
        warm = measure_warm()
    print(one, alone, many, warm, sep="\n")
    chunks = {"chunk_of_one": alone, "chunk": many, "in_chunk": IN_CHUNK}
    results.store("metered", {"run": one, **chunks, "warm": warm})


def put_documents(count: int) -> str:
    """Upload documents that were not read before, and return their prefix."""
    import boto3

    from benchmarks.backfill import BUCKET, PICTURES, new_file

    prefix = f"{uuid4()}/"
    for number in range(count):
        content = new_file(PICTURES[0])
        boto3.client("s3").put_object(Bucket=BUCKET, Key=f"{prefix}{number}.jpg", Body=content)
    return prefix


def measure_container(flow: Flow[..., Any], prefix: str) -> dict[str, int]:
    """Execute a run in a separate process, and count what is metered."""
    from benchmarks.backfill import BUCKET

    given = {"bucket": BUCKET, "policy": "demonstration"}
    is_chunk = "prefix" in flow.parameters.properties
    given |= {"prefix": prefix, "at_once": 1} if is_chunk else {"key": f"{prefix}0.jpg"}  # type: ignore[dict-item]
    run = scheduled_run(flow, given)
    with counting(find_port()) as (port, seen):
        execute(run, port)
    time.sleep(SETTLE_SECONDS)
    return count_metered(seen, [run])


def measure_warm() -> dict[str, float]:
    """Execute runs with a warm worker, and count what is metered for each further one."""
    from benchmarks.backfill import BUCKET
    from flows.document_verification import document_verification
    from services.worker.pool import create_pool
    from services.worker.queues import DEFAULT_QUEUE

    with get_client(sync_client=True) as client:
        create_pool(client, POOL)
    deployment = RunnerDeployment.from_flow(
        document_verification, "warm", entrypoint_type=EntrypointType.MODULE_PATH
    )
    deployment.work_pool_name, deployment.work_queue_name = POOL, DEFAULT_QUEUE
    deployment_id = cast("UUID", deployment.apply())
    with counting(find_port()) as (port, seen), warm_worker(port):

        def run(prefix: str) -> UUID:
            given = {"bucket": BUCKET, "key": f"{prefix}0.jpg", "policy": "demonstration"}
            with get_client(sync_client=True) as client:
                return client.create_flow_run_from_deployment(deployment_id, parameters=given).id

        wait_until_ended(run(put_documents(1)))  # The first run starts the slot.
        time.sleep(SETTLE_SECONDS)
        seen.clear()
        runs = [run(put_documents(1)) for _ in range(WARM_RUNS)]
        for each in runs:
            wait_until_ended(each)
        time.sleep(SETTLE_SECONDS)
        own = [each for each in seen if not any(poll in each for poll in POLLING)]
        counts = count_metered(own, runs)
    return {name: count / WARM_RUNS for name, count in counts.items()}


@contextmanager
def warm_worker(port: int) -> Iterator[None]:
    """Run a warm worker that reaches Prefect at a port."""
    command = ["-m", "services.worker", "--pool", POOL, "--slots", "1"]
    with running(command, build_environment(port)):
        yield


def wait_until_ended(run: UUID) -> None:
    """Wait for the end of a run; raise SystemExit unless it has a verdict."""
    deadline = time.monotonic() + LONGEST
    with get_client(sync_client=True) as client:
        while time.monotonic() < deadline:
            state = client.read_flow_run(run).state
            if state and state.is_final():
                if state.name != "Verified":
                    raise SystemExit(f"a run ended as {state.name}")
                return
            time.sleep(0.5)
    raise SystemExit(f"a run has not ended after {LONGEST} s")


def count_metered(seen: list[str], runs: Sequence[UUID]) -> dict[str, int]:
    """Count the requests, the connections for events, the log lines and the events of runs."""
    return {
        "requests": len(metered(seen)),
        "connections": len(seen) - len(metered(seen)),
        "lines": sum(len(log_lines(each)) for each in runs),
        "events": sum(len(events_of(each)) for each in runs),
    }


def find_port() -> int:
    """Return the port of the Prefect server."""
    return int(os.environ["PREFECT_API_URL"].split(":")[2].split("/")[0])


def scheduled_run(flow: Flow[..., Any], parameters: Mapping[str, object]) -> UUID:
    """Create a run like an automation, but pending, so that only the caller starts it."""
    deployment = RunnerDeployment.from_flow(
        flow, "budget", entrypoint_type=EntrypointType.MODULE_PATH
    )
    deployment_id = cast("UUID", deployment.apply())
    steps = [{"prefect.deployments.steps.set_working_directory": {"directory": str(Path.cwd())}}]
    with get_client(sync_client=True) as client:
        # As in the image, where the code exists and nothing is copied.
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
    """Execute a run with the command and the log settings of a worker's container."""
    command = [sys.executable, "-m", "prefect", "flow-run", "execute", str(run_id)]
    subprocess.run(command, env=build_environment(port), check=True, timeout=LONGEST)


def build_environment(port: int) -> dict[str, str]:
    """Build the variables of a run that reaches Prefect at a port."""
    environment = os.environ | RUN_SETTINGS | {"PREFECT_API_URL": f"http://127.0.0.1:{port}/api"}
    environment.pop("PREFECT_LOGGING_LEVEL", None)
    return environment


def log_lines(run_id: UUID) -> list[str]:
    """Return the lines of a run in Prefect's log."""
    criteria = {"logs": {"flow_run_id": {"any_": [str(run_id)]}}}
    with get_client(sync_client=True) as client:
        lines = client.request("POST", "/logs/filter", json=criteria).json()
    return [line["message"] for line in lines]


def events_of(run_id: UUID) -> list[str]:
    """Return the names of the events about a run, its tasks and its document."""
    about = {"id": [f"prefect.flow-run.{run_id}"]}
    criteria = {"filter": {"any_resource": about}, "limit": EVENT_PAGE}
    found: list[str] = []
    with get_client(sync_client=True) as client:
        page = client.request("POST", "/events/filter", json=criteria).json()
        found += [each["event"] for each in page["events"]]
        while page.get("next_page"):
            page = client._client.get(page["next_page"]).json()
            found += [each["event"] for each in page["events"]]
    return found


def metered(requests: list[str]) -> list[str]:
    """Leave out the connections for events, which are counted separately."""
    return [request for request in requests if "/events/" not in request]


@contextmanager
def counting(port: int) -> Iterator[tuple[int, list[str]]]:
    """Listen in front of the server at a port; yield our own port and the requests seen so far."""
    requests: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = threading.Thread(target=_accept, args=(listener, port, requests), daemon=True)
        accepting.start()
        try:
            yield listener.getsockname()[1], requests
        finally:
            # Wake it before closing: otherwise it would wait at the next socket with that number.
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


if __name__ == "__main__":
    main()
