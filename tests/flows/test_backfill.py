"""Backfill: every document of a place, once, in chunks, here or on a work pool."""

import os
import subprocess
import sys
from collections import Counter
from functools import partial
from uuid import uuid4

import pytest
from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound
from sqlalchemy import select

from flows import backfill as flows_backfill
from flows.backfill import backfill
from tasks.backfill import survey
from tasks.bucket_comparison import Found, Place
from tasks.record.tables import documents, verdicts
from tests.support.polling import eventually

NO_PICTURE = b"no picture"  # It is refused at once, and so recorded fast.


@pytest.fixture(autouse=True)
def _servers(prefect_server, database, bucket):
    """Every run here is one of the real server, and finds bucket and record."""


@pytest.fixture(name="place")
def _place() -> str:
    return f"inbox/{uuid4()}/"


def outcomes(database, place: str) -> Counter:
    query = select(verdicts.c.outcome).join(documents).where(documents.c.key.startswith(place))
    with database.connect() as connection:
        return Counter(connection.scalars(query))


def run(place: str, **parameters):
    given = {"bucket": "documents", "prefix": place, "dry_run": False, "chunk": 2}
    return backfill(**given | parameters, return_state=True)


def test_every_document_gets_its_verdict_and_a_second_run_finds_nothing(
    put, put_specimen, place, database
):
    put_specimen("passport.jpg", f"{place}passport.jpg")
    for number in range(4):
        put(f"{place}{number}", NO_PICTURE + bytes([number]))

    state = run(place, policy="demonstration")

    assert state.message == "5 of 5 documents verified, 0 left."
    assert outcomes(database, place) == {"verified": 1, "resubmit": 4}
    assert run(place).message == "0 of 0 documents verified, 0 left."
    assert outcomes(database, place).total() == 5


def test_a_dry_run_is_the_default_and_counts_and_estimates(put, place, database):
    for number in range(3):
        put(f"{place}{number}", NO_PICTURE)

    state = backfill(bucket="documents", prefix=place, chunk=2, return_state=True)

    assert state.message.startswith(
        "Dry run: 3 documents without a verdict (0.0 MB) in 2 chunks, 0 recorded before. About 0:0"
    )
    assert not outcomes(database, place)


def test_chunks_cover_every_key_once_and_keep_the_versions_of_a_key_together(put, place):
    for key in ("a", "b", "b", "b", "c", "d"):
        put(place + key, uuid4().bytes)

    found = survey.fn(Place("documents", place), 2)

    assert [chunk.documents for chunk in found.chunks] == [4, 2]
    spans = [Place("documents", place, chunk.after, chunk.until) for chunk in found.chunks]
    assert [survey.fn(span, 9).counts[Found.MISSED] for span in spans] == [4, 2]


def test_a_chunk_stops_when_it_is_not_the_documents_fault(put, place, monkeypatch):
    for number in range(5):
        put(f"{place}{number}", NO_PICTURE)
    monkeypatch.setattr(flows_backfill, "MOST_FAILURES", 2)
    monkeypatch.setenv("DOCVERIFY_ALLOWED_UPLOADS", "elsewhere/")

    state = run(place, chunk=5, at_once=1)

    assert state.is_failed()
    assert state.message == ("0 of 5 documents verified, 5 left. 1 of 1 chunks did not end well")


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"at_once": 0}, "at_once must be a whole number from 1"),
        ({"chunk": 0}, "chunk must be"),
        ({"containers": -1}, "containers must be"),
        ({"engine": "x"}, "there is no such engine"),
        ({"policy": "x"}, "there is no such policy"),
    ],
)
def test_what_is_wrong_is_told_before_anything_begins(place, wrong, named):
    state = run(place, **wrong)
    assert state.is_failed()
    assert named in state.message


def deployed(client) -> bool:
    try:
        return bool(client.read_deployment_by_name(flows_backfill.CHUNK_DEPLOYMENT))
    except ObjectNotFound:
        return False


def test_on_a_work_pool_each_chunk_is_a_run_of_its_own(put, place, database):
    for number in range(4):
        put(f"{place}{number}", NO_PICTURE + bytes([number]))
    served = subprocess.Popen(
        [sys.executable, "-c", SERVE], env=os.environ | {"PREFECT_RUNNER_POLL_FREQUENCY": "1"}
    )
    try:
        with get_client(sync_client=True) as client:
            eventually(partial(deployed, client), seconds=60)
        state = run(place, containers=2)
    finally:
        served.terminate()
        served.wait(30)

    assert state.message == "4 of 4 documents verified, 0 left."
    assert outcomes(database, place) == {"resubmit": 4}


SERVE = """
from prefect.types.entrypoint import EntrypointType
from flows.backfill import backfill_chunk
backfill_chunk.serve(
    "backfill-chunk-deployment", limit=2, print_starting_message=False,
    entrypoint_type=EntrypointType.MODULE_PATH,
)
"""
