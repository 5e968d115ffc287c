"""The demo: it uploads the specimens and shows every upload until it is recorded."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
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
from rich.text import Text
from sqlalchemy import select
from sqlalchemy.engine import make_url

from deploy.local.child_server import ServerNotStarted
from deploy.local.desk_server import EmbeddedDesk, run_desk
from deploy.local.stack import Service, aws_client, run_stack
from deploy.local.upload_progress import (
    DemoVerdict,
    RecordedVerdict,
    UploadProgress,
    progress_table,
    repeat,
)
from docverify.policy import DEMONSTRATION
from tasks.errors import EdgeError
from tasks.record.connection import connect
from tasks.record.tables import documents, verdicts

SPECIMENS = Path(__file__).parents[2] / "specimens"
PATIENCE_SECONDS = 300  # without any progress; the whole demo may take longer
LOG_COLUMNS = 120
REFERRED = "passport-other-applicant.jpg"
"""A specimen whose applicant states a different name: it waits in the review desk's queue."""
REFERRED_SPECIMEN = "passport.jpg"
APPLICANT = {"applicant-name": "Maria Someone"}
REFERRED_VERDICT = DemoVerdict("referred", ["applicant_data_match_name"])


def run_demo(*, once: bool) -> int:
    """Run the demo until Ctrl-C, and return its exit code.

    With `once`, end when every upload has ended; return 1 if a specimen has another verdict than
    expected.
    """
    console = Console()
    if not console.is_terminal:
        console.width = LOG_COLUMNS
    try:
        with run_stack(
            DEMONSTRATION.name, lambda part: console.print(f"starting {part} …")
        ) as service:
            console.print("starting review desk …")
            with run_desk(service.environment) as desk:
                console.print(f"review desk  {desk.create_link()}", style="bold", soft_wrap=True)
                return show_uploads(service, desk, console, once=once)
    except (ServerNotStarted, EdgeError) as error:
        console.print(Text(str(error), "red"), soft_wrap=True)
        return 1


def show_uploads(service: Service, desk: EmbeddedDesk, console: Console, *, once: bool) -> int:
    """Upload the specimens, show every upload in a live table, and compare the verdicts."""
    verdicts_by_name = json.loads((SPECIMENS / "verdicts.json").read_text())
    expected = {
        f"{service.prefix}{name}": DemoVerdict(**each) for name, each in verdicts_by_name.items()
    }
    expected[f"{service.prefix}{REFERRED}"] = REFERRED_VERDICT
    console.print(describe_addresses(service, desk), highlight=False, markup=False, soft_wrap=True)
    watched = watch_uploads(service, sorted(expected), console.print)
    uploads: list[UploadProgress] = []
    try:
        with Live(console=console, refresh_per_second=4) as live:
            for uploads in until_finished(watched) if once else watched:
                live.update(progress_table(uploads, console.width))
    except KeyboardInterrupt:
        console.print("stopping …")
        raise
    console.print()
    return compare_verdicts(uploads, expected, console)


def watch_uploads(
    service: Service, specimens: Sequence[str], report: Callable[[str], None]
) -> Iterator[list[UploadProgress]]:
    """Upload the specimens, and yield the progress of every upload again and again.

    `report` gets a sentence when a server stops answering, and when it answers again.
    """
    since = datetime.now(UTC)
    puts = upload_specimens(service, specimens)
    events: dict[str, datetime] = {}
    with SyncPrefectClient(service.prefect.api_url) as client:

        def read() -> list[UploadProgress]:
            add_events(read_events(client, since), events, puts)
            return combine_progress(service, read_runs(client, since), events, puts)

        yield from repeat(read, report)


def until_finished(
    watched: Iterator[list[UploadProgress]], patience_seconds: float = PATIENCE_SECONDS
) -> Iterator[list[UploadProgress]]:
    """Yield until every upload is finished, or none has progressed for `patience_seconds`."""
    since, seen = time.monotonic(), None
    for uploads in watched:
        yield uploads
        now, moments = time.monotonic(), [each.times for each in uploads]
        if moments != seen:
            since, seen = now, moments
        if all(each.is_finished for each in uploads) or now - since > patience_seconds:
            return


def upload_specimens(service: Service, keys: Sequence[str]) -> dict[str, datetime]:
    """Upload the specimens, and return when each key was put."""
    s3 = aws_client(service.aws, "s3")
    puts = {}
    for key in keys:
        puts[key] = datetime.now(UTC)
        name = Path(key).name
        is_referred = name == REFERRED
        content = (SPECIMENS / (REFERRED_SPECIMEN if is_referred else name)).read_bytes()
        metadata = APPLICANT if is_referred else {}
        s3.put_object(Bucket=service.bucket, Key=key, Body=content, Metadata=metadata)
    return puts


def add_events(
    found: Mapping[str, datetime], events: dict[str, datetime], puts: dict[str, datetime]
) -> None:
    """Add the events; a user's own upload, or a repeated one, is known only by its event."""
    for key, received in found.items():
        if key not in puts or received > events.get(key, received):
            puts[key] = received
        events[key] = received


