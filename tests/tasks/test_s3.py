"""Retrieval of an upload: exactly the version that was notified, from an allowed place only."""

import hashlib
from datetime import date
from functools import partial

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from docverify.applicant import Applicant
from tasks import s3
from tasks.aws_errors import explain_aws_errors
from tasks.errors import EdgeError, NoDocument, SetupError, WorldError
from tasks.s3 import (
    Upload,
    check_lengths,
    find_only_bucket,
    parse_upload,
    retrieve_file_from_s3,
)

CONTENT = b"content of a document"


@pytest.mark.parametrize(
    ("encoded", "key"),
    [
        ("red+flower.jpg", "red flower.jpg"),
        ("a%2Bb.png", "a+b.png"),
        ("inbox%2Fa.png", "inbox/a.png"),
        ("inbox/%C5%BC%C3%B3%C5%82%C4%87.png", "inbox/żółć.png"),
        ("50%2525.png", "50%25.png"),
    ],
)
def test_the_key_of_a_notification_is_decoded_exactly_once(encoded, key):
    assert parse_upload("b", encoded, url_encoded=True) == Upload("b", key)


def test_a_key_given_by_hand_is_not_decoded():
    assert parse_upload("b", "a+b%20.png") == Upload("b", "a+b%20.png")


@pytest.mark.parametrize(("bucket", "key", "named"), [("", "k", "bucket"), ("b", " ", "key")])
def test_an_empty_parameter_is_named(bucket, key, named):
    with pytest.raises(SetupError, match=f"the parameter {named} is empty"):
        parse_upload(bucket, key)


def test_a_key_that_cannot_be_recorded_is_refused():
    with pytest.raises(SetupError, match=r"U\+0000"):
        parse_upload("b", "inbox/nul%00x.jpg", url_encoded=True)


@pytest.mark.parametrize("name", ["bucket", "key", "version_id", "etag"])
@pytest.mark.parametrize("odd", ["a\0", "a\ud800", 7, ["a"]], ids=["nul", "half", "int", "list"])
def test_a_value_that_cannot_be_recorded_is_refused_and_its_parameter_named(name, odd):
    given = {"bucket": "b", "key": "k"} | {name: odd}

    with pytest.raises(SetupError, match=f"^the parameter {name} "):
        parse_upload(**given)


