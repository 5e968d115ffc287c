"""The commands about the running service, and the daily report."""

import re
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings
from sqlalchemy import select

from cli.__main__ import main
from deploy.local.child_server import LOOPBACK
from docverify.policy import STANDARD
from docverify.verdict import Outcome, judge
from flows.daily_report import daily_report
from flows.document_verification import document_verification
from flows.reconciliation import reconciliation
from tasks import status
from tasks.bucket_comparison import KeyRange
from tasks.flow_runs import VERIFICATION
from tasks.record.review_queue import list_waiting
from tasks.record.tables import documents, legal_holds, stages
from tasks.record.verdicts import write_to_database
from tasks.s3 import File, Upload
from tests.support.artifacts import read_table
from tests.support.http_server import Request, Response, http_server
from tests.support.polling import eventually
from tests.support.readings import TODAY, page, reading


@pytest.fixture(autouse=True)
def _servers(prefect_server, database, bucket):
    """Every test uses the whole service."""


@pytest.fixture(name="referred")
def _referred():
    def record() -> tuple[int, int]:
        read = reading(page())
        right = judge(read, today=TODAY, policy=STANDARD, applicant=None)
        verdict = right.__class__(
            Outcome.REFERRED, ("names_agree",), right.results, "standard", "2", risk=0.25
        )
        file, upload = File(b"x", uuid4().hex, 1, "v1", None), Upload("documents", f"x/{uuid4()}")
        done = write_to_database.fn(upload, file, read, verdict, None)
        return done.verdict_id, done.document_id

    return record


def today() -> str:
    return datetime.now(UTC).date().isoformat()


def test_a_document_is_claimed_and_decided_on_the_command_line(referred, capsys):
    review_id, document = referred()

    assert main(["review", "claim", str(review_id), "--as", "Anna"]) == 0
    shown = capsys.readouterr().out
    assert "s3://documents/x/" in shown
    assert "document_expired" not in shown
    assert "checks that passed or were not performed (use --all)" in shown
    assert main(["review", "claim", str(review_id), "--as", "Anna", "--all"]) == 0
    assert "document_expired" in capsys.readouterr().out
    assert main(["review"]) == 0
    assert "Anna until" in capsys.readouterr().out
    decision = ["review", "decide", str(review_id), "verified", "--reason", "original_seen"]
    assert main([*decision, "--as", "Bo"]) == 2
    assert f"Anna has claimed {review_id} until" in capsys.readouterr().err
    assert main([*decision, "--as", "Anna"]) == 0
    assert capsys.readouterr().out == "Verified: decided by a person. Reason: original_seen.\n"
    assert main(["review", "history", str(document)]) == 0
    assert "Anna decided verified (original_seen)" in capsys.readouterr().out


def test_the_history_of_an_unknown_document_is_not_empty_output(capsys):
    assert main(["review", "history", "999999"]) == 0
    assert capsys.readouterr().out == "No reviewer has done anything with a document 999999.\n"


def test_a_document_is_released_on_the_command_line(referred):
    review_id, _ = referred()
    main(["review", "claim", str(review_id), "--as", "Anna"])

    assert main(["review", "release", str(review_id), "--as", "Anna"]) == 0
    assert main(["review", "claim", str(review_id), "--as", "Bo"]) == 0


def test_a_decision_without_reason_is_refused_by_the_command_line(referred, capsys):
    review_id, _ = referred()
    with pytest.raises(SystemExit):
        main(["review", "decide", str(review_id), "verified", "--as", "Anna"])
    assert "--reason" in capsys.readouterr().err


def test_a_legal_hold_is_set_and_ended_on_the_command_line(referred, database):
    _, document = referred()
    assert main(["hold", str(document), "--reason", "court order", "--as", "Anna"]) == 0
    with database.connect() as connection:
        held = connection.execute(select(legal_holds).filter_by(document_id=document)).one()
    assert (held.reason, held.held_by) == ("court order", "Anna")
    assert main(["hold", str(document), "--end"]) == 2
    assert main(["hold", str(document), "--end", "--as", "Bo"]) == 0
    assert main(["hold", str(document), "--end", "--as", "Bo"]) == 2


