"""Cloud Vision, replaced by a stand-in: both sides follow the schemas of its discovery document."""

import json
from pathlib import Path

import numpy as np
import pytest
from jsonschema import ValidationError

from docverify.page import Engine
from docverify.reading.cloud.encoding import EncodedPage, encode, encode_pages
from docverify.reading.files.pages import Limits
from tasks.engines import google_vision
from tasks.engines.google_vision import read
from tasks.errors import SetupError
from tasks.ocr import process_image_with_ocr
from tasks.s3 import File
from tasks.settings import read_settings
from tests.support.discovery import validator
from tests.support.reader import read_words
from tests.support.vision_calls import PAGE, settings_for, texts
from tests.support.vision_server import (
    KEY,
    TOKEN,
    annotation,
    broken,
    polygon,
    symbol,
)

SPECIMENS = Path(__file__).parents[3] / "specimens"
TRUTH = json.loads((SPECIMENS / "truth.json").read_text(encoding="utf-8"))


def test_the_request_asks_for_document_text_and_has_the_key_in_a_header(vision, vision_settings):
    read([PAGE], vision_settings)

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


@pytest.mark.slow
def test_pages_are_sent_sixteen_at_a_time_and_keep_their_order(vision, vision_settings):
    vision.answers = [annotation([((10, 10), f"PAGE{number}")]) for number in range(35)]

    pages = read([PAGE] * 35, vision_settings).pages

    assert [len(request["requests"]) for request in vision.requests] == [16, 16, 3]
    assert [texts(page) for page in pages] == [[f"PAGE{number}"] for number in range(35)]


@pytest.mark.slow
def test_no_request_is_larger_than_the_engine_accepts(vision, vision_settings):
    noise = np.random.default_rng(1).integers(0, 256, (1500, 1500, 3), np.uint8)
    large = encode(noise)
    assert len(large.content) > 2_000_000

    read([large] * 5, vision_settings)

    sizes = [int(headers["Content-Length"]) for headers in vision.headers]
    assert len(sizes) > 1
    assert max(sizes) <= 10_000_000


def test_two_of_the_largest_pages_that_we_send_are_two_requests(vision, vision_settings):
    largest = EncodedPage(PAGE.content.ljust(5_000_000, b"\0"), PAGE.width, PAGE.height)

    read([largest] * 2, vision_settings)

    assert [len(request["requests"]) for request in vision.requests] == [1, 1]


@pytest.mark.slow  # test_textract.py has a quick one of this kind.
@pytest.mark.parametrize("name", ["passport.jpg", "identity-card.png", "passport-scan.pdf"])
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

    with pytest.raises(SetupError, match=rf"^not a valid setting: DOCVERIFY_{name}: "):
        read_settings()


def test_settings_do_not_show_key_or_token(vision_settings):
    shown = repr(settings_for("https://vision.example", google_api_key=KEY)) + repr(vision_settings)

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