@pytest.mark.parametrize(
    ("name", "most"), [("bucket", 255), ("key", 1024), ("version_id", 1024), ("etag", 64)]
)
def test_a_parameter_that_is_longer_than_s3_allows_is_named(name, most):
    given = {"bucket": "b", "key": "k"}
    check_lengths(Upload(**given | {name: "é" * (most // 2)}))

    with pytest.raises(SetupError, match=f"^the parameter {name} is longer than {most} bytes"):
        check_lengths(Upload(**given | {name: "é" * (most // 2 + 1)}))


def test_an_upload_does_not_show_its_key():
    assert "anna" not in repr(Upload("b", "anna-passport.jpg"))


def test_the_file_carries_hash_size_and_version(bucket, put):
    version = put("inbox/a b+c.png", CONTENT)

    file = retrieve_file_from_s3.fn(Upload(bucket, "inbox/a b+c.png"))

    assert file.content == CONTENT
    assert file.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert (file.size, file.version_id) == (len(CONTENT), version)


def test_the_named_version_is_read_even_if_a_newer_one_exists(bucket, put):
    old = put("inbox/twice.png", b"old")
    put("inbox/twice.png", b"new")

    assert retrieve_file_from_s3.fn(Upload(bucket, "inbox/twice.png", old)).content == b"old"
    assert retrieve_file_from_s3.fn(Upload(bucket, "inbox/twice.png")).content == b"new"


def test_the_etag_identifies_the_version_if_there_is_no_version_id(bucket, put):
    put("inbox/etag.png", b"old")
    put("inbox/etag.png", b"new")
    etag = hashlib.md5(b"old", usedforsecurity=False).hexdigest()

    file = retrieve_file_from_s3.fn(Upload(bucket, "inbox/etag.png", etag=etag))

    assert file.content == b"old"


def test_an_object_deleted_after_its_notification_is_still_read(bucket, put):
    put("inbox/hasty.png", CONTENT)
    s3.s3().delete_object(Bucket=bucket, Key="inbox/hasty.png")
    etag = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()

    assert retrieve_file_from_s3.fn(Upload(bucket, "inbox/hasty.png", etag=etag)).content == CONTENT


def test_an_upload_that_was_replaced_and_not_kept_is_explained(bucket, put):
    put("inbox/replaced.png", b"new")

    with pytest.raises(SetupError, match="was replaced or deleted"):
        retrieve_file_from_s3.fn(Upload(bucket, "inbox/replaced.png", etag="0" * 32))


def test_a_file_over_the_limit_is_not_downloaded(bucket, put, monkeypatch):
    put("inbox/large.png", CONTENT)
    monkeypatch.setenv("DOCVERIFY_MAX_BYTES", "10")

    file = retrieve_file_from_s3.fn(Upload(bucket, "inbox/large.png"))

    assert (file.content, file.size) == (None, len(CONTENT))
    assert file.sha256 == f"etag:{hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()}"


def test_folder_of_a_console_is_no_document(bucket, put):
    put("inbox/2026-11/", b"")

    with pytest.raises(NoDocument, match="only represents a folder"):
        retrieve_file_from_s3.fn(Upload(bucket, "inbox/2026-11/"))


@pytest.mark.parametrize(("key", "content"), [("inbox/odd/", b"x"), ("inbox/empty", b"")])
def test_only_an_empty_object_with_a_slash_at_its_end_is_a_folder(bucket, put, key, content):
    put(key, content)

    assert retrieve_file_from_s3.fn(Upload(bucket, key)).content == content


def refuse(status: int, code: str, message: str) -> EdgeError:
    """Return the error for an upload that S3 refuses with this answer."""
    error = {"Code": code, "Message": message}
    refused = ClientError({"Error": error, "ResponseMetadata": {"HTTPStatusCode": status}}, "Get")
    explain = partial(s3.explain_refused_upload, Upload("documents", "inbox/anna"))
    with pytest.raises(EdgeError) as caught, explain_aws_errors("S3", explain):
        raise refused
    return caught.value


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "AccessDenied",
            "User: arn:aws:sts::123456789012:assumed-role/run/anna is not authorized to perform: "
            "kms:Decrypt on resource: arn:aws:kms:eu-west-1:123456789012:key/1",
        ),
        ("KMS.DisabledException", "arn:aws:kms:eu-west-1:123456789012:key/1 is disabled"),
    ],
)
def test_upload_that_its_key_does_not_let_decrypt_names_the_missing_right(code, message):
    error = refuse(403, code, message)

    assert isinstance(error, SetupError)
    assert "kms:Decrypt" in str(error)
    assert error.code.startswith("KMS.")
    assert "anna" not in str(error)
    assert "arn:" not in str(error)


def test_refusal_without_a_key_is_about_the_rights_to_the_bucket():
    error = refuse(403, "AccessDenied", "Access Denied")

    assert error.code == "AccessDenied"
    assert "s3:GetObject" in str(error)


def test_archived_upload_is_refused_with_what_restores_it(bucket, put):
    key = "inbox/archived"
    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=b"x", StorageClass="DEEP_ARCHIVE")

    with pytest.raises(SetupError, match="restore-object") as caught:
        retrieve_file_from_s3.fn(Upload(bucket, key))

    assert caught.value.code == "InvalidObjectState"


@pytest.mark.parametrize(
    ("allowed", "found"),
    [("one", "one"), ("one/a/,one/b/", "one"), ("one,two", None), ("", None)],
)
def test_notification_without_a_bucket_is_of_the_only_one_that_is_allowed(
    allowed, found, monkeypatch
):
    monkeypatch.setenv("DOCVERIFY_ALLOWED_UPLOADS", allowed)

    if found:
        assert find_only_bucket() == found
    else:
        with pytest.raises(NoDocument, match="names no bucket"):
            find_only_bucket()


def test_a_missing_object_is_explained_without_its_key(bucket):
    with pytest.raises(SetupError, match="has no object of this key") as caught:
        retrieve_file_from_s3.fn(Upload(bucket, "inbox/anna-passport.png"))

    assert "anna" not in str(caught.value)


def test_a_deleted_version_is_explained(bucket, put):
    version = put("inbox/deleted.png", CONTENT)
    s3.s3().delete_object(Bucket=bucket, Key="inbox/deleted.png", VersionId=version)

    with pytest.raises(SetupError, match="has no object of this version"):
        retrieve_file_from_s3.fn(Upload(bucket, "inbox/deleted.png", version))


def test_an_object_behind_a_delete_marker_is_explained(bucket, put):
    put("inbox/marked.png", CONTENT)
    s3.s3().delete_object(Bucket=bucket, Key="inbox/marked.png")

    with pytest.raises(SetupError, match="has no object of this key"):
        retrieve_file_from_s3.fn(Upload(bucket, "inbox/marked.png"))


@pytest.mark.parametrize(
    ("allowed", "upload"),
    [
        ("", Upload("b", "inbox/a.png")),
        ("other", Upload("b", "inbox/a.png")),
        ("b/inbox/", Upload("b", "outbox/a.png")),
        ("bb", Upload("b", "a.png")),
    ],
)
def test_an_upload_from_elsewhere_is_refused_before_anything_is_read(allowed, upload, monkeypatch):
    monkeypatch.setenv("DOCVERIFY_ALLOWED_UPLOADS", allowed)

    with pytest.raises(SetupError, match="DOCVERIFY_ALLOWED_UPLOADS"):
        retrieve_file_from_s3.fn(upload)


def test_a_bucket_that_does_not_exist_is_explained(aws, monkeypatch):
    monkeypatch.setenv("DOCVERIFY_ALLOWED_UPLOADS", "no-such-bucket")

    with pytest.raises(SetupError, match=r"may not be read \(NoSuchBucket\)"):
        retrieve_file_from_s3.fn(Upload("no-such-bucket", "a.png"))


def test_missing_credentials_are_our_fault(monkeypatch):
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("DOCVERIFY_ALLOWED_UPLOADS", "b")
    s3.s3.cache_clear()
    try:
        with pytest.raises(SetupError, match="NoCredentialsError"):
            retrieve_file_from_s3.fn(Upload("b", "k"))
    finally:
        s3.s3.cache_clear()


def test_an_invalid_bucket_name_is_the_fault_of_the_parameters(monkeypatch):
    monkeypatch.setenv("DOCVERIFY_ALLOWED_UPLOADS", "A B")

    with pytest.raises(SetupError, match="check the bucket and the version id") as caught:
        retrieve_file_from_s3.fn(Upload("A B", "k"))

    assert caught.value.code == "ParamValidationError"


def test_an_unreachable_s3_is_the_fault_of_the_world(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("DOCVERIFY_ALLOWED_UPLOADS", "b")
    s3.s3.cache_clear()
    try:
        with pytest.raises(WorldError, match="S3 does not answer"):
            retrieve_file_from_s3.fn(Upload("b", "k"))
    finally:
        s3.s3.cache_clear()


def put_with(bucket: str, **metadata: str) -> Upload:
    key = "inbox/applicant.png"
    named = {name.replace("_", "-"): text for name, text in metadata.items()}
    s3.s3().put_object(Bucket=bucket, Key=key, Body=CONTENT, Metadata=named)
    return Upload(bucket, key)


def test_the_metadata_declare_the_applicant(bucket):
    upload = put_with(bucket, applicant_name="Anna Ortiz", applicant_birth_date="1990-01-02")

    file = retrieve_file_from_s3.fn(upload)

    assert file.applicant == Applicant("Anna Ortiz", date(1990, 1, 2))
    assert "Ortiz" not in repr(file)


def test_an_object_without_metadata_declares_no_applicant(bucket):
    assert retrieve_file_from_s3.fn(put_with(bucket, other="x")).applicant is None


def test_an_invalid_birth_date_is_recorded_as_unreadable(bucket):
    upload = put_with(bucket, applicant_name="Anna", applicant_birth_date="2.1.1990")

    assert retrieve_file_from_s3.fn(upload).applicant == Applicant("Anna", None, ("birth_date",))


def test_an_object_that_is_too_large_still_declares_the_applicant(bucket, monkeypatch):
    monkeypatch.setenv("DOCVERIFY_MAX_BYTES", "10")

    file = retrieve_file_from_s3.fn(put_with(bucket, applicant_name="Anna"))

    assert (file.content, file.applicant) == (None, Applicant("Anna"))


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        pytest.param("%C5%81ucja%20Ortiz", "Łucja Ortiz", id="percent-encoded"),
        pytest.param("=?UTF-8?B?xYF1Y2phIE9ydGl6?=", "Łucja Ortiz", id="RFC 2047, base64"),
        pytest.param("=?UTF-8?Q?=C5=81ucja_Ortiz?=", "Łucja Ortiz", id="RFC 2047, quoted"),
        pytest.param("Łucja Ortiz".encode().decode("latin-1"), "Łucja Ortiz", id="plain UTF-8"),
        pytest.param("José", "José", id="Latin-1"),
        pytest.param("Łucja", "Łucja", id="decoded before"),
        pytest.param("Anna+Maria 50%", "Anna+Maria 50%", id="plain"),
        pytest.param("%FFAnna", "%FFAnna", id="not UTF-8"),
        pytest.param(
            "=?no-such-charset?B?QW5uYQ==?=", "=?no-such-charset?B?QW5uYQ==?=", id="unknown"
        ),
        pytest.param("=?UTF-8?B?Anna?=", "=?UTF-8?B?Anna?=", id="not base64"),
    ],
)
def test_a_name_is_decoded_however_a_client_encoded_it(sent, name):
    """S3 stores ASCII only, and returns other text in RFC 2047."""
    assert s3.parse_metadata({"Applicant-Name": sent}) == Applicant(name)


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ("A-2026/17", "A-2026/17"),
        (" A1 ", "A1"),
        ("x" * 128, "x" * 128),
        ("x" * 129, ""),
        ("two words", ""),
        ("a\0b", ""),
        ("Łucja", ""),
        ("", ""),
    ],
)
def test_the_id_of_an_application_is_short_plain_text(sent, found):
    assert s3.parse_application_id({"Application-Id": sent}) == found
    assert s3.parse_application_id({}) == ""


def test_a_file_names_the_application_that_it_belongs_to(bucket):
    assert retrieve_file_from_s3.fn(put_with(bucket, application_id="A1")).application_id == "A1"


@given(st.text(), st.text())
def test_no_metadata_raise_an_error(name, day):
    s3.parse_metadata({"applicant-name": name, "applicant-birth-date": day})
