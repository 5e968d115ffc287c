"""Textract, with botocore's stubber: it checks requests and responses by the service's model."""

import json
from io import BytesIO
from pathlib import Path

import boto3
import numpy as np
import pytest
from botocore.stub import ANY, Stubber
from PIL import Image

from docverify.errors import UnreadableFile
from docverify.page import Engine
from docverify.reading.cloud.encoding import encode
from tasks.engines import textract
from tasks.engines.textract import read
from tasks.errors import SetupError, WorldError
from tasks.ocr import process_image_with_ocr
from tasks.s3 import File, Upload
from tasks.settings import Settings
from tests.support.reader import read_words
from tests.support.thoroughness import one_of_each_kind

SPECIMENS = Path(__file__).parents[3] / "specimens"
TRUTH = json.loads((SPECIMENS / "truth.json").read_text(encoding="utf-8"))
PASSPORT = (SPECIMENS / "passport.jpg").read_bytes()
ZONE = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
LINES = {(0.1, 0.1): "Surname / Nom", (0.1, 0.15): "ERIKSSON", (0.06, 0.85): ZONE[0]}
LINES |= {(0.06, 0.9): ZONE[1]}
PAGE = encode(np.full((700, 1000, 3), 200, np.uint8))
SENT = {"Bytes": PAGE.content}
CANARY = "canary: what was sent, quoted in a message"
SETTINGS = Settings(cloud_timeout=5)


@pytest.fixture(name="stub")
def _stub():
    with Stubber(textract.textract(SETTINGS.cloud_timeout)) as stub:
        yield stub
        stub.assert_no_pending_responses()


def answers(stub, *documents, asked=(SENT,)):
    response = {"IdentityDocuments": list(documents), "DocumentMetadata": {"Pages": len(asked)}}
    stub.add_response(
        "analyze_id",
        response | {"AnalyzeIDModelVersion": "1.0"},
        {"DocumentPages": list(asked)},
    )


def detects(stub, blocks, asked=SENT):
    stub.add_response("detect_document_text", {"Blocks": blocks}, {"Document": asked})


def identity(*fields, blocks=None, index=1):
    document = {"DocumentIndex": index, "IdentityDocumentFields": list(fields)}
    return document | ({"Blocks": blocks} if blocks is not None else {})


def field(name, text, confidence=98.5, normalized=None):
    value = {"Text": text, "Confidence": confidence}
    if normalized:  # The model says DATE; the service writes Date.
        value["NormalizedValue"] = {"Value": normalized, "ValueType": "Date"}
    return {"Type": {"Text": name}, "ValueDetection": value}


def block(kind, text, corners, number, confidence=99.5, children=(), page=None):
    left, right = min(x for x, _ in corners), max(x for x, _ in corners)
    top, bottom = min(y for _, y in corners), max(y for _, y in corners)
    box = {"Left": left, "Top": top, "Width": right - left, "Height": bottom - top}
    polygon = [{"X": x, "Y": y} for x, y in corners]
    found = {"BlockType": kind, "Id": str(number)}
    found["Geometry"] = {"BoundingBox": box, "Polygon": polygon}
    if kind != "PAGE":
        found |= {"Text": text, "Confidence": confidence}
    if children:
        found["Relationships"] = [{"Type": "CHILD", "Ids": [str(child) for child in children]}]
    return found | ({"Page": page} if page else {})


WHOLE = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]


def blocks_of(lines, confidence=99.5, page=None):
    """A page, its lines, then their words, as the service orders them."""
    rows, words = [], []
    for number, ((left, top), text) in enumerate(lines.items()):
        start, ids = left, []
        for word in text.split(" "):
            ids.append(f"{number}-{len(ids)}")
            corners = rectangle(start, top, start + 0.018 * len(word), top + 0.03)
            words.append(block("WORD", word, corners, ids[-1], confidence, page=page))
            start += 0.018 * (len(word) + 1)
        corners = rectangle(left, top, start, top + 0.03)
        rows.append(block("LINE", text, corners, number, confidence, ids, page))
    return [block("PAGE", "", WHOLE, "page", page=page), *rows, *words]


def rectangle(left, top, right, bottom):
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def texts(page):
    return [line.text for line in page.lines]


