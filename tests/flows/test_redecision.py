"""Redecision: recorded readings are decided under another policy, without image or OCR."""

import json
import zlib
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from prefect import flow
from sqlalchemy import select, update

from docverify import PIPELINE_VERSION
from docverify.applicant import Applicant
from docverify.checks import CODES
from docverify.policy import DEMONSTRATION, POLICIES, STANDARD, STRICT, Consequence
from docverify.verdict import judge
from flows.redecision import decide_all, redecision
from tasks.record.connection import allow_changes
from tasks.record.connection import database as connect_to_record
from tasks.record.corrections import correct_field
from tasks.record.policies import record_policy
from tasks.record.redecision import Selection, decode_reading, read_applicant, select_readings
from tasks.record.tables import (
    check_results,
    documents,
    holder_fields,
    policy_versions,
    readings,
    verdicts,
)
from tasks.record.verdicts import write_to_database
from tasks.s3 import File, Upload
from tests.support.artifacts import read_table
from tests.support.readings import PRINTED, TODAY, page, passport, reading

SPECIMEN = reading(page(passport(state="UTO")))
MILD = replace(
    STANDARD,
    name="mild",
    version="1",
    consequences={"viz_mrz_match_birth_date": Consequence.REFER},
)
RIGHT = reading(page())
OLD = reading(page(passport(expiry="250101"), {**PRINTED, "expiry_date": "01 JAN 2025"}))


@pytest.fixture(autouse=True)
def _servers(prefect_server, database):
    """Every run uses the real server and the record."""


def record(place: str, of=RIGHT, policy=STANDARD, applicant: Applicant | None = None):
    """Record a verdict as a run does, which records its policy when it claims the document."""
    with connect_to_record().begin() as connection:
        record_policy(connection, policy)
    file = File(b"x", uuid4().hex, 1, "v1", applicant)
    verdict = judge(of, today=TODAY, policy=policy, applicant=applicant)
    return write_to_database.fn(Upload("bucket", f"{place}{uuid4()}"), file, of, verdict, None)


def run(place: str, policy: str, **parameters):
    return redecision(
        **({"policy": policy, "prefix": place, "dry_run": False} | parameters), return_state=True
    )


def verdicts_of(database, document_id: int) -> list:
    query = select(verdicts).filter_by(document_id=document_id).order_by(verdicts.c.id)
    with database.connect() as connection:
        return connection.execute(query).all()


def test_a_recorded_document_gets_a_new_verdict_linked_to_the_old_one(database, place):
    first = record(place, SPECIMEN, DEMONSTRATION)

    state = run(place, "standard")

    old, new = verdicts_of(database, first.document_id)
    assert (old.outcome, new.outcome) == ("verified", "rejected")
    assert (new.previous_id, old.previous_id) == (old.id, None)
    assert (new.policy_name, new.pipeline_version) == ("standard", PIPELINE_VERSION)
    assert new.flow_run_id == state.state_details.flow_run_id
    assert new.reasons == ["known_specimen"]
    assert new.applicant_message.startswith("We were unable to verify")
    with database.connect() as connection:
        for table, rows in ((check_results, len(CODES)), (holder_fields, 2)):
            found = connection.execute(select(table).filter_by(verdict_id=new.id)).all()
            assert len(found) == rows


def test_a_run_shows_in_one_line_and_a_table_what_changed(place):
    record(place, SPECIMEN, DEMONSTRATION)
    record(place, SPECIMEN, DEMONSTRATION)
    record(place, RIGHT, DEMONSTRATION)

    state = run(place, "standard")

    assert state.type.value == "COMPLETED"
    assert state.message == "With policy standard (version 3), 2 of 3 verdicts changed."
    assert read_table(state, "redecision") == [
        {"before": "verified", "after": "rejected", "documents": 2},
        {"before": "verified", "after": "verified", "documents": 1},
    ]


def test_a_run_lists_the_documents_whose_outcome_changes(place):
    changed = record(place, SPECIMEN, DEMONSTRATION)
    record(place, RIGHT, DEMONSTRATION)

    state = run(place, "standard")

    (row,) = read_table(state, "redecision-documents")
    assert row["upload"].startswith(f"bucket/{place}")
    assert (row["document"], row["before"], row["after"]) == (
        changed.document_id,
        "verified",
        "rejected",
    )


