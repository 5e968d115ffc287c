"""Retention: personal data are purged after their time, decisions stay."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from prefect import flow
from sqlalchemy import delete, func, insert, select, text, update

from docverify.applicant import Applicant
from docverify.policy import STANDARD
from docverify.verdict import Outcome, judge
from flows.retention import retention
from tasks.errors import SetupError
from tasks.migrations.roles import APP
from tasks.record.appeals import record_appeal
from tasks.record.connection import RETENTION, allow_changes
from tasks.record.holds import count_holds, end_hold, hold
from tasks.record.retention import DataClass, Periods, purge
from tasks.record.reviews import claim_review, decide_review
from tasks.record.tables import (
    applicants,
    check_results,
    claims,
    documents,
    fingerprints,
    holder_fields,
    metadata,
    readings,
    review_events,
    verdicts,
)
from tasks.record.verdicts import find_or_add_document, store_reading, write_to_database
from tasks.run_limits import PURGE_RESERVE_SECONDS
from tasks.s3 import File, Upload
from tests.support.members import login, may
from tests.support.readings import TODAY, page, reading

PERSONAL = (readings, applicants, holder_fields)
GIVEN = Applicant("ANNA", date(1980, 1, 1), ())
NOW = datetime.now(UTC)
PERIODS = Periods(
    dict.fromkeys((Outcome.VERIFIED, Outcome.REJECTED, Outcome.RESUBMIT), 30),
    {Outcome.VERIFIED: 1826, Outcome.REJECTED: 1826, Outcome.RESUBMIT: 30},
    unjudged=30,
)


@pytest.fixture(autouse=True)
def _empty(database):
    """Each test begins with an empty record, because the whole record is counted."""
    with database.begin() as connection:
        allow_changes(connection)
        for table in reversed(metadata.sorted_tables):
            connection.execute(delete(table))


@pytest.fixture(name="recorded")
def _recorded(database):
    def record(outcome: Outcome, days: float) -> int:
        read = reading(page())
        right = judge(read, today=TODAY, policy=STANDARD, applicant=GIVEN)
        verdict = right.__class__(
            outcome, (), right.results, "standard", "2", identities=right.identities
        )
        file = File(b"x", uuid4().hex, 1, "v1", GIVEN)
        upload = Upload("documents", f"inbox/{uuid4()}")
        done = write_to_database.fn(upload, file, read, verdict, None)
        with database.begin() as connection:
            connection.execute(
                insert_fingerprint(done.document_id),
            )
            allow_changes(connection)
            at = NOW - timedelta(days=days)
            connection.execute(update(verdicts).filter_by(id=done.verdict_id).values(decided_at=at))
        return done.document_id

    return record


def insert_fingerprint(document_id: int):
    from sqlalchemy.dialects.postgresql import insert

    row = {"document_id": document_id, "engine": "local", "reader_version": "1", "number": b"x"}
    return insert(fingerprints).values(row).on_conflict_do_nothing()


def count(database, table) -> int:
    with database.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def purged(**options: Any) -> dict[str, int]:
    counts = Counter()
    purge.fn(PERIODS, NOW, counts, **({"dry_run": False} | options))
    return {f"{kind} {outcome}": rows for (kind, outcome), rows in counts.items() if rows}


def test_readings_are_purged_before_the_holder_fields(recorded, database):
    recorded(Outcome.VERIFIED, 31)

    assert purged() == {"readings verified": 1, "applicants verified": 1}
    assert count(database, holder_fields) == 2
    assert purged() == {}


@pytest.fixture(name="unjudged")
def _unjudged(database):
    """Store what a run stores before its verdict, some days ago."""

    def keep_reading_of(days: float) -> int:
        upload = Upload("documents", f"inbox/{uuid4()}")
        file = File(b"x", uuid4().hex, 1, "v1", GIVEN)
        with database.begin() as connection:
            document_id = find_or_add_document(connection, upload, file)
            store_reading(connection, document_id, reading(page()), GIVEN)
            connection.execute(insert_fingerprint(document_id))
            allow_changes(connection)
            seen = {"first_seen": NOW - timedelta(days=days)}
            connection.execute(update(documents).filter_by(id=document_id).values(seen))
        return document_id

    return keep_reading_of


def test_the_reading_of_a_document_without_a_verdict_is_purged_as_well(unjudged, database):
    unjudged(29)
    unjudged(31)

    found = {f"{kind} no verdict": 1 for kind in ("readings", "applicants", "fingerprints")}
    assert purged(dry_run=True) == found
    assert purged() == found
    assert purged() == {}
    assert count(database, readings) == 1


def test_a_document_that_is_claimed_or_held_keeps_everything(unjudged, database):
    claim = {"engine": "local", "policy_name": "standard", "policy_version": "1"}
    versions = {"reader_version": "1", "pipeline_version": "1"}
    run = {"flow_run_id": uuid4(), "expires_at": NOW + timedelta(hours=1)}
    with database.begin() as connection:
        row = {"document_id": unjudged(31)} | claim | versions | run
        connection.execute(insert(claims).values(row))
    hold(unjudged(31), "court order", "Anna")

    assert purged() == {}


def test_decisions_and_reasons_are_never_purged(recorded, database):
    recorded(Outcome.VERIFIED, 2000)
    before = count(database, verdicts), count(database, check_results)

    assert purged()["holder fields verified"] == 2

    assert [count(database, table) for table in (*PERSONAL, fingerprints)] == [0, 0, 0, 0]
    assert (count(database, verdicts), count(database, check_results)) == before
    assert count(database, documents) == 1


@pytest.mark.parametrize(
    ("outcome", "days", "goes"),
    [
        (Outcome.VERIFIED, 1825, False),
        (Outcome.VERIFIED, 1827, True),
        pytest.param(Outcome.REJECTED, 1825, False, marks=pytest.mark.slow),
        pytest.param(Outcome.REJECTED, 1827, True, marks=pytest.mark.slow),
        (Outcome.RESUBMIT, 29, False),
        (Outcome.RESUBMIT, 31, True),
        (Outcome.REFERRED, 9999, False),
    ],
)
def test_holder_fields_are_purged_by_outcome_and_age(recorded, outcome, days, goes):
    recorded(outcome, days)
    assert (f"holder fields {outcome}" in purged()) is goes


def test_a_legal_hold_keeps_everything_until_it_is_ended(recorded, database):
    document = recorded(Outcome.VERIFIED, 2000)
    hold(document, "court order", "Anna")

    assert purged() == {}
    assert end_hold(document, "Bo")
    assert not end_hold(document, "Bo")
    assert purged()["readings verified"] == 1


@pytest.mark.parametrize("setting", ["DATABASE_URL", "DOCVERIFY_RETENTION_DATABASE_URL"])
def test_a_member_of_retentions_role_purges(setting, recorded, database, monkeypatch):
    recorded(Outcome.VERIFIED, 2000)
    hold(recorded(Outcome.VERIFIED, 2000), "court order", "Anna")
    member = login(database, RETENTION)
    monkeypatch.setenv(setting, member.url.render_as_string(hide_password=False))

    assert purged()["holder fields verified"] == 2
    assert count_holds() == 1
    assert purged() == {}


def test_a_program_that_takes_on_retentions_role_purges(recorded, database, monkeypatch):
    recorded(Outcome.VERIFIED, 2000)
    member = login(database, APP)
    with database.begin() as connection:
        grant = f"GRANT {RETENTION} TO {member.url.username} WITH INHERIT FALSE"
        connection.execute(text(grant))
    monkeypatch.setenv("DATABASE_URL", member.url.render_as_string(hide_password=False))

    assert not may(member, "DELETE FROM holder_fields")
    assert purged()["holder fields verified"] == 2


def test_a_program_without_retentions_role_is_told_what_to_grant(recorded, database, monkeypatch):
    recorded(Outcome.VERIFIED, 2000)
    member = login(database, APP)
    monkeypatch.setenv("DATABASE_URL", member.url.render_as_string(hide_password=False))

    with pytest.raises(SetupError, match="make the user a member of docverify_retention"):
        purged()


def test_only_a_known_document_can_be_held_and_only_with_a_reason():
    with pytest.raises(SetupError, match="document 999 does not exist"):
        hold(999, "court order", "Anna")
    with pytest.raises(SetupError, match="needs a reason"):
        hold(999, " ", "Anna")


def test_the_age_counts_from_the_newest_verdict(recorded, database):
    recorded(Outcome.REFERRED, 2000)
    with database.connect() as connection:
        review_id = connection.scalar(select(verdicts.c.id))
    claim_review("Anna", review_id)
    decide_review("Anna", review_id, "verified", "other", "her number is 123")

    assert purged() == {}


def test_a_document_with_an_appeal_keeps_everything_until_a_person_decides(recorded, database):
    recorded(Outcome.REJECTED, 2000)
    with database.connect() as connection:
        document = connection.scalar(select(verdicts.c.document_id))

    record_appeal("Chris", document, "called on Monday")

    assert purged() == {}


def test_notes_of_reviewers_are_purged_with_the_holder_fields(recorded, database):
    recorded(Outcome.REFERRED, 2000)
    with database.connect() as connection:
        review_id = connection.scalar(select(verdicts.c.id))
    claim_review("Anna", review_id)
    decided = decide_review("Anna", review_id, "verified", "other", "her number is 123")
    with database.begin() as connection:
        allow_changes(connection)
        old = update(verdicts).filter_by(id=decided.verdict_id)
        connection.execute(old.values(decided_at=NOW - timedelta(days=2000)))

    assert purged()["review notes verified"] == 1
    with database.connect() as connection:
        assert set(connection.scalars(select(review_events.c.note))) == {None}
        assert "other" in set(connection.scalars(select(review_events.c.reason)))


def test_all_batches_are_purged(recorded):
    for _ in range(5):
        recorded(Outcome.VERIFIED, 31)

    assert purged(batch_rows=2)["readings verified"] == 5


def test_a_run_that_hangs_ends_at_its_limit_and_the_next_one_continues(
    prefect_server, recorded, database
):
    recorded(Outcome.RESUBMIT, 31)

    @flow(timeout_seconds=3, persist_result=False)
    def limited():
        purge(PERIODS, NOW, Counter(), dry_run=False, reserve_seconds=0)

    with database.begin() as other:
        other.execute(text("LOCK TABLE fingerprints IN ACCESS EXCLUSIVE MODE"))
        cut = limited(return_state=True)
    assert cut.name == "TimedOut"
    assert count(database, readings) == 0
    assert count(database, fingerprints) == 1

    assert retention(dry_run=False, return_state=True).is_completed()
    assert count(database, fingerprints) == 0


def test_a_run_whose_time_is_nearly_over_leaves_the_rest_to_the_next_one(
    prefect_server, recorded, database
):
    recorded(Outcome.VERIFIED, 31)
    nearly_over = retention.with_options(timeout_seconds=PURGE_RESERVE_SECONDS)

    state = nearly_over(dry_run=False, return_state=True)

    assert state.message.endswith("This run reached its time limit: the next run purges the rest.")
    assert count(database, readings) == 1


FAIL_ONCE = """
CREATE SEQUENCE purges;
CREATE FUNCTION fail_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF nextval('purges') = 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'serialization_failure', MESSAGE = 'first';
    END IF;
    RETURN NULL;
