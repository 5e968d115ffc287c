"""Time that the pipeline adds to reading alone: `python -m benchmarks.service [--only record]`.

S3, PostgreSQL and the Prefect server are embedded, and reading has a separate process, as in a
container. Both measurements alternate, so that the load of the machine affects both. Results are
stored in benchmarks/results for docs/performance.md.
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
from benchmarks.backfill import (
    BUCKET,
    PICTURES,
    Spent,
    measure_pair,
    measure_spent,
    new_file,
    service,
)
from benchmarks.processes import cpu_of_family, parent_of

IN_CHUNK = 4
RECORDED = 400  # documents
COMMAND = "python -m benchmarks.service"
ALL = "backfill,single,stages,metered,record"
WRITERS = 8


def main() -> None:
    """Run all measurements."""
    options = _parser().parse_args()
    parts = {
        "backfill": lambda: [
            _sides(measure_pair(options.documents)) for _ in range(options.rounds)
        ],
        "single": lambda: [_sides(_single()) for _ in range(options.runs)],
        "stages": _stages,
        "metered": _metered_both,
        "record": _recorded,
    }
    known = results.load("service")
    facts = {name: known[name] for name in parts if name in known}
    with service():
        os.environ["DOCVERIFY_HMAC_KEY"] = "of the benchmark, and of nothing else"
        for name in options.only.split(","):
            facts[name] = parts[name]()
    results.store("service", facts | {"command": COMMAND})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="What the pipeline adds to the bare reading.")
    parser.add_argument("--documents", type=int, default=8, help="in each round of the backfill")
    parser.add_argument("--rounds", type=int, default=3, help="of the backfill")
    parser.add_argument("--runs", type=int, default=6, help="of a single document")
    parser.add_argument("--only", default=ALL, help="parts to measure, others stay as they are")
    return parser


def _sides(pair: Sequence[Spent]) -> dict[str, dict[str, float]]:
    return {name: asdict(each) for name, each in zip(("bare", "whole"), pair, strict=True)}


def _single() -> tuple[Spent, Spent]:
    """Read one document alone and in a run of the flow, both warm."""
    from flows.document_verification import document_verification
    from tasks.engines import reader_pool
    from tasks.settings import read_settings

    key, settings = f"{uuid4()}.jpg", read_settings()
    file = _put_new(key)
    bare = measure_spent(lambda: reader_pool.read(file, settings), 1)

    def run() -> None:
        state = document_verification(BUCKET, key, policy="demonstration", return_state=True)
        if state.name != "Verified":
            raise SystemExit(state.message)

    return bare, measure_spent(run, 1)


def _put_new(key: str) -> bytes:
    import boto3

    content = new_file(PICTURES[0])
    boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=content)
    return content


def _stages() -> dict[str, list[float]]:
    """Return the recorded wall-clock seconds of each stage of all documents."""
    from sqlalchemy import select

    from tasks.record.connection import database
    from tasks.record.tables import stages

    found: dict[str, list[float]] = {}
    with database().connect() as connection:
        for name, seconds in connection.execute(select(stages.c.stage, stages.c.seconds)):
            found.setdefault(name, []).append(seconds)
    return found


def _metered_both() -> dict[str, object]:
    return {"run": _metered(1), "chunk": _metered(IN_CHUNK), "in_chunk": IN_CHUNK}


def _metered(documents: int) -> dict[str, int]:
    """Verify documents in a separate process, and count requests and log lines."""
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
    """Record documents from several connections; return the rate, and the cost per document."""
    from benchmarks.record import TODAY, Document, recorded
    from docverify.policy import DEMONSTRATION
    from docverify.reading.local import read
    from docverify.verdict import judge

    specimen = Path(__file__).parents[1] / "specimens" / "passport.jpg"
    reading = read(specimen.read_bytes())
    document = Document(reading, judge(reading, today=TODAY, policy=DEMONSTRATION))
    steps = ("claim", "keep the reading, look for others", "record")
    server = parent_of(_of_database("pg_backend_pid()"))
    size, cpu = _of_database("pg_database_size(current_database())"), cpu_of_family(server)
    start = perf_counter()

    def record(_: int) -> None:
        recorded(document, {each: [] for each in steps})

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(record, range(RECORDED)))
    seconds, cpu = perf_counter() - start, cpu_of_family(server) - cpu
    grown = _of_database("pg_database_size(current_database())") - size
    return {
        "a_second": RECORDED / seconds,
        "cpu": cpu / RECORDED,
        "bytes": grown / RECORDED,
        "writers": WRITERS,
    }


def _of_database(what: str) -> int:
    from sqlalchemy import text

    from tasks.record.connection import database

    with database().connect() as connection:
        return int(connection.scalar(text(f"SELECT {what}")) or 0)


if __name__ == "__main__":
    main()