def test_a_second_run_has_nothing_left_to_do(database, place):
    first = record(place, SPECIMEN, DEMONSTRATION)
    run(place, "standard")

    message = run(place, "standard").message
    assert message == "With policy standard (version 3), 0 of 0 verdicts changed."
    assert len(verdicts_of(database, first.document_id)) == 2


def test_a_dry_run_is_the_default_and_writes_nothing(database, place):
    first = record(place, SPECIMEN, DEMONSTRATION)

    state = redecision(policy="standard", prefix=place, return_state=True)

    message = "Dry run: with policy standard (version 3), 1 of 1 verdicts would change."
    assert state.message == message
    assert len(verdicts_of(database, first.document_id)) == 1


def test_all_batches_are_decided_and_no_more_than_the_limit(database, place):
    recorded = [record(place, SPECIMEN, DEMONSTRATION) for _ in range(5)]
    selection = Selection(STANDARD, TODAY, prefix=place, dry_run=False)

    @flow(persist_result=False)
    def decide(limit: int) -> int:
        batch = decide_all(selection, limit, uuid4(), batch_readings=2)
        return batch.changes[("verified", "rejected")]

    assert [decide(3), decide(0), decide(0)] == [3, 2, 0]
    assert [len(verdicts_of(database, each.document_id)) for each in recorded] == [2] * 5


def test_only_the_selected_documents_are_decided(place):
    record(place, SPECIMEN, DEMONSTRATION)
    record(place, OLD, DEMONSTRATION)

    def judged(**criteria) -> str:
        message = run(place, "strict", dry_run=True, **criteria).message
        return message.partition(", ")[2].partition(" would")[0]

    assert judged() == "1 of 2 verdicts"
    assert judged(outcome="verified") == "1 of 1 verdicts"
    assert judged(outcome="rejected") == "0 of 1 verdicts"
    assert judged(bucket="another") == "0 of 0 verdicts"
    assert judged(prefix=f"{place}%") == "0 of 0 verdicts"


def test_the_day_is_today_or_the_day_of_the_upload(database, place):
    first = record(place, OLD, DEMONSTRATION)
    with database.begin() as connection:
        allow_changes(connection)
        connection.execute(
            update(documents).filter_by(id=first.document_id).values(first_seen=date(2024, 12, 1))
        )

    run(place, "lenient", as_of_upload=True)
    run(place, "strict")

    assert [each.outcome for each in verdicts_of(database, first.document_id)] == [
        *("rejected", "verified", "rejected")
    ]


@pytest.mark.parametrize(
    "applicant",
    [
        Applicant("Łucja", date(1990, 4, 12), ()),
        Applicant(None, None, ("birth_date",)),
        None,
    ],
)
def test_the_recorded_applicant_is_used_again(database, place, applicant):
    record(place, applicant=applicant)
    selection = Selection(STRICT, TODAY, prefix=place)

    with database.connect() as connection:
        row = connection.execute(select_readings(selection, after=0)).one()

    assert (decode_reading(row), read_applicant(row)) == (RIGHT, applicant)


def test_a_reading_of_an_unknown_version_is_counted_and_skipped(database, place):
    written, packed = record(place), record(place)
    with database.begin() as connection:
        for each, content in ((written, zlib.compress(b'{"version": 99}')), (packed, b"torn")):
            connection.execute(
                update(readings).filter_by(document_id=each.document_id).values(content=content)
            )

    state = run(place, "strict")

    assert state.message == (
        "With policy strict (version 2), 0 of 2 verdicts changed. 2 readings could not be decoded."
    )
    assert len(verdicts_of(database, written.document_id)) == 1


def test_a_reading_without_the_facts_of_this_version_keeps_its_verdict(database, place):
    """An earlier version did not look for portraits: the check that needs them would refer it."""
    verdict = judge(RIGHT, today=TODAY, policy=STANDARD)
    outdated = reading(replace(page(), portraits=None))
    upload, file = Upload("bucket", f"{place}{uuid4()}"), File(b"x", uuid4().hex, 1, "v1")
    earlier = write_to_database.fn(upload, file, outdated, verdict, None)
    record(place)

    state = run(place, "strict")

    assert state.message == (
        "With policy strict (version 2), 0 of 2 verdicts changed. 1 documents must be read again: "
        "an earlier version did not read all that the checks need now. They keep their verdicts."
    )
    assert read_table(state, "redecision") == [
        {"before": "verified", "after": "to be read again", "documents": 1},
        {"before": "verified", "after": "verified", "documents": 1},
    ]
    assert [each.outcome for each in verdicts_of(database, earlier.document_id)] == ["verified"]
    assert run(place, "strict").message.startswith("With policy strict (version 2), 0 of 1 ")