END;
$$;
CREATE TRIGGER applicants_fail_once BEFORE DELETE ON applicants
FOR EACH STATEMENT EXECUTE FUNCTION fail_once();
"""


@pytest.fixture(name="failing_once")
def _failing_once(database):
    """The first purge of data of applicants fails; readings are purged before."""
    with database.begin() as connection:
        connection.execute(text(FAIL_ONCE))
        connection.execute(text("GRANT USAGE ON SEQUENCE purges TO PUBLIC"))
    yield
    with database.begin() as connection:
        connection.execute(text("DROP FUNCTION fail_once CASCADE"))
        connection.execute(text("DROP SEQUENCE purges"))


@pytest.mark.usefixtures("failing_once")
def test_a_run_counts_what_all_its_tries_purged(prefect_server, recorded, database):
    for _ in range(3):
        recorded(Outcome.VERIFIED, 31)

    state = retention(dry_run=False, return_state=True)

    assert state.message.startswith("Purged 3 readings, 3 applicants, 0 holder fields")
    with database.connect() as connection:
        assert connection.scalar(text("SELECT last_value FROM purges")) > 1


def test_a_dry_run_is_the_default_and_purges_nothing(prefect_server, recorded, database):
    recorded(Outcome.RESUBMIT, 31)

    state = retention(return_state=True)

    assert state.message == (
        "Dry run: would purge 1 readings, 1 applicants, 2 holder fields, 1 fingerprints, "
        "0 review notes, 0 corrected fields, 0 portrait signatures; "
        "0 documents are under a legal hold."
    )
    assert count(database, readings) == 1
    assert retention(dry_run=False, return_state=True).message.startswith("Purged 1 readings")
    assert count(database, readings) == 0


def test_an_invalid_period_is_named(prefect_server):
    state = retention(picture_days=-1, return_state=True)
    assert state.name == "Invalid"
    assert "picture_days" in state.message


def test_every_kind_of_data_is_counted(recorded):
    counts = Counter()
    purge.fn(PERIODS, NOW, counts, dry_run=True)
    assert set(DataClass) == {kind for kind, _ in counts}
