"""What is kept of people goes when its time is over; what was decided stays."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from prefect import State, flow
from prefect.artifacts import create_table_artifact
from prefect.states import Completed, Failed

from docverify.verdict import Outcome
from flows.parameters import whole_number
from tasks.errors import EdgeError
from tasks.record.retention import Kind, Periods, count_holds, purge

ARTIFACT = "retention"
FIVE_YEARS = 1826


@flow(name="retention", validate_parameters=False, persist_result=False)
def retention(
    dry_run: bool = True,
    picture_days: int = 30,
    verified_days: int = FIVE_YEARS,
    rejected_days: int = FIVE_YEARS,
    resubmit_days: int = 30,
) -> State[None]:
    """Purge what the record holds of people, when its time is over.

    Verdicts, reasons and check results stay for good; they hold no value of a person. Days count
    from the newest verdict: the record does not know when a customer leaves. A document that waits
    for a person, or is under a legal hold (`docverify hold`), keeps everything. Pictures stay in S3
    until the bucket's own lifecycle rule ends them.

    Args:
        dry_run: Count, and purge nothing. Switch it off to purge.
        picture_days: Keep readings and what was given of the applicant so many days. Without them a
            document cannot be decided again. So long is kept, as well, what was read of a document
            that never got a verdict.
        verified_days: Keep the holder's fields and fingerprints of a verified document so long.
        rejected_days: The same of a rejected document.
        resubmit_days: The same where another picture was asked for.
    """
    try:
        picture = whole_number("picture_days", picture_days)
        description = {
            Outcome.VERIFIED: whole_number("verified_days", verified_days),
            Outcome.REJECTED: whole_number("rejected_days", rejected_days),
            Outcome.RESUBMIT: whole_number("resubmit_days", resubmit_days),
        }
        periods = Periods(dict.fromkeys(description, picture), description, unjudged=picture)
        is_dry = dry_run is not False
        counts, holds = purge(periods, datetime.now(UTC), dry_run=is_dry), count_holds()
    except EdgeError as error:
        return Failed(message=str(error))
    message = _summary(counts, holds, is_dry=is_dry)
    create_table_artifact(_table(counts), key=ARTIFACT, description=message)
    return Completed(message=message)


def _table(counts: Counter[tuple[Kind, str]]) -> list[dict[str, str | int]]:
    return [
        {"what": kind, "outcome": outcome, "rows": count}
        for (kind, outcome), count in counts.items()
    ]


def _summary(counts: Counter[tuple[Kind, str]], holds: int, *, is_dry: bool) -> str:
    kinds = Counter[str]()
    for (kind, _), count in counts.items():
        kinds[kind] += count
    rows = ", ".join(f"{kinds[kind]} {kind}" for kind in Kind)
    start = "Dry run: would purge" if is_dry else "Purged"
    return f"{start} {rows}; {holds} documents are under a legal hold."
