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

from flows.backfill import CHUNK_DEPLOYMENT, MAX_FAILURES, backfill
from tasks.backfill import survey
from tasks.bucket_comparison import KeyRange, UploadState
from tasks.record.tables import documents, verdicts
from tests.support.polling import PATIENCE, eventually

NO_PICTURE = b"no picture"  # It is refused at once, and so recorded fast.


@pytest.fixture(autouse=True)
def _servers(prefect_server, database, bucket):
    """Every run uses the real server, the bucket and the record."""


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

    assert state.message == "5 of 5 documents got a verdict, 0 are left."
    assert outcomes(database, place) == {"verified": 1, "resubmit": 4}
    assert run(place).message == "0 of 0 documents got a verdict, 0 are left."
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

    found = survey.fn(KeyRange("documents", place), 2)

    assert [chunk.documents for chunk in found.chunks] == [4, 2]
    spans = [KeyRange("documents", place, chunk.after, chunk.until) for chunk in found.chunks]
    assert [survey.fn(span, 9).counts[UploadState.MISSED] for span in spans] == [4, 2]


@pytest.mark.slow
def test_a_chunk_stops_after_failures_in_a_row(put_specimen, place):
    """Without credentials for its engine, every document fails for the same reason."""
    documents = MAX_FAILURES + 3  # One more may have started when the last failure is counted.
    for number in range(documents):
        put_specimen("visa.jpg", f"{place}{number}")

    state = run(place, chunk=documents, at_once=1, engine="google-vision")

    assert state.is_failed()
    assert state.message == (
        f"0 of {documents} documents got a verdict, {documents} are left. 1 of 1 chunks failed."
    )


@pytest.mark.parametrize("allowed", ["elsewhere/", "documents/outbox/"])
def test_a_place_that_is_not_allowed_is_refused(place, allowed, monkeypatch):
    monkeypatch.setenv("DOCVERIFY_ALLOWED_UPLOADS", allowed)

    state = backfill(bucket="documents", prefix=place, return_state=True)

    assert state.name == "Invalid"
    assert "are not allowed: check the bucket and the prefix" in state.message


def test_one_of_several_allowed_places_must_be_chosen(monkeypatch):
    monkeypatch.setenv("DOCVERIFY_ALLOWED_UPLOADS", "documents/a/, documents/b/")

    state = backfill(bucket="documents", return_state=True)

    assert "bucket documents has several allowed places: choose a prefix, a/, b/" in state.message


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"at_once": 0}, "at_once must be a whole number from 1"),
        ({"chunk": 0}, "chunk must be"),
        ({"containers": -1}, "containers must be"),
        ({"engine": "x"}, "this engine does not exist"),
        ({"policy": "x"}, "this policy does not exist"),
    ],
)
def test_an_invalid_parameter_is_refused_before_anything_is_read(place, wrong, named):
    state = run(place, **wrong)
    assert state.name == "Invalid"
    assert named in state.message


def deployed(client) -> bool:
    try:
        return bool(client.read_deployment_by_name(CHUNK_DEPLOYMENT))
    except ObjectNotFound:
        return False


@pytest.mark.slow
def test_on_a_work_pool_each_chunk_is_a_run_of_its_own(put, place, database):
    for number in range(4):
        put(f"{place}{number}", NO_PICTURE + bytes([number]))
    served = subprocess.Popen(
        [sys.executable, "-c", SERVE], env=os.environ | {"PREFECT_RUNNER_POLL_FREQUENCY": "1"}
    )
    try:
        with get_client(sync_client=True) as client:
            eventually(partial(deployed, client))
        state = run(place, containers=2)
    finally:
        served.terminate()
        served.wait(PATIENCE)

    assert state.message == "4 of 4 documents got a verdict, 0 are left."
    assert outcomes(database, place) == {"resubmit": 4}


SERVE = """
from prefect.types.entrypoint import EntrypointType
from flows.backfill import backfill_chunk
backfill_chunk.serve(
    "backfill-chunk-deployment", limit=2, print_starting_message=False,
    entrypoint_type=EntrypointType.MODULE_PATH,
)
"""
