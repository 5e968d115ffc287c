"""Cost of the record per document: `python -m benchmarks.record`.

Each step is compared with one bare INSERT and its commit, on a separate connection like that of
each step, so that a slow machine or network cancels out. PostgreSQL is embedded unless DATABASE_URL
names a server; there, a separate database is created and dropped.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from uuid import uuid4

from sqlalchemy import func, select, text

from deploy.local.postgres_server import create_database, database_server, drop_database
from docverify.page import Engine, Reading
from docverify.policy import DEMONSTRATION
from docverify.reading.local import read
from docverify.verdict import Verdict, judge
from tasks.errors import WorldError
from tasks.migrations import migrate
from tasks.record.claims import Claim, claim_document, try_to_claim
from tasks.record.connection import connect, database
from tasks.record.fingerprints import keep_reading
from tasks.record.tables import claims, documents, verdicts
from tasks.record.verdicts import RecordedVerdict, write_to_database
from tasks.s3 import File, Upload

SPECIMEN = Path(__file__).parents[1] / "specimens" / "passport.jpg"
TODAY = date(2026, 6, 1)
DOCUMENTS, WRITERS = 200, 200


@dataclass(frozen=True)
class Document:
    """A document that was read and decided, but not recorded yet."""

    reading: Reading
    verdict: Verdict

    def files(self) -> tuple[Upload, File]:
        """Return a new upload."""
        return Upload("bucket", f"inbox/{uuid4()}"), File(b"", uuid4().hex, 1, "v")


def timed(call: Callable[[], object], into: list[float]) -> object:
    """Call a function and store the seconds it took."""
    start = perf_counter()
    found = call()
    into.append(perf_counter() - start)
    return found


def bare_insert() -> None:
    """Insert one row with one number, and commit."""
    with database().begin() as connection:
        connection.execute(text("INSERT INTO bare VALUES (1)"))


def recorded(document: Document, seconds: dict[str, list[float]]) -> None:
    """Claim, store and record one document; store the seconds of each."""
    upload, file = document.files()
    run = uuid4()
    taken = timed(
        lambda: try_to_claim(upload, file, Engine.LOCAL, DEMONSTRATION, run), seconds["claim"]
    )
    assert isinstance(taken, Claim)
    timed(
        lambda: keep_reading.fn(taken, document.reading, file, TODAY, DEMONSTRATION),
        seconds["keep the reading, look for others"],
    )
    timed(
        lambda: write_to_database.fn(upload, file, document.reading, document.verdict, run),
        seconds["record"],
    )


def cost(document: Document) -> None:
    """Print the medians, each compared with the bare INSERT of the same round."""
    steps = ("claim", "keep the reading, look for others", "record")
    seconds: dict[str, list[float]] = {each: [] for each in ("bare INSERT", *steps)}
    for _ in range(DOCUMENTS):
        timed(bare_insert, seconds["bare INSERT"])
        recorded(document, seconds)
    bare = median(seconds["bare INSERT"])
    seconds["claim and record"] = [
        one + other for one, other in zip(seconds["claim"], seconds["record"], strict=True)
    ]
    print(f"| step | median ms of {DOCUMENTS} | ratio |\n| --- | --: | --: |")
    for name, values in seconds.items():
        print(f"| {name} | {median(values) * 1000:.1f} | {median(values) / bare:.1f} |")


def retry_while_busy(call: Callable[[], object], waits: Counter[str]) -> object:
    """Retry when the server has no free connection, like the task."""
    while True:
        try:
            return call()
        except WorldError as error:
            waits[error.code] += 1
            sleep(random.uniform(0.1, 0.5))  # noqa: S311 (jitter)


def concurrent(document: Document) -> None:
    """Record with 200 concurrent writers, two for each document."""
    uploads = [document.files() for _ in range(WRITERS // 2)]
    waited: Counter[str] = Counter()

    def write(number: int) -> object:
        upload, file = uploads[number % len(uploads)]
        run = uuid4()

        def once() -> object:
            found = claim_document.fn(upload, file, Engine.LOCAL, DEMONSTRATION, run)
            if isinstance(found, RecordedVerdict):
                return found
            return write_to_database.fn(upload, file, document.reading, document.verdict, run)

        return retry_while_busy(once, waited)

    start = perf_counter()
    with ThreadPoolExecutor(WRITERS) as threads:
        records = list(threads.map(write, range(WRITERS)))
    seconds = perf_counter() - start
    new = sum(isinstance(each, RecordedVerdict) and not each.replayed for each in records)
    keys = [upload.key for upload, _ in uploads]
    rows = select(func.count()).select_from(verdicts).join(documents)
    with database().connect() as connection:
        found = connection.scalar(rows.where(documents.c.key.in_(keys)))
        left = connection.scalar(select(func.count()).select_from(claims))
        deadlocks = connection.scalar(
            text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        )
    print(
        f"\n{WRITERS} writers of {len(uploads)} documents at once: {found} verdicts, {new} of them "
        f"new, {left} claims left, {deadlocks} deadlocks, {seconds:.1f} s, "
        f"had to wait: {dict(waited) or 'never'}"
    )


def main() -> None:
    """Measure with a separate database."""
    reading = read(SPECIMEN.read_bytes())
    verdict = judge(reading, today=TODAY, policy=DEMONSTRATION)
    name = f"docverify_benchmark_{uuid4().hex}"
    with database_server() as server:
        os.environ["DATABASE_URL"] = create_database(server, name)
        os.environ["DOCVERIFY_HMAC_KEY"] = "of the benchmark, and of nothing else"
        try:
            migrate(connect(os.environ["DATABASE_URL"]))
            with database().begin() as connection:
                connection.execute(text("CREATE TABLE bare (number integer)"))
            cost(Document(reading, verdict))
            concurrent(Document(reading, verdict))
        finally:
            drop_database(server, name)


if __name__ == "__main__":
    main()
