"""Requests and pages that Cloud Vision refuses, delays or does not answer."""

import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from docverify.errors import UnreadableFile
from docverify.page import Engine
from tasks.engines.google_vision import read
from tasks.errors import SetupError, WorldError
from tasks.ocr import process_image_with_ocr
from tasks.s3 import File
from tests.support.vision_calls import PAGE, PASSPORT, ZONE, settings_for
from tests.support.vision_server import CANARY, KEY, Failure, envelope

SPECIMENS = Path(__file__).parents[3] / "specimens"


@pytest.mark.parametrize(
    ("secret", "named"),
    [("google_api_key", "DOCVERIFY_GOOGLE_API_KEY"), ("google_access_token", "ACCESS_TOKEN")],
)
def test_wrong_credentials_are_reported_and_not_shown(secret, named, vision):
    with pytest.raises(SetupError, match=named) as caught:
        read([PAGE], settings_for(vision.url, **{secret: "canary-secret"}))

    assert "canary" not in str(caught.value)


def refusal(status, *codes, headers=None, **metadata):
    return Failure(status, headers or {}, envelope(status, *codes, **metadata))


PER_MINUTE = {"quota_limit": "DefaultRequestsPerMinutePerProject", "quota_limit_value": "1800"}
PER_DAY = {"quota_limit": "DefaultRequestsPerDayPerProject", "quota_limit_value": "10"}


@pytest.mark.parametrize(
    ("failure", "kind", "says"),
    [
        pytest.param(
            refusal(429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED", **PER_MINUTE),
            WorldError,
            r"refuses the request for now \(429 RATE_LIMIT_EXCEEDED\)",
            id="quota of a minute",
        ),
        pytest.param(
            refusal(429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED", **PER_DAY),
            SetupError,
            "daily quota of Cloud Vision is used up",
            id="quota of a day",
        ),
        pytest.param(refusal(429), WorldError, "429", id="429 without a reason"),
        pytest.param(refusal(500, "INTERNAL"), WorldError, "500 INTERNAL", id="500"),
        pytest.param(Failure(502, body=b"<html>"), WorldError, "502", id="502 of a proxy"),
        pytest.param(refusal(503, "UNAVAILABLE"), WorldError, "503 UNAVAILABLE", id="503"),
        pytest.param(refusal(504, "DEADLINE_EXCEEDED"), WorldError, "504", id="504"),
        pytest.param(refusal(408), WorldError, "408", id="408"),
        pytest.param(
            refusal(400, "INVALID_ARGUMENT", "API_KEY_INVALID"), SetupError, "valid", id="bad key"
        ),
        pytest.param(refusal(401, "UNAUTHENTICATED"), SetupError, "or a new", id="old token"),
        pytest.param(
            refusal(403, "PERMISSION_DENIED", "SERVICE_DISABLED"),
            SetupError,
            r"enable it and billing in the project.*",
            id="not enabled",
        ),
        pytest.param(
            refusal(403, "PERMISSION_DENIED", "BILLING_DISABLED"),
            SetupError,
            r"\(403 BILLING_DISABLED\)",
            id="no billing",
        ),
        pytest.param(refusal(400, "INVALID_ARGUMENT"), SetupError, "400 INVALID", id="400"),
        pytest.param(refusal(413), SetupError, "413.*proxy", id="too large for a proxy"),
        pytest.param(Failure(404, body=b"no"), SetupError, "DOCVERIFY_GOOGLE_URL", id="404"),
        pytest.param(
            Failure(301, {"Location": "https://elsewhere.example/"}),
            SetupError,
            r"\(301\): check DOCVERIFY_GOOGLE_URL",
            id="redirect",
        ),
        pytest.param(Failure(200, body=b"<html>"), WorldError, "format", id="not JSON"),
        pytest.param(Failure(200, body=[1]), WorldError, "format", id="JSON of another form"),
        pytest.param(Failure(200, body={}), WorldError, "does not match", id="no images"),
        pytest.param(
            Failure(200, body={"responses": [{}, {}]}), WorldError, "does not match", id="too many"
        ),
        pytest.param(Failure(403, body={"error": "no"}), SetupError, r"\(403\)", id="odd envelope"),
    ],
)
def test_a_refused_request_is_the_fault_of_one_side(failure, kind, says, vision, vision_settings):
    vision.failures = [failure]

    with pytest.raises(kind, match=says) as caught:
        read([PAGE], vision_settings)

    assert CANARY not in str(caught.value)
    assert len(vision.paths) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_short_pause_that_the_engine_asks_for_is_made(status, vision, vision_settings):
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=1), usegmt=True)
    for asked in ("0", "1", soon):
        vision.failures = [refusal(status, headers={"Retry-After": asked})]
        vision.answers = [PASSPORT]

        assert read([PAGE], vision_settings).pages[0].mrz.lines == ZONE

    assert len(vision.paths) == 6