def test_holds_and_their_history_are_listed(referred, capsys):
    _, document = referred()
    main(["hold", str(document), "--reason", "court order", "--as", "Anna"])
    main(["hold", str(document), "--reason", "tax audit", "--as", "Anna"])

    assert main(["hold", str(document), "--end", "--as", "Bo"]) == 2
    first = re.search(r"holds (\d+), \d+: choose one", capsys.readouterr().err)[1]
    assert main(["hold", str(document), "--end", "--number", first, "--as", "Bo"]) == 0
    capsys.readouterr()
    main(["hold"])
    assert f"document {document}, from" in (lasting := capsys.readouterr().out)
    assert "court order" not in lasting
    main(["hold", str(document), "--history"])
    history = capsys.readouterr().out
    assert re.search(r"by Anna until [^\n]* by Bo: court order\n[^\n]*by Anna: tax audit", history)


def test_the_help_names_every_command(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])

    shown = capsys.readouterr().out
    for command in ("verify", "evaluate", "policy", "parked", "status", "review", "hold"):
        assert f"\n    {command} " in shown


def test_status_without_a_prefect_url_reports_it_and_starts_no_server():
    with temporary_settings(restore_defaults={PREFECT_API_URL}):
        (prefect,) = (each for each in status.check_components() if each.name.startswith("Prefect"))

    assert prefect.problem.startswith("PREFECT_API_URL is not set")


@pytest.fixture(name="half_a_server")
def _half_a_server():
    """A server that returns its version, and fails at everything else."""

    def answer(request: Request) -> Response:
        return Response(200 if request.path.endswith("/admin/version") else 500, b'""')

    with http_server(answer) as port:
        yield f"http://{LOOPBACK}:{port}/api"


def test_status_shows_what_of_prefect_fails(half_a_server):
    with temporary_settings({PREFECT_API_URL: half_a_server}):
        parts = [
            each for each in status.check_components() if each.name.startswith(("deploy", "autom"))
        ]

    assert len(parts) == 2
    assert {each.problem for each in parts} == {
        "Prefect's API answers 500: look at the server's log, and at its database"
    }


def test_other_commands_need_no_service(capsys):
    assert main(["policy", "strict"]) == 0
    assert '"strict"' in capsys.readouterr().out


def test_status_shows_which_component_fails_and_what_to_do(monkeypatch, capsys):
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("DOCVERIFY_ALLOWED_UPLOADS", "not-there/")
    monkeypatch.setenv("DOCVERIFY_DEPLOYMENT_SUFFIX", "-elsewhere")

    assert main(["status"]) == 2

    shown = " ".join(capsys.readouterr().out.split())
    assert "✗ record (DATABASE_URL): nothing listens on the host and port of DATABASE_URL" in shown
    assert "✗ uploads (s3://not-there/):" in shown
    assert "✓ Prefect" in shown
    assert f"✗ deployment {VERIFICATION}-elsewhere: it does not exist: deploy it" in shown
    assert "✗ automation document-verification-automation-elsewhere: it does not exist" in shown


def test_status_counts_the_record_and_the_bucket(put, referred, monkeypatch, capsys):
    place = f"inbox/{uuid4()}/"
    monkeypatch.setenv("DOCVERIFY_ALLOWED_UPLOADS", f"documents/{place}")
    put(f"{place}a", b"x")
    referred()

    main(["status"])

    shown = capsys.readouterr().out
    assert "✓ record" in shown
    assert f"uploads under way in s3://documents/{place} │ 1" in shown
    assert "verdicts: referred" in shown
    assert "waiting for review" in shown


