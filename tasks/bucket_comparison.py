"""What lies in the bucket beside what stands in the record, gone through side by side.

S3 lists keys in the order of their UTF-8 bytes, and PostgreSQL's collation "C" is the same order:
so two streams are merged, and memory stays flat however many keys there are.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from operator import attrgetter
from typing import Any, NoReturn, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from sqlalchemy import exists, select, tuple_
from sqlalchemy.exc import DBAPIError

from tasks.errors import SetupError, WorldError
from tasks.record.tables import documents, failures, verdicts
from tasks.record.verdicts import database, explained
from tasks.s3 import NOT_SET, PASSING, Upload, s3
from tasks.settings import read_settings

PAGE = 5_000
NO_VERSION = {"", "null"}  # S3 calls a version so that was put while the bucket kept none.
Item = TypeVar("Item")


@dataclass(frozen=True)
class Place:
    """A part of a bucket: the keys with a prefix, those after one, and up to another."""

    bucket: str
    prefix: str = field(default="", repr=False)
    after: str = field(default="", repr=False)
    until: str = field(default="", repr=False)

    def holds(self, key: str) -> bool:
        """Tell whether a key belongs to it, by the order of its bytes."""
        if not key.startswith(self.prefix):
            return False
        order = key.encode()
        return order > self.after.encode() and not (self.until and order > self.until.encode())


@dataclass(frozen=True)
class Version:
    """A version of an object as S3 lists it, or a delete marker; `size` in bytes."""

    key: str = field(repr=False)
    version_id: str
    modified: datetime
    etag: str = ""
    size: int = 0
    is_deletion: bool = False

    def upload(self, bucket: str) -> Upload:
        """Name it as the pipeline does."""
        return Upload(bucket, self.key, self.version_id, self.etag)


class Found(StrEnum):
    """What became of an upload."""

    RECORDED = "recorded"
    MISSED = "missed"
    WITHDRAWN = "withdrawn"
    """Deleted since, though a version was kept."""
    PARKED = "parked"
    """Failed too often, or by our fault: a person must look."""
    GONE = "gone"
    """Recorded, and no longer in the bucket."""


@dataclass(frozen=True)
class Comparison:
    """One upload, and what became of it; of what is gone, no version is known."""

    found: Found
    version: Version | None = None


@dataclass(frozen=True)
class _Key:
    """What bucket and record have of one key."""

    key: str = field(repr=False)
    versions: tuple[Version, ...] = ()
    recorded: dict[str, datetime] = field(default_factory=dict)


def allowed_places(bucket: str = "", prefix: str = "") -> list[Place]:
    """Return what is asked for, or for an empty bucket every place that uploads may come from.

    Raises SetupError when nothing is asked for and nothing is allowed.
    """
    if bucket:
        return [Place(bucket, prefix)]
    named = [each.strip() for each in read_settings().allowed_uploads.split(",") if each.strip()]
    places = [
        Place(name, start + prefix) for name, _, start in (each.partition("/") for each in named)
    ]
    if not places:
        raise SetupError("name a bucket, or set DOCVERIFY_ALLOWED_UPLOADS to BUCKET/PREFIX")
    return places


def compare(place: Place) -> Iterator[Comparison]:
    """Go through bucket and record side by side, in the order of the keys.

    Raises WorldError when S3 or the database can't answer, SetupError when they won't.
    """
    parked = _parked(place)
    for merged in _merged(_listed(place), _recorded(place)):
        deleted = [each.modified for each in merged.versions if each.is_deletion]
        uploads = [each for each in merged.versions if not each.is_deletion]
        for version in uploads:
            found = _found(version, merged.recorded, max(deleted, default=None))
            is_parked = found is Found.MISSED and not parked.isdisjoint(_names(version))
            yield Comparison(Found.PARKED if is_parked else found, version)
        for _ in range(len(merged.recorded.keys() - {each.version_id for each in uploads})):
            yield Comparison(Found.GONE)


def _found(version: Version, recorded: dict[str, datetime], deleted: datetime | None) -> Found:
    seen = recorded.get(version.version_id)
    # Without version ids, what was put after the record was made is another document.
    if seen and (version.version_id or version.modified <= seen):
        return Found.RECORDED
    if deleted and deleted >= version.modified:
        return Found.WITHDRAWN
    return Found.MISSED


Name = tuple[str, str, str]
"""How a run was asked for an upload: its key, its version id, its ETag."""


def _names(version: Version) -> set[Name]:
    key, version_id, etag = version.key, version.version_id, version.etag
    if version_id:
        return {(key, version_id, etag), (key, version_id, "")}
    return {(key, name, etag) for name in NO_VERSION}


def _parked(place: Place) -> set[Name]:
    """Return what is parked, which is little: it waits for people."""
    query = select(failures.c.key, failures.c.version_id, failures.c.etag).where(
        failures.c.bucket == place.bucket, failures.c.parked_at.is_not(None)
    )
    try:
        with database().connect() as connection:
            return {(row.key, row.version_id, row.etag) for row in connection.execute(query)}
    except DBAPIError as error:
        raise explained(error) from None


def _merged(listed: Iterable[_Key], recorded: Iterable[_Key]) -> Iterator[_Key]:
    both = heapq.merge(listed, recorded, key=_order)
    for key, parts in groupby(both, attrgetter("key")):
        found = list(parts)
        yield _Key(
            key,
            tuple(version for part in found for version in part.versions),
            {name: seen for part in found for name, seen in part.recorded.items()},
        )


def _order(item: _Key | Version) -> bytes:
    return item.key.encode()


def _listed(place: Place) -> Iterator[_Key]:
    for key, versions in groupby(_versions(place), attrgetter("key")):
        if not key.endswith("/"):
            yield _Key(key, tuple(versions))
            continue
        # What consoles make to show a folder; a document may have such a key, but not be empty.
        if whole := tuple(each for each in versions if each.size):
            yield _Key(key, whole)


def _versions(place: Place) -> Iterator[Version]:
    pages = s3().get_paginator("list_object_versions")
    request = {"Bucket": place.bucket, "Prefix": place.prefix}
    if place.after:
        request["KeyMarker"] = place.after
    for page in _answers(iter(pages.paginate(**request)), place.bucket):
        versions = map(_version, page.get("Versions", ()))
        markers = map(_marker, page.get("DeleteMarkers", ()))
        for version in heapq.merge(versions, markers, key=_order):
            if place.until and _order(version) > place.until.encode():
                return
            if place.holds(version.key):
                yield version


def _version(listed: dict[str, Any]) -> Version:
    return Version(
        listed["Key"],
        _version_id(listed),
        listed["LastModified"],
        listed["ETag"].strip('"'),
        listed["Size"],
    )


def _marker(listed: dict[str, Any]) -> Version:
    return Version(listed["Key"], _version_id(listed), listed["LastModified"], is_deletion=True)


def _version_id(listed: dict[str, Any]) -> str:
    name = str(listed.get("VersionId", ""))
    return "" if name in NO_VERSION else name


def _answers(pages: Iterator[Item], bucket: str) -> Iterator[Item]:
    try:
        yield from pages
    except ClientError as error:
        _refuse(error, bucket)
    except NOT_SET as error:
        raise SetupError(
            f"S3 cannot be asked ({type(error).__name__}): "
            "give the run a task role or AWS_* variables, and a region"
        ) from None
    except BotoCoreError as error:
        raise WorldError(f"S3 does not answer: {type(error).__name__}") from None


def _refuse(error: ClientError, bucket: str) -> NoReturn:
    code = error.response["Error"]["Code"]
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    if status >= 500 or status == 429 or code in PASSING:
        raise WorldError(f"S3 refuses for now ({code})") from None
    raise SetupError(
        f"bucket {bucket} may not be listed ({code}): check its name, the region, and "
        "s3:ListBucketVersions of the run's role"
    ) from None


def _recorded(place: Place) -> Iterator[_Key]:
    rows = _pages(lambda last: _recorded_page(place, last))
    for key, versions in groupby(rows, attrgetter("key")):
        seen: dict[str, datetime] = {}
        for row in versions:
            name = "" if row.version_id in NO_VERSION else row.version_id
            seen[name] = max(row.seen, seen.get(name, row.seen))
        yield _Key(key, recorded=seen)


def _pages(page_after: Callable[[Any], list[Any]]) -> Iterator[Any]:
    page = page_after(None)
    while page:
        yield from page
        page = page_after(page[-1]) if len(page) >= PAGE else []


def _recorded_page(place: Place, last: Any) -> list[Any]:  # noqa: ANN401 (a row)
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
        .limit(PAGE)
    )
    if place.after:
        query = query.where(key > place.after)
    if place.until:
        query = query.where(key <= place.until)
    if last is not None:
        query = query.where(tuple_(*order) > tuple_(last.key, last.version_id, last.id))
    try:
        with database().connect() as connection:
            return list(connection.execute(query))
    except DBAPIError as error:
        raise explained(error) from None