def test_one_request_gives_fields_lines_and_mrz(stub):
    fields = [
        *(field("FIRST_NAME", "ANNA", 98.9), field("LAST_NAME", "ERIKSSON", 99.1)),
        *(field("MIDDLE_NAME", "MARIA", 97.5), field("SUFFIX", "", 97.2)),
        field("DATE_OF_BIRTH", "12 AUG 1974", 99.0, "1974-08-12T00:00:00"),
        *(field("DOCUMENT_NUMBER", "L898902C3"), field("ID_TYPE", "PASSPORT", 99.4)),
        *(field("ADDRESS", "", 99.6), field("VETERAN", "", 99.6), field("MRZ_CODE", "", 97.5)),
    ]
    answers(stub, identity(*fields, blocks=blocks_of(LINES)))

    reading = read([PAGE], SETTINGS)

    (page,) = reading.pages
    assert (reading.engine, reading.refusal) == (Engine.TEXTRACT, None)
    assert texts(page) == ["Surname / Nom", "ERIKSSON"]
    assert page.lines[1].confidence == pytest.approx(0.995)
    assert (page.lines[1].box.left, page.lines[1].box.top) == pytest.approx((100, 105))
    assert page.mrz.lines == ZONE
    assert {name: value.text for name, value in page.fields.items()} == {
        "surname": "ERIKSSON",
        "given_names": "ANNA MARIA",
        "document_number": "L898902C3",
        "birth_date": "1974-08-12",
        "document_type": "PASSPORT",
    }
    assert page.fields["given_names"].confidence == pytest.approx(0.975)


@pytest.mark.parametrize(
    ("value", "normalized", "given"),
    [
        ("01/20/2028", "2028-01-20T00:00:00", "2028-01-20"),
        ("20.01.2028", None, "20.01.2028"),
        ("JAN 2028", "2028-01", "JAN 2028"),
    ],
)
def test_a_normalised_date_is_read_as_a_date(value, normalized, given, stub):
    expiry = field("EXPIRATION_DATE", value, 97.5, normalized)
    answers(stub, identity(expiry, blocks=blocks_of(LINES)))

    assert read([PAGE], SETTINGS).pages[0].fields["expiry_date"].text == given


def test_a_missing_field_comes_as_empty_text_and_is_left_out(stub):
    empty = [field(name, " ", 99.9) for name in ("FIRST_NAME", "LAST_NAME", "DATE_OF_ISSUE")]
    answers(stub, identity(*empty, field("FIRST_NAME", "ANNA"), blocks=blocks_of(LINES)))

    fields = read([PAGE], SETTINGS).pages[0].fields

    assert {name: value.text for name, value in fields.items()} == {"given_names": "ANNA"}


def test_two_sides_that_come_as_two_documents_keep_their_order(stub):
    back = identity(field("CLASS", "D"), blocks=blocks_of({(0.1, 0.1): "BACK"}), index=2)
    front = identity(field("LAST_NAME", "KIM"), blocks=blocks_of({(0.1, 0.1): "FRONT"}))
    answers(stub, back, front, asked=(SENT, SENT))

    pages = read([PAGE, PAGE], SETTINGS).pages

    assert [texts(page) for page in pages] == [["FRONT"], ["BACK"]]
    assert [list(page.fields) for page in pages] == [["surname"], []]


def test_two_sides_that_come_as_one_document_are_split_by_page(stub):
    blocks = blocks_of({(0.1, 0.1): "FRONT"}, page=1) + blocks_of({(0.1, 0.1): "BACK"}, page=2)
    answers(stub, identity(field("LAST_NAME", "KIM"), blocks=blocks), asked=(SENT, SENT))

    pages = read([PAGE, PAGE], SETTINGS).pages

    assert [texts(page) for page in pages] == [["FRONT"], ["BACK"]]
    assert [list(page.fields) for page in pages] == [["surname"], []]


def test_longer_files_are_read_page_by_page_without_fields(stub):
    for number in range(3):
        detects(stub, blocks_of({(0.1, 0.1): f"PAGE{number}"}))

    pages = read([PAGE] * 3, SETTINGS).pages

    assert [texts(page) for page in pages] == [["PAGE0"], ["PAGE1"], ["PAGE2"]]
    assert [page.fields for page in pages] == [{}, {}, {}]


