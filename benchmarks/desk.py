"""Times of the desk's pages on a large record: `python -m benchmarks.desk`.

It fills a PostgreSQL database with waiting and decided documents, opens each page many times over
HTTP like one person, and stores how long the desk takes to answer. PostgreSQL is embedded unless
DATABASE_URL names a server; there, a separate database is created and dropped. Results are stored
in benchmarks/results for docs/performance.md.
"""

from __future__ import annotations

import argparse
import os
import re
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from statistics import quantiles
from time import perf_counter, sleep
from typing import Any

import requests
import uvicorn
from sqlalchemy import Engine, text

from benchmarks import results
from benchmarks.processes import cpu_of_family, parent_of
from deploy.local.child_server import free_port
from deploy.local.postgres_server import create_database, database_server, drop_database
from docverify import PIPELINE_VERSION, READER_VERSION
from docverify.applicant import Applicant
from docverify.page import Reading
from docverify.policy import DEMONSTRATION
from docverify.reading import wire
from docverify.reading.local import read
from docverify.verdict import Verdict, judge
from services.desk import sessions
from services.desk.app import create_app
from services.desk.people import Person, Role
from services.desk.settings import DeskSettings
from tasks.migrations import migrate
from tasks.record.connection import connect, database
from tasks.record.policies import record_policy
from tasks.record.verdicts import build_result_rows

STORED = "desk"
SPECIMEN = Path(__file__).parents[1] / "specimens" / "passport.jpg"
TODAY = date(2026, 11, 26)
DOCUMENTS, WAITING = 100_000, 5_000
FILL = Path(__file__).with_name("desk.sql")
PageTimes = tuple[float, float, float]
"""Seconds: the median, the 95th percentile, and the mean of processor time."""
TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


def main() -> None:
    """Fill a record, measure each page, and store the times."""
    parser = argparse.ArgumentParser(description="Times of the desk's pages on a large record.")
    parser.add_argument("--documents", type=int, default=DOCUMENTS, help="documents on record")
    parser.add_argument("--waiting", type=int, default=WAITING, help="of them wait for a person")
    parser.add_argument("--rounds", type=int, default=30, help="requests of each page")
    options = parser.parse_args()
    pages: dict[str, PageTimes] = {}
    with filled_record(options.documents, options.waiting), serving_desk() as url:
        for name, times in measure(url, options):
            print(f"{name:32} {times[0]:.3f} s, p95 {times[1]:.3f} s, processor {times[2]:.3f} s")
            pages[name] = times
    facts = {"documents": options.documents, "waiting": options.waiting, "rounds": options.rounds}
    results.store(STORED, facts | {"pages": pages})


@contextmanager
def filled_record(documents: int, waiting: int) -> Iterator[None]:
    """Create a separate database, fill it, and drop it at the end."""
    with database_server() as server:
        name = "docverify_desk_benchmark"
        url = create_database(server, name)
        try:
            engine = connect(url)
            migrate(engine)
            fill(engine, documents, waiting)
            os.environ["DATABASE_URL"] = url
            yield
        finally:
            drop_database(server, name)


