"""A verdict of a weaker policy never ends a referral or a rejection: the database sees to it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import pytest
from alembic import command
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError

from docverify.checks import CheckResult, Status
from docverify.page import Engine, Reading
from docverify.policy import (
    DEMONSTRATION,
    LENIENT,
    POLICIES,
    STANDARD,
    STRICT,
    Consequence,
    Policy,
)
from docverify.verdict import FROM_BEST, Outcome, decide
from tasks.errors import SetupError
from tasks.migrations import configure, migrate
from tasks.record.claims import Claim, try_to_claim
from tasks.record.connection import connect
from tasks.record.overrides import override_verdict
from tasks.record.policies import compare_policies, read_policies, record_policy
from tasks.record.review_queue import list_waiting
from tasks.record.reviews import (
    NotYours,
    claim_review,
    decide_review,
    list_events,
)
from tasks.record.tables import (
    outbox,
    overrides,
    policy_strictness,
    policy_versions,
    verdicts,
)
from tasks.record.verdicts import RecordedVerdict, is_current, write_to_database
from tests.support.verdicts import READING, an_upload

EQUAL = replace(STANDARD, name="own", version="2+x")
INCOMPARABLE = replace(STANDARD, name="own", version="1+x", min_age=21, min_sharpness=10.0)


@pytest.fixture(autouse=True)
def _record(database):
    """Every test uses the record, which has compared the presets and two policies of our own."""
    with database.begin() as connection:
        for policy in (*POLICIES.values(), EQUAL, INCOMPARABLE):
            record_policy(connection, policy)


def build_verdict(policy: Policy, outcome: str):
    return replace(decide([], policy), outcome=Outcome(outcome), reasons=("why",))


def write(document, policy: Policy, outcome: str, engine: Engine = Engine.LOCAL):
    verdict = build_verdict(policy, outcome)
    return write_to_database.fn(*document, Reading(engine), verdict, None)


def find_current(database, document_id: int) -> list[tuple[str, str]]:
    query = select(verdicts.c.policy_name, verdicts.c.outcome)
    with database.connect() as connection:
        rows = connection.execute(query.where(verdicts.c.document_id == document_id, is_current()))
        return [tuple(row) for row in rows]


def is_waiting(record: RecordedVerdict) -> bool:
    return record.verdict_id in [each.review_id for each in list_waiting()]


@pytest.mark.parametrize("outcome", ["referred", "rejected", "resubmit"])
@pytest.mark.parametrize("policy", [STANDARD, LENIENT, DEMONSTRATION, INCOMPARABLE])
def test_weaker_policy_does_not_supersede_what_a_stricter_one_did_not_verify(
    policy, outcome, database
):
    document = an_upload()
    first = write(document, STRICT, outcome)
    second = write(document, policy, "verified")

    assert find_current(database, first.document_id) == [("strict", outcome)]
    assert (second.outcome, second.effective_outcome) == ("verified", outcome)
    assert second.overruled_by.verdict_id == first.verdict_id
    assert is_waiting(first) is (outcome == "referred")
    with database.connect() as connection:
        row = connection.execute(select(verdicts).filter_by(id=second.verdict_id)).one()
        sent = connection.scalars(select(outbox.c.verdict_id)).all()
    assert (row.overruled_by_id, row.previous_id) == (first.verdict_id, None)
    assert second.verdict_id not in sent


def test_run_under_a_weaker_policy_says_that_the_referral_stays():
    document = an_upload()
    first = write(document, STRICT, "referred")
    second = write(document, STANDARD, "verified")

    assert second.message.endswith(
        f" Recorded, but the referral under strict {STRICT.version} stays until a person decides it"
        f" (verdict {first.verdict_id})."
    )


@pytest.mark.parametrize("outcome", ["referred", "rejected", "resubmit"])
@pytest.mark.parametrize("policy", [STANDARD, STRICT], ids=["equal", "stricter"])
def test_equal_or_stricter_policy_supersedes(policy, outcome, database):
    document = an_upload()
    first = write(document, EQUAL, outcome)
    second = write(document, policy, "verified")

    assert second.overruled_by is None
    assert find_current(database, first.document_id) == [(policy.name, "verified")]
    assert not is_waiting(first)


def test_weaker_policy_supersedes_what_a_stricter_one_verified(database):
    document = an_upload()
    first = write(document, STRICT, "verified")
    write(document, LENIENT, "referred")

    assert find_current(database, first.document_id) == [("lenient", "referred")]


def test_policy_that_was_never_compared_counts_as_weaker(database):
    document = an_upload()
    first = write(document, STANDARD, "referred")
    unknown = replace(STRICT, name="new", version="1+y", min_age=30)

    assert write(document, unknown, "verified").overruled_by.verdict_id == first.verdict_id


def test_weaker_policy_of_another_engine_verifies_no_referred_document(database):
    document = an_upload()
    first = write(document, STRICT, "referred")
    weaker = write(document, DEMONSTRATION, "verified", Engine.TEXTRACT)
    equal = write(document, STRICT, "verified", Engine.TEXTRACT)

    assert weaker.overruled_by.verdict_id == first.verdict_id
    assert equal.overruled_by is None
    assert sorted(find_current(database, first.document_id)) == [
        ("strict", "referred"),
        ("strict", "verified"),
    ]


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_no_policy_supersedes_the_decision_of_a_person(policy, database):
    document = an_upload()
    first = write(document, INCOMPARABLE, "referred")
    claim_review("Anna", first.verdict_id)
    decide_review("Anna", first.verdict_id, "rejected", "document_altered")
    second = write(document, policy, "verified")

    assert find_current(database, first.document_id) == [("person", "rejected")]
    assert second.message.endswith("Recorded, but the decision of a person stays: rejected.")


def test_verdict_without_effect_shows_what_became_of_the_referral(database):
    document = an_upload()
    first = write(document, STRICT, "referred")
    write(document, STANDARD, "verified")
    claim_review("Anna", first.verdict_id)
    decide_review("Anna", first.verdict_id, "resubmit", "picture_not_usable")
    again = write(document, STANDARD, "verified")

    assert again.replayed
    assert again.effective_outcome == "resubmit"


def test_verdict_of_a_program_that_names_its_own_rank_is_ranked_all_the_same(database):
    """The trigger decides, not what the program writes."""
    document = an_upload()
    first = write(document, STRICT, "referred")
    values = {
        **{"document_id": first.document_id, "engine": "local", "outcome": "verified"},
        **{"reader_version": "9", "pipeline_version": "9", "policy_name": "demonstration"},
        **{"policy_version": "3", "policy_digest": DEMONSTRATION.content_sha256, "reasons": []},
        **{"summary": "", "applicant_message": "", "risk": 0},
        **{"previous_id": first.verdict_id, "overruled_by_id": None},
    }
    with database.begin() as connection:
        connection.execute(insert(verdicts).values(values))

    assert find_current(database, first.document_id) == [("strict", "referred")]


def test_decision_of_a_person_about_another_verdict_is_refused(database):
    document = an_upload()
    first = write(document, STRICT, "rejected")
    values = {
        **{"document_id": first.document_id, "engine": "local", "outcome": "verified"},
        **{"reader_version": "9", "pipeline_version": "9", "policy_name": "person"},
        **{"policy_version": str(first.verdict_id), "reasons": [], "summary": ""},
        **{"applicant_message": "", "risk": 0},
    }

    refused = pytest.raises(IntegrityError, match="a person decides a current referral")
    with database.begin() as connection, refused:
        connection.execute(insert(verdicts).values(values))


def test_decision_on_a_referral_that_a_stricter_policy_ended_is_refused():
    document = an_upload()
    first = write(document, STANDARD, "referred")
    claim_review("Anna", first.verdict_id)
    write(document, STRICT, "verified")

    with pytest.raises(NotYours, match="has a later verdict"):
        decide_review("Anna", first.verdict_id, "rejected", "other")


def test_supervisor_overrides_a_rejection_and_the_record_keeps_who_when_and_why(database):
    document = an_upload()
    first = write(document, STRICT, "rejected")
    write(document, STANDARD, "verified")
    override_verdict("Chris", first.verdict_id, "verified", "original_seen", "at the branch")

    assert find_current(database, first.document_id) == [("person", "verified")]
    with database.connect() as connection:
        row = connection.execute(select(overrides).filter_by(verdict_id=first.verdict_id)).one()
        now = connection.scalar(select(func.now()))
    assert (row.supervisor, row.reason) == ("Chris", "original_seen")
    assert 0 <= (now - row.at).total_seconds() < 60
    (event,) = list_events(first.document_id)
    assert (event.reviewer, event.action, event.outcome) == ("Chris", "overridden", "verified")
    assert (event.reason, event.note) == ("original_seen", "at the branch")


def test_supervisor_overrides_the_decision_of_a_person_once(database):
    document = an_upload()
    first = write(document, STRICT, "referred")
    claim_review("Anna", first.verdict_id)
    decided = decide_review("Anna", first.verdict_id, "rejected", "not_the_applicant")
    override_verdict("Chris", decided.verdict_id, "verified", "original_seen")

    assert find_current(database, first.document_id) == [("person", "verified")]
    for verdict_id in (first.verdict_id, decided.verdict_id, 10**12):
        with pytest.raises(SetupError, match="is not the current verdict of a document"):
            override_verdict("Chris", verdict_id, "verified", "original_seen")


@pytest.mark.parametrize(
    ("outcome", "reason", "name"),
    [("referred", "other", "Chris"), ("verified", "", "Chris"), ("verified", "other", " ")],
)
def test_override_needs_an_outcome_a_reason_and_a_name(outcome, reason, name):
    first = write(an_upload(), STRICT, "rejected")

    with pytest.raises(SetupError):
        override_verdict(name, first.verdict_id, outcome, reason)


def test_verdicts_written_at_once_leave_the_same_current_outcome_in_any_order(database):
    for _ in range(4):
        document = an_upload()
        first = write(document, STRICT, "referred")
        policies = (STANDARD, LENIENT, DEMONSTRATION, INCOMPARABLE) * 2
        count = len(policies)
        with ThreadPoolExecutor(4) as runs:
            records = list(runs.map(write, [document] * count, policies, ["verified"] * count))

        assert find_current(database, first.document_id) == [("strict", "referred")]
        assert {each.overruled_by.verdict_id for each in records} == {first.verdict_id}


def test_referral_and_weaker_verification_at_once_end_as_a_referral_or_in_order(database):
    """Whichever is first, the weaker verification never supersedes the stricter referral."""
    for _ in range(6):
        document = an_upload()
        policies, outcomes = (STRICT, DEMONSTRATION), ("referred", "verified")
        with ThreadPoolExecutor(2) as runs:
            strict, _ = runs.map(write, (document, document), policies, outcomes)

        assert find_current(database, strict.document_id) == [("strict", "referred")]


def test_weaker_verdicts_in_any_order_and_repeated_never_improve_the_outcome(database):
    document = an_upload()
    worst = 0
    for policy, outcome in [
        (LENIENT, "verified"),
        (STANDARD, "referred"),
        (LENIENT, "verified"),
        (DEMONSTRATION, "verified"),
        (STRICT, "rejected"),
        (STANDARD, "referred"),
        (INCOMPARABLE, "verified"),
    ]:
        record = write(document, policy, outcome)
        ((_, current),) = find_current(database, record.document_id)
        worst = max(worst, FROM_BEST.index(current))
        assert FROM_BEST.index(current) == worst


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
