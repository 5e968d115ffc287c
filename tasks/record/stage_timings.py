"""How long each stage of a document took, on record: Prefect forgets its runs after days."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter

from sqlalchemy import func, insert, select
from sqlalchemy.exc import DBAPIError

from tasks.errors import EdgeError
from tasks.record.operation_tables import stages
from tasks.record.verdicts import database, explained

LATEST = 5_000


class Laps:
    """The stages of one document, each from the end of the one before."""

    def __init__(self) -> None:
        """Start the clock."""
        self.seconds: dict[str, float] = {}
        self.since = perf_counter()

    def end(self, stage: str) -> None:
        """Say that a stage ends now."""
        now = perf_counter()
        self.seconds[stage] = now - self.since
        self.since = now

    def record(self, document_id: int) -> None:
        """Keep the laps; a verdict must not fail for them, so an error is none."""
        rows = [
            {"document_id": document_id, "stage": stage, "seconds": seconds}
            for stage, seconds in self.seconds.items()
        ]
        with suppress(EdgeError, DBAPIError), database().begin() as connection:
            connection.execute(insert(stages), rows)


@dataclass(frozen=True)
class Stage:
    """What a stage took: how often, the median and the 95th percentile in seconds."""

    name: str
    count: int
    p50: float
    p95: float


def slowest_stages(since: datetime, until: datetime) -> list[Stage]:
    """Return the stages that ended in a span of time, the slowest first.

    Raises WorldError or SetupError when the database cannot be asked.
    """
    p50, p95 = (func.percentile_cont(part).within_group(stages.c.seconds) for part in (0.5, 0.95))
    query = (
        select(stages.c.stage, func.count(), p50, p95)
        .where(stages.c.at >= since, stages.c.at < until)
        .group_by(stages.c.stage)
        .order_by(p50.desc())
    )
    try:
        with database().connect() as connection:
            return [Stage(*row) for row in connection.execute(query)]
    except DBAPIError as error:
        raise explained(error) from None


def seconds_per_document() -> float | None:
    """Return what a document took of late, all its stages together; None where none is known.

    Raises WorldError or SetupError when the database cannot be asked.
    """
    latest = select(stages).order_by(stages.c.id.desc()).limit(LATEST).subquery()
    whole = select(func.sum(latest.c.seconds).label("seconds")).group_by(latest.c.document_id)
    each = whole.subquery().c.seconds
    try:
        with database().connect() as connection:
            return connection.scalar(select(func.percentile_cont(0.5).within_group(each)))
    except DBAPIError as error:
        raise explained(error) from None
