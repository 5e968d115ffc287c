"""The bucket that documents are uploaded to."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from functools import cache
from typing import Any
from urllib.parse import unquote, unquote_plus

import boto3
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
)
from prefect import task
from prefect.cache_policies import NO_CACHE

from docverify.applicant import Applicant, parse_applicant
from tasks.errors import NotAllowed, SetupError, WorldError, may_work_later, only_our_errors
from tasks.settings import Settings, read_settings

GONE = {"NoSuchKey", "NoSuchVersion", "MethodNotAllowed", "InvalidArgument"}
# What S3 and the services behind it say with a status of 4xx, and what may work in a moment.
PASSING = {
    *("RequestTimeout", "RequestTimeoutException", "RequestTimeTooSkewed", "ExpiredToken"),
    *("OperationAborted", "PriorRequestNotComplete", "BandwidthLimitExceeded", "SlowDown"),
    *("Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled"),
    *("RequestThrottledException", "RequestLimitExceeded", "TooManyRequestsException"),
    *("LimitExceededException", "TransactionInProgressException"),
}
NOT_SET = (NoCredentialsError, PartialCredentialsError, ProfileNotFound, NoRegionError)
UNRECORDABLE = re.compile("[\0\ud800-\udfff]")
PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
SUPERSEDED = {"PreconditionFailed", "NoSuchKey"}  # by a newer version, or a delete marker


@dataclass(frozen=True)
class Upload:
    """Where a document lies; without a version id, the version with the ETag, or the newest."""

    bucket: str
    key: str = field(repr=False)
    version_id: str = ""
    etag: str = ""


@dataclass(frozen=True)
class File:
    """One version of an object as retrieved.

    When it was too large, `content` is None and its ETag stands for the hash. What the uploader
    says of the applicant is the object's metadata: `x-amz-meta-applicant-name` and
    `x-amz-meta-applicant-birth-date`. It is never a parameter of a run: Prefect keeps and shows
    those.
    """

    content: bytes | None = field(repr=False)
    sha256: str
    size: int
    version_id: str
    applicant: Applicant | None = None
    etag: str = ""


def upload_of(
    bucket: str, key: str, version_id: str = "", etag: str = "", *, url_encoded: bool = False
) -> Upload:
    """Name an object; S3 notifications encode the key as a form does, so it is decoded once here.

    Raises SetupError that names the parameter for an empty bucket or key, and for what is no text
    that the record can keep.
    """
    for name, value in (("bucket", bucket), ("key", key)):
        if not isinstance(value, str) or not value.strip():
            raise SetupError(f"the parameter {name} is empty; give the {name} of an uploaded file")
    upload = Upload(bucket, unquote_plus(key) if url_encoded else key, version_id or "", etag or "")
    for each in fields(upload):
        if not _is_recordable(getattr(upload, each.name)):
            raise SetupError(
                f"the parameter {each.name} holds what cannot be recorded: "
                "U+0000, a lone surrogate, or no text at all"
            )
    return upload


def _is_recordable(text: object) -> bool:
    """Tell what PostgreSQL keeps: no U+0000, and no half of a pair of surrogates."""
    return isinstance(text, str) and not UNRECORDABLE.search(text)


@task(
    retries=3,
    retry_delay_seconds=[1, 5, 15],
    retry_jitter_factor=0.5,
    retry_condition_fn=may_work_later,
    timeout_seconds=120,
    cache_policy=NO_CACHE,
    persist_result=False,
)
@only_our_errors()
def retrieve_file_from_s3(upload: Upload) -> File:
    """Read exactly the version that was named, even if a newer one exists.

    Raises SetupError when the upload is not allowed or not there, WorldError when S3 can't answer.
    """
    settings = read_settings()
    _check_allowed(upload, settings)
    try:
        return _file(_found(upload), settings.max_bytes)
    except ClientError as error:
        raise _explained(error, upload) from None
    except NOT_SET as error:
        raise SetupError(
            f"S3 cannot be asked ({type(error).__name__}): "
            "give the run a task role or AWS_* variables, and a region"
        ) from None
    except ParamValidationError:
        raise SetupError("the bucket's name or the version id is none that S3 knows") from None
    except BotoCoreError as error:
        kind = type(error).__name__
        raise WorldError(f"S3 does not answer: {kind}", kind) from None


def _found(upload: Upload) -> dict[str, Any]:
    """Ask S3 for the version; a notification without version id still tells the ETag."""
    where = {"Bucket": upload.bucket, "Key": upload.key}
    if upload.version_id:
        return _answer(where | {"VersionId": upload.version_id})
    if not upload.etag:
        return _answer(where)
    try:
        return _answer(where | {"IfMatch": upload.etag})
    except ClientError as error:
        if error.response["Error"]["Code"] not in SUPERSEDED:
            raise
    return _answer(where | {"VersionId": _version_with_etag(upload)})


def _answer(request: dict[str, str]) -> dict[str, Any]:
    answer: dict[str, Any] = s3().get_object(**request)
    return answer


def _version_with_etag(upload: Upload) -> str:
    """Find what was notified among the versions, once it is no longer the newest."""
    versions = s3().get_paginator("list_object_versions")
    for page in versions.paginate(Bucket=upload.bucket, Prefix=upload.key):
        for version in page.get("Versions", ()):
            if version["Key"] == upload.key and version["ETag"].strip('"') == upload.etag:
                return str(version["VersionId"])
    raise SetupError(
        f"the upload to bucket {upload.bucket} was replaced or deleted, and no version of it was "
        "kept: switch the bucket's versioning on, and upload it again",
        "NoSuchVersion",
    )


@cache
def s3() -> BaseClient:
    """Return this process's client of S3."""
    config = Config(
        connect_timeout=5, read_timeout=30, retries={"mode": "standard", "max_attempts": 3}
    )
    return boto3.client("s3", config=config)


