"""The read API: tokens, current verdicts, the feed and decisions."""

from dataclasses import replace
from datetime import date

import pytest
import requests
from sqlalchemy import text

from docverify.policy import STANDARD
from docverify.verdict import Outcome
from services.desk.app import create_app
from services.desk.settings import DeskSettings
from tasks.migrations.roles import API
from tasks.record.connection import connect
from tasks.record.policies import record_policy
from tasks.record.reviews import claim_review
from tasks.record.tokens import Scope, create_token, list_tokens, revoke_token
from tasks.record.verdicts import write_to_database
from tests.support.verdicts import READING, VERDICT, an_upload
from tests.support.web import serving


@pytest.fixture(name="api")
def _api(database):
    with serving(create_app(DeskSettings())) as url:
        yield f"{url}/api/v1"


def get(url: str, token: str = "", **parameters):
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return requests.get(url, params=parameters, headers=headers, timeout=30)


def record(outcome: Outcome = Outcome.REJECTED):
    upload, file = an_upload()
    return upload, write_to_database.fn(
        upload, file, READING, replace(VERDICT, outcome=outcome), None
    )


@pytest.mark.parametrize("path", ["/documents/1", "/verdicts", "/documents/by-key?bucket=b&key=k"])
def test_without_a_valid_token_nothing_is_answered(api, path):
    assert get(f"{api}{path}").status_code == 401
    assert get(f"{api}{path}", "docverify_wrong").status_code == 401
    other = create_token("other", [Scope.DECIDE])
    assert get(f"{api}{path}", other).status_code == 403


def test_a_revoked_token_is_refused_at_once(api):
    token = create_token("loans", [Scope.VERDICTS])
    assert get(f"{api}/verdicts", token).status_code == 200

    assert revoke_token(list_tokens()[0].id)

    assert get(f"{api}/verdicts", token).status_code == 401
    assert not revoke_token(list_tokens()[0].id)


def test_an_expired_token_is_refused(api, database):
    token = create_token("loans", [Scope.VERDICTS], days=1)
    with database.begin() as connection:
        connection.execute(text("UPDATE api_tokens SET expires_at = now()"))

    assert get(f"{api}/verdicts", token).status_code == 401


def test_only_the_hash_of_a_token_is_stored(database):
    token = create_token("loans", [Scope.VERDICTS])
    with database.connect() as connection:
        stored = connection.execute(text("SELECT api_tokens::text FROM api_tokens")).all()

    assert token not in str(stored)


def test_the_current_verdict_of_a_key_and_of_a_document(api):
    upload, written = record()
    token = create_token("loans", [Scope.VERDICTS, Scope.HOLDERS])

    found = get(f"{api}/documents/by-key", token, bucket=upload.bucket, key=upload.key).json()

    assert found["verdict"]["verdict_id"] == written.verdict_id
    assert (found["verdict"]["outcome"], found["is_newest"]) == ("rejected", True)
    assert found["holder"]["surname"] == "CANARY"
    assert found["holder"]["birth_date"] == str(date(1990, 1, 2))
    assert get(f"{api}/documents/{written.document_id}", token).json() == found
    version = {"bucket": upload.bucket, "key": upload.key, "version_id": "v1"}
    assert get(f"{api}/documents/by-key", token, **version).json() == found
    assert get(f"{api}/documents/by-key", token, **version | {"key": "x"}).status_code == 404


def test_without_the_scope_for_holders_no_field_is_answered(api):
    _, written = record()
    token = create_token("loans", [Scope.VERDICTS])

    found = get(f"{api}/documents/{written.document_id}", token)

    assert found.json()["holder"] is None
    assert "CANARY" not in found.text


@pytest.mark.parametrize("key", ["x\0y", "x" * 1025])
def test_a_key_that_no_object_can_have_is_refused(api, key):
    token = create_token("loans", [Scope.VERDICTS])

    assert get(f"{api}/documents/by-key", token, bucket="b", key=key).status_code == 422


def find_end_of_feed(api: str, token: str) -> int:
    cursor, verdicts = 0, True
    while verdicts:
        page = get(f"{api}/verdicts", token, after=cursor, limit=1000).json()
        cursor, verdicts = page["cursor"], page["verdicts"]
    return cursor


