"""Statistics of the desk: counts of verdicts and decisions, without a value of a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from docverify.policy_file import PERSON
from docverify.verdict import Outcome
from tasks.record.review_queue import select_queue
from tasks.record.tables import holder_fields, review_events, verdicts

WEEKS = 12
MAX_ROWS = 40
OUTCOMES = tuple(str(each) for each in Outcome)
QUEUE_AGES = (4, 8, 24, 48, 168)  # hours


@dataclass(frozen=True)
class Count:
    """A table of counts.

    Attributes:
        name: For the address of its CSV file.
        title: What is counted.
        columns: Headings of the columns.
        rows: Values, as texts and numbers.
        charted: Names of the columns that the chart stacks; empty: no chart.
    """

    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    charted: Sequence[str] = ()


def count_all(connection: Connection, weeks: int = WEEKS) -> list[Count]:
    """Count the verdicts and decisions of the last weeks."""
    since = datetime.now(UTC) - timedelta(weeks=weeks)
    return [
        count_weeks(connection, since),
        count_outcomes(connection, since, "policy", "Policies", _policy()),
        count_outcomes(connection, since, "kind", "Kinds of document", verdicts.c.kind),
        count_issuers(connection, since),
        count_reasons(connection, since),
        count_agreement(connection, since),
        count_reviewers(connection, since),
        count_ages(connection),
    ]


def count_weeks(connection: Connection, since: datetime) -> Count:
    """Count the outcomes of each week, and the share that needed no person."""
    week = func.to_char(func.date_trunc("week", verdicts.c.decided_at), "YYYY-MM-DD")
    counts = _group(connection, since, week)
    rows = []
    for name in sorted(counts):
        found = [counts[name].get(each, 0) for each in OUTCOMES]
        direct = sum(found) - counts[name].get(Outcome.REFERRED, 0)
        rows.append([name, *found, sum(found), _percent(direct, sum(found))])
    columns = ("week of", *OUTCOMES, "all", "straight through")
    return Count("weeks", "Outcomes of the machine by week", columns, rows, OUTCOMES)


def count_outcomes(
    connection: Connection, since: datetime, name: str, title: str, column: ColumnElement[Any]
) -> Count:
    """Count the outcomes by a column of the verdicts."""
    counts = _group(connection, since, column)
    return Count(name, title, (name, *OUTCOMES, "all"), _build_rows(counts), OUTCOMES)


def count_issuers(connection: Connection, since: datetime) -> Count:
    """Count the outcomes by issuing State, as MRZ or barcode name it."""
    issuer = (
        select(func.max(holder_fields.c.issuing_state))
        .where(holder_fields.c.verdict_id == verdicts.c.id, holder_fields.c.source != "viz")
        .scalar_subquery()
    )
    counts = _group(connection, since, issuer)
    rows = _build_rows(counts)
    return Count("issuer", "Issuing States", ("issuer", *OUTCOMES, "all"), rows, OUTCOMES)


def count_reasons(connection: Connection, since: datetime) -> Count:
    """Count how often each check was a reason, by the outcome that it caused."""
    counts = _group(connection, since, func.unnest(verdicts.c.reasons))
    rows = _build_rows(counts)
    return Count("check", "Reasons", ("check", *OUTCOMES, "all"), rows, OUTCOMES)


def count_agreement(connection: Connection, since: datetime) -> Count:
    """Count what people decided where the machine had referred or rejected, by its reason.

    A high share of `verified` shows a check that stops genuine documents.
    """
    given, before = verdicts.alias(), verdicts.alias()
    reason = func.unnest(before.c.reasons).label("reason")
    query = (
        select(reason, before.c.outcome.label("machine"), given.c.outcome, func.count())
        .join_from(given, before, before.c.id == given.c.previous_id)
        .where(
            given.c.policy_name == PERSON,
            before.c.policy_name != PERSON,
            given.c.decided_at > since,
        )
        .group_by(reason, before.c.outcome, given.c.outcome)
    )
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for name, machine, outcome, number in connection.execute(query):
        counts.setdefault((name, machine), {})[outcome] = number
    rows = []
    for (name, machine), found in sorted(counts.items(), key=lambda each: -sum(each[1].values())):
        total = sum(found.values())
        decided = [found.get(each, 0) for each in ("verified", "resubmit", "rejected")]
        rows.append([name, machine, *decided, total, _percent(decided[0], total)])
    columns = ("check", "machine", "verified", "resubmit", "rejected", "all", "share verified")
    return Count("agreement", "Machine against people", columns, rows[:MAX_ROWS])


def count_reviewers(connection: Connection, since: datetime) -> Count:
    """Count the decisions of each reviewer, and the median time from the first claim."""
    event = review_events.c
    claimed = (
        select(event.verdict_id, func.min(event.at).label("at"))
        .where(event.action == "claimed")
        .group_by(event.verdict_id)
        .subquery()
    )
    minutes = func.extract("epoch", event.at - claimed.c.at) / 60
    query = (
        select(
            event.reviewer,
            func.count(),
            func.percentile_cont(0.5).within_group(minutes.asc()),
            func.max(event.at),
        )
        .outerjoin(claimed, claimed.c.verdict_id == event.verdict_id)
        .where(event.action.in_(("decided", "overridden")), event.at > since)
        .group_by(event.reviewer)
        .order_by(func.count().desc())
    )
    rows = [
        [name, number, "" if median is None else f"{median:.1f}", f"{last:%Y-%m-%d}"]
        for name, number, median, last in connection.execute(query)
    ]
    columns = ("reviewer", "decisions", "median minutes", "last")
    return Count("reviewers", "Decisions by reviewer", columns, rows, ("decisions",))


def count_ages(connection: Connection) -> Count:
    """Count the documents that wait by their age."""
    queue = select_queue().subquery()
    hours = func.extract("epoch", func.now() - queue.c.decided_at) / 3600
    edges = (0, *QUEUE_AGES)
    bounds = [(low, high) for low, high in zip(edges, (*QUEUE_AGES, None), strict=True)]
    columns = [
        func.count().filter((hours >= low) & (hours < high) if high else hours >= low)
        for low, high in bounds
    ]
    found = connection.execute(select(*columns).select_from(queue)).one()
    names = [f"{low} to {high} h" if high else f"over {low} h" for low, high in bounds]
    rows = [list(each) for each in zip(names, found, strict=True)]
    return Count("queue", "Age of the queue", ("age", "documents"), rows, ("documents",))


def _policy() -> ColumnElement[str]:
    return verdicts.c.policy_name + " " + verdicts.c.policy_version


def _group(
    connection: Connection, since: datetime, column: ColumnElement[Any]
) -> Mapping[str, Mapping[str, int]]:
    """Count the verdicts of the machine by a column and by outcome."""
    label = column.label("grouped")
    query: Select[Any] = (
        select(label, verdicts.c.outcome, func.count())
        .where(
            verdicts.c.policy_name != PERSON,
            verdicts.c.overruled_by_id.is_(None),
            verdicts.c.decided_at > since,
        )
        .group_by(label, verdicts.c.outcome)
    )
    counts: dict[str, dict[str, int]] = {}
    for name, outcome, number in connection.execute(query):
        counts.setdefault(name or "unknown", {})[outcome] = number
    return counts


def _build_rows(counts: Mapping[str, Mapping[str, int]]) -> list[list[Any]]:
    """Return a row for each name, those with most verdicts first."""
    names = sorted(counts, key=lambda name: (-sum(counts[name].values()), name))
    return [
        [name, *(counts[name].get(each, 0) for each in OUTCOMES), sum(counts[name].values())]
        for name in names[:MAX_ROWS]
    ]


def _percent(share: int, total: int) -> str:
    return f"{share / total:.0%}" if total else ""
