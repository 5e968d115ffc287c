"""Warm processes compared with a process for each run: `python -m benchmarks.warm`.

Both execute runs of the same kind of uploads, two at a time, alternately. In each round, a bare
loop also reads the same files with one reader. Then each gets a few single uploads, to measure the
time from the upload to the end of the run. S3, PostgreSQL and the Prefect server are embedded;
their processor time is not counted. The result is stored for docs/performance.md.

`--memory 1000` executes as many runs of small files in one process that is never replaced, and
stores how much memory it has after them.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import cycle, islice
from statistics import median
from typing import Any, TypeVar
from uuid import UUID, uuid4

from benchmarks import results
from benchmarks.backfill import BUCKET, PICTURES, Spent, measure_spent, new_file, service
from benchmarks.processes import cpu_of_family, descendants, megabytes, running
from deploy.local.child_server import LOOPBACK, free_port, temporary_folder

Found = TypeVar("Found")
Round = Mapping[str, Mapping[str, Any]]
"""What was measured in one round, by the way to run, then by kind."""

DEPLOYMENT = "document-verification/document-verification-deployment"
BARE, WARM, COLD = "bare loop", "warm processes", "a process for each run"
OPTIONS = {WARM: (), COLD: ("--process-per-run",)}
RUNS_AT_A_TIME = 2
MEMORY_POOL = "warm-memory"
LIMIT_SECONDS = 1800
ALONE = 3
"""Uploads of each round whose time from upload to verdict is measured."""
SAMPLE_RUNS = 10
LOOK_SECONDS = 0.5
"""Pause between two checks whether a run has ended, because each check takes time of the Prefect
server on the same cores.
"""
RUNS_WITHOUT_REPLACEMENT = 1_000_000
WORKER_SETTINGS = {
    "PREFECT_WORKER_QUERY_SECONDS": "1",
    "PREFECT_RUNNER_POLL_FREQUENCY": "1",
    "PREFECT_WORKER_WEBSERVER_HOST": LOOPBACK,
    "PREFECT_WORKER_WEBSERVER_PORT": str(free_port()),
}


def main() -> None:
    """Measure all three in turns, print the ratios, and store them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=12, help="in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", type=int, metavar="RUNS", help="measure the memory instead")
    options = parser.parse_args()
    if options.memory:
        with service():
            store_memory(options.memory)
        return
    rounds = []
    with service():
        for _ in range(options.rounds):
            measured = {BARE: read_bare(options.documents)}
            rounds.append({name: asdict(each) for name, each in measured.items()})
            rounds[-1] |= {name: execute_runs(name, options.documents) for name in OPTIONS}
            print(rounds[-1], flush=True)
    print(f"documents per minute, warm to cold: {ratio(rounds, COLD, WARM, 'clock'):.2f}")
    print(f"processor time, warm to cold: {ratio(rounds, WARM, COLD, 'cpu'):.2f}")
    print(f"processor time, warm to bare: {ratio(rounds, WARM, BARE, 'cpu'):.2f}")
    results.store("warm", {"documents": options.documents, "rounds": rounds})


def ratio(rounds: Sequence[Round], above: str, below: str, kind: str) -> float:
    """Return the median ratio of two measurements of the same round."""
    return float(median(each[above][kind] / each[below][kind] for each in rounds))


def read_bare(count: int) -> Spent:
    """Read files in a loop, with one reader that was started before."""
    from tasks.engines import reader_pool
    from tasks.settings import read_settings

    settings = read_settings()
    reader_pool.read(new_file(PICTURES[0]), settings)
    files = make_files(count)
    return measure_spent(lambda: [reader_pool.read(content, settings) for content in files], count)


def execute_runs(name: str, count: int) -> dict[str, Any]:
    """Execute a run for each of a few files, after as many warm-up runs.

    Return the seconds per run, and for a few single uploads the seconds from upload to verdict.
    """
    with serving(name) as process:
        wait_for_runs(start_runs(make_files(RUNS_AT_A_TIME)))
        clock, cpu = time.perf_counter(), cpu_of_family(process)
        wait_for_runs(start_runs(make_files(count)))
        seconds = time.perf_counter() - clock
        spent = Spent(seconds / count, (cpu_of_family(process) - cpu) / count)
        alone = [measure_alone() for _ in range(ALONE)]
        return {**asdict(spent), "alone": alone}


