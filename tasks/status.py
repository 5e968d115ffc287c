"""The state of the service: counts of record and bucket, and the components that fail."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from httpx import HTTPError, HTTPStatusError, codes
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectNotFound
from prefect.settings import get_current_settings
from sqlalchemy import Connection, Select, case, func, select

from docverify.second_engine import NOT_ASKED
from tasks import flow_runs
from tasks.bucket_comparison import KeyRange, UploadState, compare, places_to_compare
from tasks.engines.reader_memory import explain_misfit, read_container_memory
from tasks.errors import EdgeError, SetupError
from tasks.flow_runs import VERIFICATION, deployed_name
from tasks.record.connection import transaction
from tasks.record.review_queue import WaitingReview, list_waiting
from tasks.record.tables import engine_choices, failures, verdicts
from tasks.record.verdicts import is_current
from tasks.settings import find_unknown_settings, read_settings
from tasks.stale_runs import list_active_uploads

AUTOMATION = "document-verification-automation"
UNDER_WAY = "under way"
GRACE = timedelta(minutes=20)
"""An upload may wait this long for its run, as in reconciliation."""


@dataclass(frozen=True)
class Component:
    """A component of the service; `problem` is empty, or names what is wrong and what to do."""

    name: str
    problem: str = ""


@dataclass(frozen=True)
class SecondEngineUse:
    """How often policies that name a second engine used it.

    Attributes:
        engine: The second engine.
        documents: Documents for which it was available.
        asked: Documents that it was asked to read.
        unanswered: Documents that it was asked to read but did not read.
    """

    engine: str
    documents: int
    asked: int
    unanswered: int


@dataclass(frozen=True)
class RecordCounts:
    """Counts of the record.

    Attributes:
        outcomes: Current verdicts by outcome.
        parked: Uploads that nothing retries automatically.
        waiting_to_be_tried: Failed uploads that are retried automatically.
        reviews: The queue of referred documents, the oldest first.
        second_engines: How often each second engine was used.
    """

    outcomes: Counter[str]
    parked: int
    waiting_to_be_tried: int
    reviews: list[WaitingReview]
    second_engines: list[SecondEngineUse]


def check_components() -> list[Component]:
    """Try each component once: settings, the record, each place of uploads, Prefect."""
    record = Component("record (DATABASE_URL)", find_problem(count_record))
    memory = Component("memory of the reader", find_problem(check_reader_memory))
    return [*check_settings(), record, memory, *check_places(), *check_prefect()]


def count_record() -> RecordCounts:
    """Count the contents of the record.

    Raise WorldError or SetupError when the database does not answer, as all counts here do.
    """
    newest = select(verdicts.c.outcome, func.count()).where(is_current())
    failed = select(func.count(failures.c.parked_at), func.count()).select_from(failures)
    with transaction() as connection:
        outcomes = _count(connection, newest.group_by(verdicts.c.outcome))
        parked, all_failed = connection.execute(failed).one()
        second_engines = [
            SecondEngineUse(*row) for row in connection.execute(_select_second_engines())
        ]
    return RecordCounts(outcomes, parked, all_failed - parked, list_waiting(), second_engines)


def count_uploads(place: KeyRange, until: datetime) -> Counter[str]:
    """Count the uploads of a place by their state; this lists the whole place.

    An upload without a verdict is under way if it was uploaded after `until`, or if a run of it
    waits or is running; otherwise it was missed.
    """
    counts: Counter[str] = Counter()
    missed = []
    for each in compare(place):
        if each.state is not UploadState.MISSED or each.version is None:
            counts[each.state] += 1
        elif each.version.modified > until:
            counts[UNDER_WAY] += 1
        else:
            missed.append(each.version.key)
    active = list_active_keys(place.bucket) if missed else set()
    for key in missed:
        counts[UNDER_WAY if key in active else UploadState.MISSED] += 1
    return counts


def list_active_keys(bucket: str) -> set[str]:
    """Return the keys of a bucket whose runs wait or are running; no keys if Prefect fails."""
    with suppress(HTTPError), flow_runs.prefect_client() as client:
        return {key for key, _ in list_active_uploads(client, bucket, datetime.now(UTC))}
    return set()


def count_outcomes(since: datetime, until: datetime) -> Counter[str]:
    """Count the verdicts that were given in a period and took effect, by outcome."""
    at = verdicts.c.decided_at
    took_effect = verdicts.c.overruled_by_id.is_(None)
    query = select(verdicts.c.outcome, func.count()).where(at >= since, at < until, took_effect)
    with transaction() as connection:
        return _count(connection, query.group_by(verdicts.c.outcome))


def count_failures(since: datetime, until: datetime) -> Counter[str]:
    """Count the uploads without a verdict that last failed in a period, by fault."""
    at = failures.c.last_failed_at
    query = select(failures.c.fault, func.count()).where(at >= since, at < until)
    with transaction() as connection:
        return _count(connection, query.group_by(failures.c.fault))


def _count(connection: Connection, query: Select[Any]) -> Counter[str]:
    return Counter({row[0]: row[1] for row in connection.execute(query)})


def _select_second_engines() -> Select[Any]:
    """Count documents, not verdicts: a document that was decided again counts once.

    A redecision asks no engine, so it does not count as asked.
    """
    choice, document = engine_choices.c, verdicts.c.document_id.distinct()
    asked = choice.doubt.is_not(None) & (choice.failure != NOT_ASKED)
    counts = (document, case((asked, verdicts.c.document_id)).distinct())
    unanswered = case((asked & (choice.failure != ""), verdicts.c.document_id)).distinct()
    return (
        select(choice.second_engine, *map(func.count, (*counts, unanswered)))
        .join_from(engine_choices, verdicts)
        .group_by(choice.second_engine)
        .order_by(choice.second_engine)
    )


def find_problem(use: Callable[[], object]) -> str:
    """Use a component, and return what is wrong; empty if it works."""
    try:
        use()
    except EdgeError as error:
        return str(error)
    except HTTPStatusError as error:
        status = error.response.status_code
        if status >= codes.INTERNAL_SERVER_ERROR:
            return f"Prefect's API answers {status}: look at the server's log, and at its database"
        return f"Prefect's API answers {status}: check PREFECT_API_URL and PREFECT_API_KEY"
    except HTTPError as error:
        kind = type(error).__name__
        return f"Prefect's API does not answer ({kind}): check PREFECT_API_URL and PREFECT_API_KEY"
    return ""


def check_settings() -> list[Component]:
    """Report misspelt settings, which would otherwise be ignored."""
    return [
        Component(f"setting {name}", f"this setting does not exist: {hint}")
        for name, hint in find_unknown_settings(os.environ).items()
    ]


def check_reader_memory() -> None:
    """Raise SetupError if the reader may use more memory than this container has for it."""
    if misfit := explain_misfit(read_settings(), read_container_memory()):
        raise SetupError(misfit)


def check_places() -> list[Component]:
    """List the first upload of each place that uploads may come from."""
    try:
        places = places_to_compare()
    except EdgeError as error:
        return [Component("uploads (S3)", str(error))]
    return [
        Component(
            f"uploads (s3://{place.bucket}/{place.prefix})",
            find_problem(partial(next, compare(place), None)),
        )
        for place in places
    ]


def check_prefect() -> list[Component]:
    """Check Prefect's API, the deployment and the automation."""
    if not get_current_settings().api.url:
        # Prefect would start a temporary server, which does not know our runs.
        return [Component("Prefect", "PREFECT_API_URL is not set: give the address of its API")]
    with flow_runs.prefect_client() as client:
        version = partial(client.request, "GET", "/admin/version")
        server = Component(f"Prefect ({client.api_url.host})", find_problem(version))
        if server.problem:
            return [server]
        deployment, automation = deployed_name(VERIFICATION), deployed_name(AUTOMATION)
        return [
            server,
            Component(
                f"deployment {deployment}",
                find_problem(partial(check_deployment, client, deployment)),
            ),
            Component(
                f"automation {automation}",
                find_problem(partial(check_automation, client, automation)),
            ),
        ]


def check_deployment(client: SyncPrefectClient, name: str) -> None:
    """Raise SetupError if a deployment does not exist or no worker polls it."""
    try:
        deployment = client.read_deployment_by_name(name)
    except ObjectNotFound:
        raise SetupError(
            "it does not exist: deploy it, or start `python -m deploy.serve`"
        ) from None
    if deployment.status != "READY":
        raise SetupError(
            "no worker is polling this deployment: start a worker, or `python -m deploy.serve`"
        )


def check_automation(client: SyncPrefectClient, name: str) -> None:
    """Raise SetupError if an automation does not exist or is switched off."""
    found = client.read_automations_by_name(name)
    if not any(each.enabled for each in found):
        raise SetupError(
            "it does not exist or is switched off: uploads start no runs; deploy it again"
        )
