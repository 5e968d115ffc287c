"""A day at a glance: outcomes, failures, and the stages that took longest."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from prefect import State, flow
from prefect.artifacts import create_table_artifact
from prefect.states import Completed, Failed

from docverify.verdict import Outcome
from tasks.errors import EdgeError, SetupError
from tasks.record.stage_timings import Stage, slowest_stages
from tasks.status import failures_between, outcomes_between, recorded

ARTIFACT = "daily"
Row = dict[str, str | int | float]


@flow(name="daily-report", validate_parameters=False, persist_result=False)
def daily_report(day: str = "") -> State[None]:
    """Show the outcomes, failures and slowest stages of one day (UTC) as a table.

    Args:
        day: The day, as 2026-11-30; empty for the last one that is over.
    """
    try:
        start = _start(day)
        until = start + timedelta(days=1)
        outcomes, failed = outcomes_between(start, until), failures_between(start, until)
        stages, now = slowest_stages(start, until), recorded()
    except EdgeError as error:
        return Failed(message=str(error))
    message = (
        f"{start:%Y-%m-%d}: {outcomes.total()} verdicts; now {len(now.reviews)} wait for a person, "
        f"{now.parked} are parked, {now.waiting_to_be_tried} are tried again."
    )
    rows = [
        *(_count(f"verdict: {outcome}", outcomes[outcome]) for outcome in Outcome),
        *(_count(f"failure: {fault}", count) for fault, count in sorted(failed.items())),
        *map(_stage, stages),
    ]
    create_table_artifact(rows, key=ARTIFACT, description=message)
    return Completed(message=message)


def _start(day: str) -> datetime:
    if not day:
        return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(1)
    try:
        found = date.fromisoformat(day)
    except (TypeError, ValueError):
        raise SetupError("the parameter day must be a day like 2026-11-30, or empty") from None
    return datetime(found.year, found.month, found.day, tzinfo=UTC)


def _count(what: str, count: int) -> Row:
    return {"what": what, "count": count, "p50 (s)": "", "p95 (s)": ""}


def _stage(stage: Stage) -> Row:
    row: Row = {"what": f"stage: {stage.name}", "count": stage.count}
    return row | {"p50 (s)": round(stage.p50, 3), "p95 (s)": round(stage.p95, 3)}
