"""The specimens and what a person uploads, on their way from the bucket to the record."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from urllib.parse import unquote_plus

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import FlowFilter, FlowFilterName
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.sorting import FlowRunSort
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text
from sqlalchemy import select
from sqlalchemy.engine import make_url

from deploy.local.child_server import ServerNotStarted
from deploy.local.stack import Service, aws_client, run_stack
from docverify.policy import DEMONSTRATION
from docverify.verdict import Outcome
from tasks.errors import EdgeError
from tasks.record.connection import connect
from tasks.record.tables import documents, verdicts

SPECIMENS = Path(__file__).parents[2] / "specimens"
PATIENCE_SECONDS = 300  # without anything new: how long all takes is up to the machine
POLL_SECONDS = 0.5
LOG_WIDTH = 120
WIDE = 100
NAME_WIDTH = 30
STYLES = {
    Outcome.VERIFIED: "green",
    Outcome.REFERRED: "yellow",
    Outcome.RESUBMIT: "yellow",
    Outcome.REJECTED: "red",
}


@dataclass(frozen=True)
class DemoVerdict:
    """What a document gets: the outcome, and the checks that decided it."""

    outcome: str
    reasons: Sequence[str]

    @property
    def text(self) -> str:
        """How a sentence names it."""
        return f"{self.outcome} ({', '.join(self.reasons)})" if self.reasons else self.outcome


@dataclass(frozen=True)
class RecordedVerdict:
    """An answer on record."""

    answer: DemoVerdict
    decided_at: datetime


@dataclass(frozen=True)
class UploadProgress:
    """How far one document has come; None is for what has not happened yet."""

    key: str
    put: datetime
    event: datetime | None = None
    run: FlowRun | None = None
    record: RecordedVerdict | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come: a verdict, or a run that failed."""
        return bool(self.run and self.run.state and self.run.state.is_final())

    @property
    def moments(self) -> Mapping[str, datetime | None]:
        """When it reached each stage."""
        return {
            "event": self.event,
            "run": self.run.created if self.run else None,
            "start": self.run.start_time if self.run else None,
            "record": self.record.decided_at if self.record else None,
        }

    @property
    def state(self) -> Text:
        """What a person reads as its outcome."""
        if self.record:
            return Text(self.record.answer.outcome, STYLES[Outcome(self.record.answer.outcome)])
        if self.run and self.run.state:
            return Text(self.run.state.name or "")
        return Text("event" if self.event else "uploaded")

    @property
    def remarks(self) -> Text:
        """Why it has this outcome, or why its run failed."""
        if self.record:
            return Text(", ".join(self.record.answer.reasons))
        failed = self.is_over and self.run and self.run.state
        return Text((failed.message if failed else None) or "")


def run_demo(*, once: bool) -> int:
    """Show the passages until Ctrl-C; once: until all have ended, and return 1 if one is wrong."""
    console = Console()
    if not console.is_terminal:
        console.width = LOG_WIDTH
    try:
        with run_stack(
            DEMONSTRATION.name, lambda part: console.print(f"starting {part} …")
        ) as service:
            return _show(service, console, once=once)
    except (ServerNotStarted, EdgeError) as error:
        console.print(Text(str(error), "red"), soft_wrap=True)
        return 1


def _show(service: Service, console: Console, *, once: bool) -> int:
    expected = _expected(service)
    console.print(_addresses(service), highlight=False, markup=False, soft_wrap=True)
    watched = _watched(service, sorted(expected))
    passages: list[UploadProgress] = []
    try:
        with Live(console=console, refresh_per_second=4) as live:
            for passages in _until_over(watched) if once else watched:
                live.update(_table(passages, console.width))
    except KeyboardInterrupt:
        console.print("stopping …")
        raise
    console.print()
    return compare_verdicts(passages, expected, console)


def _expected(service: Service) -> Mapping[str, DemoVerdict]:
    verdicts_of = json.loads((SPECIMENS / "verdicts.json").read_text())
    return {f"{service.prefix}{name}": DemoVerdict(**each) for name, each in verdicts_of.items()}


def _watched(service: Service, specimens: Sequence[str]) -> Iterator[list[UploadProgress]]:
    """Upload, and yield again and again how far each document is, those of other people too."""
    since = datetime.now(UTC)
    puts = _upload(service, specimens)
    events: dict[str, datetime] = {}
    with SyncPrefectClient(service.prefect.api_url) as client:
        while True:
            _note(_events(client, since), events, puts)
            yield _passages(service, _runs(client, since), events, puts)
            time.sleep(POLL_SECONDS)


def _until_over(watched: Iterator[list[UploadProgress]]) -> Iterator[list[UploadProgress]]:
    """Go on until every document has come to its end, or none has come further for too long."""
    since, seen = time.monotonic(), None
    for passages in watched:
        yield passages
        now, moments = time.monotonic(), [each.moments for each in passages]
        if moments != seen:
            since, seen = now, moments
        if all(each.is_over for each in passages) or now - since > PATIENCE_SECONDS:
            return


def _upload(service: Service, keys: Sequence[str]) -> dict[str, datetime]:
    s3 = aws_client(service.aws, "s3")
    puts = {}
    for key in keys:
        puts[key] = datetime.now(UTC)
        s3.put_object(
            Bucket=service.bucket, Key=key, Body=(SPECIMENS / Path(key).name).read_bytes()
        )
    return puts


def _note(
    found: Mapping[str, datetime], events: dict[str, datetime], puts: dict[str, datetime]
) -> None:
    """Add the events; when a person put something, or put a key again, its event alone tells."""
    for key, received in found.items():
        if key not in puts or received > events.get(key, received):
            puts[key] = received
        events[key] = received


