"""Cloud Vision, replaced by a stand-in: both sides follow the schemas of its discovery document."""

import json
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import numpy as np
import pytest
from jsonschema import ValidationError
from pydantic import SecretStr

from docverify.errors import UnreadableFile
from docverify.page import Engine
from docverify.reading.cloud.encoding import EncodedPage, encode, encode_pages
from docverify.reading.files.pages import Limits
from tasks.engines import google_vision
from tasks.engines.google_vision import read
from tasks.errors import SetupError, WorldError
from tasks.ocr import process_image_with_ocr
from tasks.s3 import File
from tasks.settings import Settings, read_settings
from tests.support.discovery import validator
from tests.support.reader import read_words
from tests.support.thoroughness import one_of_each_kind
from tests.support.vision_server import (
    CANARY,
    KEY,
    TOKEN,
    Failure,
    annotation,
    broken,
    envelope,
    polygon,
    symbol,
    vision_server,
)

SPECIMENS = Path(__file__).parents[3] / "specimens"
TRUTH = json.loads((SPECIMENS / "truth.json").read_text(encoding="utf-8"))
ZONE = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
PASSPORT = annotation(
    [((100, 100), "Surname / Nom"), ((100, 130), "ERIKSSON")],
    [((60, 600), ZONE[0][:20] + " " + ZONE[0][20:]), ((60, 640), ZONE[1])],
)
PAGE = encode(np.full((700, 1000, 3), 200, np.uint8))


@pytest.fixture(name="vision")
def _vision():
    with vision_server() as server:
        yield server


@pytest.fixture(name="settings")
def _settings(vision):
    return settings_for(vision.url, google_api_key=KEY)


def settings_for(url, **more):
    secrets = {name: SecretStr(value) for name, value in more.items() if name != "google_project"}
    plain = {name: value for name, value in more.items() if name == "google_project"}
    return Settings(google_url=url, cloud_timeout=60, **secrets, **plain)


def texts(page):
    return [line.text for line in page.lines]


def test_a_document_becomes_lines_and_an_mrz(vision, settings):
    vision.answers = [PASSPORT]

    reading = read([PAGE], settings)

    (page,) = reading.pages
    assert (reading.engine, reading.refusal) == (Engine.GOOGLE_VISION, None)
    assert texts(page) == ["Surname / Nom", "ERIKSSON"]
    assert [line.confidence for line in page.lines] == [0.96, 0.96]
    assert (page.lines[1].box.left, page.lines[1].box.top) == (100, 130)
    assert page.mrz.lines == ZONE
    assert (page.width, page.height, page.fields) == (1000, 700, {})


def test_the_request_asks_for_document_text_and_has_the_key_in_a_header(vision, settings):
    read([PAGE], settings)

    (request,), (headers,) = vision.requests, vision.headers
    assert request["requests"][0]["features"] == [{"type": "DOCUMENT_TEXT_DETECTION"}]
    assert headers["X-Goog-Api-Key"] == KEY
    assert "Authorization" not in headers
    assert vision.paths == ["/v1/images:annotate"]


@pytest.mark.parametrize(
    ("project", "sent"), [("", None), ("my-project-1", "my-project-1")], ids=["none", "project"]
)
def test_an_access_token_is_sent_with_the_project_that_pays(project, sent, vision):
    read([PAGE], settings_for(vision.url, google_access_token=TOKEN, google_project=project))

    (headers,) = vision.headers
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert headers.get("x-goog-user-project") == sent


