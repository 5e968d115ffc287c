"""Times of each stage of a document, kept in the record because Prefect deletes its runs."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter

from sqlalchemy import func, insert, select

from tasks.errors import EdgeError
from tasks.record.connection import transaction
from tasks.record.tables import stages

MAX_ROWS = 5_000  # the newest rows, of which the time per document is computed


class StageTimer:
    """The seconds of each stage of one document; a stage begins when the previous one ends.

    Attributes:
        seconds: Seconds by name of the stage.
    """

    def __init__(self) -> None:
        """Start the clock."""
        self.seconds: dict[str, float] = {}
        self._started_at = perf_counter()

    def stop(self, stage: str) -> None:
        """Record that a stage ends now."""
        now = perf_counter()
        self.seconds[stage] = now - self._started_at
        self._started_at = now

    def save(self, document_id: int) -> None:
        """Write the timings; ignore errors, because they must not make a verdict fail."""
        rows = [
            {"document_id": document_id, "stage": stage, "seconds": seconds}
            for stage, seconds in self.seconds.items()
        ]
        with suppress(EdgeError), transaction() as connection:
            connection.execute(insert(stages), rows)


@dataclass(frozen=True)
class StageStatistics:
    """How often a stage ran, and the median and the 95th percentile of its seconds."""

    name: str
    count: int
    p50: float
    p95: float


def slowest_stages(since: datetime, until: datetime) -> list[StageStatistics]:
    """Return the statistics of the stages that ended in a period, slowest first.

    Raise WorldError or SetupError when the database does not answer.
    """
    p50, p95 = (func.percentile_cont(share).within_group(stages.c.seconds) for share in (0.5, 0.95))
    query = (
        select(stages.c.stage, func.count(), p50, p95)
        .where(stages.c.at >= since, stages.c.at < until)
        .group_by(stages.c.stage)
        .order_by(p50.desc())
    )
    with transaction() as connection:
        return [StageStatistics(*row) for row in connection.execute(query)]


def seconds_per_document() -> float | None:
    """Return the median seconds that the newest documents took; None if none is on record.

    Raise WorldError or SetupError when the database does not answer.
    """
    latest = select(stages).order_by(stages.c.id.desc()).limit(MAX_ROWS).subquery()
    whole = select(func.sum(latest.c.seconds).label("seconds")).group_by(latest.c.document_id)
    each = whole.subquery().c.seconds
    with transaction() as connection:
        return connection.scalar(select(func.percentile_cont(0.5).within_group(each)))
