"""Fingerprints: finding earlier documents with the same number, person or image."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Connection, cast, func, select
from sqlalchemy.dialects.postgresql import BIT, insert

from docverify import READER_VERSION
from docverify.duplicates import History, Traits
from docverify.page import Reading
from docverify.policy import Policy
from docverify.second_engine import open_chosen_case
from tasks.record.claims import Claim
from tasks.record.connection import database, explain_database_errors
from tasks.record.tables import fingerprints, portrait_signatures
from tasks.record.verdicts import store_reading
from tasks.retried_tasks import retried_task
from tasks.s3 import File
from tasks.settings import read_settings

MAX_DIFFERENT_BITS = 6
"""Of the 64 bits of two perceptual hashes; with more, two images count as different."""
MAX_DIFFERENT_PORTRAIT_BITS = 80
"""Of the 512 bits of two signatures of portraits; with more, they belong to different photos."""
BANDS, BAND_BITS = 4, 16


@retried_task(1, 3, 10, 30, timeout_seconds=120)
def keep_reading(
    claim: Claim, reading: Reading, file: File, today: date, policy: Policy
) -> History | None:
    """Store a reading, and count the documents on record that resemble this one.

    The reading is stored immediately, so that a later run does not have to pay for it again. It is
    stored before the search, so that of two similar documents at the same time, one finds the
    other.

    Return None if DOCVERIFY_HMAC_KEY is not set. Raise SetupError when the database refuses,
    WorldError when it is down.
    """
    settings = read_settings()
    key, portraits = settings.hmac_key.get_secret_value().encode(), settings.compare_portraits
    traits = open_chosen_case(reading, today=today, policy=policy)[0].traits
    with explain_database_errors(), database().connect() as connection:
        with connection.begin():
            store_reading(connection, claim.document_id, reading, file.applicant)
            if key:
                identity = (claim.document_id, reading.engine, READER_VERSION)
                store_fingerprint(connection, identity, traits, key)
                if portraits:
                    store_signature(connection, claim.document_id, reading.portrait_signature)
        with connection.begin():
            return find_history(connection, claim.document_id, traits, key) if key else None


def store_fingerprint(
    connection: Connection, identity: tuple[int, str, str], traits: Traits, key: bytes
) -> None:
    """Store the traits by which a document can be found, with personal data only as keyed hashes.

    `identity` is the id of the document, the engine and the version of the reader.
    """
    values: dict[str, Any] = {
        "number": hash_text(traits.number, key),
        "person": hash_text(traits.person, key),
        "picture": _to_signed(traits.image),
        "bands": None if traits.image is None else split_into_bands(traits.image),
    }
    columns = ("document_id", "engine", "reader_version")
    statement = insert(fingerprints).values(**dict(zip(columns, identity, strict=True)), **values)
    connection.execute(
        statement.on_conflict_do_update(constraint=fingerprints.primary_key, set_=values)
    )


def store_signature(connection: Connection, document_id: int, signature: bytes | None) -> None:
    """Store the signature of a document's portrait, if it has one; keep a stored one."""
    if signature is not None:
        row = {"document_id": document_id, "signature": _to_bits(signature)}
        connection.execute(insert(portrait_signatures).values(row).on_conflict_do_nothing())


def find_history(connection: Connection, document_id: int, traits: Traits, key: bytes) -> History:
    """Count the other documents with the same number, image or photo.

    Numbers and images are found through an index.
    """
    number, person = hash_text(traits.number, key), hash_text(traits.person, key)
    if person is None:
        return History()
    others = fingerprints.c.document_id != document_id
    another = fingerprints.c.person != person
    same_person = fingerprints.c.person == person
    same_number = (others, fingerprints.c.number == number)
    same_image = (others, another, *_similar_images(traits.image))
    found = History(
        None if number is None else _count(connection, *same_number, another),
        None if traits.image is None else _count(connection, *same_image),
        None if number is None else _count(connection, *same_number, same_person),
    )
    same_photo = find_same_photo(connection, document_id)
    if not same_photo:
        return found
    other_number = (*same_photo, same_person, fingerprints.c.number != number)
    return replace(
        found,
        other_person_portrait=_count(connection, *same_photo, another),
        other_number_portrait=None if number is None else _count(connection, *other_number),
    )


def find_same_photo(connection: Connection, document_id: int) -> tuple[ColumnElement[bool], ...]:
    """Return the criteria of other documents with the photo of this one.

    Empty if portraits are not compared, or if this document has no signature. All signatures are
    compared, without an index.
    """
    signed = portrait_signatures.c
    if not read_settings().compare_portraits:
        return ()
    own = connection.scalar(select(signed.signature).filter_by(document_id=document_id))
    if own is None:
        return ()
    difference = func.bit_count(signed.signature.op("#")(cast(str(own), BIT(512))))
    return (
        signed.document_id != document_id,
        signed.document_id == fingerprints.c.document_id,
        difference <= MAX_DIFFERENT_PORTRAIT_BITS,
    )


def hash_text(text: str | None, key: bytes) -> bytes | None:
    """Return the HMAC-SHA-256 of a text: equal for equal texts, useless without the key."""
    return None if text is None else hmac.digest(key, text.encode(), sha256)


def split_into_bands(picture: int) -> list[int]:
    """Split a 64-bit hash into four 16-bit bands, each with its position added in bits 16 to 17."""
    return [band << BAND_BITS | (picture >> band * BAND_BITS) & 0xFFFF for band in range(BANDS)]


def similar_bands(picture: int) -> Iterator[int]:
    """Yield bands such that every similar hash has at least one of them.

    If 6 bits differ in 4 bands, one band differs in at most one bit.
    """
    for band in split_into_bands(picture):
        yield band
        yield from (band ^ 1 << bit for bit in range(BAND_BITS))


def _similar_images(picture: int | None) -> Iterator[ColumnElement[bool]]:
    if picture is not None:
        difference = fingerprints.c.picture.op("#")(_to_signed(picture))
        yield fingerprints.c.bands.bool_op("&&")(list(similar_bands(picture)))
        yield func.bit_count(cast(difference, BIT(64))) <= MAX_DIFFERENT_BITS


def _count(connection: Connection, *criteria: ColumnElement[bool]) -> int:
    query = select(func.count(fingerprints.c.document_id.distinct())).where(*criteria)
    return connection.execute(query).scalar_one()


def _to_bits(signature: bytes) -> str:
    """Return a signature as PostgreSQL writes bits."""
    return "".join(f"{each:08b}" for each in signature)


def _to_signed(picture: int | None) -> int | None:
    """Convert an unsigned 64-bit number to the signed one that PostgreSQL can store."""
    return None if picture is None else picture - (picture >> 63 << 64)
