"""Uploads in S3: which ones are allowed, and reading of exactly the notified version."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from functools import cache, partial
from typing import Any
from urllib.parse import unquote, unquote_plus

import boto3
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError

from docverify.applicant import Applicant, parse_applicant
from tasks.aws_errors import KMS, explain_aws_errors
from tasks.errors import (
    InvalidInput,
    NoDocument,
    NotAllowed,
    SetupError,
)
from tasks.retried_tasks import retried_task
from tasks.settings import Settings, read_settings

GONE = {"NoSuchKey", "NoSuchVersion", "MethodNotAllowed", "InvalidArgument"}
UNRECORDABLE = re.compile("[\0\ud800-\udfff]")
APPLICATION_ID = re.compile(r"[!-~]{1,128}")  # printable ASCII without spaces
PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
SUPERSEDED = {"PreconditionFailed", "NoSuchKey"}  # by a newer version, or a delete marker

MAX_BYTES = {"bucket": 255, "key": 1024, "version_id": 1024, "etag": 64}
"""Longest parameters of an upload in UTF-8; those of S3 are not longer."""


@dataclass(frozen=True)
class Upload:
    """An object in S3 that a run was asked to verify.

    Attributes:
        bucket: Name of the bucket.
        key: Key of the object; it may name a person, so it is never shown.
        version_id: Version of the object; empty if the notification or the person gave none.
        etag: ETag of the object; identifies the version if `version_id` is empty. If both are
            empty, the newest version is meant.
    """

    bucket: str
    key: str = field(repr=False)
    version_id: str = ""
    etag: str = ""


@dataclass(frozen=True)
class File:
    """One version of an object, as retrieved.

    What the uploader declares is metadata of the object: `x-amz-meta-applicant-name`,
    `x-amz-meta-applicant-birth-date` and `x-amz-meta-application-id`. It is never a parameter of
    a run, because Prefect stores and shows parameters.

    Attributes:
        content: The bytes; None if the file is larger than DOCVERIFY_MAX_BYTES.
        sha256: Hash of the content, in hexadecimal; `etag:ETAG` if there is no content.
        size: Bytes of the object.
        version_id: Version that was read; empty if the bucket keeps no versions.
        applicant: What the metadata declares; None without such metadata.
        etag: ETag of the version that was read.
        application_id: The application that the upload belongs to; empty if it names none.
    """

    content: bytes | None = field(repr=False)
    sha256: str
    size: int
    version_id: str
    applicant: Applicant | None = None
    etag: str = ""
    application_id: str = ""


def parse_upload(
    bucket: str, key: str, version_id: str = "", etag: str = "", *, url_encoded: bool = False
) -> Upload:
    """Check the parameters that name an upload.

    S3 notifications encode a key as forms do; `url_encoded` decodes it, here and nowhere else.

    Raise SetupError that names the parameter if bucket or key is empty, or if a value is not a
    text that the record can store.
    """
    for name, value in (("bucket", bucket), ("key", key)):
        if not isinstance(value, str) or not value.strip():
            raise InvalidInput(
                f"the parameter {name} is empty: give the {name} of an uploaded file"
            )
    upload = Upload(bucket, unquote_plus(key) if url_encoded else key, version_id or "", etag or "")
    for each in fields(upload):
        if not is_recordable(getattr(upload, each.name)):
            raise InvalidInput(
                f"the parameter {each.name} cannot be recorded: it must be a text without U+0000 "
                "and without a lone surrogate"
            )
    return upload


def is_recordable(value: object) -> bool:
    """Return whether PostgreSQL can store a value as text: no U+0000 and no lone surrogate."""
    return isinstance(value, str) and not UNRECORDABLE.search(value)


@retried_task(1, 5, 15, timeout_seconds=120)
def retrieve_file_from_s3(upload: Upload) -> File:
    """Read exactly the named version, even if a newer one exists.

    Raise SetupError when the upload is not allowed or does not exist, NoDocument for a folder of
    the S3 console, WorldError when S3 does not answer.
    """
    settings = read_settings()
    check_upload_is_allowed(upload, settings)
    check_lengths(upload)
    with explain_aws_errors("S3", partial(explain_refused_upload, upload)):
        return read_file(check_is_file(upload.key, get_object(upload)), settings.max_bytes)


def check_is_file(key: str, response: dict[str, Any]) -> dict[str, Any]:
    """Return the response; raise NoDocument for the empty object of a folder in the console."""
    if is_folder(key, response["ContentLength"]):
        response["Body"].close()
        raise NoDocument(
            "an empty object whose key ends with / only represents a folder in the S3 console, "
            "and is not a document"
        )
    return response


def is_folder(key: str, size: int) -> bool:
    """Return whether an object only represents a folder in a console."""
    return size == 0 and key.endswith("/")


def find_only_bucket() -> str:
    """Return the bucket of a notification that names none, because only one is allowed.

    Raise NoDocument if DOCVERIFY_ALLOWED_UPLOADS allows several, or none.
    """
    buckets = sorted({bucket for bucket, _ in allowed_uploads(read_settings())})
    if len(buckets) == 1:
        return buckets[0]
    raise NoDocument(
        f"the notification names no bucket, and DOCVERIFY_ALLOWED_UPLOADS allows {len(buckets)}: "
        "use S3's own notification, which names the bucket; reconciliation finds the upload"
    )


def check_upload_is_allowed(upload: Upload, settings: Settings) -> None:
    """Raise NotAllowed if DOCVERIFY_ALLOWED_UPLOADS does not list the place of an upload."""
    for bucket, prefix in allowed_uploads(settings):
        if upload.bucket == bucket and upload.key.startswith(prefix):
            return
    raise NotAllowed(
        f"uploads to this place of bucket {upload.bucket} are not allowed: "
        "add BUCKET or BUCKET/PREFIX to DOCVERIFY_ALLOWED_UPLOADS if they should be"
    )


def check_lengths(upload: Upload) -> None:
    """Raise SetupError that names any parameter longer than S3 allows."""
    for each in fields(upload):
        most = MAX_BYTES[each.name]
        if len(getattr(upload, each.name).encode()) > most:
            raise InvalidInput(
                f"the parameter {each.name} is longer than {most} bytes, which S3 does not allow: "
                f"give the {each.name} of an uploaded file",
                "TooLong",
            )


def allowed_uploads(settings: Settings) -> list[tuple[str, str]]:
    """Return bucket and key prefix of every place that uploads may come from."""
    entries = (each.strip().partition("/") for each in settings.allowed_uploads.split(","))
    return [(bucket, prefix) for bucket, _, prefix in entries if bucket or prefix]


def get_object(upload: Upload) -> dict[str, Any]:
    """Request the object; find the version by its ETag if the notification had no version id."""
    where = {"Bucket": upload.bucket, "Key": upload.key}
    if upload.version_id:
        where["VersionId"] = upload.version_id
    if upload.version_id or not upload.etag:
        return _send_request(where)
    try:
        return _send_request(where | {"IfMatch": upload.etag})
    except ClientError as error:
        if error.response["Error"]["Code"] not in SUPERSEDED:
            raise
    return _send_request(where | {"VersionId": find_version(upload)})


def find_version(upload: Upload) -> str:
    """Find the notified version by its ETag if it is no longer the newest one."""
    pages = s3().get_paginator("list_object_versions")
    for page in pages.paginate(Bucket=upload.bucket, Prefix=upload.key):
        for version in page.get("Versions", ()):
            if version["Key"] == upload.key and version["ETag"].strip('"') == upload.etag:
                return str(version["VersionId"])
    raise SetupError(
        f"the upload to bucket {upload.bucket} was replaced or deleted, and no version of it was "
        "kept: enable versioning for the bucket, and upload the file again",
        "NoSuchVersion",
    )


def _send_request(request: dict[str, str]) -> dict[str, Any]:
    response: dict[str, Any] = s3().get_object(**request)
    return response


@cache
def s3() -> BaseClient:
    """Return the S3 client of this process."""
    config = Config(
        connect_timeout=5, read_timeout=30, retries={"mode": "standard", "max_attempts": 3}
    )
    return boto3.client("s3", config=config)


def read_file(response: dict[str, Any], max_bytes: int) -> File:
    """Read an object from the response of S3, without its content if it is too large."""
    size, version_id = response["ContentLength"], response.get("VersionId", "")
    etag = response["ETag"].strip('"')
    metadata = response.get("Metadata", {})
    declared = parse_metadata(metadata), etag, parse_application_id(metadata)
    if size > max_bytes:
        response["Body"].close()
        return File(None, f"etag:{etag}", size, version_id, *declared)
    content = response["Body"].read()
    return File(content, hashlib.sha256(content).hexdigest(), size, version_id, *declared)


def parse_metadata(metadata: Mapping[str, str]) -> Applicant | None:
    """Return what the metadata of an object declares about the applicant."""
    given = {name.lower(): decode_metadata(text) for name, text in metadata.items()}
    return parse_applicant(given.get("applicant-name"), given.get("applicant-birth-date"))


def parse_application_id(metadata: Mapping[str, str]) -> str:
    """Return the id of the application that the metadata of an object name; empty without one.

    An id has up to 128 printable ASCII characters; any other value is ignored.
    """
    given = {name.lower(): text.strip() for name, text in metadata.items()}
    found = given.get("application-id", "")
    return found if APPLICATION_ID.fullmatch(found) else ""


def decode_metadata(text: str) -> str:
    """Decode text that clients encode in one of several ways: RFC 2047, percent-encoding, UTF-8.

    Text in none of these encodings is returned unchanged.
    """
    try:
        if "=?" in text:
            return str(make_header(decode_header(text)))
        if PERCENT.search(text):
            return unquote(text, errors="strict")
        return text.encode("latin-1").decode("utf-8")
    except (UnicodeError, HeaderParseError, LookupError):
        return text


def explain_refused_upload(upload: Upload, code: str) -> SetupError:
    """Return the error for an object that S3 does not return, by S3's error code."""
    if code in GONE:
        what = "version" if upload.version_id else "key"
        return InvalidInput(
            f"bucket {upload.bucket} has no object of this {what} ({code}): "
            "it was deleted or never existed; upload it again, or name another version",
            code,
        )
    if code == "InvalidObjectState":
        return SetupError(
            f"bucket {upload.bucket} keeps the object in an archive (Glacier or Deep Archive): "
            "restore it with `aws s3api restore-object`, then start the deployment retry-parked; "
            "make sure that no lifecycle rule archives uploads before they have a verdict",
            code,
        )
    if code.startswith(KMS):
        return SetupError(
            f"bucket {upload.bucket} may be read, but not decrypted ({code}): allow the run's role "
            "kms:Decrypt, in its own policy and in that of the KMS key, which must be enabled",
            code,
        )
    return SetupError(
        f"bucket {upload.bucket} may not be read ({code}): check the bucket's name, the region, "
        "and that the run's role has s3:GetObject and s3:GetObjectVersion; without s3:ListBucket, "
        "S3 gives the same answer for deleted objects",
        code,
    )
