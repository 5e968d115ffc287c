"""Statistics of the desk: counts of verdicts and decisions, without personal data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
GROUPED = {
    "weeks": "Outcomes of the machine by week",
    "policy": "Policies",
    "kind": "Kinds of document",
    "issuer": "Issuing States",
}
"""Tables of outcomes, by the names of their CSV files."""
QUEUE_AGES = (4, 8, 24, 48, 168)  # hours


@dataclass(frozen=True)
class Count:
    """A table of counts.

    Attributes:
        name: Name in the address of its CSV file.
        title: Title of the table, which states what is counted.
        columns: Headings of the columns.
        rows: Values, as texts and numbers.
        charted: Names of the columns that are stacked in the chart; empty: no chart.
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
        *count_groups(connection, since),
        *(each(connection, since) for each in OTHERS.values()),
    ]


def count_one(connection: Connection, name: str, weeks: int = WEEKS) -> Count | None:
    """Count one table; return None if there is no such table."""
    since = datetime.now(UTC) - timedelta(weeks=weeks)
    if name in OTHERS:
        return OTHERS[name](connection, since)
    if name not in GROUPED:
        return None
    return next(each for each in count_groups(connection, since) if each.name == name)


def count_groups(connection: Connection, since: datetime) -> list[Count]:
    """Count the outcomes by week, policy, kind and issuing State, in one search of the verdicts."""
    counts: dict[str, dict[str, dict[str, int]]] = {name: {} for name in GROUPED}
    for week, policy, version, kind, issuer, outcome, number in connection.execute(
        select_groups(since)
    ):
        names = (format_day(week), f"{policy} {version}", kind, issuer)
        for table, name in zip(GROUPED, names, strict=True):
            found = counts[table].setdefault(name or "unknown", {})
            found[outcome] = found.get(outcome, 0) + number
    weeks = build_weeks(counts["weeks"])
    return [weeks, *(_build_count(name, counts[name]) for name in GROUPED if name != "weeks")]


def select_groups(since: datetime) -> Select[Any]:
    """Count the verdicts of the machine, grouped by all of GROUPED and by outcome.

    The issuing State is that of the MRZ, else that of the barcode.
    """
    verdict, mrz, barcode = verdicts.c, holder_fields.alias(), holder_fields.alias()
    issuer = func.coalesce(mrz.c.issuing_state, barcode.c.issuing_state)
    names = (
        func.date_trunc("week", verdict.decided_at, "UTC").label("week"),
        *(verdict.policy_name, verdict.policy_version, verdict.kind),
        issuer.label("issuer"),
        verdict.outcome,
    )
    of_mrz = (mrz.c.verdict_id == verdict.id) & (mrz.c.source == "mrz")
    of_barcode = (barcode.c.verdict_id == verdict.id) & (barcode.c.source == "barcode")
    return (
        select(*names, func.count())
        .outerjoin_from(verdicts, mrz, of_mrz)
        .outerjoin(barcode, of_barcode)
        .where(*_is_machines(since))
        .group_by(*names)
    )


def build_weeks(counts: Mapping[str, Mapping[str, int]]) -> Count:
    """Build the outcomes of each week, and the share of documents that needed no person."""
    rows = []
    for name in sorted(counts):
        found = [counts[name].get(each, 0) for each in OUTCOMES]
        direct = sum(found) - counts[name].get(Outcome.REFERRED, 0)
        rows.append([name, *found, sum(found), _percent(direct, sum(found))])
    columns = ("week of", *OUTCOMES, "all", "straight through")
    return Count("weeks", GROUPED["weeks"], columns, rows, OUTCOMES)


def _build_count(name: str, counts: Mapping[str, Mapping[str, int]]) -> Count:
    columns = (name, *OUTCOMES, "all")
    return Count(name, GROUPED[name], columns, _build_rows(counts), OUTCOMES)


def count_reasons(connection: Connection, since: datetime) -> Count:
    """Count how often each check was a reason, by the outcome that it caused."""
    reason = func.unnest(verdicts.c.reasons).label("reason")
    query = (
        select(reason, verdicts.c.outcome, func.count())
        .where(*_is_machines(since), func.cardinality(verdicts.c.reasons) > 0)
        .group_by(reason, verdicts.c.outcome)
    )
    counts: dict[str, dict[str, int]] = {}
    for name, outcome, number in connection.execute(query):
        counts.setdefault(name, {})[outcome] = number
    return Count("check", "Reasons", ("check", *OUTCOMES, "all"), _build_rows(counts), OUTCOMES)


def count_agreement(connection: Connection, since: datetime) -> Count:
    """Count the decisions of people on referred and rejected documents, by the machine's reason.

    A high share of `verified` reveals a check that stops genuine documents.
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
        [
            name,
            number,
            "" if median is None else f"{median:.1f}",
            format_day(last),
        ]
        for name, number, median, last in connection.execute(query)
    ]
    columns = ("reviewer", "decisions", "median minutes", "last")
    return Count("reviewers", "Decisions by reviewer", columns, rows, ("decisions",))


def count_ages(connection: Connection) -> Count:
    """Count the waiting documents by their age."""
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


def format_day(moment: datetime) -> str:
    """Return the day of a moment in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d}"


def _is_machines(since: datetime) -> tuple[ColumnElement[bool], ...]:
    """Build the conditions that a verdict was given by the machine, took effect and is recent."""
    verdict = verdicts.c
    return (
        verdict.policy_name != PERSON,
        verdict.overruled_by_id.is_(None),
        verdict.decided_at > since,
    )


def _build_rows(counts: Mapping[str, Mapping[str, int]]) -> list[list[Any]]:
    """Return a row for each name, the rows with most verdicts first."""
    names = sorted(counts, key=lambda name: (-sum(counts[name].values()), name))
    return [
        [name, *(counts[name].get(each, 0) for each in OUTCOMES), sum(counts[name].values())]
        for name in names[:MAX_ROWS]
    ]


def _percent(share: int, total: int) -> str:
    return f"{share / total:.0%}" if total else ""


OTHERS: Mapping[str, Callable[[Connection, datetime], Count]] = {
    "check": count_reasons,
    "agreement": count_agreement,
    "reviewers": count_reviewers,
    "queue": lambda connection, _: count_ages(connection),
}
"""The other tables, by the names of their CSV files."""
