"""What the record knows of documents like the one that is judged."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from sqlalchemy import ColumnElement, Connection, cast, func, select
from sqlalchemy.dialects.postgresql import BIT, insert
from sqlalchemy.exc import DBAPIError

from docverify import READER_VERSION
from docverify.duplicates import History, Traits
from docverify.page import Reading
from docverify.policy import Policy
from docverify.second_engine import open_chosen_case
from tasks.errors import may_work_later, only_our_errors
from tasks.record.claims import Claim
from tasks.record.tables import fingerprints
from tasks.record.verdicts import database, explained, keep
from tasks.s3 import File
from tasks.settings import read_settings

LIKENESS = 6
"""Bits of 64 in which two pictures of the same thing may differ."""
BANDS, BITS = 4, 16


@task(
    retries=4,
    retry_delay_seconds=[1, 3, 10, 30],
    retry_jitter_factor=0.5,
    retry_condition_fn=may_work_later,
    timeout_seconds=120,
    cache_policy=NO_CACHE,
    persist_result=False,
)
@only_our_errors()
def keep_reading(
    claim: Claim, reading: Reading, file: File, today: date, policy: Policy
) -> History | None:
    """Keep what was read, and return what the record knows of others like it.

    It is kept at once: a run that comes after need not pay for it again; and before others are
    looked for, so that of two that come at once the later one finds the other. None where
    DOCVERIFY_HMAC_KEY is not set. Raises SetupError when the database refuses, WorldError when it
    is down.
    """
    key = read_settings().hmac_key.get_secret_value().encode()
    traits = open_chosen_case(reading, today=today, policy=policy)[0].traits
    try:
        with database().connect() as connection:
            with connection.begin():
                keep(connection, claim.document_id, reading, file.applicant)
                if key:
                    print_of = (claim.document_id, reading.engine, READER_VERSION)
                    keep_fingerprint(connection, print_of, traits, key)
            with connection.begin():
                return history_of(connection, claim.document_id, traits, key) if key else None
    except DBAPIError as error:
        raise explained(error) from None


def keep_fingerprint(
    connection: Connection, print_of: tuple[int, str, str], traits: Traits, key: bytes
) -> None:
    """Keep what a document is found by: of names, dates and numbers a keyed hash only.

    `print_of` is the document's id, the engine and the reader's version.
    """
    values: dict[str, Any] = {
        "number": hashed(traits.number, key),
        "person": hashed(traits.person, key),
        "picture": _signed(traits.picture),
        "bands": None if traits.picture is None else bands(traits.picture),
    }
    columns = ("document_id", "engine", "reader_version")
    statement = insert(fingerprints).values(**dict(zip(columns, print_of, strict=True)), **values)
    connection.execute(
        statement.on_conflict_do_update(constraint=fingerprints.primary_key, set_=values)
    )


def history_of(connection: Connection, document_id: int, traits: Traits, key: bytes) -> History:
    """Count the other documents that share the number or the picture, each through an index."""
    number, person = hashed(traits.number, key), hashed(traits.person, key)
    if person is None:
        return History()
    others = fingerprints.c.document_id != document_id
    another = fingerprints.c.person != person
    same_number = (others, fingerprints.c.number == number)
    same_picture = (others, another, *_alike(traits.picture))
    same_person = fingerprints.c.person == person
    return History(
        None if number is None else _count(connection, *same_number, another),
        None if traits.picture is None else _count(connection, *same_picture),
        None if number is None else _count(connection, *same_number, same_person),
    )


def hashed(text: str | None, key: bytes) -> bytes | None:
    """Return the HMAC-SHA-256 of a text: equal for equal texts, and of no use without the key."""
    return None if text is None else hmac.digest(key, text.encode(), sha256)


def bands(picture: int) -> list[int]:
    """Cut a hash into its parts, each with its place: 0 to 4 times 65536."""
    return [place << BITS | (picture >> place * BITS) & 0xFFFF for place in range(BANDS)]


def _near(picture: int) -> Iterator[int]:
    """Name the parts that a like hash has one of: of four, one has a single other bit at most."""
    for band in bands(picture):
        yield band
        yield from (band ^ 1 << bit for bit in range(BITS))


def _alike(picture: int | None) -> Iterator[ColumnElement[bool]]:
    if picture is not None:
        difference = fingerprints.c.picture.op("#")(_signed(picture))
        yield fingerprints.c.bands.bool_op("&&")(list(_near(picture)))
        yield func.bit_count(cast(difference, BIT(64))) <= LIKENESS


def _count(connection: Connection, *criteria: ColumnElement[bool]) -> int:
    query = select(func.count(fingerprints.c.document_id.distinct())).where(*criteria)
    return connection.execute(query).scalar_one()


def _signed(picture: int | None) -> int | None:
    """PostgreSQL has no numbers of 64 bits without a sign."""
    return None if picture is None else picture - (picture >> 63 << 64)
