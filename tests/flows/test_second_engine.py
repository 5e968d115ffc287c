"""The second engine of a policy in whole runs, with a stand-in for Cloud Vision."""

import gc
import itertools
import json
import warnings
from collections.abc import Callable
from uuid import uuid4

import numpy as np
import pytest
from botocore.stub import Stubber
from sqlalchemy import func, select

from cli.__main__ import main
from docverify.page import Engine
from docverify.reading.cloud.encoding import encode
from docverify.second_engine import Doubt
from flows.backfill import backfill
from flows.document_verification import document_verification
from flows.redecision import redecision
from tasks import status
from tasks.engines import google_vision, textract
from tasks.ocr import ask_second_engine
from tasks.policies import read_policy
from tasks.record.claims import Claim, try_to_claim
from tasks.record.review_queue import list_waiting
from tasks.record.tables import claims, documents, engine_choices, readings, verdicts
from tasks.s3 import Upload, retrieve_file_from_s3
from tasks.settings import read_settings
from tests.support.vision_server import KEY, Failure, annotation, envelope, vision_server

ZONE = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
ANSWER = annotation([((60, 600), ZONE[0]), ((60, 640), ZONE[1])])
GREYS = itertools.count(100)


@pytest.fixture(autouse=True)
def _servers(prefect_server, database):
    """Every run uses the real server and the record."""


@pytest.fixture(name="vision")
def _vision(monkeypatch):
    with vision_server() as server:
        monkeypatch.setenv("DOCVERIFY_GOOGLE_URL", server.url)
        monkeypatch.setenv("DOCVERIFY_GOOGLE_API_KEY", KEY)
        server.answers = [ANSWER]
        yield server


@pytest.fixture(name="policy")
def _policy(tmp_path, monkeypatch) -> Callable[..., str]:
    """Create a policy that names a second engine, with a name of its own."""
    monkeypatch.setenv("DOCVERIFY_POLICIES", str(tmp_path))

    def make(engine: str | None = "google-vision") -> str:
        name = f"p{uuid4().hex[:8]}"
        content = {"name": name, "version": "1", "extends": "demonstration"}
        (tmp_path / f"{name}.json").write_text(json.dumps({**content, "second_engine": engine}))
        return name

    return make


@pytest.fixture(name="blank")
def _blank(put) -> str:
    """A document in which the engine `local` finds nothing; each one is different."""
    key = f"inbox/{uuid4()}.jpg"
    grey = np.full((280, 400, 3), next(GREYS), np.uint8)
    put(key, encode(grey).content)
    return key


def run(key, policy, **parameters):
    return document_verification(
        bucket="documents", key=key, policy=policy, return_state=True, **parameters
    )


def choice_of(database, key):
    """Return the recorded choice of engine for each verdict of a document, oldest first."""
    query = select(engine_choices, verdicts.c.engine, verdicts.c.summary, verdicts.c.outcome)
    of_key = query.join_from(engine_choices, verdicts).join(documents)
    with database.connect() as connection:
        return connection.execute(
            of_key.where(documents.c.key == key).order_by(verdicts.c.id)
        ).all()


def rows_of(database, key, table) -> int:
    query = select(func.count()).select_from(table).join(documents)
    with database.connect() as connection:
        return connection.execute(query.where(documents.c.key == key)).scalar_one()


def asked(engine="google-vision") -> tuple[int, int, int]:
    found = {each.engine: each for each in status.count_record().second_engines}.get(engine)
    return (found.documents, found.asked, found.unanswered) if found else (0, 0, 0)


def test_a_doubtful_reading_is_read_by_the_second_engine(blank, policy, vision, database):
    before = asked()

    state = run(blank, policy())

    assert len(vision.paths) == 1
    (row,) = choice_of(database, blank)
    assert (row.read_by, row.doubt, row.failure) == ("google-vision", Doubt.NO_MRZ, "")
    assert (row.first_engine, row.second_engine, row.engine) == ("local", "google-vision", "local")
    sentence = "local was uncertain (no-zone), google-vision was asked; the reading of google"
    assert sentence in row.summary
    assert sentence in state.message
    assert asked() == tuple(map(sum, zip(before, (1, 1, 0), strict=True)))


def test_a_certain_reading_is_sent_nowhere(put_specimen, policy, vision, database):
    before, key = asked(), put_specimen("passport.jpg")

    state = run(key, policy())

    assert (state.name, vision.paths) == ("Verified", [])
    (row,) = choice_of(database, key)
    assert (row.read_by, row.doubt, row.failure) == ("local", None, "")
    assert asked() == tuple(map(sum, zip(before, (1, 0, 0), strict=True)))


