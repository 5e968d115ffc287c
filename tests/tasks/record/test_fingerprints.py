"""Fingerprints: earlier documents and images are found without storing numbers in plain text."""

from datetime import date
from types import SimpleNamespace
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from docverify.duplicates import History, Traits
from docverify.page import Engine
from tasks.record.fingerprints import (
    BAND_BITS,
    MAX_DIFFERENT_BITS,
    find_history,
    hash_text,
    similar_bands,
    split_into_bands,
    store_fingerprint,
)
from tasks.record.verdicts import find_or_add_document
from tests.support.verdicts import an_upload

KEY = b"key"
PICTURE = 0xF0F0_1234_5678_9ABC


@pytest.fixture(name="came")
def _came(database):
    """Record a document with its traits; return what is known of similar ones."""

    def record(traits: Traits, document_id: int | None = None) -> History:
        with database.begin() as connection:
            if document_id is None:
                document_id = find_or_add_document(connection, *an_upload())
            store_fingerprint(connection, (document_id, Engine.LOCAL, "1"), traits, KEY)
            return find_history(connection, document_id, traits, KEY)

    return record


@pytest.fixture(name="n")
def _n() -> SimpleNamespace:
    """Values that no other test has."""
    unique = uuid4()
    return SimpleNamespace(number=f"UTO/passport/{unique}", picture=unique.int & (1 << 64) - 1)


def test_a_number_of_another_person_is_counted(came, n):
    assert came(Traits(n.number, "A")) == History(0, None, 0)
    assert came(Traits(n.number, "B")) == History(1, None, 0)
    assert came(Traits(n.number, "C")) == History(2, None, 0)


def test_a_repeated_submission_is_counted_separately(came, n):
    came(Traits(n.number, "A"))

    assert came(Traits(n.number, "A")) == History(0, None, 1)


@pytest.mark.parametrize(
    ("changed", "found"), [(0, 1), (MAX_DIFFERENT_BITS, 1), (MAX_DIFFERENT_BITS + 1, 0)]
)
def test_an_image_of_another_person_is_found_within_six_bits(changed, found, came, n):
    came(Traits(None, "A", n.picture))
    spread = sum(1 << (bit * 11) % 64 for bit in range(changed))

    assert came(Traits(None, "B", n.picture ^ spread)) == History(None, found, None)


def test_without_a_person_no_earlier_document_is_found(came, n):
    assert came(Traits(n.number, None, n.picture)) == History()


def test_the_table_contains_neither_number_nor_name(came, database, n):
    came(Traits(n.number, "CANARY/ANNA/1990-01-02", n.picture))

    with database.connect() as connection:
        rows = str(connection.execute(text("SELECT f::text FROM fingerprints f")).all())
    assert [each for each in (n.number, "CANARY", "1990") if each in rows] == []
    assert hash_text(n.number, b"another") != hash_text(n.number, KEY)


@given(st.integers(0, 2**64 - 1), st.sets(st.integers(0, 63), max_size=MAX_DIFFERENT_BITS))
def test_a_similar_image_always_shares_a_band(picture, flipped):
    other = picture ^ sum(1 << bit for bit in flipped)

    assert set(split_into_bands(other)) & set(similar_bands(picture))
    assert all(0 <= band < 4 << BAND_BITS for band in split_into_bands(other))


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1 FROM fingerprints WHERE number = '\\x00'",
        "SELECT 1 FROM fingerprints WHERE bands && ARRAY[1, 2]",
    ],
)
def test_numbers_and_images_are_found_through_an_index(query, database):
    with database.connect() as connection:
        connection.execute(text("SET enable_seqscan = off"))
        plan = str(connection.execute(text(f"EXPLAIN {query}")).all())
    assert "Index" in plan
    assert "Seq Scan" not in plan


def test_the_birth_date_is_part_of_a_person_s_fingerprint(came, n):
    came(Traits(n.number, f"A/B/{date(1990, 1, 2)}"))

    assert came(Traits(n.number, f"A/B/{date(1990, 1, 3)}")).other_person_number == 1
