"""The progress of each upload of the demo, and the table that shows it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from httpx import HTTPError
from prefect.client.schemas.objects import FlowRun
from rich.table import Table
from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError

from docverify.verdict import Outcome

POLL_SECONDS = 0.5
WIDE_COLUMNS = 100
NAME_COLUMNS = 30
STYLES = {
    Outcome.VERIFIED: "green",
    Outcome.REFERRED: "yellow",
    Outcome.RESUBMIT: "yellow",
    Outcome.REJECTED: "red",
}
NOT_ANSWERING = (
    "The Prefect server or the database does not answer. The table continues when it answers again."
)
ANSWERING_AGAIN = "The Prefect server and the database answer again."
UNFINISHED = (
    "An upload whose run failed or crashed gets its verdict from another run. A schedule starts it "
    "after a pause. The demo has no schedules: in the Prefect UI, open retry-parked-deployment, "
    "choose Custom run, and set which to all."
)


@dataclass(frozen=True)
class DemoVerdict:
    """An outcome, and the codes of the checks that decided it."""

    outcome: str
    reasons: Sequence[str]

    @property
    def text(self) -> str:
        """The verdict as it appears in a sentence."""
        return f"{self.outcome} ({', '.join(self.reasons)})" if self.reasons else self.outcome


@dataclass(frozen=True)
class RecordedVerdict:
    """A verdict in the database."""

    verdict: DemoVerdict
    decided_at: datetime


@dataclass(frozen=True)
class UploadProgress:
    """The progress of one upload.

    Attributes:
        key: Key of the object.
        put: Time of the upload.
        event: When Prefect received its event; None before that.
        run: The run that its event started; None before that.
        record: The recorded verdict; None before that.
    """

    key: str
    put: datetime
    event: datetime | None = None
    run: FlowRun | None = None
    record: RecordedVerdict | None = None

    @property
    def is_finished(self) -> bool:
        """Whether its run has ended, with a verdict or with a failure."""
        return bool(self.run and self.run.state and self.run.state.is_final())

    @property
    def times(self) -> Mapping[str, datetime | None]:
        """When it reached each stage; None for stages that it has not reached."""
        return {
            "event": self.event,
            "run": self.run.created if self.run else None,
            "start": self.run.start_time if self.run else None,
            "record": self.record.decided_at if self.record else None,
        }

    @property
    def state(self) -> Text:
        """Outcome, or the state so far, in the colour of the outcome."""
        if self.record:
            return Text(self.record.verdict.outcome, STYLES[Outcome(self.record.verdict.outcome)])
        if self.run and self.run.state:
            return Text(self.run.state.name or "")
        return Text("event" if self.event else "uploaded")

    @property
    def remarks(self) -> Text:
        """Codes of the deciding checks, or why the run failed."""
        if self.record:
            return Text(", ".join(self.record.verdict.reasons))
        failed = self.is_finished and self.run and self.run.state
        return Text((failed.message if failed else None) or "")


def repeat(
    read: Callable[[], list[UploadProgress]],
    report: Callable[[str], None],
    poll_seconds: float = POLL_SECONDS,
) -> Iterator[list[UploadProgress]]:
    """Read again and again, and yield the result; while a server does not answer, the last one."""
    uploads: list[UploadProgress] = []
    was_answered = True
    while True:
        try:
            uploads, is_answered = read(), True
        except (HTTPError, SQLAlchemyError):
            is_answered = False
        if is_answered != was_answered:
            report(ANSWERING_AGAIN if is_answered else NOT_ANSWERING)
        was_answered = is_answered
        yield uploads
        time.sleep(poll_seconds)


def progress_table(uploads: Sequence[UploadProgress], width: int) -> Table:
    """Build the table of uploads, the newest first because a short screen cuts the end off."""
    stages = ("event", "run", "start", "record") if width >= WIDE_COLUMNS else ("record",)
    table = Table(title="from the bucket to the database, in seconds", title_justify="left")
    if any(each.is_finished and not each.record for each in uploads):
        table.caption, table.caption_justify = UNFINISHED, "left"
    table.add_column("document", no_wrap=True, overflow="ellipsis", max_width=NAME_COLUMNS)
    for stage in stages:
        table.add_column(stage, justify="right", no_wrap=True)
    table.add_column("outcome", no_wrap=True)
    table.add_column("reasons", overflow="fold")
    for each in sorted(uploads, key=lambda each: each.put, reverse=True):
        seconds = [_seconds_since(each.put, each.times[stage]) for stage in stages]
        # Text, not str: a key may look like markup of Rich.
        table.add_row(Text(Path(each.key).name), *seconds, each.state, each.remarks)
    return table


def _seconds_since(put: datetime, moment: datetime | None) -> str:
    return f"{(moment - put).total_seconds():.1f}" if moment else ""
