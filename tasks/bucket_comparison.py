"""Comparison of bucket and record: which uploads have a verdict, and which were missed.

S3 lists keys in the order of their UTF-8 bytes, and so does PostgreSQL by its collation "C". So the
two streams are merged, and memory stays flat for any number of keys.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, func, select, tuple_

from tasks.aws_errors import explain_aws_errors
from tasks.errors import InvalidInput, SetupError
from tasks.record.connection import transaction
from tasks.record.tables import documents, failures, verdicts
from tasks.s3 import Upload, allowed_uploads, is_folder, s3
from tasks.settings import read_settings

PAGE_ROWS = 5_000
NO_VERSION = {"", "null"}  # S3 lists a version that was put without versioning as "null".


@dataclass(frozen=True)
class KeyRange:
    """Keys of a bucket: those with a prefix, after one key and up to another; empty: no limit."""

    bucket: str
    prefix: str = field(default="", repr=False)
    after: str = field(default="", repr=False)
    until: str = field(default="", repr=False)

    def contains(self, key: str) -> bool:
        """Return whether a key is in the range, by the order of its UTF-8 bytes."""
        if not key.startswith(self.prefix):
            return False
        order = key.encode()
        return order > self.after.encode() and not (self.until and order > self.until.encode())


@dataclass(frozen=True)
class Version:
    """A version of an object as S3 lists it, or a delete marker.

    Attributes:
        version_id: Empty in a bucket without versions.
        modified: When it was put.
        etag: Empty for a delete marker.
        size: Bytes.
    """

    key: str = field(repr=False)
    version_id: str
    modified: datetime
    etag: str = ""
    size: int = 0
    is_deletion: bool = False

    def upload(self, bucket: str) -> Upload:
        """Return the upload that this version is in a bucket."""
        return Upload(bucket, self.key, self.version_id, self.etag)


class UploadState(StrEnum):
    """The state of an upload in the record."""

    RECORDED = "recorded"
    MISSED = "missed"
    WITHDRAWN = "withdrawn"
    """Deleted in the meantime, although a version was kept."""
    PARKED = "parked"
    """Failed too often, or through our fault: a person must fix the cause."""
    GONE = "gone"
    """Recorded, and no longer in the bucket."""


@dataclass(frozen=True)
class Wait:
    """A failed upload that waits for its next try.

    Attributes:
        failed_at: When its last run failed.
        retry_at: When it is tried again.
        flow_run_id: The run that failed; None if it is not known.
    """

    failed_at: datetime
    retry_at: datetime
    flow_run_id: UUID | None


@dataclass(frozen=True)
class Comparison:
    """The state of one upload.

    Attributes:
        version: None if it is gone.
        wait: For a missed upload whose last run failed; None if no run is known to have failed.
    """

    state: UploadState
    version: Version | None = None
    wait: Wait | None = None


@dataclass(frozen=True)
class _Key:
    """The contents of bucket and record for one key.

    Attributes:
        recorded: The time at which each version id was first recorded.
    """

    key: str = field(repr=False)
    versions: tuple[Version, ...] = ()
    recorded: dict[str, datetime] = field(default_factory=dict)


def places_to_compare(bucket: str = "", prefix: str = "") -> list[KeyRange]:
    """Return the places in a bucket, or in all buckets, from which uploads may come.

    If a bucket is named, `prefix` is the beginning of the key; otherwise it is appended to the
    prefix of each allowed place. Raise SetupError if DOCVERIFY_ALLOWED_UPLOADS allows none of it,
    because every run that is started there would be refused.
    """
    allowed = allowed_uploads(read_settings())
    if not bucket:
        if not allowed:
            raise SetupError("name a bucket, or set DOCVERIFY_ALLOWED_UPLOADS to BUCKET/PREFIX")
        return [KeyRange(name, start + prefix) for name, start in allowed]
    starts = [start for name, start in allowed if name == bucket]
    if any(map(prefix.startswith, starts)):
        return [KeyRange(bucket, prefix)]
    if inside := [KeyRange(bucket, start) for start in starts if start.startswith(prefix)]:
        return inside
    raise InvalidInput(
        f"uploads to this place of bucket {bucket} are not allowed: check the bucket and the "
        "prefix, or add BUCKET or BUCKET/PREFIX to DOCVERIFY_ALLOWED_UPLOADS"
    )


def compare(place: KeyRange, page_rows: int = PAGE_ROWS) -> Iterator[Comparison]:
    """Compare the bucket with the record, in the order of the keys.

    The record is read in pages of `page_rows` rows.

    Raise WorldError if S3 or the database does not answer, SetupError if one of them refuses.
    """
    parked, waiting = read_failed(place)
    for merged in merge(list_bucket(place), read_record(place, page_rows)):
        deleted = [each.modified for each in merged.versions if each.is_deletion]
        uploads = [each for each in merged.versions if not each.is_deletion]
        for version in uploads:
            state = find_state(version, merged.recorded, max(deleted, default=None))
            names = run_names(version) if state is UploadState.MISSED else set()
            waits = [waiting[each] for each in names & waiting.keys()]
            wait = max(waits, key=attrgetter("failed_at"), default=None)
            is_parked = not parked.isdisjoint(names)
            yield Comparison(UploadState.PARKED if is_parked else state, version, wait)
        for _ in range(len(merged.recorded.keys() - {each.version_id for each in uploads})):
            yield Comparison(UploadState.GONE)


def find_state(
    version: Version, recorded: dict[str, datetime], deleted: datetime | None
) -> UploadState:
    """Return the state of a version, given what is recorded for its key and when it was deleted.

    Without version ids, an object that was put after the record was written is a new document.
    """
    seen = recorded.get(version.version_id)
    if seen and (version.version_id or version.modified <= seen):
        return UploadState.RECORDED
    if deleted and deleted >= version.modified:
        return UploadState.WITHDRAWN
    return UploadState.MISSED


RunName = tuple[str, str, str]
"""Key, version id and ETag, as in the parameters of a run."""


def run_names(version: Version) -> set[RunName]:
    """Return the parameters with which a run may have been started for a version."""
    key, version_id, etag = version.key, version.version_id, version.etag
    if version_id:
        return {(key, version_id, etag), (key, version_id, "")}
    return {(key, name, etag) for name in NO_VERSION}


def read_failed(place: KeyRange) -> tuple[set[RunName], dict[RunName, Wait]]:
    """Read which uploads are parked, and until when the other failed ones wait."""
    failed = failures.c
    query = select(
        *(failed.key, failed.version_id, failed.etag, failed.parked_at),
        failed.last_failed_at.label("failed_at"),
        func.coalesce(failed.retry_at, failed.last_failed_at).label("retry_at"),
        failed.flow_run_id,
    ).where(failed.bucket == place.bucket)
    parked, waiting = set(), {}
    with transaction() as connection:
        for row in connection.execute(query):
            name = (row.key, row.version_id, row.etag)
            if row.parked_at:
                parked.add(name)
            else:
                waiting[name] = Wait(row.failed_at, row.retry_at, row.flow_run_id)
    return parked, waiting


def merge(listed: Iterable[_Key], recorded: Iterable[_Key]) -> Iterator[_Key]:
    """Merge the contents of bucket and record for each key; both are in the order of the keys."""
    both = heapq.merge(listed, recorded, key=_order)
    for key, group in groupby(both, attrgetter("key")):
        found = list(group)
        yield _Key(
            key,
            tuple(version for each in found for version in each.versions),
            {name: seen for each in found for name, seen in each.recorded.items()},
        )


def _order(item: _Key | Version) -> bytes:
    return item.key.encode()


def list_bucket(place: KeyRange) -> Iterator[_Key]:
    """List the keys of a bucket with their versions.

    Consoles put empty objects whose keys end with a slash, to show folders; these are left out.
    """
    for key, versions in groupby(list_versions(place), attrgetter("key")):
        if uploads := tuple(each for each in versions if not is_folder(key, each.size)):
            yield _Key(key, uploads)


def list_versions(place: KeyRange) -> Iterator[Version]:
    """List all versions and delete markers of a range of keys, in the order of the keys."""
    request = {"Bucket": place.bucket, "Prefix": place.prefix}
    if place.after:
        request["KeyMarker"] = place.after
    with explain_aws_errors("S3", partial(explain_refused_listing, place.bucket)):
        for page in s3().get_paginator("list_object_versions").paginate(**request):
            versions = map(parse_version, page.get("Versions", ()))
            markers = map(parse_version, page.get("DeleteMarkers", ()))
            for version in heapq.merge(versions, markers, key=_order):
                if place.until and _order(version) > place.until.encode():
                    return
                if place.contains(version.key):
                    yield version


def parse_version(listed: dict[str, Any]) -> Version:
    """Parse a version or a delete marker; only a version has an ETag."""
    name = str(listed.get("VersionId", ""))
    return Version(
        listed["Key"],
        "" if name in NO_VERSION else name,
        listed["LastModified"],
        listed.get("ETag", "").strip('"'),
        listed.get("Size", 0),
        is_deletion="ETag" not in listed,
    )


def explain_refused_listing(bucket: str, code: str) -> SetupError:
    """Return the error for a bucket that S3 does not list, by S3's error code."""
    return SetupError(
        f"bucket {bucket} may not be listed ({code}): check the bucket's name, the region, and "
        "that the run's role has s3:ListBucketVersions",
        code,
    )