def _passages(
    service: Service,
    runs: Mapping[str, FlowRun],
    events: Mapping[str, datetime],
    puts: dict[str, datetime],
) -> list[UploadProgress]:
    for key, run in runs.items():
        puts.setdefault(key, run.created or datetime.now(UTC))
    # Read after the runs: a run that completed has written its record before.
    records = _records(service, [*puts])
    return [
        _passage(UploadProgress(key, put, events.get(key)), runs.get(key), records.get(key))
        for key, put in puts.items()
    ]


def _passage(
    passage: UploadProgress, run: FlowRun | None, record: RecordedVerdict | None
) -> UploadProgress:
    """Add the run if it belongs to the newest upload of the key, and its record once it is there.

    A database that was used before, or a key that was put before, has records of others.
    """
    if not run or (passage.event and run.created and run.created < passage.event):
        return passage
    completed = run.state and run.state.is_completed()
    return replace(passage, run=run, record=record if completed else None)


def _events(client: SyncPrefectClient, since: datetime) -> dict[str, datetime]:
    criteria = {"filter": {"event": {"name": ["notification.received"]}}, "limit": 50}
    newest_first = client.request("POST", "/events/filter", json=criteria).json()["events"]
    received = {
        unquote_plus(event["payload"]["key"]): datetime.fromisoformat(event["received"])
        for event in reversed(newest_first)
    }
    return {key: moment for key, moment in received.items() if moment >= since}


def _runs(client: SyncPrefectClient, since: datetime) -> dict[str, FlowRun]:
    flow = FlowFilter(name=FlowFilterName(any_=["document-verification"]))
    order = FlowRunSort.EXPECTED_START_TIME_DESC
    newest_first = client.read_flow_runs(flow_filter=flow, sort=order, limit=200)
    return {
        _key(run): run for run in reversed(newest_first) if run.created and run.created >= since
    }


def _key(run: FlowRun) -> str:
    key = str(run.parameters.get("key", ""))
    return unquote_plus(key) if run.parameters.get("url_encoded") else key


def _records(service: Service, keys: Sequence[str]) -> dict[str, RecordedVerdict]:
    query = (
        select(documents.c.key, verdicts.c.decided_at, verdicts.c.outcome, verdicts.c.reasons)
        .join_from(verdicts, documents)
        .where(documents.c.bucket == service.bucket, documents.c.key.in_(keys))
        .order_by(verdicts.c.id)
    )
    with connect(service.database_url).connect() as connection:
        return {
            row.key: RecordedVerdict(DemoVerdict(row.outcome, row.reasons), row.decided_at)
            for row in connection.execute(query)
        }


def _table(passages: Sequence[UploadProgress], width: int) -> Table:
    """Draw the newest first: when the screen is too short, its end is what is cut off."""
    stages = ("event", "run", "start", "record") if width >= WIDE else ("record",)
    table = Table(title="from the bucket to the record, in seconds", title_justify="left")
    table.add_column("document", no_wrap=True, overflow="ellipsis", max_width=NAME_WIDTH)
    for stage in stages:
        table.add_column(stage, justify="right", no_wrap=True)
    table.add_column("outcome", no_wrap=True)
    table.add_column("reasons", overflow="fold")
    for each in sorted(passages, key=lambda each: each.put, reverse=True):
        seconds = [_seconds(each.put, each.moments[stage]) for stage in stages]
        # Text, not str: a key may look like markup.
        table.add_row(Text(Path(each.key).name), *seconds, each.state, each.remarks)
    return table


def _seconds(put: datetime, moment: datetime | None) -> str:
    return f"{(moment - put).total_seconds():.1f}" if moment else ""


def _addresses(service: Service) -> str:
    upload = f"{service.aws.endpoint_url}/{service.bucket}/{service.prefix}"
    return "\n".join(
        (
            f"Prefect UI   {service.prefect.ui_url}",
            f"bucket       s3://{service.bucket}/{service.prefix} at {service.aws.endpoint_url}",
            f"database     {hide_password(service.database_url)}",
            f"your own     curl -T FILE {upload}",
            f"commands     . {_written(service)} && .venv/bin/docverify status",
            "",
        )
    )


def _written(service: Service) -> Path:
    """Write down what a second terminal needs to take part: for us alone, and gone at the end."""
    file = service.prefect.home / "service.env"
    file.touch(mode=0o600)
    lines = (f"export {name}={quote(value)}\n" for name, value in service.addresses.items())
    file.write_text("".join(lines))
    return file


def hide_password(database_url: str) -> str:
    """Hide the password of a person's own server; the embedded one's opens nothing else."""
    if not os.environ.get("DATABASE_URL"):
        return database_url
    # A query may hold a password too.
    return make_url(database_url).set(query={}).render_as_string(hide_password=True)


def compare_verdicts(
    passages: Sequence[UploadProgress], expected: Mapping[str, DemoVerdict], console: Console
) -> int:
    """Return 1, and say which, if a specimen did not get its verdict."""
    found = {each.key: each.record.answer for each in passages if each.record}
    wrong = [key for key in expected if found.get(key) != expected[key]]
    for key in wrong:
        is_now = found[key].text if key in found else "without a verdict"
        console.print(
            Text(f"{Path(key).name} is {is_now}, not {expected[key].text}.", "red"), soft_wrap=True
        )
    if not wrong:
        console.print(f"All {len(expected)} documents have the expected verdict on record.")
    return 1 if wrong else 0
