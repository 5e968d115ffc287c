"""The warm worker as a program, with a real Prefect server."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from prefect import Flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import State
from prefect.states import Cancelling
from sqlalchemy import select

from services.worker.pool import create_pool
from services.worker.queues import DEFAULT_QUEUE, MAINTENANCE_QUEUE
from tasks.record.failures import list_failures
from tasks.record.tables import claims, documents
from tasks.signs_of_life import find_heartbeats, name_executor
from tests.support import warm_flows
from tests.support.polling import eventually

pytestmark = pytest.mark.slow
RUNS_PER_SLOT = 3


@dataclass
class Worker:
    """A running worker of a pool of its own."""

    pool: str
    client: SyncPrefectClient
    process: subprocess.Popen[bytes] | None = None
    deployments: dict[tuple[str, str], UUID] = field(default_factory=dict)

    def start(self, poll_seconds: float = 0.5) -> None:
        options = ["--pool", self.pool, "--slots", "1", "--runs-per-slot", str(RUNS_PER_SLOT)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "services.worker", *options],
            env=os.environ | {"PREFECT_WORKER_QUERY_SECONDS": str(poll_seconds)},
        )

    def end(self) -> None:
        assert self.process is not None
        self.process.terminate()
        self.process.wait(60)

    def submit(self, flow: Flow, queue: str = DEFAULT_QUEUE, **parameters: object) -> UUID:
        """Start a run of a flow's deployment."""
        if (flow.name, queue) not in self.deployments:
            self.deployments[flow.name, queue] = self.client.create_deployment(
                self.client.create_flow_from_name(flow.name),
                f"{self.pool}-{queue}",
                work_pool_name=self.pool,
                work_queue_name=queue,
                entrypoint=f"{flow.fn.__module__}.{flow.fn.__name__}",
            )
        run = self.client.create_flow_run_from_deployment(
            self.deployments[flow.name, queue], parameters=parameters
        )
        return run.id

    def state(self, run: UUID) -> State:
        state = self.client.read_flow_run(run).state
        assert state is not None
        return state

    def finished(self, run: UUID) -> State:
        return eventually(lambda: self.state(run), State.is_final)

    def process_of_a_run(self) -> str | None:
        return self.finished(self.submit(warm_flows.report_process)).message


@pytest.fixture(scope="module", name="worker")
def _worker(prefect_server, database) -> Iterator[Worker]:
    with get_client(sync_client=True) as client:
        worker = Worker(f"warm-{uuid4().hex[:8]}", client)
        create_pool(client, worker.pool)
        # The queue exists before a worker asks for its runs.
        for queue in (DEFAULT_QUEUE, MAINTENANCE_QUEUE):
            worker.submit(warm_flows.report_process, queue)
        worker.start()
        yield worker
        worker.end()


def pid_of(waiting: Path) -> int:
    """Wait until a run waits for a file, and return the id of its process."""
    written = waiting.with_suffix(".pid")
    return int(eventually(lambda: written.read_text() if written.exists() else ""))


def test_runs_share_a_process_until_it_is_worn_out(worker):
    processes = [worker.process_of_a_run() for _ in range(2 * RUNS_PER_SLOT)]

    assert len(set(processes)) < len(processes)
    assert len(set(processes)) >= 2


def test_slot_that_is_free_takes_the_next_run_before_the_next_poll(worker):
    seldom = Worker(f"warm-{uuid4().hex[:8]}", worker.client)
    create_pool(seldom.client, seldom.pool)
    runs = [seldom.submit(warm_flows.report_process) for _ in range(3)]
    seldom.start(poll_seconds=3600)
    try:
        assert all(seldom.finished(each).is_completed() for each in runs)
    finally:
        seldom.end()


def test_run_whose_process_is_killed_has_crashed_with_its_cause(worker, tmp_path):
    run = worker.submit(warm_flows.wait_for_file, path=str(tmp_path / "never"))
    os.kill(pid_of(tmp_path / "never"), signal.SIGKILL)

    state = worker.finished(run)

    assert state.is_crashed()
    assert "-9" in state.message


def test_run_after_a_process_that_left_gets_a_new_one(worker):
    left = worker.finished(worker.submit(warm_flows.leave))

    assert left.is_crashed()
    assert worker.process_of_a_run()


def test_nothing_of_a_run_is_kept_for_the_next_one(worker):
    runs = [worker.submit(warm_flows.leave_garbage) for _ in range(RUNS_PER_SLOT)]

    assert {worker.finished(each).message for each in runs} == {"0"}