def test_a_netrc_does_not_replace_the_token(vision, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    read([PAGE], settings_for(vision.url, google_access_token=TOKEN))

    assert vision.headers[0]["Authorization"] == f"Bearer {TOKEN}"


def test_without_credentials_nothing_is_sent(vision):
    with pytest.raises(SetupError, match="DOCVERIFY_GOOGLE_API_KEY"):
        read([PAGE], settings_for(vision.url))

    assert vision.paths == []


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
            r"refuses for now \(429 RATE_LIMIT_EXCEEDED\)",
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
def test_a_refused_request_is_the_fault_of_one_side(failure, kind, says, vision, settings):
    vision.failures = [failure]

    with pytest.raises(kind, match=says) as caught:
        read([PAGE], settings)

    assert CANARY not in str(caught.value)
    assert len(vision.paths) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_short_pause_that_the_engine_asks_for_is_made(status, vision, settings):
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=1), usegmt=True)
    for asked in ("0", "1", soon):
        vision.failures = [refusal(status, headers={"Retry-After": asked})]
        vision.answers = [PASSPORT]

        assert read([PAGE], settings).pages[0].mrz.lines == ZONE

    assert len(vision.paths) == 6


@pytest.mark.parametrize("asked", ["21", "86400", "Wed, 21 Oct 2099 07:28:00 GMT", "soon", "-1"])
def test_a_long_pause_is_left_to_the_retries_of_the_task(asked, vision, settings):
    vision.failures = [refusal(429, headers={"Retry-After": asked})]

    with pytest.raises(WorldError, match="429"):
        read([PAGE], settings)

    assert len(vision.paths) == 1


def test_an_engine_that_stays_busy_is_not_asked_a_third_time(vision, settings):
    vision.failures = [refusal(429, headers={"Retry-After": "0"})] * 3

    with pytest.raises(WorldError, match="429"):
        read([PAGE], settings)

    assert len(vision.paths) == 2


def test_a_response_that_does_not_come_is_not_waited_for(vision, settings):
    vision.failures = [Failure(200, stalls=True)]

    with pytest.raises(WorldError, match="does not answer: ReadTimeout"):
        read([PAGE], settings.model_copy(update={"cloud_timeout": 0.2}))


def test_an_unreachable_engine_is_the_fault_of_the_world(settings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    unreachable = settings.model_copy(update={"google_url": f"http://127.0.0.1:{port}"})

    with pytest.raises(WorldError, match="does not answer: ConnectionError"):
        read([PAGE], unreachable)


def failed(code):
    return {"error": {"code": code, "message": CANARY}}


@pytest.mark.parametrize("code", [4, 8, 13, 14])
def test_a_page_that_fails_for_now_is_the_fault_of_the_world(code, vision, settings):
    vision.answers = [PASSPORT, failed(code)]

    with pytest.raises(WorldError, match=f"code {code}") as caught:
        read([PAGE, PAGE], settings)

    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("code", [5, 7, 16])
def test_a_page_that_we_may_not_read_is_our_fault(code, vision, settings):
    vision.answers = [failed(code)]

    with pytest.raises(SetupError, match=f"code {code}"):
        read([PAGE], settings)


def test_a_page_that_the_engine_refuses_as_an_image_refuses_the_document(vision, settings):
    vision.answers = [PASSPORT, failed(3)]

    with pytest.raises(UnreadableFile) as caught:
        read([PAGE, PAGE], settings)

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


def test_an_empty_response_is_a_page_without_text(vision, settings):
    vision.answers = [PASSPORT, {}]

    first, second = read([PAGE, PAGE], settings).pages

    assert first.mrz is not None
    assert (second.lines, second.mrz) == ((), None)


def test_omitted_values_are_zero(vision, settings):
    """Protocol buffers omit zeros: coordinates at the edge, and a confidence of zero."""
    vision.answers = [annotation([((0, 0), "EDGE")], confidence=0)]

    (line,) = read([PAGE], settings).pages[0].lines

    assert (line.text, line.confidence) == ("EDGE", 0)
    assert (line.box.left, line.box.top, line.box.bottom) == (0, 0, 20)


def test_words_without_a_position_are_kept(vision, settings):
    words = [{"symbols": [symbol("A", 0.9)]}, {"symbols": []}, {}]
    block = {"paragraphs": [{"words": words}, {}]}
    picture = {"blockType": "PICTURE"}
    vision.answers = [{"fullTextAnnotation": {"pages": [{"blocks": [block, picture]}, {}]}}]

    assert texts(read([PAGE], settings).pages[0]) == ["A"]


def word(text, left, kind=None, **more):
    symbols = [symbol(character, 0.9) for character in text]
    if kind:
        place = 0 if more.get("isPrefix") else -1
        symbols[place]["property"] = broken(kind, **more)
    corners = [(left, 10), (left + 50, 10), (left + 50, 30), (left, 30)]
    return {"symbols": symbols, "boundingBox": polygon(corners)}


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ([word("Nom", 10), word("/", 70), word("Name", 130)], ["Nom/Name"]),
        ([word("KIM", 10, "SPACE"), word("LEE", 70)], ["KIM LEE"]),
        ([word("KIM", 10, "SURE_SPACE"), word("LEE", 70)], ["KIM LEE"]),
        ([word("KIM", 10, "EOL_SURE_SPACE"), word("LEE", 70)], ["KIM", "LEE"]),
        ([word("KIM", 10, "LINE_BREAK"), word("LEE", 70)], ["KIM", "LEE"]),
        ([word("KIM", 10, "HYPHEN"), word("LEE", 70)], ["KIM-", "LEE"]),
        ([word("KIM", 10), word("LEE", 70, "LINE_BREAK", isPrefix=True)], ["KIM", "LEE"]),
        ([word("KIM", 10), word("LEE", 70, "UNKNOWN")], ["KIMLEE"]),
    ],
    ids=["none", "space", "wide", "end", "break", "hyphen", "prefix", "unknown"],
)
def test_breaks_separate_words_and_lines(words, lines, vision, settings):
    page = {"blocks": [{"paragraphs": [{"words": words}]}]}
    vision.answers = [{"fullTextAnnotation": {"pages": [page]}}]

    assert texts(read([PAGE], settings).pages[0]) == lines