def _check_allowed(upload: Upload, settings: Settings) -> None:
    allowed = [each.strip() for each in settings.allowed_uploads.split(",") if each.strip()]
    for each in allowed:
        bucket, _, prefix = each.partition("/")
        if upload.bucket == bucket and upload.key.startswith(prefix):
            return
    raise NotAllowed(
        f"uploads to this place of bucket {upload.bucket} are not allowed: "
        "add BUCKET or BUCKET/PREFIX to DOCVERIFY_ALLOWED_UPLOADS if they should be"
    )


def _file(found: dict[str, Any], max_bytes: int) -> File:
    size, version_id = found["ContentLength"], found.get("VersionId", "")
    etag = found["ETag"].strip('"')
    applicant = _applicant(found.get("Metadata", {}))
    if size > max_bytes:
        found["Body"].close()
        return File(None, f"etag:{etag}", size, version_id, applicant, etag)
    content = found["Body"].read()
    return File(content, hashlib.sha256(content).hexdigest(), size, version_id, applicant, etag)


def _applicant(metadata: Mapping[str, str]) -> Applicant | None:
    given = {name.lower(): _metadata_text(text) for name, text in metadata.items()}
    return parse_applicant(given.get("applicant-name"), given.get("applicant-birth-date"))


def _metadata_text(text: str) -> str:
    """Decode what clients do to text that is not ASCII: RFC 2047, percent-encoding, plain UTF-8.

    What is none of these is returned as it came.
    """
    try:
        if "=?" in text:
            return str(make_header(decode_header(text)))
        if PERCENT.search(text):
            return unquote(text, errors="strict")
        return text.encode("latin-1").decode("utf-8")
    except (UnicodeError, HeaderParseError, LookupError):
        return text


def _explained(error: ClientError, upload: Upload) -> Exception:
    code = error.response["Error"]["Code"]
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    if status >= 500 or status == 429 or code in PASSING:
        return WorldError(f"S3 refuses for now ({code})", code)
    if code in GONE:
        what = "version" if upload.version_id else "key"
        return SetupError(
            f"bucket {upload.bucket} has no object of this {what} ({code}): "
            "it was deleted, or never existed; upload it again or name another version",
            code,
        )
    return SetupError(
        f"bucket {upload.bucket} may not be read ({code}): check its name, the region, and "
        "s3:GetObject and s3:GetObjectVersion of the run's role; without s3:ListBucket, S3 says "
        "so of objects that are gone as well",
        code,
    )