def test_a_policy_without_a_second_engine_sends_nothing(blank, policy, vision, database):
    run(blank, policy(None))
    run(blank, "standard")

    assert vision.paths == []
    assert choice_of(database, blank) == []


def test_the_choice_leaves_one_verdict_one_reading_and_no_claim(blank, policy, vision, database):
    chosen = policy()
    first, second = run(blank, chosen), run(blank, chosen)

    assert (first.name, first.message) == (second.name, second.message)
    assert [rows_of(database, blank, each) for each in (verdicts, readings, claims)] == [1, 1, 0]
    assert len(vision.paths) == 1


def test_no_verdict_is_queued_before_the_second_engine_was_asked(blank, policy, vision, database):
    run(blank, policy())

    (row,) = choice_of(database, blank)
    queued = [each for each in list_waiting() if each.review_id == row.verdict_id]
    assert len(queued) == (row.outcome == "referred")
    assert rows_of(database, blank, verdicts) == 1


def test_a_second_engine_that_is_busy_is_tried_again(blank, policy, vision, database):
    vision.failures = [Failure(503), Failure(429)]

    run(blank, policy())

    assert len(vision.paths) == 3
    assert choice_of(database, blank)[0].read_by == "google-vision"


OF_THE_DAY = envelope(429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED", quota_limit="XPerDay")


@pytest.mark.parametrize(
    ("failures", "tries", "code"),
    [
        pytest.param([Failure(503)] * 9, 3, "503", id="it stays down"),
        pytest.param([Failure(429)] * 9, 3, "429", id="it stays busy", marks=pytest.mark.slow),
        pytest.param([Failure(429, body=OF_THE_DAY)] * 9, 1, "429", id="the quota is used up"),
        pytest.param([Failure(403)] * 9, 1, "403", id="no rights", marks=pytest.mark.slow),
    ],
)
def test_the_first_reading_is_used_if_the_second_engine_fails(
    failures, tries, code, blank, policy, vision, database
):
    before, vision.failures = asked(), failures

    state = run(blank, policy())

    assert state.is_completed()
    assert len(vision.paths) == tries
    (row,) = choice_of(database, blank)
    assert (row.read_by, row.doubt, row.failure) == ("local", Doubt.NO_MRZ, code)
    assert f"google-vision did not read it ({code})" in row.summary
    assert asked() == tuple(map(sum, zip(before, (1, 1, 1), strict=True)))


def test_without_credentials_the_first_reading_is_used_and_the_reason_shown(
    blank, policy, vision, database, monkeypatch
):
    monkeypatch.delenv("DOCVERIFY_GOOGLE_API_KEY")

    assert run(blank, policy()).is_completed()

    assert vision.paths == []
    assert choice_of(database, blank)[0].failure == "no-credentials"


def test_a_second_engine_that_does_not_answer_in_time_has_failed(
    blank, policy, vision, database, monkeypatch
):
    monkeypatch.setattr(ask_second_engine, "timeout_seconds", 1)
    monkeypatch.setattr(ask_second_engine, "retries", 0)
    # Prefect interrupts no thread: the task ends when its request does.
    monkeypatch.setenv("DOCVERIFY_CLOUD_TIMEOUT", "4")
    vision.failures = [Failure(200, stalls=True)]

    with warnings.catch_warnings():
        # Prefect raises in the thread wherever it is: what it had opened is collected here.
        warnings.simplefilter("ignore", ResourceWarning)
        assert run(blank, policy()).is_completed()
        gc.collect()

    assert choice_of(database, blank)[0].failure == "timeout"


def test_an_engine_that_refuses_the_page_as_an_image_has_read_nothing(
    blank, policy, vision, database
):
    vision.answers = [{"error": {"code": 3, "message": "Bad image data."}}]

    run(blank, policy())

    assert choice_of(database, blank)[0].failure == "refused-by-engine"


def test_a_defect_of_ours_fails_the_run(blank, policy, vision, database, monkeypatch):
    """A missing constant represents a bug: adding to it raises a foreign error."""
    monkeypatch.setattr(google_vision, "FRAME_BYTES", None)

    state = run(blank, policy())

    assert state.is_failed()
    assert "report this as a bug" in state.message
    assert choice_of(database, blank) == []


def test_a_stored_reading_is_not_sent_to_the_second_engine(blank, policy, vision, database):
    run(blank, "standard")
    run(blank, policy())
    run(blank, policy())  # another policy with the same second engine

    assert len(vision.paths) == 1
    assert rows_of(database, blank, verdicts) == 3
    assert rows_of(database, blank, readings) == 1
    assert [row.read_by for row in choice_of(database, blank)] == ["google-vision"] * 2


@pytest.mark.slow
def test_an_engine_that_failed_is_asked_again_under_another_policy(blank, policy, vision, database):
    vision.failures = [Failure(403)]

    run(blank, policy())
    run(blank, policy())

    assert [row.failure for row in choice_of(database, blank)] == ["403", ""]


def test_redecision_decides_by_either_reading_and_asks_no_engine(blank, policy, vision, database):
    chosen = policy()
    run(blank, chosen)
    parameters = {"bucket": "documents", "prefix": blank, "dry_run": False, "return_state": True}

    redecision(policy="strict", **parameters)
    redecision(policy=policy(), **parameters)
    redecision(policy=policy("textract"), **parameters)

    assert len(vision.paths) == 1
    assert rows_of(database, blank, verdicts) == 4
    _, again, other = choice_of(database, blank)
    assert (again.read_by, again.failure) == ("google-vision", "")
    assert (other.read_by, other.failure) == ("local", "not-asked")


@pytest.mark.slow
def test_redecision_does_not_count_as_asking_an_engine(blank, policy, vision):
    run(blank, policy())
    before = asked("textract")

    redecision(
        policy=policy("textract"),
        bucket="documents",
        prefix=blank,
        dry_run=False,
        return_state=True,
    )

    assert asked("textract") == tuple(map(sum, zip(before, (1, 0, 0), strict=True)))


def test_a_reading_without_the_second_engine_is_reused_by_another_run(
    blank, policy, vision, database
):
    run(blank, policy())
    upload = Upload("documents", blank)
    file = retrieve_file_from_s3.fn(upload)

    found = try_to_claim(upload, file, Engine.LOCAL, read_policy(policy()), uuid4())

    assert isinstance(found, Claim)
    assert found.reading.engine is Engine.LOCAL
    assert found.reading.second.engine is Engine.GOOGLE_VISION


@pytest.mark.slow
def test_backfill_uses_the_policy_with_its_second_engine(blank, policy, vision, database):
    state = backfill(
        bucket="documents", prefix=blank, policy=policy(), dry_run=False, return_state=True
    )

    assert state.message == "1 of 1 documents got a verdict, 0 are left."
    assert choice_of(database, blank)[0].read_by == "google-vision"


def test_textract_can_be_the_second_engine(blank, policy, database):
    settings = read_settings()
    with Stubber(textract.textract(settings.cloud_timeout)) as stub:
        stub.add_client_error("analyze_id", "AccessDeniedException", http_status_code=400)
        run(blank, policy("textract"))

    assert choice_of(database, blank)[0].failure == "AccessDeniedException"


@pytest.fixture(name="picture")
def _picture(tmp_path):
    path = tmp_path / "blank.jpg"
    path.write_bytes(encode(np.full((280, 400, 3), 200, np.uint8)).content)
    return path


def test_the_command_line_asks_the_second_engine_too(picture, policy, vision, tmp_path, capsys):
    own = str(tmp_path / f"{policy()}.json")

    assert main(["verify", "--json", "--policy", own, str(picture)]) == 0

    told = json.loads(capsys.readouterr().out)
    assert told["choice"]["read_by"] == "google-vision"
    assert len(vision.paths) == 1


def test_the_command_line_shows_that_the_second_engine_has_no_credentials(
    picture, policy, vision, tmp_path, capsys, monkeypatch
):
    monkeypatch.delenv("DOCVERIFY_GOOGLE_API_KEY")
    own = str(tmp_path / f"{policy()}.json")

    assert main(["verify", "--policy", own, str(picture)]) == 0

    shown = " ".join(capsys.readouterr().out.split())
    assert "google-vision did not read it (no-credentials)" in shown


@pytest.mark.slow
def test_status_shows_how_often_the_second_engine_was_asked(blank, policy, vision, capsys):
    run(blank, policy())

    main(["status", "--quick"])

    shown = capsys.readouterr().out
    ready, sent, unread = asked()
    for what, count in (
        ("documents for which google-vision was available", ready),
        ("of these, sent to google-vision", sent),
        ("of these, not read by google-vision", unread),
    ):
        assert f"{what} │ {count}" in " ".join(shown.split())