def fill(engine: Engine, documents: int, waiting: int) -> None:
    """Insert documents, verdicts and their details; the newest documents wait."""
    reading = read(SPECIMEN.read_bytes())
    verdict = judge(
        reading, today=TODAY, policy=DEMONSTRATION, applicant=Applicant("Maria Someone")
    )
    values = build_values(reading, verdict) | {"documents": documents, "waiting": waiting}
    with engine.begin() as connection:
        record_policy(connection, DEMONSTRATION)
        # Ranking and announcing each verdict would take minutes and does not affect these times.
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in FILL.read_text("utf-8").split(";\n"):
            connection.execute(text(statement), values)
        rows = [
            {
                **{name: each[name] for name in ("code", "status", "position")},
                "first": documents - waiting,
            }
            for each in build_result_rows(verdict)
        ]
        connection.execute(
            text(
                "INSERT INTO check_results"
                " (verdict_id, position, code, status, severity, sources, evidence)"
                " SELECT id, :position, :code, :status, 'refer', '{}', ''"
                " FROM verdicts WHERE document_id > :first AND policy_name <> 'person'"
            ),
            rows,
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def build_values(reading: Reading, verdict: Verdict) -> dict[str, Any]:
    """Return the values that the statements insert for each waiting document."""
    return {
        "content": zlib.compress(wire.write(reading).encode()),
        "reader": READER_VERSION,
        "pipeline": PIPELINE_VERSION,
        "policy": verdict.policy_name,
        "version": verdict.policy_version,
        "digest": verdict.policy_sha256,
        "kind": verdict.kind.policy_key,
    }


@contextmanager
def serving_desk() -> Iterator[str]:
    """Serve the desk on a loopback port."""
    settings = DeskSettings(undo_seconds=3600, requests_per_minute=1_000_000)
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(create_app(settings), port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        sleep(0.05)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def measure(url: str, options: argparse.Namespace) -> Iterator[tuple[str, PageTimes]]:
    """Yield the times of each page."""
    browser = requests.Session()
    person = Person("link anna", "anna", frozenset(Role))
    key = sessions.create_link_key(person, timedelta(hours=1))
    browser.post(f"{url}/sign-in/link", data={"key": key}, timeout=60)
    found = TOKEN.search(browser.get(f"{url}/search", timeout=60).text)
    token = found[1] if found else ""
    first = options.documents - options.waiting + 1

    def get(path: str) -> Callable[[int], requests.Response]:
        return lambda n: browser.get(url + path.format(n=first + n), timeout=60)

    def post(path: str, **form: str) -> Callable[[int], requests.Response]:
        return lambda n: browser.post(
            url + path.format(n=first + n),
            data={"form_token": token} | {name: v.format(n=n) for name, v in form.items()},
            timeout=60,
            allow_redirects=False,
        )

    pages = {
        "queue": get("/"),
        "queue, last page": get(f"/?after={options.documents - 60}"),
        "queue, by reason": get("/?reason=applicant_data_match_name"),
        "queue, by kind": get("/?kind=id_card"),
        "queue, by issuer": get("/?issuer=UTO"),
        "queue, late": get("/?show=late"),
        "case": get("/cases/{n}"),
        "open the next one": get("/next?after={n}"),
        "search by key": post("/search", by="key", text="upload-77{n}"),
        "search by document": post("/search", by="document", text="7{n}"),
        "search by number": post("/search", by="number", text="K7240{n}"),
        "search by surname": post("/search", by="name", text="SURNAME{n}"),
        "search by a common surname": post("/search", by="name", text="S"),
        "search without a result": post("/search", by="key", text="no such key {n}"),
        "decide": post("/cases/{n}/decide", decision="verified details_confirmed"),
        "statistics of 12 weeks": get("/statistics"),
        "statistics of 104 weeks": get("/statistics?weeks=104"),
        "CSV": get("/statistics/check.csv"),
        "audit": get("/audit"),
    }
    for name, open_page in pages.items():
        open_page(options.rounds)  # The first request fills the caches.
        yield name, time_page(name, open_page, options.rounds)


def time_page(name: str, open_page: Callable[[int], requests.Response], rounds: int) -> PageTimes:
    """Return the times of a page, requested one after another."""
    seconds, spent = [], measure_processor_time()
    for number in range(rounds):
        start = perf_counter()
        answer = open_page(number)
        seconds.append(perf_counter() - start)
        if answer.status_code >= 400:
            raise SystemExit(f"{name}: {answer.status_code}")
    spent = measure_processor_time() - spent
    cuts = quantiles(seconds, n=20)
    return round(cuts[9], 4), round(cuts[18], 4), round(spent / rounds, 4)


def measure_processor_time() -> float:
    """Return the seconds of processor time of the desk, its client and the PostgreSQL server."""
    with database().connect() as connection:
        server = parent_of(connection.scalar(text("SELECT pg_backend_pid()")) or 0)
    while True:
        with suppress(FileNotFoundError):  # A PostgreSQL process has just ended.
            return cpu_of_family(os.getpid()) + cpu_of_family(server)


def build_table() -> str:
    """Write the table of the times for docs/desk.md."""
    kept = results.load(STORED)
    if not kept:
        return ""
    rows = "".join(
        f"| {name} | {median:.2f} | {late:.2f} | {spent:.2f} |\n"
        for name, (median, late, spent) in kept["pages"].items()
    )
    return (
        f"With {kept['documents']:,} documents on record, {kept['waiting']:,} of which wait for a"
        f" person: seconds until the desk has answered, of {kept['rounds']} requests, and seconds"
        f" of processor time, with PostgreSQL's. `{kept['command']}` ({kept['measured_on']}, load"
        f" {kept['load']} of {kept['machine'].split()[0]} cores).\n\n"
        f"| page | median | p95 | processor |\n| --- | --: | --: | --: |\n{rows}"
    )


if __name__ == "__main__":
    main()
