"""Signatures of portraits: one photo under several names is found, where this is switched on."""

import zlib
from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import select

from docverify.duplicates import History, Traits
from docverify.page import Engine
from docverify.policy import STANDARD
from docverify.reading import wire
from tasks.record.claims import claim_document
from tasks.record.fingerprints import (
    MAX_DIFFERENT_PORTRAIT_BITS,
    find_history,
    keep_reading,
    store_fingerprint,
    store_signature,
)
from tasks.record.tables import portrait_signatures, readings
from tasks.record.verdicts import find_or_add_document
from tests.support.readings import page, reading
from tests.support.verdicts import an_upload

KEY = b"key"


@pytest.fixture(name="came")
def _came(database, monkeypatch):
    """Record a document with the signature of its portrait; return what is known of others."""
    monkeypatch.setenv("DOCVERIFY_COMPARE_PORTRAITS", "true")

    def record(person: str | None, number: str | None, signature: bytes | None) -> History:
        traits = Traits(number, person)
        with database.begin() as connection:
            document_id = find_or_add_document(connection, *an_upload())
            store_fingerprint(connection, (document_id, Engine.LOCAL, "1"), traits, KEY)
            store_signature(connection, document_id, signature)
            return find_history(connection, document_id, traits, KEY)

    return record


@pytest.fixture(name="photo")
def _photo() -> bytes:
    """Return a signature that no other test has."""
    return uuid4().bytes * 4


def seen(history: History) -> tuple[int | None, int | None]:
    return history.other_person_portrait, history.other_number_portrait


def changed(signature: bytes, bits: int) -> bytes:
    return (int.from_bytes(signature, "big") ^ ((1 << bits) - 1)).to_bytes(64, "big")


@pytest.mark.parametrize(
    ("bits", "found"),
    [(0, 1), (MAX_DIFFERENT_PORTRAIT_BITS, 1), (MAX_DIFFERENT_PORTRAIT_BITS + 1, 0)],
)
def test_photo_of_another_person_is_found_within_the_bits(bits, found, came, photo):
    assert seen(came("A", "1", photo)) == (0, 0)
    assert seen(came("B", "2", changed(photo, bits))) == (found, 0)


def test_photo_with_another_number_is_counted_separately(came, photo):
    came("A", "1", photo)

    assert seen(came("A", "2", photo)) == (0, 1)
    assert seen(came("A", "1", photo)) == (0, 1)


def test_document_without_portrait_or_person_is_not_compared(came, photo):
    came("A", "1", photo)

    assert seen(came("B", "2", None)) == (None, None)
    assert seen(came(None, "2", photo)) == (None, None)


def test_nothing_is_compared_where_it_is_switched_off(came, photo, monkeypatch):
    came("A", "1", photo)
    monkeypatch.setenv("DOCVERIFY_COMPARE_PORTRAITS", "false")

    assert seen(came("B", "2", photo)) == (None, None)


@pytest.mark.parametrize("is_on", [True, False])
def test_signature_is_stored_only_where_it_is_switched_on_and_never_in_the_reading(
    is_on, database, photo, monkeypatch
):
    monkeypatch.setenv("DOCVERIFY_COMPARE_PORTRAITS", str(is_on))
    monkeypatch.setenv("DOCVERIFY_HMAC_KEY", "k" * 32)
    upload, file = an_upload()
    claim = claim_document.fn(upload, file, Engine.LOCAL, STANDARD, uuid4())
    signed = reading(replace(page(), portrait_signature=photo))

    keep_reading.fn(claim, signed, file, date(2026, 1, 1), STANDARD)

    of_claim = {"document_id": claim.document_id}
    with database.connect() as connection:
        stored = connection.scalar(select(portrait_signatures.c.signature).filter_by(**of_claim))
        content = connection.scalar(select(readings.c.content).filter_by(**of_claim))
    assert (stored is not None) == is_on
    assert wire.read(zlib.decompress(content)).portrait_signature is None
