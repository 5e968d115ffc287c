"""Retention: purge personal data whose retention period has ended; verdicts stay."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from prefect import State, flow
from prefect.artifacts import create_table_artifact
from prefect.states import Completed

from docverify.verdict import Outcome
from flows.parameters import build_failure, check_whole_number
from tasks.errors import EdgeError, is_run_over
from tasks.record.holds import count_holds
from tasks.record.retention import DataClass, Periods, purge
from tasks.run_limits import LIMIT_SECONDS, PURGE_RESERVE_SECONDS

ARTIFACT = "retention"
FIVE_YEARS = 1826  # days


@flow(
    name="retention",
    validate_parameters=False,
    persist_result=False,
    timeout_seconds=LIMIT_SECONDS["retention"],
)
def retention(
    dry_run: bool = True,
    picture_days: int = 30,
    verified_days: int = FIVE_YEARS,
    rejected_days: int = FIVE_YEARS,
    resubmit_days: int = 30,
) -> State[None]:
    """Purge the personal data in the record when its retention period has ended.

    Verdicts, reasons and check results are kept permanently; they contain no personal data. Days
    count from the newest verdict, because the record does not contain when a customer leaves. A
    document that waits for a person, or is under a legal hold (`docverify hold`), keeps all its
    data. Images stay in S3 until a lifecycle rule of the bucket deletes them. A run purges for up
    to an hour; the next one continues.

    Args:
        dry_run: Only count. Switch it off to purge.
        picture_days: Days to keep readings, signatures of portraits and the applicant's data.
            Without readings, a document cannot be decided again. Readings of documents without a
            verdict are kept for the same number of days.
        verified_days: Days to keep holder fields and fingerprints of verified documents.
        rejected_days: Days to keep holder fields and fingerprints of rejected documents.
        resubmit_days: Days to keep holder fields and fingerprints of documents for which a new
            photo was requested.
    """
    try:
        image_days = check_whole_number("picture_days", picture_days)
        description = {
            Outcome.VERIFIED: check_whole_number("verified_days", verified_days),
            Outcome.REJECTED: check_whole_number("rejected_days", rejected_days),
            Outcome.RESUBMIT: check_whole_number("resubmit_days", resubmit_days),
        }
        periods = Periods(dict.fromkeys(description, image_days), description, unjudged=image_days)
        is_dry = dry_run is not False
        counts = Counter[tuple[DataClass, str]]()
        purge(periods, datetime.now(UTC), counts, dry_run=is_dry)
        holds = count_holds()
    except EdgeError as error:
        return build_failure(error)
    message = summarise(counts, holds, is_dry=is_dry)
    if is_run_over(PURGE_RESERVE_SECONDS):
        message += " This run reached its time limit: the next run purges the rest."
    table = [
        {"what": data, "outcome": outcome, "rows": count}
        for (data, outcome), count in counts.items()
    ]
    create_table_artifact(table, key=ARTIFACT, description=message)
    return Completed(message=message)


def summarise(counts: Counter[tuple[DataClass, str]], holds: int, *, is_dry: bool) -> str:
    """Return in one sentence how many rows were purged, or would be in a dry run."""
    totals = Counter[str]()
    for (data, _), count in counts.items():
        totals[data] += count
    rows = ", ".join(f"{totals[data]} {data}" for data in DataClass)
    start = "Dry run: would purge" if is_dry else "Purged"
    return f"{start} {rows}; {holds} documents are under a legal hold."