def test_normalised_vertices_are_positions_as_well(vision, settings):
    """Pages of files have shares of width and height instead of pixels."""
    box = {"normalizedVertices": [{}, {"x": 0.5}, {"x": 0.5, "y": 0.1}, {"y": 0.1}]}
    words = [word("HALF", 0) | {"boundingBox": box}]
    page = {"blocks": [{"paragraphs": [{"words": words}]}]}
    vision.answers = [{"fullTextAnnotation": {"pages": [page]}}]

    (line,) = read([PAGE], settings).pages[0].lines

    assert (line.box.right, line.box.bottom) == (500, 70)


@pytest.mark.slow
def test_pages_are_sent_sixteen_at_a_time_and_keep_their_order(vision, settings):
    vision.answers = [annotation([((10, 10), f"PAGE{number}")]) for number in range(35)]

    pages = read([PAGE] * 35, settings).pages

    assert [len(request["requests"]) for request in vision.requests] == [16, 16, 3]
    assert [texts(page) for page in pages] == [[f"PAGE{number}"] for number in range(35)]


def test_no_request_is_larger_than_the_engine_accepts(vision, settings):
    noise = np.random.default_rng(1).integers(0, 256, (1500, 1500, 3), np.uint8)
    large = encode(noise)
    assert len(large.content) > 2_000_000

    read([large] * 5, settings)

    sizes = [int(headers["Content-Length"]) for headers in vision.headers]
    assert len(sizes) > 1
    assert max(sizes) <= 10_000_000


def test_two_of_the_largest_pages_that_we_send_are_two_requests(vision, settings):
    largest = EncodedPage(PAGE.content.ljust(5_000_000, b"\0"), PAGE.width, PAGE.height)

    read([largest] * 2, settings)

    assert [len(request["requests"]) for request in vision.requests] == [1, 1]