def test_an_upload_is_missed_once_it_is_old_and_no_run_waits_for_it(put, monkeypatch):
    @flow(name="document-verification")
    def verification(bucket: str, key: str, url_encoded: bool) -> None: ...

    place = KeyRange("documents", f"inbox/{uuid4()}/")
    for name in ("queued now", "lost"):
        put(f"{place.prefix}{name}", b"x")
    later = datetime.now(UTC) + timedelta(minutes=1)

    with get_client(sync_client=True) as client:
        flow_id = client.create_flow_from_name(verification.name)
        deployment = client.create_deployment(flow_id, VERIFICATION.partition("/")[2])
        queued = {"bucket": "documents", "key": f"{place.prefix}queued+now", "url_encoded": True}
        client.create_flow_run_from_deployment(deployment, parameters=queued)
        found = status.count_uploads(place, later)
        client.delete_deployment(deployment)

    assert found == {"under way": 1, "missed": 1}
    assert status.count_uploads(place, later - timedelta(minutes=2)) == {"under way": 2}


def test_a_deployment_without_a_worker_is_a_problem():
    @flow(name="document-verification")
    def verification() -> None: ...

    with get_client(sync_client=True) as client:
        flow_id = client.create_flow_from_name(verification.name)
        deployment = client.create_deployment(flow_id, VERIFICATION.partition("/")[2])
        problems = {part.name: part.problem for part in status.check_components()}
        client.delete_deployment(deployment)

    assert problems[f"deployment {VERIFICATION}"].startswith("no worker is polling this deployment")


def report_on(day: str) -> dict[str, dict]:
    return {row["what"]: row for row in read_table(daily_report(day=day, return_state=True))}


def test_the_daily_report_shows_outcomes_failures_and_slowest_stages(put_specimen, database):
    key = put_specimen("passport.jpg")
    document_verification(bucket="documents", key=key, policy="demonstration", return_state=True)
    count = report_on(today())["verdict: verified"]["count"]
    day = datetime(2001, 2, 3, tzinfo=UTC)  # a day on which no other test measures anything
    with database.begin() as connection:
        document = select(documents.c.id).where(documents.c.key == key).scalar_subquery()
        connection.execute(stages.update().where(stages.c.document_id == document).values(at=day))

    rows = report_on(day.date().isoformat())

    assert count >= 1
    shown = [name.removeprefix("stage: ") for name in rows if name.startswith("stage: ")]
    assert {"retrieve", "claim", "read", "judge", "record", "publish"} == set(shown)
    assert shown[0] == "read"
    slowest = [rows[f"stage: {stage}"]["p50 (s)"] for stage in shown]
    assert slowest == sorted(slowest, reverse=True)
    assert 0 < rows["stage: read"]["p50 (s)"] <= rows["stage: read"]["p95 (s)"]


def test_without_a_day_the_report_is_about_yesterday():
    yesterday = (datetime.now(UTC).date() - timedelta(days=1)).isoformat()
    assert daily_report(return_state=True).message.startswith(f"{yesterday}: ")
    assert daily_report(day="soon", return_state=True).name == "Invalid"
    assert date.fromisoformat(yesterday)


def overdue_events(since: datetime) -> list[dict]:
    """Return the events about queues that occurred since then: those before are of other tests."""
    criteria = {"event": {"name": ["review.overdue"]}, "occurred": {"since": since.isoformat()}}
    body = {"filter": criteria, "limit": 50}
    with get_client(sync_client=True) as client:
        found: list[dict] = client.request("POST", "/events/filter", json=body).json()["events"]
    return found


@pytest.mark.parametrize("suffix", ["", pytest.param("-staging", marks=pytest.mark.slow)])
def test_reconciliation_sends_an_event_if_a_document_waits_too_long(suffix, referred, monkeypatch):
    """The queue of each environment has its own name."""
    monkeypatch.setenv("DOCVERIFY_DEPLOYMENT_SUFFIX", suffix)
    referred()
    given = {"bucket": "documents", "prefix": f"inbox/{uuid4()}", "return_state": True}
    start = datetime.now(UTC)

    reconciliation(**given, review_hours=24)
    reconciliation(**given, review_hours=0, dry_run=True)
    reconciliation(**given, review_hours=0)

    (told,) = eventually(lambda: overdue_events(start))
    assert told["resource"]["prefect.resource.id"] == f"docverify.review-queue{suffix}"
    assert told["payload"] == {
        "waiting": len(list_waiting()),
        "oldest_hours": 0,
        "deployment": f"review/review-deployment{suffix}",
    }
