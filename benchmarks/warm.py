"""Warm processes compared with a process for each run: `python -m benchmarks.warm`.

Both execute runs of the same kind of uploads, two at a time, in turns; in each round, a bare loop
also reads the same files with one reader. S3, PostgreSQL and the Prefect server are embedded; their
processor time is not counted. The result is stored for docs/performance.md.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import TypeVar
from uuid import UUID, uuid4

from benchmarks import results
from benchmarks.backfill import BUCKET, PICTURES, Spent, new_file, service, spent
from benchmarks.processes import cpu_of_family
from deploy.local.child_server import temporary_folder

Found = TypeVar("Found")

DEPLOYMENT = "document-verification/document-verification-deployment"
BARE, WARM, COLD = "bare loop", "warm processes", "a process for each run"
OPTIONS = {WARM: (), COLD: ("--process-per-run",)}
RUNS_AT_A_TIME = 2
LIMIT_SECONDS = 1800
POLL_SECONDS = {"PREFECT_WORKER_QUERY_SECONDS": "1", "PREFECT_RUNNER_POLL_FREQUENCY": "1"}


def main() -> None:
    """Measure all three in turns, print the ratios, and store them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=12, help="in each round")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rounds = []
    with service():
        for _ in range(options.rounds):
            measured = {BARE: read_bare(options.documents)}
            measured |= {name: execute_runs(name, options.documents) for name in OPTIONS}
            rounds.append({name: asdict(each) for name, each in measured.items()})
            print(rounds[-1], flush=True)
    print(f"documents per minute, warm to cold: {ratio(rounds, COLD, WARM, 'clock'):.2f}")
    print(f"processor time, warm to bare: {ratio(rounds, WARM, BARE, 'cpu'):.2f}")
    results.store("warm", {"documents": options.documents, "rounds": rounds})


def ratio(rounds: list[dict[str, dict[str, float]]], above: str, below: str, kind: str) -> float:
    """Return the median ratio of two measurements of the same round."""
    return median(each[above][kind] / each[below][kind] for each in rounds)


def read_bare(count: int) -> Spent:
    """Read files in a loop, with one reader that was started before."""
    from tasks.engines import reader_pool
    from tasks.settings import read_settings

    settings = read_settings()
    reader_pool.read(new_file(PICTURES[0]), settings)
    files = make_files(count)
    return spent(lambda: [reader_pool.read(content, settings) for content in files], count)


def execute_runs(name: str, count: int) -> Spent:
    """Execute a run for each of a few files, after as many that only warm everything up."""
    with serving(name) as process:
        wait_for_runs(start_runs(make_files(RUNS_AT_A_TIME)))
        clock, cpu = time.perf_counter(), cpu_of_family(process)
        wait_for_runs(start_runs(make_files(count)))
        seconds = time.perf_counter() - clock
        return Spent(seconds / count, (cpu_of_family(process) - cpu) / count)


def make_files(count: int) -> list[bytes]:
    """Return files that were not read before."""
    return [new_file(name) for name in islice(cycle(PICTURES), count)]


@contextmanager
def serving(name: str) -> Iterator[int]:
    """Run `deploy.serve`; give the id of its process."""
    from deploy.prefect_objects.deployments import RUN_SETTINGS

    command = [sys.executable, "-m", "deploy.serve", "--policy", "demonstration"]
    command += ["--reconcile-every", "0", "--limit", str(RUNS_AT_A_TIME), *OPTIONS[name]]
    with temporary_folder("serve") as folder:
        process = subprocess.Popen(
            command,
            env={**os.environ, **RUN_SETTINGS, **POLL_SECONDS, "TMPDIR": str(folder)},
            cwd=Path(__file__).parents[1],
        )
        try:
            yield process.pid
        finally:
            process.terminate()
            process.wait(120)


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


def wait_for_runs(runs: list[UUID]) -> None:
    """Wait until all runs have ended with a verdict."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        for each in runs:

            def ended(run: UUID = each) -> str | None:
                state = client.read_flow_run(run).state
                return state.name if state and state.is_final() else None

            if (name := until(ended)) not in ("Verified", "Rejected"):
                raise SystemExit(f"a run ended as {name}")


def until(read: Callable[[], Found | None]) -> Found:
    """Read until there is something, and return it."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while (found := read()) is None:
        if time.monotonic() > deadline:
            raise SystemExit(f"nothing after {LIMIT_SECONDS} s")
        time.sleep(0.2)
    return found


if __name__ == "__main__":
    main()
