"""What the pipeline adds to the bare reading: `python -m benchmarks.service`.

S3, PostgreSQL and the Prefect server are embedded, and reading has a process of its own, as in a
container. Bare and whole take turns, so that a busy machine is busy for both. What is found is
kept in benchmarks/results for docs/performance.md.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from uuid import uuid4

from benchmarks import results
from benchmarks.backfill import BUCKET, PICTURES, Spent, in_turns, new_file, service, spent

IN_CHUNK = 4
RECORDED = 400  # documents
WRITERS = 8


def main() -> None:
    """Measure all of it."""
    options = _parser().parse_args()
    with service():
        os.environ["DOCVERIFY_HMAC_KEY"] = "of the benchmark"
        backfill = [in_turns(options.documents) for _ in range(options.rounds)]
        single = [_single() for _ in range(options.runs)]
        facts = {
            "documents": options.documents,
            "backfill": [_sides(each) for each in backfill],
            "single": [_sides(each) for each in single],
            "stages": _stages(),
            "metered": {"run": _metered(1), "chunk": _metered(IN_CHUNK), "in_chunk": IN_CHUNK},
            "record": _recorded(),
        }
    results.keep("service", facts)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="What the pipeline adds to the bare reading.")
    parser.add_argument("--documents", type=int, default=16, help="in each round of the backfill")
    parser.add_argument("--rounds", type=int, default=3, help="of the backfill")
    parser.add_argument("--runs", type=int, default=8, help="of a single document")
    return parser


def _sides(pair: Sequence[Spent]) -> dict[str, dict[str, float]]:
    return {name: asdict(each) for name, each in zip(("bare", "whole"), pair, strict=True)}


def _single() -> tuple[Spent, Spent]:
    """Read one document, and let a run of the flow have it, both warm."""
    from flows.document_verification import document_verification
    from tasks import reader
    from tasks.settings import read_settings

    key, settings = f"{uuid4()}.jpg", read_settings()
    file = _put_new(key)
    bare = spent(lambda: reader.read(file, settings), 1)

    def run() -> None:
        state = document_verification(BUCKET, key, policy="demonstration", return_state=True)
        if state.name != "Verified":
            raise SystemExit(state.message)

    return bare, spent(run, 1)


def _put_new(key: str) -> bytes:
    import boto3

    content = new_file(PICTURES[0])
    boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=content)
    return content


def _stages() -> dict[str, list[float]]:
    """Return the seconds by the clock of each stage of all documents so far, as on record."""
    from sqlalchemy import select

    from tasks.operation_tables import stages
    from tasks.postgres import database

    found: dict[str, list[float]] = {}
    with database().connect() as connection:
        for name, seconds in connection.execute(select(stages.c.stage, stages.c.seconds)):
            found.setdefault(name, []).append(seconds)
    return found


def _metered(documents: int) -> dict[str, int]:
    """Let a process of its own verify so many documents, and count requests and log lines."""
    from benchmarks.metered import counting, execute, log_lines, metered, scheduled_run
    from flows.backfill import backfill_chunk
    from flows.document_verification import document_verification

    prefix = f"{uuid4()}/"
    keys = [f"{prefix}{number}.jpg" for number in range(documents)]
    for key in keys:
        _put_new(key)
    given = {"bucket": BUCKET, "policy": "demonstration"}
    run = (
        scheduled_run(document_verification, given | {"key": keys[0]})
        if documents == 1
        else scheduled_run(backfill_chunk, given | {"prefix": prefix, "at_once": 1})
    )
    with counting(int(os.environ["PREFECT_API_URL"].split(":")[2].split("/")[0])) as (port, seen):
        execute(run, port)
    return {
        "requests": len(metered(seen)),
        "events": len(seen) - len(metered(seen)),
        "lines": len(log_lines(run)),
    }


def _recorded() -> Mapping[str, float]:
    """Record documents from several connections; return how fast, and how much each takes."""
    from benchmarks.record import TODAY, Document, recorded
    from docverify.policy import DEMONSTRATION
    from docverify.reading.local import read
    from docverify.verdict import judge

    specimen = Path(__file__).parents[1] / "specimens" / "passport.jpg"
    reading = read(specimen.read_bytes())
    document = Document(reading, judge(reading, today=TODAY, policy=DEMONSTRATION))
    steps = ("claim", "keep the reading, look for others", "record")
    before, start = _bytes_of_record(), perf_counter()

    def record(_: int) -> None:
        recorded(document, {each: [] for each in steps})

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(record, range(RECORDED)))
    seconds, grown = perf_counter() - start, _bytes_of_record() - before
    return {"a_second": RECORDED / seconds, "bytes": grown / RECORDED, "writers": WRITERS}


def _bytes_of_record() -> int:
    from sqlalchemy import text

    from tasks.postgres import database

    with database().connect() as connection:
        return int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)


if __name__ == "__main__":
    main()
