"""Backfill compared with a plain loop over the same reading code: `python -m benchmarks.backfill`.

Both read the same files, one at a time, with one reader process. They take turns, so that a busy
machine affects both. The bare loop has the files in memory and only reads them; the backfill
retrieves, reads, decides, records and publishes. S3, PostgreSQL and the Prefect server are
embedded.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from uuid import uuid4

from benchmarks.processes import cpu_of_family
from deploy.local.aws_server import aws
from deploy.local.child_server import temporary_folder
from deploy.local.isolation import isolate
from deploy.local.postgres_server import create_database, database_server, drop_database
from deploy.local.prefect_server import prefect_server

SPECIMENS = Path(__file__).parents[1] / "specimens"
PICTURES = ("passport.jpg", "identity-card.png", "passport-photo.jpg", "passport-altered.jpg")
BUCKET = "backfill"
ENOUGH = 0.8


def main() -> None:
    """Measure both in turns, and print documents per second and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=16, help="in each round")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with service():
        rounds = [measure_pair(options.documents) for _ in range(options.rounds)]
    bare, whole = (median(1 / each[side].clock for each in rounds) for side in (0, 1))
    ratios = sorted(each[0].clock / each[1].clock for each in rounds)
    print(
        f"{options.documents} documents, {options.rounds} rounds, medians: bare loop "
        f"{bare:.2f} documents/s, backfill {whole:.2f} documents/s on one reader; ratio "
        f"{median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}), at least {ENOUGH} is wanted"
    )


@dataclass(frozen=True)
class Spent:
    """Seconds per document: elapsed time, and processor time of this process and its reader."""

    clock: float
    cpu: float


def measure_pair(count: int) -> tuple[Spent, Spent]:
    """Return the time per document in the bare loop and in the backfill."""
    import boto3

    from flows.backfill import backfill
    from tasks.engines import reader_pool
    from tasks.settings import read_settings

    prefix, settings = f"{uuid4()}/", read_settings()
    files = [new_file(name) for name in islice(cycle(PICTURES), count)]
    for number, content in enumerate(files):
        boto3.client("s3").put_object(Bucket=BUCKET, Key=f"{prefix}{number:05d}", Body=content)
    reader_pool.read(files[0], settings)  # The reader process starts once, for both.

    bare = measure_spent(lambda: [reader_pool.read(content, settings) for content in files], count)

    def run() -> None:
        parameters = {"policy": "demonstration", "at_once": 1, "dry_run": False, "chunk": count}
        state = backfill(bucket=BUCKET, prefix=prefix, **parameters, return_state=True)
        if state.message != f"{count} of {count} documents got a verdict, 0 are left.":
            raise SystemExit(state.message)

    return bare, measure_spent(run, count)


def new_file(name: str) -> bytes:
    """Return a file that was not read before, because each document is recorded only once."""
    return (SPECIMENS / name).read_bytes() + uuid4().bytes


def measure_spent(do: Callable[[], object], count: int) -> Spent:
    """Do the work, and return the time per document."""
    clock, cpu = perf_counter(), _cpu()
    do()
    return Spent((perf_counter() - clock) / count, (_cpu() - cpu) / count)


def _cpu() -> float:
    from tasks.engines.reader_pool import readers
    from tasks.settings import read_settings

    waiting = readers("read", read_settings().reader_memory).waiting
    return process_time() + sum(cpu_of_family(each.process.pid) for each in waiting)


@contextmanager
def service() -> Iterator[None]:
    """Start S3, PostgreSQL and the Prefect server, and make this process use them."""
    with temporary_folder("benchmark") as home, database_server() as server:
        isolate(home)
        names = [f"docverify_benchmark_{uuid4().hex}" for _ in range(2)]
        record, prefect_database = (create_database(server, name) for name in names)
        try:
            with aws() as cloud, prefect_server(prefect_database) as prefect:
                os.environ.update(cloud.environment)
                os.environ.update(prefect.environment)
                allowed = {"DATABASE_URL": record, "DOCVERIFY_ALLOWED_UPLOADS": f"{BUCKET}/"}
                os.environ.update(allowed | {"PREFECT_LOGGING_LEVEL": "ERROR"})
                _prepare(record)
                yield
        finally:
            for name in names:
                drop_database(server, name)


def _prepare(record: str) -> None:
    import boto3

    from deploy.aws.s3_to_sns import create_bucket
    from tasks.migrations import migrate  # imports Prefect, which needs the addresses first
    from tasks.record.connection import connect

    create_bucket(boto3.client("s3"), BUCKET)
    migrate(connect(record))


if __name__ == "__main__":
    main()
