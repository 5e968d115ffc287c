"""What is seen at a glance: counts of the record and of the bucket, and which part is not there."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from httpx import HTTPError
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectNotFound
from prefect.settings import get_current_settings
from sqlalchemy import Connection, Select, case, exists, func, select
from sqlalchemy.exc import DBAPIError

from docverify.second_engine import NOT_ASKED
from tasks import flow_runs
from tasks.bucket_comparison import Place, allowed_places, compare
from tasks.errors import EdgeError, SetupError
from tasks.flow_runs import VERIFICATION, deployed
from tasks.record.reviews import Waiting, waiting
from tasks.record.tables import engine_choices, failures, verdicts
from tasks.record.verdicts import database, explained
from tasks.settings import unknown_settings

AUTOMATION = "document-verification-automation"


@dataclass(frozen=True)
class Part:
    """A part of the set-up; `problem` says what to do where it cannot be used."""

    name: str
    problem: str = ""


@dataclass(frozen=True)
class Asked:
    """Of so many documents that a second engine stood ready for, how many it was asked about.

    `unanswered` are those of them that it did not read.
    """

    engine: str
    documents: int
    asked: int
    unanswered: int


@dataclass(frozen=True)
class Recorded:
    """Counts of the record: newest verdicts by outcome, uploads without one, and the queue.

    `asked` tells how often policies with a second engine asked it.
    """

    outcomes: Counter[str]
    parked: int
    waiting_to_be_tried: int
    reviews: list[Waiting]
    asked: list[Asked]


def parts() -> list[Part]:
    """Try every part of the set-up once: settings, the record, each place of uploads, Prefect."""
    record = Part("record (DATABASE_URL)", _problem(_ask_record))
    return [*_unknown(), record, *_places(), *_prefect()]


def recorded() -> Recorded:
    """Count what stands in the record now.

    Raises WorldError or SetupError when the database cannot be asked.
    """
    tried = select(func.count(failures.c.parked_at), func.count()).select_from(failures)
    try:
        with database().connect() as connection:
            outcomes = _counts(connection, _newest())
            parked, failed = connection.execute(tried).one()
            asked = [Asked(*row) for row in connection.execute(_asked())]
    except DBAPIError as error:
        raise explained(error) from None
    return Recorded(outcomes, parked, failed - parked, waiting(), asked)


def uploads(place: Place) -> Counter[str]:
    """Count what became of the uploads of a place; it lists them all."""
    return Counter(str(each.found) for each in compare(place))


def outcomes_between(since: datetime, until: datetime) -> Counter[str]:
    """Count the verdicts that were given in a span of time.

    Raises WorldError or SetupError when the database cannot be asked; so does failures_between.
    """
    at = verdicts.c.decided_at
    query = select(verdicts.c.outcome, func.count()).where(at >= since, at < until)
    return _counted(query.group_by(verdicts.c.outcome))


def failures_between(since: datetime, until: datetime) -> Counter[str]:
    """Count the uploads that failed last in a span of time and have no verdict, by fault."""
    at = failures.c.last_failed_at
    query = select(failures.c.fault, func.count()).where(at >= since, at < until)
    return _counted(query.group_by(failures.c.fault))


def _newest() -> Select[Any]:
    later = verdicts.alias()
    superseded = exists().where(
        later.c.document_id == verdicts.c.document_id,
        later.c.engine == verdicts.c.engine,
        later.c.id > verdicts.c.id,
    )
    return select(verdicts.c.outcome, func.count()).where(~superseded).group_by(verdicts.c.outcome)


def _asked() -> Select[Any]:
    """Judged again, a document is still one; and one that was judged again only asked nobody."""
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


def _counted(query: Select[Any]) -> Counter[str]:
    try:
        with database().connect() as connection:
            return _counts(connection, query)
    except DBAPIError as error:
        raise explained(error) from None


def _counts(connection: Connection, query: Select[Any]) -> Counter[str]:
    return Counter({row[0]: row[1] for row in connection.execute(query)})


def _problem(ask: Callable[[], object]) -> str:
    try:
        ask()
    except EdgeError as error:
        return str(error)
    except HTTPError as error:
        kind = type(error).__name__
        return f"it does not answer as it should ({kind}): check PREFECT_API_URL and its key"
    return ""


def _ask_record() -> None:
    recorded()


def _unknown() -> list[Part]:
    """A setting whose name is misspelt is not missed by anything else."""
    names = unknown_settings(os.environ)
    return [Part(f"setting {name}", "there is no such setting: see README") for name in names]


def _places() -> list[Part]:
    try:
        places = allowed_places()
    except EdgeError as error:
        return [Part("uploads (S3)", str(error))]
    return [
        Part(f"uploads (s3://{place.bucket}/{place.prefix})", _problem(partial(_first, place)))
        for place in places
    ]


def _first(place: Place) -> object:
    return next(compare(place), None)


def _prefect() -> list[Part]:
    if not get_current_settings().api.url:
        # Prefect would start a server of its own, which knows none of our runs.
        return [Part("Prefect", "PREFECT_API_URL is not set: give the address of its API")]
    with flow_runs.prefect_client() as client:
        problem = _problem(lambda: _ask_prefect(client))
        server = Part(f"Prefect ({client.api_url.host})", problem)
        if problem:
            return [server]
        return [
            server,
            Part(f"deployment {deployed(VERIFICATION)}", _problem(lambda: _ask_deployment(client))),
            Part(f"automation {deployed(AUTOMATION)}", _problem(lambda: _ask_automation(client))),
        ]


def _ask_prefect(client: SyncPrefectClient) -> None:
    client.request("GET", "/admin/version")


def _ask_deployment(client: SyncPrefectClient) -> None:
    try:
        deployment = client.read_deployment_by_name(deployed(VERIFICATION))
    except ObjectNotFound:
        raise SetupError("it is not there: deploy it, or start `python -m deploy.serve`") from None
    if deployment.status != "READY":
        raise SetupError("nobody takes its runs: start a worker, or `python -m deploy.serve`")


def _ask_automation(client: SyncPrefectClient) -> None:
    found = client.read_automations_by_name(deployed(AUTOMATION))
    if not any(each.enabled for each in found):
        raise SetupError("it is not there or switched off: uploads start no runs; deploy it again")