def combine_progress(
    service: Service,
    runs: Mapping[str, FlowRun],
    events: Mapping[str, datetime],
    puts: dict[str, datetime],
) -> list[UploadProgress]:
    """Return the progress of each upload, from its events, run and record."""
    for key, run in runs.items():
        puts.setdefault(key, run.created or datetime.now(UTC))
    # Read after the runs, because a completed run has already written its record.
    records = read_records(service, [*puts])
    return [
        add_run(UploadProgress(key, put, events.get(key)), runs.get(key), records.get(key))
        for key, put in puts.items()
    ]


def add_run(
    upload: UploadProgress, run: FlowRun | None, record: RecordedVerdict | None
) -> UploadProgress:
    """Add the run if it belongs to the newest upload of the key, and its record once it exists.

    A database or key that was used before has records of other uploads.
    """
    if not run or (upload.event and run.created and run.created < upload.event):
        return upload
    completed = run.state and run.state.is_completed()
    return replace(upload, run=run, record=record if completed else None)


def read_events(client: SyncPrefectClient, since: datetime) -> dict[str, datetime]:
    """Return when Prefect received the newest event of each key since then."""
    criteria = {"filter": {"event": {"name": ["notification.received"]}}, "limit": 50}
    newest_first = client.request("POST", "/events/filter", json=criteria).json()["events"]
    received = {
        unquote_plus(event["payload"]["key"]): datetime.fromisoformat(event["received"])
        for event in reversed(newest_first)
    }
    return {key: moment for key, moment in received.items() if moment >= since}


def read_runs(client: SyncPrefectClient, since: datetime) -> dict[str, FlowRun]:
    """Return the newest run of each key since then."""
    flow = FlowFilter(name=FlowFilterName(any_=["document-verification"]))
    order = FlowRunSort.EXPECTED_START_TIME_DESC
    newest_first = client.read_flow_runs(flow_filter=flow, sort=order, limit=200)
    return {
        run_key(run): run for run in reversed(newest_first) if run.created and run.created >= since
    }


def run_key(run: FlowRun) -> str:
    """Return the decoded key of a run."""
    key = str(run.parameters.get("key", ""))
    return unquote_plus(key) if run.parameters.get("url_encoded") else key


def read_records(service: Service, keys: Sequence[str]) -> dict[str, RecordedVerdict]:
    """Return the newest verdict of each key that took effect."""
    query = (
        select(documents.c.key, verdicts.c.decided_at, verdicts.c.outcome, verdicts.c.reasons)
        .join_from(verdicts, documents)
        .where(
            documents.c.bucket == service.bucket,
            documents.c.key.in_(keys),
            verdicts.c.overruled_by_id.is_(None),
        )
        .order_by(verdicts.c.id)
    )
    with connect(service.database_url).connect() as connection:
        return {
            row.key: RecordedVerdict(DemoVerdict(row.outcome, row.reasons), row.decided_at)
            for row in connection.execute(query)
        }


def describe_addresses(service: Service, desk: EmbeddedDesk) -> str:
    """Return the addresses of the servers, and commands to try."""
    upload = f"{service.aws.endpoint_url}/{service.bucket}/{service.prefix}"
    return "\n".join(
        (
            f"Prefect UI   {service.prefect.ui_url}",
            f"alerts       {service.alerts_url}",
            f"bucket       s3://{service.bucket}/{service.prefix} at {service.aws.endpoint_url}",
            f"database     {hide_password(service.database_url)}",
            f"your file    curl -T FILE {upload}",
            f"commands     . {write_environment(service, desk)} && .venv/bin/docverify status",
            "Ctrl-C ends the demo.",
            "",
        )
    )


def write_environment(service: Service, desk: EmbeddedDesk) -> Path:
    """Write the variables for a second terminal to a file that only this user may read."""
    file = service.prefect.home / "service.env"
    file.touch(mode=0o600)
    addresses = {**service.addresses, "DOCVERIFY_DESK_PORT": str(desk.port)}
    lines = (f"export {name}={quote(value)}\n" for name, value in addresses.items())
    file.write_text("".join(lines))
    return file


def hide_password(database_url: str) -> str:
    """Hide the password of a user's own server; the embedded one's may be shown."""
    if not os.environ.get("DATABASE_URL"):
        return database_url
    # The query of the URL may also contain a password.
    return make_url(database_url).set(query={}).render_as_string(hide_password=True)


def compare_verdicts(
    uploads: Sequence[UploadProgress], expected: Mapping[str, DemoVerdict], console: Console
) -> int:
    """Print each specimen without its expected verdict, and return 1 if there is one."""
    found = {each.key: each.record.verdict for each in uploads if each.record}
    wrong = [key for key in expected if found.get(key) != expected[key]]
    for key in wrong:
        is_now = found[key].text if key in found else "without a verdict"
        console.print(
            Text(f"{Path(key).name} is {is_now}, not {expected[key].text}.", "red"), soft_wrap=True
        )
    if not wrong:
        console.print(f"All {len(expected)} documents have the expected verdict on record.")
    return 1 if wrong else 0