def test_failed_run_is_failed_and_its_process_goes_on(worker):
    assert worker.finished(worker.submit(warm_flows.fail)).is_failed()
    assert worker.process_of_a_run()


def test_only_a_run_without_a_time_limit_sends_heartbeats(worker):
    limited, unlimited = (
        worker.submit(each) for each in (warm_flows.end_in_time, warm_flows.report_process)
    )
    assert worker.finished(limited).is_completed()

    eventually(lambda: find_heartbeats(worker.client, str(unlimited)))

    assert not find_heartbeats(worker.client, str(limited))


def test_cancelled_run_is_ended(worker, tmp_path):
    run = worker.submit(warm_flows.wait_for_file, path=str(tmp_path / "never"))
    pid = pid_of(tmp_path / "never")

    worker.client.set_flow_run_state(run, Cancelling())

    assert worker.finished(run).is_cancelled()
    eventually(lambda: not Path(f"/proc/{pid}").exists())
    states = worker.client.read_flow_run_states(run)
    assert [each.name for each in states][-2:] == ["Cancelling", "Cancelled"]
    assert worker.process_of_a_run()


def test_run_that_hangs_beyond_its_limit_is_ended_and_gives_its_slot_back(worker):
    alone = Worker(f"warm-{uuid4().hex[:8]}", worker.client)
    create_pool(alone.client, alone.pool)
    hanging, overtime = alone.submit(warm_flows.hang), "1"

    subprocess.run(
        [sys.executable, "-m", "tests.support.one_slot", alone.pool, overtime], check=True
    )

    state = alone.finished(hanging)
    assert state.is_crashed()
    assert "did not end at its time limit" in state.message


def claims_on(database, key: str) -> list[UUID]:
    query = select(claims.c.flow_run_id).join(documents).where(documents.c.key == key)
    with database.connect() as connection:
        return list(connection.scalars(query))


def deaths_of(key: str) -> int:
    return sum(each.tries for each in list_failures() if each.key == key)


def test_document_of_a_cancelled_run_is_free_at_once(worker, tmp_path, database):
    key = f"inbox/{uuid4()}"
    run = worker.submit(warm_flows.claim_and_wait, key=key, path=str(tmp_path / "never"))
    pid_of(tmp_path / "never")
    assert claims_on(database, key) == [run]

    worker.client.set_flow_run_state(run, Cancelling())

    assert worker.finished(run).is_cancelled()
    eventually(lambda: not claims_on(database, key))
    assert deaths_of(key) == 0


def test_document_of_a_killed_run_is_free_at_once_and_counts_a_death(worker, tmp_path, database):
    key = f"inbox/{uuid4()}"
    run = worker.submit(warm_flows.claim_and_wait, key=key, path=str(tmp_path / "never"))
    os.kill(pid_of(tmp_path / "never"), signal.SIGKILL)

    assert worker.finished(run).is_crashed()
    assert claims_on(database, key) == []
    assert deaths_of(key) == 1


def test_run_is_pending_until_it_runs_and_every_state_is_kept(worker):
    run = worker.submit(warm_flows.report_process)
    assert worker.finished(run).is_completed()

    states = [each.name for each in worker.client.read_flow_run_states(run)]

    assert states == ["Scheduled", "Pending", "Running", "Completed"]


def test_run_names_the_worker_that_executes_it(worker):
    run = worker.submit(warm_flows.report_process)
    pid = worker.finished(run).message

    executor = worker.client.read_flow_run(run).infrastructure_pid

    found = worker.client.read_workers_for_work_pool(worker.pool)
    assert executor in [name_executor(each.name, pid) for each in found]


def test_maintenance_runs_while_documents_hold_every_slot(worker, tmp_path):
    busy = worker.submit(warm_flows.wait_for_file, path=str(tmp_path / "go"))
    pid_of(tmp_path / "go")

    maintenance = worker.submit(warm_flows.report_process, MAINTENANCE_QUEUE)

    assert worker.finished(maintenance).is_completed()
    assert worker.state(busy).is_running()
    (tmp_path / "go").touch()
    assert worker.finished(busy).is_completed()


def test_stopped_worker_lets_its_run_finish(worker, tmp_path):
    run = worker.submit(warm_flows.wait_for_file, path=str(tmp_path / "go"))
    pid_of(tmp_path / "go")
    later = worker.submit(warm_flows.report_process)

    worker.process.terminate()
    (tmp_path / "go").touch()

    assert worker.finished(run).is_completed()
    assert worker.process.wait(120) == 0
    assert worker.state(later).is_scheduled()
    worker.start()
    assert worker.finished(later).is_completed()
