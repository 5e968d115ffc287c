"""Measurements of the record: waiting documents, their waiting times, and the stages' times.

Each is a query at this moment, so it is correct after any restart. There is no personal data in
them, and each label has only a few values, which are known in advance.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, case, func, select, text

from docverify.verdict import Outcome
from tasks.errors import EdgeError, Fault, SetupError
from tasks.record.connection import explain_database_errors, transaction
from tasks.record.deliveries import DEAD, DELIVERED, PENDING
from tasks.record.delivery_tables import deliveries
from tasks.record.review_queue import select_queue
from tasks.record.tables import claims, failures, outbox, stages, verdicts

STATEMENT_MILLISECONDS = 5_000
"""The longest time that a scrape waits for one measurement."""
TOO_LONG = "57014"  # PostgreSQL's code: query_canceled
STAGE_WINDOW = timedelta(minutes=15)
SETTLED_AFTER = timedelta(minutes=15)
"""Older verdicts do not change, because no transaction that could add one is open for longer."""
STAGES = ("retrieve", "claim", "read", "judge", "record", "publish")
QUANTILES = (0.5, 0.95)
FAILING = "failing"
PARKED, RETRIED = "parked", "retried"
ACTIVE, EXPIRED = "active", "expired"

METRICS: Mapping[str, str] = {
    "verdicts_total": "Verdicts on record, by outcome.",
    "last_verdict_seconds": "Seconds since the newest verdict.",
    "failed_uploads": "Uploads without a verdict whose runs failed: parked ones wait for a person.",
    "claims": "Documents that a run has claimed; the run of an expired claim died.",
    "reviews_waiting": "Documents that wait for the decision of a person.",
    "reviews_oldest_seconds": "How long the oldest of these has waited; 0 if none waits.",
    "outbox_events": "Verdicts whose event may not have been sent.",
    "outbox_oldest_seconds": "Age of the oldest of these; 0 if there is none.",
    "deliveries": "Deliveries to the webhook; failing ones are tried again, dead ones are not.",
    "deliveries_oldest_seconds": "Age of the oldest delivery that is pending; 0 if there is none.",
    "stage_seconds": "Seconds of a stage of a document, over the last 15 minutes.",
    "stage_documents": "Documents that finished a stage in the last 15 minutes.",
}
"""What each metric is; `_total` marks those that only grow."""


@dataclass(frozen=True)
class Measurement:
    """A measured value.

    Attributes:
        name: Key of `METRICS`.
        value: A count, or seconds.
        labels: Values of its labels; each is one of a few.
    """

    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass
class VerdictTally:
    """Counts verdicts by outcome, but each settled verdict only once.

    Attributes:
        settled: Counted verdicts by outcome, which do not change.
        last_id: Id of the last of these.
    """

    settled: Counter[str] = field(default_factory=Counter)
    last_id: int = 0

    def count(self, connection: Connection) -> Counter[str]:
        """Count all verdicts of the record by outcome."""
        later = verdicts.c.id > self.last_id
        old = verdicts.c.decided_at < func.now() - SETTLED_AFTER
        boundary = connection.scalar(select(func.max(verdicts.c.id)).where(later, old))
        if boundary is not None:
            self.settled += self._count(connection, later, verdicts.c.id <= boundary)
            self.last_id = boundary
        return self.settled + self._count(connection, verdicts.c.id > self.last_id)

    def _count(self, connection: Connection, *criteria: ColumnElement[bool]) -> Counter[str]:
        query = select(verdicts.c.outcome, func.count()).where(*criteria)
        rows = connection.execute(query.group_by(verdicts.c.outcome))
        return Counter({row[0]: row[1] for row in rows})

    def measure(self, connection: Connection) -> Iterator[Measurement]:
        """Measure the verdicts, and the time since the newest one."""
        counts = self.count(connection)
        for outcome in Outcome:
            yield Measurement("verdicts_total", counts[outcome], {"outcome": outcome})
        newest = select(verdicts.c.decided_at).order_by(verdicts.c.id.desc()).limit(1)
        age = connection.scalar(select(compute_age(newest.scalar_subquery())))
        if age is not None:
            yield Measurement("last_verdict_seconds", float(age))


def measure_failures(connection: Connection) -> Iterator[Measurement]:
    """Measure the uploads without a verdict by their state and fault."""
    state = case((failures.c.parked_at.is_not(None), PARKED), else_=RETRIED)
    query = select(state, failures.c.fault, func.count()).group_by(state, failures.c.fault)
    counts = {(row[0], row[1]): row[2] for row in connection.execute(query)}
    for each in (PARKED, RETRIED):
        for fault in Fault:
            labels = {"state": each, "fault": fault}
            yield Measurement("failed_uploads", counts.get((each, fault), 0), labels)


def measure_claims(connection: Connection) -> Iterator[Measurement]:
    """Measure the claims of active runs and of runs that died."""
    is_active = claims.c.expires_at > func.now()
    query = select(func.count().filter(is_active), func.count().filter(~is_active)).select_from(
        claims
    )
    for state, count in zip((ACTIVE, EXPIRED), connection.execute(query).one(), strict=True):
        yield Measurement("claims", count, {"state": state})


def measure_reviews(connection: Connection) -> Iterator[Measurement]:
    """Measure the queue of documents that wait for a person."""
    queue = select_queue().subquery()
    yield from _measure_waiting(connection, "reviews_waiting", "reviews", queue.c.decided_at)


def measure_outbox(connection: Connection) -> Iterator[Measurement]:
    """Measure the verdicts whose event may not have been sent."""
    yield from _measure_waiting(connection, "outbox_events", "outbox", outbox.c.since)


def _measure_waiting(
    connection: Connection, name: str, group: str, since: Column[Any] | ColumnElement[Any]
) -> Iterator[Measurement]:
    """Measure how many rows wait, and the age of the oldest."""
    count, age = connection.execute(select(func.count(since), compute_age(func.min(since)))).one()
    yield Measurement(name, count)
    yield Measurement(f"{group}_oldest_seconds", max(0.0, float(age or 0)))


def measure_deliveries(connection: Connection) -> Iterator[Measurement]:
    """Measure the deliveries to the webhook by their state."""
    column = deliveries.c
    is_failing = (column.state == PENDING) & column.last_error.is_not(None)
    state = case((is_failing, FAILING), else_=column.state)
    query = select(state, func.count()).group_by(state)
    counts = {row[0]: row[1] for row in connection.execute(query)}
    for each in (PENDING, FAILING, DEAD, DELIVERED):
        yield Measurement("deliveries", counts.get(each, 0), {"state": each})
    oldest = select(compute_age(func.min(column.created_at))).where(column.state == PENDING)
    yield Measurement("deliveries_oldest_seconds", max(0.0, float(connection.scalar(oldest) or 0)))


def measure_stages(connection: Connection) -> Iterator[Measurement]:
    """Measure how many documents finished each stage lately, and its quantiles in seconds."""
    found = [func.percentile_cont(each).within_group(stages.c.seconds) for each in QUANTILES]
    query = (
        select(stages.c.stage, func.count(), *found)
        .where(stages.c.at >= func.now() - STAGE_WINDOW, stages.c.stage.in_(STAGES))
        .group_by(stages.c.stage)
    )
    rows = {row[0]: row[1:] for row in connection.execute(query)}
    for stage in STAGES:
        count, *seconds = rows.get(stage, (0,))
        yield Measurement("stage_documents", count, {"stage": stage})
        for quantile, value in zip(QUANTILES, seconds, strict=False):
            labels = {"stage": stage, "quantile": str(quantile)}
            yield Measurement("stage_seconds", value, labels)


def add_up(measurements: Iterable[Measurement]) -> dict[str, float]:
    """Add up the measurements by their name and state; those of stages are left out."""
    found: Counter[str] = Counter()
    for each in measurements:
        if "stage" not in each.labels:
            state = each.labels.get("state")
            found[f"{each.name}_{state}" if state else each.name] += each.value  # type: ignore[assignment]
    return dict(found)


def compute_age(moment: ColumnElement[Any]) -> ColumnElement[Any]:
    """Compute the seconds since a moment; null for null."""
    return func.extract("epoch", func.now() - moment)


Measure = Callable[[Connection], Iterator[Measurement]]

GROUPS: Mapping[str, Measure] = {
    "failures": measure_failures,
    "claims": measure_claims,
    "reviews": measure_reviews,
    "outbox": measure_outbox,
    "deliveries": measure_deliveries,
    "stages": measure_stages,
}


@dataclass
class Measured:
    """The result of a measurement.

    Attributes:
        measurements: All values.
        unmeasured: Groups that the database user may not read, or that took too long.
    """

    measurements: list[Measurement] = field(default_factory=list)
    unmeasured: list[str] = field(default_factory=list)


def measure_record(tally: VerdictTally | None = None) -> Measured:
    """Measure everything that the user of DATABASE_URL may read, and the verdicts with a tally.

    Raise WorldError when the database does not answer, SetupError when it is not set.
    """
    groups = {**({"verdicts": tally.measure} if tally else {}), **GROUPS}
    found = Measured()
    with transaction() as connection:
        connection.execute(text(f"SET LOCAL statement_timeout = {STATEMENT_MILLISECONDS}"))
        for name, measure in groups.items():
            try:
                with explain_database_errors(), connection.begin_nested():
                    found.measurements += measure(connection)
            except EdgeError as error:
                if not isinstance(error, SetupError) and error.code != TOO_LONG:
                    raise
                found.unmeasured.append(name)
    return found