@pytest.mark.parametrize("documents", [[], [identity(field("LAST_NAME", "KIM"))]])
def test_text_that_analyze_id_omits_is_requested(documents, stub):
    """Blocks are optional in the model, and early responses had no blocks."""
    answers(stub, *documents)
    detects(stub, blocks_of(LINES))

    (page,) = read([PAGE], SETTINGS).pages

    assert page.mrz.lines == ZONE
    assert [*page.fields] == ["surname"] * len(documents)


def test_the_text_of_an_empty_page_is_not_requested_again(stub):
    answers(stub, identity(blocks=[block("PAGE", "", WHOLE, 1)]))

    (page,) = read([PAGE], SETTINGS).pages

    assert (page.lines, page.mrz, page.fields) == ((), None, {})


def test_a_line_without_words_and_a_word_without_a_position_are_kept(stub):
    line = block("LINE", "ALONE", rectangle(0.1, 0.1, 0.2, 0.13), 1, children=["missing"])
    bare = {"BlockType": "LINE", "Id": "2", "Text": "NOWHERE"}
    answers(stub, identity(blocks=[line, bare]))

    (page,) = read([PAGE], SETTINGS).pages

    assert {line.text: line.confidence for line in page.lines} == {"ALONE": 0.995, "NOWHERE": 0}


@pytest.mark.parametrize(
    ("code", "status", "kind", "says"),
    [
        ("ProvisionedThroughputExceededException", 400, WorldError, "refuses the request for now"),
        ("ThrottlingException", 400, WorldError, "ThrottlingException"),
        ("InternalServerError", 500, WorldError, "InternalServerError"),
        ("SomethingNew", 503, WorldError, "SomethingNew"),
        ("BadDocumentException", 400, UnreadableFile, "upload a new photo or scan"),
        ("UnsupportedDocumentException", 400, UnreadableFile, "upload a new photo or scan"),
        ("DocumentTooLargeException", 400, UnreadableFile, "upload a new photo or scan"),
        ("AccessDeniedException", 400, SetupError, "textract:AnalyzeID"),
        ("UnrecognizedClientException", 400, SetupError, "check the credentials"),
        ("InvalidParameterException", 400, SetupError, "InvalidParameterException"),
        ("InvalidS3ObjectException", 400, SetupError, "DOCVERIFY_TEXTRACT_FROM_S3"),
    ],
)
def test_a_refused_request_is_the_fault_of_one_side(code, status, kind, says, stub):
    stub.add_client_error("analyze_id", code, CANARY, status)

    with pytest.raises(kind, match=says) as caught:
        read([PAGE], SETTINGS)

    assert CANARY not in str(caught.value)


@pytest.fixture(name="own_client")
def _own_client(monkeypatch):
    """A client that is created from the environment of this test only."""
    textract.textract.cache_clear()
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # It keeps what it was made of.
    yield monkeypatch
    textract.textract.cache_clear()


def test_an_unreachable_engine_is_the_fault_of_the_world(own_client):
    own_client.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")

    with pytest.raises(WorldError, match="does not answer: EndpointConnectionError"):
        read([PAGE], SETTINGS)


def test_a_missing_region_is_our_fault(own_client):
    own_client.delenv("AWS_DEFAULT_REGION", raising=False)
    own_client.delenv("AWS_REGION", raising=False)

    with pytest.raises(SetupError, match=r"\(NoRegionError\): set AWS_REGION"):
        read([PAGE], SETTINGS)


def test_missing_credentials_are_our_fault(own_client):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        own_client.delenv(name, raising=False)
    own_client.setenv("AWS_EC2_METADATA_DISABLED", "true")
    own_client.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")

    with pytest.raises(SetupError, match="NoCredentialsError"):
        read([PAGE], SETTINGS)


def test_a_page_that_the_engine_refuses_as_an_image_gives_a_reading_with_the_reason(own_client):
    own_client.setenv("DOCVERIFY_CLOUD_TIMEOUT", "5")
    with Stubber(textract.textract(5.0)) as stub:
        stub.add_client_error("analyze_id", "BadDocumentException", CANARY, 400)

        reading = process_image_with_ocr.fn(file_of(PASSPORT), Engine.TEXTRACT)

    assert (reading.engine, reading.pages) == (Engine.TEXTRACT, ())
    assert reading.refusal.code == "refused-by-engine"