def test_a_policy_that_is_not_allowed_decides_nothing(database, place, monkeypatch):
    first = record(place, SPECIMEN, STRICT)
    monkeypatch.setenv("DOCVERIFY_POLICIES_ALLOWED", "!demonstration")

    state = run(place, "demonstration")

    assert state.name == "Invalid"
    assert "policy demonstration is not allowed here: choose one of " in state.message
    assert len(verdicts_of(database, first.document_id)) == 1


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_weaker_policy_is_recorded_without_effect(dry_run, database, place):
    first = record(place, SPECIMEN, STRICT)

    state = run(place, "demonstration", dry_run=dry_run)

    verb = "Dry run: with policy demonstration (version 3), 0 of 1 verdicts would change."
    done = "With policy demonstration (version 3), 0 of 1 verdicts changed."
    remark = "1 verdicts have no effect: a person or a policy that is not weaker decided these "
    assert state.message == f"{verb if dry_run else done} {remark}documents."
    assert read_table(state, "redecision") == [
        {"before": "rejected", "after": "recorded without effect", "documents": 1}
    ]
    written = [
        (each.outcome, each.overruled_by_id) for each in verdicts_of(database, first.document_id)
    ]
    assert written == [("rejected", None), ("verified", first.verdict_id)][: 1 if dry_run else 2]


def test_a_dry_run_keeps_no_policy(database, place, monkeypatch, tmp_path):
    own = {"name": "own", "version": uuid4().hex, "extends": "strict"}
    (tmp_path / "own.json").write_text(json.dumps(own))
    monkeypatch.setenv("DOCVERIFY_POLICIES", str(tmp_path))
    version = policy_versions.c.version
    kept = select(version).where(version.startswith(own["version"]))

    run(place, "own", dry_run=True)
    with database.connect() as connection:
        assert connection.scalars(kept).all() == []
    run(place, "own")
    with database.connect() as connection:
        assert len(connection.scalars(kept).all()) == 1


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"policy": "generous"}, "this policy does not exist: choose one of lenient"),
        ({"outcome": "authentic"}, "this outcome does not exist: choose one of verified"),
        ({"limit": -1}, "the parameter limit must be a whole number from 0"),
        ({"limit": "5"}, "the parameter limit must be a whole number from 0"),
    ],
)
def test_an_invalid_parameter_is_named(place, parameters, message):
    state = redecision(**({"policy": "standard", "prefix": place} | parameters), return_state=True)

    assert state.name == "Invalid"
    assert state.message.startswith(f"Nothing was done: {message}")


def test_the_form_explains_every_parameter_and_is_harmless_by_default():
    schema = redecision.parameters.model_dump()
    fields = schema["properties"]

    assert [name for name, field in fields.items() if not field.get("description")] == []
    assert fields["policy"]["enum"] == list(POLICIES)
    assert fields["dry_run"]["default"] is True
    assert schema.get("required", []) == []


def test_corrected_document_is_decided_as_corrected_and_waits_for_a_person(database, place):
    """Another policy would verify what a person has typed."""
    first = record(place, reading(page(printed={**PRINTED, "birth_date": "13 APR 1990"})), MILD)
    new_id = correct_field(
        "Anna", "1", first.verdict_id, "birth_date", "12 APR 1990", timedelta(hours=1)
    )

    run(place, "standard")

    *_, corrected, again = verdicts_of(database, first.document_id)
    assert (corrected.id, again.previous_id) == (new_id, new_id)
    assert (again.outcome, again.reasons) == ("referred", ["fields_corrected"])
    with database.connect() as connection:
        printed = select(holder_fields.c.birth_date).filter_by(verdict_id=again.id, source="viz")
        assert connection.scalar(printed) == date(1990, 4, 12)


def test_misread_document_that_a_person_corrected_is_not_verified(database, place):
    """The machine misread a birth date as the right one; a person saw that it differs."""
    first = record(place, RIGHT, POLICIES["strict"], Applicant("LOUISE ANN MERIDIAN", TODAY))
    correct_field("Anna", "1", first.verdict_id, "birth_date", "13 APR 1990", timedelta(hours=1))

    run(place, "standard")

    *_, again = verdicts_of(database, first.document_id)
    assert again.outcome != "verified"
    assert "viz_mrz_match_birth_date" in again.reasons
