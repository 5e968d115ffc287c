"""Claims: of the runs that are started for a document, one reads it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from docverify.page import Engine
from docverify.policy import STANDARD, STRICT
from tasks.errors import Defect, Fault, ReaderKilled, SetupError, WorldError
from tasks.record.claims import (
    Claim,
    ClaimedElsewhere,
    claim_document,
    release_on_failure,
    try_to_claim,
)
from tasks.record.failures import (
    MAX_DEATHS,
    WORLD_DEADLINE,
    forget_failure,
    list_failures,
    record_failure,
)
from tasks.record.fingerprints import keep_reading
from tasks.record.tables import claims, documents, failures
from tasks.record.verdicts import RecordedVerdict, write_to_database
from tests.support.verdicts import READING, VERDICT, an_upload

pytestmark = pytest.mark.usefixtures("database")
LOCAL = Engine.LOCAL


def claimed(upload, file, run=None, policy=STANDARD, engine=LOCAL):
    return try_to_claim(upload, file, engine, policy, run or uuid4())


def expire(database) -> None:
    with database.begin() as connection:
        connection.execute(claims.update().values(expires_at=func.now()))


def failure_of(upload):
    return next((each for each in list_failures() if each.key == upload.key), None)


def test_the_second_run_learns_which_run_has_claimed_the_document():
    upload, file = an_upload()
    first = uuid4()

    assert isinstance(claimed(upload, file, first), Claim)
    held = claimed(upload, file)

    assert isinstance(held, ClaimedElsewhere)
    assert held.flow_run_id == first


def test_a_run_that_claims_again_keeps_its_claim():
    upload, file = an_upload()
    run = uuid4()

    assert claimed(upload, file, run) == claimed(upload, file, run)
    assert failure_of(upload) is None


def test_each_policy_and_engine_has_its_own_claim():
    upload, file = an_upload()

    assert isinstance(claimed(upload, file), Claim)
    assert isinstance(claimed(upload, file, policy=STRICT), Claim)
    assert isinstance(claimed(upload, file, engine=Engine.TEXTRACT), Claim)


def test_the_claim_of_a_dead_run_passes_on_and_the_death_is_counted(database):
    upload, file = an_upload()
    for _ in range(MAX_DEATHS):
        claimed(upload, file)
        expire(database)
        assert isinstance(claimed(upload, file), Claim)
        expire(database)
        found = failure_of(upload)
        assert found
        assert found.fault is Fault.DIED
    assert found.parked_at
    assert found.tries >= MAX_DEATHS


def test_a_recorded_verdict_is_returned_and_its_claim_deleted(database):
    upload, file = an_upload()
    policy = replace(STANDARD, name=VERDICT.policy_name, version=VERDICT.policy_version)
    claimed(upload, file, policy=policy)
    written = write_to_database.fn(upload, file, READING, VERDICT, None)

    found = claimed(upload, file, policy=policy)

    assert isinstance(found, RecordedVerdict)
    assert found == replace(written, replayed=True)
    with database.connect() as connection:
        left = select(func.count()).select_from(claims).filter_by(document_id=found.document_id)
        assert connection.scalar(left) == 0


def test_a_stored_reading_is_used_again():
    upload, file = an_upload()
    first = claimed(upload, file)
    keep_reading.fn(first, READING, file, date(2026, 1, 1), STANDARD)

    assert claimed(upload, file, policy=STRICT).reading == READING


def test_a_run_that_fails_releases_its_claim():
    upload, file = an_upload()
    run = uuid4()
    claim = claimed(upload, file, run)

    with pytest.raises(KeyboardInterrupt), release_on_failure(claim, run):
        raise KeyboardInterrupt

    assert isinstance(claimed(upload, file), Claim)


def test_a_failure_in_a_backfill_keeps_the_other_claims_of_its_run():
    """Its threads belong to one run, and each works on a document of its own."""
    run, (upload, file), other = uuid4(), an_upload(), an_upload()
    claim = claimed(upload, file, run)
    claimed(*other, run)

    with pytest.raises(WorldError), release_on_failure(claim, run):
        raise WorldError("w")

    assert isinstance(claimed(upload, file), Claim)
    assert isinstance(claimed(*other), ClaimedElsewhere)


def test_a_run_waits_a_limited_time_for_another(monkeypatch):
    monkeypatch.setenv("DOCVERIFY_CLAIM_WAIT", "0.1")
    upload, file = an_upload()
    claimed(upload, file)

    assert isinstance(claim_document.fn(upload, file, LOCAL, STANDARD, uuid4()), ClaimedElsewhere)


def test_a_document_is_linked_to_the_previous_one_under_its_key(database):
    upload, file = an_upload()
    first, second = claimed(upload, file), claimed(upload, replace(file, sha256="new"))

    with database.connect() as connection:
        links = select(documents.c.id, documents.c.previous_id).filter_by(key=upload.key)
        assert dict(map(tuple, connection.execute(links))) == {
            first.document_id: None,
            second.document_id: first.document_id,
        }


@pytest.mark.parametrize("error", [SetupError("s", "c"), Defect("d", "c")])
def test_a_failure_that_a_retry_cannot_fix_is_parked_at_once(error):
    upload, _ = an_upload()

    record_failure(upload, "local", "standard", error, None)

    found = failure_of(upload)
    assert (found.fault, found.code, found.tries) == (error.fault, "c", 1)
    assert found.parked_at


def fail(upload, error, times: int = 1):
    for _ in range(times):
        record_failure(upload, "local", "standard", error, None)
    return failure_of(upload)


def begin_earlier(database, upload, ago: timedelta) -> None:
    """Set back since when the failures of an upload have their cause."""
    since = datetime.now(UTC) - ago
    with database.begin() as connection:
        connection.execute(update(failures).filter_by(key=upload.key).values(cause_since=since))


def test_a_failure_of_the_world_is_parked_after_days_and_not_after_a_number(database):
    upload, _ = an_upload()

    assert fail(upload, WorldError("w"), times=20).parked_at is None
    begin_earlier(database, upload, WORLD_DEADLINE - timedelta(minutes=1))
    assert fail(upload, WorldError("w")).parked_at is None
    begin_earlier(database, upload, WORLD_DEADLINE)
    assert fail(upload, WorldError("w")).parked_at


def test_the_time_of_the_world_begins_again_after_another_fault(database):
    upload, _ = an_upload()
    fail(upload, WorldError("w"))
    begin_earlier(database, upload, WORLD_DEADLINE)
    fail(upload, ReaderKilled("r"))

    assert fail(upload, WorldError("w")).parked_at is None


def test_a_document_that_kills_readers_is_parked_after_a_number(database):
    upload, _ = an_upload()

    assert fail(upload, ReaderKilled("r"), times=MAX_DEATHS - 1).parked_at is None
    assert fail(upload, WorldError("w"), times=5).parked_at is None
    found = fail(upload, ReaderKilled("r"))
    assert found.parked_at
    assert found.fault is Fault.DIED


def test_pauses_between_tries_double_up_to_six_hours():
    upload, _ = an_upload()

    pauses = []
    for _ in range(8):
        found = fail(upload, WorldError("w"))
        pauses.append(round((found.retry_at - found.last_failed_at) / timedelta(minutes=15)))

    assert pauses == [1, 2, 4, 8, 16, 24, 24, 24]


def test_what_is_parked_at_once_has_no_next_try():
    upload, _ = an_upload()

    assert fail(upload, SetupError("s")).retry_at is None


def test_a_verdict_deletes_earlier_failures():
    upload, file = an_upload()
    record_failure(upload, "local", VERDICT.policy_name, WorldError("w"), None)
    record_failure(upload, "textract", VERDICT.policy_name, WorldError("w"), None)

    write_to_database.fn(upload, file, READING, VERDICT, None)

    assert failure_of(upload).engine == "textract"


def test_a_failure_can_be_forgotten_once():
    upload, _ = an_upload()
    record_failure(upload, "local", "standard", SetupError("s"), None)
    number = failure_of(upload).id

    assert forget_failure(number)
    assert not forget_failure(number)
    assert failure_of(upload) is None
