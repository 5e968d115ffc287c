"""Policies on record: which one is stricter is known before it decides."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import pytest
from alembic import command
from sqlalchemy import insert, select, text

from docverify.checks import CheckResult, Status
from docverify.page import Engine
from docverify.policy import POLICIES, STANDARD, STRICT, Consequence, Policy
from docverify.verdict import Outcome, decide
from tasks.migrations import configure, migrate
from tasks.migrations.roles import APP
from tasks.record.claims import Claim, try_to_claim
from tasks.record.connection import connect
from tasks.record.overrides import override_verdict
from tasks.record.policies import compare_policies, read_policies, record_policy
from tasks.record.tables import policy_strictness, policy_versions
from tasks.record.verdicts import write_to_database
from tests.support.members import login, may
from tests.support.policy_verdicts import find_current, write
from tests.support.verdicts import READING, an_upload


@pytest.fixture(autouse=True)
def _record(database):
    """Every test uses the record, which has compared the presets."""
    with database.begin() as connection:
        for policy in POLICIES.values():
            record_policy(connection, policy)


def test_claim_records_a_policy_once_and_compares_it_with_the_others(database):
    own = replace(STRICT, name="own", version=f"1+{uuid4().hex[:8]}", min_age=40)
    for _ in range(2):
        assert isinstance(try_to_claim(*an_upload(), Engine.LOCAL, own, uuid4()), Claim)

    with database.connect() as connection:
        (row,) = connection.execute(select(policy_versions).filter_by(version=own.version)).all()
        weaker = select(policy_strictness.c.weaker).filter_by(stricter=own.content_sha256)
        stricter = select(policy_strictness.c.stricter).filter_by(weaker=own.content_sha256)
        assert STRICT.content_sha256 in connection.scalars(weaker).all()
        assert connection.scalars(stricter).all() == []
    assert (row.digest, row.name, row.content) == (own.content_sha256, "own", own.content)


def test_policies_that_are_new_at_the_same_time_are_compared(database):
    names = [uuid4().hex[:8] for _ in range(8)]
    new = [
        replace(STRICT, name="new", version=f"1+{name}", min_age=50 + number)
        for number, name in enumerate(names)
    ]

    def record(policy: Policy) -> None:
        with database.begin() as connection:
            record_policy(connection, policy)

    with ThreadPoolExecutor(8) as runs:
        list(runs.map(record, new))
    digests = [each.content_sha256 for each in new]
    among = policy_strictness.c.stricter.in_(digests) & policy_strictness.c.weaker.in_(digests)
    with database.connect() as connection:
        found = connection.execute(select(policy_strictness).where(among)).all()
    assert {tuple(row) for row in found} == {
        (digests[one], digests[other]) for one in range(8) for other in range(one)
    }


def test_policy_that_this_version_cannot_use_is_compared_with_nothing(database):
    digest = uuid4().hex
    with database.begin() as connection:
        values = {"digest": digest, "name": "old", "version": "1", "content": {"unknown": 1}}
        connection.execute(insert(policy_versions).values(values))
        compare_policies(connection)
        used = [each.name for each in read_policies(connection)]
        rows = connection.execute(
            select(policy_strictness).where(
                (policy_strictness.c.stricter == digest) | (policy_strictness.c.weaker == digest)
            )
        ).all()
    assert {*POLICIES} <= set(used)
    assert rows == []


def test_program_records_its_policy_and_only_the_owner_compares_it(database, monkeypatch, caplog):
    """A row of its own making would let a weaker policy end a referral."""
    own = replace(STRICT, name="own", version=f"1+{uuid4().hex[:8]}", min_age=60)
    document = an_upload()
    first = write(document, STRICT, "referred")
    member = login(database, APP)
    with member.begin() as connection:
        record_policy(connection, own)

    assert not may(member, "INSERT INTO policy_strictness VALUES ('a', 'b')")
    assert not may(member, "DELETE FROM policy_strictness")
    assert f"own {own.version} is new" in caplog.text
    with monkeypatch.context() as program:
        program.setenv("DATABASE_URL", member.url.render_as_string(hide_password=False))
        assert write(document, own, "verified").overruled_by.verdict_id == first.verdict_id

    migrate(database)

    assert write(document, own, "verified", Engine.TEXTRACT).overruled_by is None


def test_programs_that_are_not_the_owner_compare_presets(empty_database_url, caplog):
    owner = connect(empty_database_url)
    migrate(owner)
    member = login(owner, APP)
    with member.begin() as connection:
        for policy in POLICIES.values():
            record_policy(connection, policy)
        weaker = select(policy_strictness.c.weaker).filter_by(stricter=STRICT.content_sha256)
        assert STANDARD.content_sha256 in connection.scalars(weaker).all()

    assert caplog.text == ""


def moved(engine, move, revision: str) -> None:
    with engine.begin() as connection:
        move(configure(connection), revision)


def test_rule_begins_with_its_migration_and_knows_the_presets_of_version_4(
    empty_database_url, monkeypatch
):
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    engine = connect(empty_database_url)
    moved(engine, command.upgrade, "0007")
    verdict = (
        "INSERT INTO verdicts (document_id, reader_version, pipeline_version, policy_name,"
        " policy_version, engine, outcome, reasons, summary, applicant_message, risk)"
        " VALUES (1, '4', '4', '{}', '{}', 'local', '{}', '{{}}', 's', '', 0)"
    )
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO documents (bucket, key, version_id, sha256, size)"
                " VALUES ('bucket', 'k', 'v', 'h', 1)"
            )
        )
        for policy in (("strict", "1", "referred"), ("standard", "2", "verified")):
            connection.execute(text(verdict.format(*policy)))
    migrate(engine)

    assert find_current(engine, 1) == [("standard", "verified")]  # What was decided stays.
    with engine.begin() as connection:
        for policy in POLICIES.values():
            record_policy(connection, policy)
        connection.execute(text(verdict.format("strict", "1", "referred").replace("'4'", "'5'")))
        known = connection.execute(
            select(policy_versions.c.name, policy_versions.c.version)
            .join(policy_strictness, policy_strictness.c.weaker == policy_versions.c.digest)
            .where(policy_strictness.c.stricter == STRICT.content_sha256)
        ).all()
    assert {("strict", "1"), ("standard", "2")} <= {tuple(row) for row in known}

    moved(engine, command.downgrade, "0007")
    with engine.begin() as connection:
        rows = connection.execute(
            text("SELECT policy_name, outcome FROM verdicts ORDER BY id")
        ).all()
    assert [tuple(row) for row in rows] == [
        ("strict", "referred"),
        ("standard", "verified"),
        ("strict", "referred"),
    ]
    migrate(engine)


def test_downgrade_drops_the_verdicts_that_had_no_effect(empty_database_url, monkeypatch):
    """The former schema would take the newest one for the current one."""
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    engine = connect(empty_database_url)
    migrate(engine)
    document = an_upload()
    first = write(document, STRICT, "referred")
    failed = CheckResult("document_expired", Status.FAILED, Consequence.REJECT)
    weaker = replace(decide([failed], STANDARD), outcome=Outcome.VERIFIED)
    write_to_database.fn(*document, READING, weaker, None)
    override_verdict("Chris", first.verdict_id, "rejected", "other")

    moved(engine, command.downgrade, "0007")
    with engine.begin() as connection:
        rows = connection.execute(text("SELECT policy_name FROM verdicts ORDER BY id")).all()
        events = connection.execute(text("SELECT action FROM review_events")).all()
    assert [row.policy_name for row in rows] == ["strict", "person"]
    assert [row.action for row in events] == ["decided"]
    migrate(engine)
    assert find_current(engine, first.document_id) == [("person", "rejected")]


def test_decisions_of_earlier_versions_stay_on_record_whatever_their_reason(
    empty_database_url, monkeypatch
):
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    engine = connect(empty_database_url)
    migrate(engine)
    first = write(an_upload(), STRICT, "referred")
    decided = text(
        "INSERT INTO verdicts (document_id, reader_version, pipeline_version, policy_name,"
        " policy_version, engine, outcome, reasons, summary, applicant_message, risk)"
        " SELECT document_id, '4', '4', 'person', id::text, engine, 'verified',"
        " '{document_altered}', '', '', 0 FROM verdicts"
    )
    moved(engine, command.downgrade, "0008")
    with engine.begin() as connection:
        connection.execute(decided)

    migrate(engine)

    assert find_current(engine, first.document_id) == [("person", "verified")]
