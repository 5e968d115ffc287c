"""The objects of a bucket compared with the documents of the record."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import boto3
import pytest

from tasks.bucket_comparison import PAGE_ROWS, KeyRange, UploadState, compare, places_to_compare
from tasks.errors import SetupError
from tests.support.reconciliation_runs import record

pytestmark = pytest.mark.usefixtures("prefect_server", "database", "bucket")

KEYS = ["a", "a b+c", "a!", "a/b", "ab", "B", "ž", "旅券", "\U0001f4a0", "z\uffee"]


def found(place: str, page_rows: int = PAGE_ROWS, **limits) -> list[tuple[str, str | None]]:
    return [
        (each.state, each.version and each.version.key.removeprefix(place))
        for each in compare(KeyRange("documents", place, **limits), page_rows)
    ]


def test_bucket_and_record_are_compared_in_the_same_order(put, place):
    for number, key in enumerate(KEYS):
        version = put(place + key, b"x")
        if number % 2:
            record(place + key, version)

    assert found(place, page_rows=3) == sorted(
        [
            (UploadState.RECORDED if n % 2 else UploadState.MISSED, key)
            for n, key in enumerate(KEYS)
        ],
        key=lambda each: each[1].encode(),
    )


def test_each_version_of_a_key_is_a_document_of_its_own(put, place):
    record(place + "a", put(place + "a", b"1"))
    put(place + "a", b"2")

    assert sorted(found(place)) == [(UploadState.MISSED, "a"), (UploadState.RECORDED, "a")]


def test_folders_are_not_uploads(put, place):
    put(place, b"")
    put(place + "sub/", b"")
    put(place + "odd/", b"a document")

    assert found(place) == [(UploadState.MISSED, "odd/")]


def test_a_deleted_upload_is_withdrawn_and_a_later_one_is_not(put, place):
    put(place + "a", b"1")
    boto3.client("s3").delete_object(Bucket="documents", Key=place + "a")
    assert found(place) == [(UploadState.WITHDRAWN, "a")]


def test_a_recorded_document_that_is_no_longer_in_the_bucket_is_counted(place):
    record(place + "a", "v1")

    assert found(place) == [(UploadState.GONE, None)]


def test_only_the_chosen_range_of_keys_is_compared(put, place):
    for key in KEYS:
        put(place + key, b"x")
    ordered = sorted(KEYS, key=str.encode)

    part = found(place, after=place + ordered[2], until=place + ordered[5])

    assert [key for _, key in part] == ordered[3:6]


def test_without_versions_an_object_put_later_is_another_document(place, monkeypatch):
    bucket = f"plain-{uuid4()}"
    s3 = boto3.client("s3")
    where = {"LocationConstraint": s3.meta.region_name}
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
    for key in ("old", "replaced"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")
        record(key, "", bucket)
    (old, replaced) = compare(KeyRange(bucket))
    assert old.state == replaced.state == UploadState.RECORDED

    moment = datetime.now(UTC)
    while datetime.now(UTC) < moment + timedelta(seconds=1.1):  # S3 tells whole seconds.
        pass
    s3.put_object(Bucket=bucket, Key="replaced", Body=b"2")

    assert [each.state for each in compare(KeyRange(bucket))] == [
        UploadState.RECORDED,
        UploadState.MISSED,
    ]


def test_all_allowed_places_are_compared_if_none_is_named(monkeypatch):
    monkeypatch.setenv("DOCVERIFY_ALLOWED_UPLOADS", "one/inbox/, two")
    assert places_to_compare() == [KeyRange("one", "inbox/"), KeyRange("two")]
    assert places_to_compare("two", "x") == [KeyRange("two", "x")]
    assert places_to_compare("one", "inbox/x") == [KeyRange("one", "inbox/x")]
    assert places_to_compare("one") == [KeyRange("one", "inbox/")]
    monkeypatch.setenv("DOCVERIFY_ALLOWED_UPLOADS", "")
    with pytest.raises(SetupError, match="name a bucket"):
        places_to_compare()


@pytest.mark.parametrize(("bucket", "prefix"), [("three", ""), ("one", "outbox/"), ("on", "")])
def test_a_place_that_is_not_allowed_is_refused(bucket, prefix, monkeypatch):
    monkeypatch.setenv("DOCVERIFY_ALLOWED_UPLOADS", "one/inbox/, two")

    with pytest.raises(SetupError, match="add BUCKET or BUCKET/PREFIX to DOCVERIFY_ALLOWED"):
        places_to_compare(bucket, prefix)
