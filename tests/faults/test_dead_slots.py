"""Slots: runs that died hold them, and their uploads get their verdicts nevertheless."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import State
from prefect.states import Pending, Running

from flows.document_verification import document_verification
from services.worker.pool import create_pool
from tasks.bucket_comparison import KeyRange
from tasks.reconciliation import Window, reconcile, tidy_runs
from tests.support.polling import PATIENCE, eventually
from tests.support.proxy import Fault, Moment, proxy

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _servers(prefect_server, database, bucket, monkeypatch):
    monkeypatch.setenv("DOCVERIFY_MAX_BYTES", "99")
    monkeypatch.setenv("DOCVERIFY_CLAIM_WAIT", "0")
    monkeypatch.setenv("DOCVERIFY_DEPLOYMENT_SUFFIX", f"-{uuid4().hex[:8]}")


@pytest.fixture(name="client")
def _client(prefect_server):
    with get_client(sync_client=True) as client:
        yield client


@pytest.fixture(name="deployment")
def _deployment(client) -> tuple[str, UUID]:
    """A warm pool, and document verification on it."""
    suffix = os.environ["DOCVERIFY_DEPLOYMENT_SUFFIX"]
    create_pool(client, f"warm{suffix}")
    deployment = client.create_deployment(
        client.create_flow_from_name(document_verification.name),
        f"document-verification-deployment{suffix}",
        work_pool_name=f"warm{suffix}",
        entrypoint="flows.document_verification.document_verification",
    )
    return f"warm{suffix}", deployment


@pytest.fixture(name="submit")
def _submit(client, deployment, bucket, put) -> Callable[[str], UUID]:
    """A function that uploads a document and starts its run."""

    def submit(key: str) -> UUID:
        put(key, bytes(100))
        parameters = {"bucket": bucket, "key": key}
        return client.create_flow_run_from_deployment(deployment[1], parameters=parameters).id

    return submit


@contextmanager
def worker(pool: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a warm worker with one slot for documents."""
    process = subprocess.Popen(
        [sys.executable, "-m", "services.worker", "--pool", pool, "--slots", "1"],
        env=os.environ | {"PREFECT_WORKER_QUERY_SECONDS": "0.5"} | environment,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE)


def finished(client: SyncPrefectClient, run: UUID) -> State:
    return eventually(lambda: client.read_flow_run(run).state, lambda state: state.is_final())


def pid_of_slot(client: SyncPrefectClient, run: UUID) -> int:
    executor = eventually(lambda: client.read_flow_run(run).infrastructure_pid)
    return int(executor.rpartition(":")[2])


@pytest.mark.parametrize("state", [Running(), Pending()], ids=lambda state: state.name)
def test_upload_gets_its_verdict_although_dead_runs_held_every_slot(
    client, deployment, submit, settled, state
):
    pool, verification = deployment
    client.request("PATCH", f"/work_pools/{pool}", json={"concurrency_limit": 1})
    dead = client.create_flow_run_from_deployment(
        verification, parameters={"bucket": "b", "key": "k"}
    )
    client.set_flow_run_state(dead.id, state, force=True)
    key = f"inbox/{uuid4()}"
    waiting = submit(key)
    assert client.get_scheduled_flow_runs_for_work_pool(pool) == []

    tidy_runs.fn(datetime.now(UTC) + timedelta(minutes=31))

    with worker(pool):
        assert finished(client, waiting).name == "Resubmit"
    assert client.read_flow_run(dead.id).state.is_crashed()
    settled(f"every slot held by a dead run ({state.name})", key, tries=1)


@contextmanager
def held_run(client, pool: str, submit, key: str) -> Iterator[tuple[UUID, int, int, Moment]]:
    """Start a run in a warm worker, and hold it at S3: its id, the worker, its slot, the moment."""
    moment = Moment(Fault.STALL, (key.encode(),))
    with proxy(urlsplit(os.environ["AWS_ENDPOINT_URL"]).port, moment) as port:
        s3 = f"http://127.0.0.1:{port}"
        with worker(pool, AWS_ENDPOINT_URL=s3) as process:
            run = submit(key)
            assert moment.reached.wait(PATIENCE)
            yield run, process.pid, pid_of_slot(client, run), moment


def test_run_of_a_worker_and_a_slot_that_are_killed_is_tried_again(
    client, deployment, submit, settled
):
    key = f"inbox/{uuid4()}"
    with held_run(client, deployment[0], submit, key) as (run, parent, slot, _):
        for pid in (parent, slot):
            os.kill(pid, signal.SIGKILL)
    assert client.read_flow_run(run).state.is_running()

    tidying = tidy_runs.fn(datetime.now(UTC) + timedelta(minutes=17))

    assert run in [each.run_id for each in tidying.stale]
    (missed,) = reconcile.fn(
        KeyRange("documents", key), Window(None, datetime.now(UTC), 1), set()
    ).missed
    with worker(deployment[0]):
        assert finished(client, missed.run_id).name == "Resubmit"
    settled("SIGKILL of a warm worker and its slot, then reconciliation", key, tries=2)


def test_slot_of_a_worker_that_is_killed_finishes_its_document(client, deployment, submit, settled):
    key = f"inbox/{uuid4()}"
    with held_run(client, deployment[0], submit, key) as (run, parent, slot, moment):
        os.kill(parent, signal.SIGKILL)
        moment.go_on.set()
        assert finished(client, run).name == "Resubmit"
        eventually(lambda: not Path(f"/proc/{slot}").exists())

    settled("SIGKILL of a warm worker", key, tries=1)
