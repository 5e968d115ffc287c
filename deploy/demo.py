"""`make demo`: the specimens on their way from the bucket to the record, on this machine."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import FlowFilter, FlowFilterName
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.sorting import FlowRunSort
from rich.console import Console
from rich.live import Live
from rich.table import Table
from sqlalchemy import select

from deploy.embedded_server import ServerNotStarted
from deploy.local import Service, client_of, everything
from docverify.policy import DEMONSTRATION
from docverify.verdict import Outcome
from tasks.errors import EdgeError
from tasks.postgres import connect
from tasks.tables import documents, verdicts

SPECIMENS = Path(__file__).parents[1] / "specimens"
PATIENCE_SECONDS = 300
POLL_SECONDS = 0.5
LOG_WIDTH = 120
STYLES = {
    Outcome.VERIFIED: "green",
    Outcome.REFERRED: "yellow",
    Outcome.RESUBMIT: "yellow",
    Outcome.REJECTED: "red",
}


@dataclass(frozen=True)
class Expected:
    """The verdict that a specimen must get."""

    outcome: str
    reasons: Sequence[str]


@dataclass(frozen=True)
class Passage:
    """How far one document has come; times are None for what has not happened yet."""

    key: str
    put: datetime
    event: datetime | None = None
    run: FlowRun | None = None
    recorded: datetime | None = None
    outcome: str | None = None
    reasons: Sequence[str] = ()

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come: a verdict, or a run that failed."""
        failed = self.run and self.run.state and self.run.state.is_final()
        return self.outcome is not None or bool(failed)

    @property
    def state(self) -> str:
        """What a person reads in the table."""
        if self.outcome:
            return f"[{STYLES[Outcome(self.outcome)]}]{self.outcome}[/]"
        if self.run and self.run.state:
            return self.run.state.name or ""
        return "event" if self.event else "uploaded"


def main() -> int:
    """Run the demo; return 0 if it was to end by itself and every verdict was as expected."""
    options = _parser().parse_args()
    console = Console()
    if not console.is_terminal:
        console.width = LOG_WIDTH
    try:
        with everything(
            DEMONSTRATION.name, lambda part: console.print(f"starting {part} …")
        ) as service:
            return _show(service, console, once=options.once)
    except (ServerNotStarted, EdgeError) as error:
        console.print(f"[red]{error}[/]")
        return 1
    except KeyboardInterrupt:  # Before the servers were up.
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end when every specimen has a verdict")
    return parser


def _show(service: Service, console: Console, *, once: bool) -> int:
    expected = _expected()
    console.print(_addresses(service), highlight=False, soft_wrap=True)
    puts = _upload(service, sorted(expected))
    deadline = time.monotonic() + PATIENCE_SECONDS
    passages: list[Passage] = []
    try:
        with Live(console=console, refresh_per_second=4) as live:
            for passages in _watched(service, puts):
                live.update(_table(passages))
                if once and (all(each.is_over for each in passages) or time.monotonic() > deadline):
                    break
    except KeyboardInterrupt:
        console.print("stopping …")
        return 0
    console.print()
    return _judged(passages, expected, console)


def _expected() -> Mapping[str, Expected]:
    verdicts_of = json.loads((SPECIMENS / "verdicts.json").read_text())
    return {name: Expected(**each) for name, each in verdicts_of.items()}


def _upload(service: Service, names: Sequence[str]) -> dict[str, datetime]:
    s3 = client_of(service.aws, "s3")
    puts = {}
    for name in names:
        key = f"{service.prefix}{name}"
        puts[key] = datetime.now(UTC)
        s3.put_object(Bucket=service.bucket, Key=key, Body=(SPECIMENS / name).read_bytes())
    return puts


def _watched(service: Service, puts: dict[str, datetime]) -> Iterator[list[Passage]]:
    """Yield, again and again, how far each document is: ours, and what a person uploads."""
    with SyncPrefectClient(service.prefect.api_url) as client:
        while True:
            yield _passages(service, client, puts)
            time.sleep(POLL_SECONDS)


def _passages(
    service: Service, client: SyncPrefectClient, puts: dict[str, datetime]
) -> list[Passage]:
    events, runs, records = _events(client), _runs(client), _records(service)
    for key in events.keys() | runs.keys():
        puts.setdefault(key, events.get(key) or datetime.now(UTC))
    return [
        Passage(key, put, events.get(key), runs.get(key), **records.get(key, {}))
        for key, put in puts.items()
    ]


def _events(client: SyncPrefectClient) -> dict[str, datetime]:
    criteria = {"filter": {"event": {"name": ["notification.received"]}}, "limit": 50}
    found = client.request("POST", "/events/filter", json=criteria).json()["events"]
    return {
        unquote_plus(event["payload"]["key"]): datetime.fromisoformat(event["received"])
        for event in found
    }


def _runs(client: SyncPrefectClient) -> dict[str, FlowRun]:
    flow = FlowFilter(name=FlowFilterName(any_=["document-verification"]))
    newest = FlowRunSort.EXPECTED_START_TIME_DESC
    runs = client.read_flow_runs(flow_filter=flow, sort=newest, limit=200)
    return {unquote_plus(run.parameters["key"]): run for run in runs}


def _records(service: Service) -> dict[str, dict[str, Any]]:
    query = select(
        documents.c.key, verdicts.c.decided_at, verdicts.c.outcome, verdicts.c.reasons
    ).join_from(verdicts, documents)
    with connect(service.database_url).connect() as connection:
        return {
            row.key: {"recorded": row.decided_at, "outcome": row.outcome, "reasons": row.reasons}
            for row in connection.execute(query)
        }


def _table(passages: Sequence[Passage]) -> Table:
    title = (
        "S3 → SNS → gateway → event → automation → flow run → PostgreSQL (seconds after the put)"
    )
    table = Table(title=title, title_justify="left")
    table.add_column("document", no_wrap=True)
    for heading in ("event", "run", "start", "record"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("outcome", no_wrap=True)
    table.add_column("reasons", overflow="fold")
    for each in passages:
        created, started = (each.run.created, each.run.start_time) if each.run else (None, None)
        times = (each.event, created, started, each.recorded)
        seconds = [_seconds(each.put, moment) for moment in times]
        table.add_row(Path(each.key).name, *seconds, each.state, ", ".join(each.reasons))
    return table


def _seconds(put: datetime, moment: datetime | None) -> str:
    return f"{(moment - put).total_seconds():.1f}" if moment else ""


def _addresses(service: Service) -> str:
    upload = f"{service.aws.endpoint_url}/{service.bucket}/{service.prefix}"
    return "\n".join(
        (
            f"Prefect UI   {service.prefect.ui_url}",
            f"bucket       s3://{service.bucket}/{service.prefix} at {service.aws.endpoint_url}",
            f"database     {service.database_url}",
            f"your own     curl -T FILE {upload}",
            "",
        )
    )


def _judged(passages: Sequence[Passage], expected: Mapping[str, Expected], console: Console) -> int:
    """Return 1, and say which, if a specimen did not get its verdict."""
    found = {
        Path(each.key).name: Expected(each.outcome or "none", each.reasons) for each in passages
    }
    wrong = [name for name in expected if found.get(name) != expected[name]]
    for name in wrong:
        console.print(f"[red]{name}: {found.get(name)}, not {expected[name]}[/]", highlight=False)
    if not wrong:
        console.print(f"All {len(expected)} documents have the expected verdict on record.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