def test_the_feed_lists_every_verdict_once_in_order(api):
    token = create_token("loans", [Scope.VERDICTS])
    cursor, seen = find_end_of_feed(api, token), []
    written = [record()[1].verdict_id for _ in range(5)]

    while page := get(f"{api}/verdicts", token, after=cursor, limit=2).json():
        if not page["verdicts"]:
            break
        seen += [each["verdict_id"] for each in page["verdicts"]]
        cursor = page["cursor"]
    assert [each for each in seen if each in written] == written


def test_a_verdict_that_is_committed_late_is_not_missed(api, database):
    """It has a lower id than the one that the reader has seen."""
    token = create_token("loans", [Scope.VERDICTS])
    upload, early = record()
    same = (
        "INSERT INTO verdicts (document_id, reader_version, pipeline_version, policy_name,"
        " policy_version, engine, outcome, reasons, summary, applicant_message, risk)"
        " SELECT document_id, '9', '9', policy_name, policy_version, engine, outcome, reasons,"
        " summary, applicant_message, risk FROM verdicts WHERE id = :id RETURNING id"
    )
    with database.connect() as connection:
        late = connection.scalar(text(same), {"id": early.verdict_id})
        record()
        cursor = find_end_of_feed(api, token)
        connection.commit()

    found = get(f"{api}/verdicts", token, after=cursor).json()["verdicts"]
    assert (late, upload.key) in [(each["verdict_id"], each["key"]) for each in found]


def decide(api, token, document_id, **changes):
    decision = {"reviewer": "Anna", "outcome": "verified", "reason": "original_seen"} | changes
    return requests.post(
        f"{api}/documents/{document_id}/decision",
        json=decision,
        headers={"authorization": f"Bearer {token}"},
        timeout=60,
    )


def test_a_person_decides_by_api_under_the_rules_of_reviews(api, prefect_server):
    _, referred = record(Outcome.REFERRED)
    token = create_token("desk", [Scope.DECIDE, Scope.VERDICTS])
    place = referred.document_id

    assert decide(api, token, place, reason="document_altered").status_code == 422
    assert decide(api, token, place, outcome="referred").status_code == 422
    answer = decide(api, token, place)

    assert answer.status_code == 201, answer.text
    assert (answer.json()["outcome"], answer.json()["decided_by"]) == ("verified", "person")
    assert answer.json()["previous_outcome"] == "referred"
    assert decide(api, token, place).status_code == 422  # it has been decided
    assert decide(api, token, 2**40).status_code == 404


def test_a_reason_that_needs_a_second_person_is_refused(api, database):
    four_eyes = replace(STANDARD, name="approved", second_approval=frozenset({"original_seen"}))
    with database.begin() as connection:
        record_policy(connection, four_eyes)
    verdict = replace(
        VERDICT,
        outcome=Outcome.REFERRED,
        policy_name=four_eyes.name,
        policy_sha256=four_eyes.content_sha256,
    )
    recorded = write_to_database.fn(*an_upload(), READING, verdict, None)

    answer = decide(api, create_token("desk", [Scope.DECIDE]), recorded.document_id)

    assert answer.status_code == 422
    assert "second person" in answer.json()["detail"]
    assert claim_review("Anna", recorded.verdict_id), "the document is free for others"


def test_a_token_without_the_scope_cannot_decide(api):
    _, referred = record(Outcome.REFERRED)

    token = create_token("loans", [Scope.VERDICTS])

    assert decide(api, token, referred.document_id).status_code == 403


def test_the_role_of_the_api_is_enough(api, database, monkeypatch, prefect_server):
    _, referred = record(Outcome.REFERRED)
    scopes = [Scope.VERDICTS, Scope.HOLDERS, Scope.DECIDE]
    token = create_token("loans", scopes)
    with database.begin() as connection:
        connection.execute(text("CREATE USER api_member PASSWORD 'p'"))
        connection.execute(text(f"GRANT {API} TO api_member"))
    url = database.url.set(username="api_member", password="p")
    member = connect(url.render_as_string(hide_password=False))
    monkeypatch.setenv("DATABASE_URL", member.url.render_as_string(hide_password=False))

    assert get(f"{api}/verdicts", token).status_code == 200
    found = get(f"{api}/documents/{referred.document_id}", token).json()
    assert found["holder"]["surname"] == "CANARY"
    assert decide(api, token, referred.document_id).status_code == 201


def test_the_api_describes_itself_without_a_token(api):
    description = requests.get(f"{api}/openapi.json", timeout=30).json()

    assert "/api/v1/documents/by-key" in description["paths"]
    assert description["components"]["securitySchemes"]