def read_record(place: KeyRange, page_rows: int) -> Iterator[_Key]:
    """Read the keys with a verdict and, per version id, when the document was first recorded."""
    for key, rows in groupby(_read_pages(place, page_rows), attrgetter("key")):
        seen: dict[str, datetime] = {}
        for row in rows:
            name = "" if row.version_id in NO_VERSION else row.version_id
            seen[name] = max(row.seen, seen.get(name, row.seen))
        yield _Key(key, recorded=seen)


def _read_pages(place: KeyRange, page_rows: int) -> Iterator[Row[Any]]:
    page = _read_page(place, None, page_rows)
    while page:
        yield from page
        page = _read_page(place, page[-1], page_rows) if len(page) >= page_rows else []


def _read_page(place: KeyRange, last: Row[Any] | None, page_rows: int) -> list[Row[Any]]:
    """Read the next page after a row, in the order in which S3 lists keys."""
    key, version_id = documents.c.key.collate("C"), documents.c.version_id.collate("C")
    order = (key, version_id, documents.c.id)
    query = (
        select(
            *(documents.c.id, documents.c.key, documents.c.version_id),
            documents.c.first_seen.label("seen"),
        )
        .where(
            documents.c.bucket == place.bucket,
            documents.c.key.startswith(place.prefix, autoescape=True),
            key >= place.prefix,
            exists().where(verdicts.c.document_id == documents.c.id),
        )
        .order_by(*order)
        .limit(page_rows)
    )
    if place.after:
        query = query.where(key > place.after)
    if place.until:
        query = query.where(key <= place.until)
    if last is not None:
        query = query.where(tuple_(*order) > tuple_(last.key, last.version_id, last.id))
    with transaction() as connection:
        return list(connection.execute(query))