UPLOAD = Upload("documents", "inbox/a b.jpg")
STORED = {"S3Object": {"Bucket": "documents", "Name": "inbox/a b.jpg", "Version": "v1"}}


def file_of(content, version_id="v1", size=None):
    return File(content, "", len(content) if size is None else size, version_id)


def turned(content):
    exif, turned_ = Image.Exif(), BytesIO()
    exif[0x0112] = 3
    Image.open(BytesIO(content)).save(turned_, "JPEG", exif=exif)
    return turned_.getvalue()


def with_damaged_notes(content):
    return content[:2] + b"\xff\xe1\x00\x10Exif\x00\x00damaged!" + content[2:]


@pytest.mark.parametrize(
    ("setting", "file", "upload", "fetched"),
    [
        pytest.param("true", file_of(PASSPORT), UPLOAD, True, id="an image in the bucket"),
        pytest.param("false", file_of(PASSPORT), UPLOAD, False, id="not allowed"),
        pytest.param(
            "true", file_of(PASSPORT), None, False, id="no upload known", marks=pytest.mark.slow
        ),
        pytest.param(
            "true", file_of(PASSPORT, ""), UPLOAD, False, id="no version", marks=pytest.mark.slow
        ),
        pytest.param("true", file_of(PASSPORT, size=10_485_761), UPLOAD, False, id="too large"),
        pytest.param("true", file_of(turned(PASSPORT)), UPLOAD, False, id="rotated by metadata"),
        pytest.param(
            "true", file_of(with_damaged_notes(PASSPORT)), UPLOAD, False, id="damaged metadata"
        ),
        pytest.param(
            "true",
            file_of((SPECIMENS / "passport-scan.pdf").read_bytes()),
            UPLOAD,
            False,
            id="a PDF",
        ),
    ],
)
def test_only_an_image_that_looks_like_its_page_is_fetched_from_the_bucket(
    setting, file, upload, fetched, own_client
):
    own_client.setenv("DOCVERIFY_TEXTRACT_FROM_S3", setting)
    with Stubber(textract.textract(Settings().cloud_timeout)) as stub:
        expected = STORED if fetched else {"Bytes": ANY}
        answers(stub, identity(blocks=blocks_of(LINES)), asked=[expected])

        reading = process_image_with_ocr.fn(file, Engine.TEXTRACT, upload)

    assert reading.pages[0].mrz.lines == ZONE


@pytest.mark.parametrize("name", one_of_each_kind(["passport.jpg", "visa.jpg"], "passport.jpg"))
def test_a_specimen_is_read_as_the_local_engine_reads_it(name, own_client):
    content = (SPECIMENS / name).read_bytes()
    with Stubber(textract.textract(Settings().cloud_timeout)) as stub:
        answers(stub, identity(blocks=seen(content)), asked=[{"Bytes": ANY}])

        cloud = process_image_with_ocr.fn(file_of(content), Engine.TEXTRACT)

    local = process_image_with_ocr.fn(file_of(content), Engine.LOCAL)
    assert list(cloud.pages[0].mrz.lines) == TRUTH[name]["mrz"]
    assert cloud.pages[0].mrz.pitch == pytest.approx(local.pages[0].mrz.pitch, rel=0.05)
    assert cloud.pages[0].quality.sharpness == pytest.approx(
        local.pages[0].quality.sharpness, rel=0.5
    )
    assert TRUTH[name]["printed"]["surname"] in texts(cloud.pages[0])


def seen(content):
    """Return the response of an engine that reads like our networks, without their MRZ grammar."""
    width, height = Image.open(BytesIO(content)).size
    lines, words, line = [], [], []
    for number, each in enumerate(read_words(content)):
        corners = [(x / width, y / height) for x, y in each.corners]
        words.append(block("WORD", each.text, corners, number, 100 * min(each.confidences)))
        line.append(words[-1])
        if each.ends_line:
            ids = [word["Id"] for word in line]
            text = " ".join(word["Text"] for word in line)
            lines.append(block("LINE", text, corners, f"line-{ids[0]}", 99.0, ids))
            line = []
    return [block("PAGE", "", WHOLE, "page"), *lines, *words]
