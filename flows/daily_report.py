"""Daily report: the outcomes, failures and slowest stages of one day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from prefect import State, flow
from prefect.artifacts import create_table_artifact
from prefect.states import Completed

from docverify.verdict import Outcome
from flows.parameters import build_failure, parse_day
from tasks.errors import EdgeError
from tasks.record.stage_timings import slowest_stages
from tasks.run_limits import LIMIT_SECONDS
from tasks.status import count_failures, count_outcomes, count_record

ARTIFACT = "daily"


@flow(
    name="daily-report",
    validate_parameters=False,
    persist_result=False,
    timeout_seconds=LIMIT_SECONDS["daily-report"],
)
def daily_report(day: str = "") -> State[None]:
    """Show the outcomes, failures and slowest stages of one day (UTC) as a table.

    Args:
        day: The day, such as 2026-11-30; empty for yesterday.
    """
    try:
        start = parse_day("day", day) or beginning_of_yesterday()
        until = start + timedelta(days=1)
        outcomes, failed = count_outcomes(start, until), count_failures(start, until)
        stages, now = slowest_stages(start, until), count_record()
    except EdgeError as error:
        return build_failure(error)
    message = (
        f"{start:%Y-%m-%d}: {outcomes.total()} verdicts. Waiting for review now: "
        f"{len(now.reviews)}. Parked: {now.parked}. To be retried: {now.waiting_to_be_tried}."
    )
    rows = [
        *(build_row(f"verdict: {outcome}", outcomes[outcome]) for outcome in Outcome),
        *(build_row(f"failure: {fault}", count) for fault, count in sorted(failed.items())),
        *(
            build_row(f"stage: {each.name}", each.count, round(each.p50, 3), round(each.p95, 3))
            for each in stages
        ),
    ]
    create_table_artifact(rows, key=ARTIFACT, description=message)
    return Completed(message=message)


def beginning_of_yesterday() -> datetime:
    """Return the beginning of the last complete day (UTC)."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)


def build_row(
    what: str, count: int, p50: float | str = "", p95: float | str = ""
) -> dict[str, str | int | float]:
    """Return a row of the table; only stages have percentiles, in seconds."""
    return {"what": what, "count": count, "p50 (s)": p50, "p95 (s)": p95}