@pytest.mark.parametrize(
    "name",
    one_of_each_kind(["passport.jpg", "identity-card.png", "passport-scan.pdf"], "passport.jpg"),
)
def test_a_specimen_is_read_as_the_local_engine_reads_it(name, vision, monkeypatch):
    monkeypatch.setenv("DOCVERIFY_GOOGLE_URL", vision.url)
    monkeypatch.setenv("DOCVERIFY_GOOGLE_API_KEY", KEY + "\n")
    vision.answers = [seen]
    content = (SPECIMENS / name).read_bytes()

    cloud = process_image_with_ocr.fn(File(content, "", 0, ""), Engine.GOOGLE_VISION)
    local = process_image_with_ocr.fn(File(content, "", 0, ""), Engine.LOCAL)

    by_local = next(page for page in local.pages if page.mrz)  # It separates the sides of a card.
    assert list(cloud.pages[0].mrz.lines) == TRUTH[name]["mrz"]
    assert cloud.pages[0].mrz.pitch == pytest.approx(by_local.mrz.pitch, rel=0.05)
    assert cloud.pages[0].quality.sharpness == pytest.approx(by_local.quality.sharpness, rel=0.5)
    surname = TRUTH[name]["printed"]["surname"]
    assert surname in [line.text for line in cloud.pages[0].lines]


def seen(content):
    """Return the response of an engine that reads like our networks, without their MRZ grammar."""
    words = []
    for each in read_words(content):
        pairs = zip(each.text, each.confidences, strict=True)
        symbols = [symbol(character, confidence) for character, confidence in pairs]
        symbols[-1]["property"] = broken("LINE_BREAK" if each.ends_line else "SPACE")
        words.append({"symbols": symbols, "boundingBox": polygon(each.corners)})
    page = {"blocks": [{"paragraphs": [{"words": words}]}]}
    return {"fullTextAnnotation": {"pages": [page]}}


def test_a_refused_file_is_not_sent(vision, monkeypatch):
    monkeypatch.setenv("DOCVERIFY_GOOGLE_URL", vision.url)
    monkeypatch.setenv("DOCVERIFY_GOOGLE_API_KEY", KEY)

    reading = process_image_with_ocr.fn(File(b"just text", "", 9, ""), Engine.GOOGLE_VISION)

    assert reading.refusal.code == "unknown-format"
    assert reading.engine is Engine.GOOGLE_VISION
    assert vision.paths == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GOOGLE_API_KEY", "two words"),
        ("GOOGLE_API_KEY", "line\nbreak"),
        ("GOOGLE_ACCESS_TOKEN", "schlüssel"),
        ("GOOGLE_URL", "http://vision.example"),
        ("GOOGLE_URL", "https://"),
        ("GOOGLE_URL", "file:///etc/passwd"),
        ("GOOGLE_PROJECT", "a project\r\nX-Header: 1"),
        ("CLOUD_TIMEOUT", "0"),
    ],
)
def test_an_invalid_setting_is_named_without_its_value(name, value, monkeypatch):
    """The key is sent in a header, and both key and image to the address."""
    monkeypatch.setenv(f"DOCVERIFY_{name}", value)

    with pytest.raises(SetupError, match=rf"^not a valid setting: DOCVERIFY_{name}$"):
        read_settings()


def test_settings_do_not_show_key_or_token(settings):
    shown = repr(settings_for("https://vision.example", google_api_key=KEY)) + repr(settings)

    assert KEY not in shown


def test_the_address_is_google_s_unless_another_is_set():
    assert read_settings().google_url == "https://vision.googleapis.com"


def test_the_stand_in_refuses_what_the_discovery_document_does_not_have():
    with pytest.raises(ValidationError):
        validator("BatchAnnotateImagesRequest").validate({"requests": [{"picture": {}}]})
    with pytest.raises(ValidationError):
        validator("BatchAnnotateImagesResponse").validate({"responses": [{"error": {"code": "3"}}]})
    assert google_vision.MAX_IMAGES == 16


def test_the_limits_on_files_hold_for_images_that_would_be_sent():
    assert len(encode_pages((SPECIMENS / "passport.jpg").read_bytes(), Limits())) == 1