def measure_alone() -> float:
    """Return the seconds from an upload to the end of its run, while nothing else runs."""
    from prefect.client.orchestration import get_client

    put = datetime.now(UTC)
    (run,) = start_runs(make_files(1))
    wait_for_runs([run])
    with get_client(sync_client=True) as client:
        ended = client.read_flow_run(run).end_time
    if ended is None:
        raise SystemExit("a run that ended has no end time")
    return float((ended - put).total_seconds())


def store_memory(count: int) -> None:
    """Execute runs of small files in one process that is never replaced, and store its memory."""
    from deploy.aws.probe import draw_image
    from deploy.serve import local_deployments
    from services.worker.queues import DEFAULT_QUEUE

    resident = []
    with warm_worker() as process:
        deployment = next(
            each
            for each in local_deployments("demonstration", 0, None)
            if each.name == DEPLOYMENT.partition("/")[2]
        )
        deployment.work_pool_name, deployment.work_queue_name = MEMORY_POOL, DEFAULT_QUEUE
        deployment.apply()
        for done in range(0, count, SAMPLE_RUNS):
            wait_for_runs(start_runs([draw_image() for _ in range(SAMPLE_RUNS)]), ("Resubmit",))
            resident.append((done + SAMPLE_RUNS, measure_slots(process)))
            print(*resident[-1], flush=True)
            # An interrupted measurement keeps what it has.
            results.store("warm_memory", {"resident": resident})


@contextmanager
def warm_worker() -> Iterator[int]:
    """Run a warm worker whose processes are never replaced; yield the id of its process."""
    from prefect.client.orchestration import get_client

    from deploy.prefect_objects.deployments import RUN_SETTINGS
    from services.worker.pool import create_pool

    with get_client(sync_client=True) as client:
        create_pool(client, MEMORY_POOL)
    command = ["-m", "services.worker", "--pool", MEMORY_POOL, "--slots", "1"]
    command += ["--runs-per-slot", str(RUNS_WITHOUT_REPLACEMENT), "--slot-memory", "1000000"]
    with running(command, {**os.environ, **RUN_SETTINGS, **WORKER_SETTINGS}) as process:
        yield process


def measure_slots(worker: int) -> float:
    """Return the memory in MB of the processes of a worker, without that of the worker."""
    return sum(megabytes(each, "VmRSS") for each in descendants(worker))


def make_files(count: int) -> list[bytes]:
    """Return files that were not read before."""
    return [new_file(name) for name in islice(cycle(PICTURES), count)]


@contextmanager
def serving(name: str) -> Iterator[int]:
    """Run `deploy.serve`; yield the id of its process."""
    from deploy.prefect_objects.deployments import RUN_SETTINGS

    command = ["-m", "deploy.serve", "--policy", "demonstration"]
    command += ["--reconcile-every", "0", "--limit", str(RUNS_AT_A_TIME), *OPTIONS[name]]
    with temporary_folder("serve") as folder:
        environment = {**os.environ, **RUN_SETTINGS, **WORKER_SETTINGS, "TMPDIR": str(folder)}
        with running(command, environment) as process:
            yield process


def start_runs(files: list[bytes]) -> list[UUID]:
    """Upload files, and start a run for each."""
    import boto3
    from prefect.client.orchestration import get_client

    s3, started = boto3.client("s3"), []
    with get_client(sync_client=True) as client:
        deployment = until(lambda: client.read_deployments(limit=20) or None)
        which = next(each.id for each in deployment if each.name == DEPLOYMENT.partition("/")[2])
        for content in files:
            key = f"{uuid4()}"
            s3.put_object(Bucket=BUCKET, Key=key, Body=content)
            run = client.create_flow_run_from_deployment(
                which, parameters={"bucket": BUCKET, "key": key, "policy": "demonstration"}
            )
            started.append(run.id)
    return started


def wait_for_runs(
    runs: list[UUID], outcomes: Sequence[str] = ("Verified", "Rejected", "Referred")
) -> None:
    """Wait until all runs have ended with one of these verdicts."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        for each in runs:

            def ended(run: UUID = each) -> str | None:
                state = client.read_flow_run(run).state
                return state.name if state and state.is_final() else None

            if (name := until(ended)) not in outcomes:
                raise SystemExit(f"a run ended as {name}")


def until(read: Callable[[], Found | None]) -> Found:
    """Read again until there is a result, and return it."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while (found := read()) is None:
        if time.monotonic() > deadline:
            raise SystemExit(f"nothing after {LIMIT_SECONDS} s")
        time.sleep(LOOK_SECONDS)
    return found


if __name__ == "__main__":
    main()
