"""Backfill beside the bare loop over the same reading code: `python -m benchmarks.backfill`.

Both read the same files, one at a time, with one reader process; in turns, so that a busy machine
is busy for both. The bare loop has the files in memory and only reads them; the backfill retrieves,
reads, judges, records and publishes. S3, PostgreSQL and the Prefect server are embedded.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from time import perf_counter
from uuid import uuid4

from deploy.embedded_aws import aws
from deploy.embedded_postgres import create_database, database_server, drop_database
from deploy.embedded_prefect import prefect_server
from deploy.embedded_server import temporary_folder
from deploy.isolation import isolate

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
    with _service():
        rounds = [_round(options.documents) for _ in range(options.rounds)]
    bare, whole = (median(each[side] for each in rounds) for side in (0, 1))
    ratios = sorted(each[1] / each[0] for each in rounds)
    print(
        f"{options.documents} documents, {options.rounds} rounds, medians: bare loop "
        f"{bare:.2f} documents/s, backfill {whole:.2f} documents/s on one reader; ratio "
        f"{median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}), at least {ENOUGH} is wanted"
    )


def _round(count: int) -> tuple[float, float]:
    """Return the documents per second of the bare loop and of the backfill."""
    import boto3

    from flows.backfill import backfill
    from tasks import reader
    from tasks.settings import read_settings

    prefix, settings = f"{uuid4()}/", read_settings()
    files = [_file(name) for name in islice(cycle(PICTURES), count)]
    for number, content in enumerate(files):
        boto3.client("s3").put_object(Bucket=BUCKET, Key=f"{prefix}{number:05d}", Body=content)
    reader.read(files[0], settings)  # Its process starts once, for both.

    bare = count / _seconds(lambda: [reader.read(content, settings) for content in files])

    def run() -> None:
        parameters = {"policy": "demonstration", "at_once": 1, "dry_run": False, "chunk": count}
        state = backfill(bucket=BUCKET, prefix=prefix, **parameters, return_state=True)
        if state.message != f"{count} of {count} documents verified, 0 left.":
            raise SystemExit(state.message)

    return bare, count / _seconds(run)


def _file(name: str) -> bytes:
    """Return a file that nobody has read before: a document is recorded once."""
    return (SPECIMENS / name).read_bytes() + uuid4().bytes


def _seconds(do: Callable[[], object]) -> float:
    start = perf_counter()
    do()
    return perf_counter() - start


@contextmanager
def _service() -> Iterator[None]:
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

    from deploy.trigger_chain import create_bucket
    from tasks.migrations import migrate  # imports Prefect, which the addresses precede
    from tasks.postgres import connect

    create_bucket(boto3.client("s3"), BUCKET)
    migrate(connect(record))


if __name__ == "__main__":
    main()