@pytest.mark.parametrize("asked", ["21", "86400", "Wed, 21 Oct 2099 07:28:00 GMT", "soon", "-1"])
def test_a_long_pause_is_left_to_the_retries_of_the_task(asked, vision, vision_settings):
    vision.failures = [refusal(429, headers={"Retry-After": asked})]

    with pytest.raises(WorldError, match="429"):
        read([PAGE], vision_settings)

    assert len(vision.paths) == 1


def test_an_engine_that_stays_busy_is_not_asked_a_third_time(vision, vision_settings):
    vision.failures = [refusal(429, headers={"Retry-After": "0"})] * 3

    with pytest.raises(WorldError, match="429"):
        read([PAGE], vision_settings)

    assert len(vision.paths) == 2


def test_a_response_that_does_not_come_is_not_waited_for(vision, vision_settings):
    vision.failures = [Failure(200, stalls=True)]

    with pytest.raises(WorldError, match="does not answer: ReadTimeout"):
        read([PAGE], vision_settings.model_copy(update={"cloud_timeout": 0.2}))


def test_an_unreachable_engine_is_the_fault_of_the_world(vision_settings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    unreachable = vision_settings.model_copy(update={"google_url": f"http://127.0.0.1:{port}"})

    with pytest.raises(WorldError, match="does not answer: ConnectionError"):
        read([PAGE], unreachable)


def failed(code):
    return {"error": {"code": code, "message": CANARY}}


@pytest.mark.parametrize("code", [4, 8, 13, 14])
def test_a_page_that_fails_for_now_is_the_fault_of_the_world(code, vision, vision_settings):
    vision.answers = [PASSPORT, failed(code)]

    with pytest.raises(WorldError, match=f"code {code}") as caught:
        read([PAGE, PAGE], vision_settings)

    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("code", [5, 7, 16])
def test_a_page_that_we_may_not_read_is_our_fault(code, vision, vision_settings):
    vision.answers = [failed(code)]

    with pytest.raises(SetupError, match=f"code {code}"):
        read([PAGE], vision_settings)


def test_a_page_that_the_engine_refuses_as_an_image_refuses_the_document(vision, vision_settings):
    vision.answers = [PASSPORT, failed(3)]

    with pytest.raises(UnreadableFile) as caught:
        read([PAGE, PAGE], vision_settings)

    assert caught.value.code == "refused-by-engine"
    assert CANARY not in str(caught.value)


def test_a_page_that_the_engine_refuses_as_an_image_gives_a_reading_with_the_reason(
    vision, monkeypatch
):
    monkeypatch.setenv("DOCVERIFY_GOOGLE_URL", vision.url)
    monkeypatch.setenv("DOCVERIFY_GOOGLE_API_KEY", KEY)
    vision.answers = [failed(3)]
    content = (SPECIMENS / "passport.jpg").read_bytes()

    reading = process_image_with_ocr.fn(File(content, "", 0, ""), Engine.GOOGLE_VISION)

    assert reading.pages == ()
    assert reading.refusal.code == "refused-by-engine"
