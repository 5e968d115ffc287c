"""Behind a pooler in transaction mode, and when more runs start than the server has connections."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import text

from docverify.page import Engine
from docverify.policy import STANDARD
from tasks.migrations import migrate
from tasks.record.claims import Claim, claim_document, try_to_claim
from tasks.record.connection import connect, transaction
from tasks.record.feed import read_feed
from tasks.record.verdicts import RecordedVerdict, write_to_database
from tests.support.polling import PATIENCE
from tests.support.postgres import debian_postgres, pgbouncer
from tests.support.verdicts import READING, VERDICT, an_upload


@pytest.fixture(name="pooled", scope="module")
def _pooled():
    """The URL of PgBouncer before a server of which it has two connections."""
    with (
        debian_postgres("max_connections = 20") as (url, _),
        pgbouncer(url, "default_pool_size = 2") as pooled,
    ):
        migrate(connect(pooled))
        yield pooled


@pytest.fixture(autouse=True)
def _database_url(pooled, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", pooled)


def test_every_transaction_has_its_limit_and_leaves_none_behind(pooled):
    def read_limit(_):
        with transaction() as connection:
            connection.execute(text("SELECT pg_sleep(0.01)"))
            return connection.scalar(text("SHOW statement_timeout"))

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(read_limit, range(40))) == {"30s"}
    bare = connect(pooled).raw_connection()  # It shares the server's two connections.
    cursor = bare.cursor()
    cursor.execute("SHOW statement_timeout")
    assert cursor.fetchone() == ("0",)
    bare.close()


def test_forty_writers_of_one_document_record_one_verdict():
    upload, file = an_upload()

    def record(_):
        run = uuid4()
        found = try_to_claim(upload, file, Engine.LOCAL, STANDARD, run)
        if isinstance(found, Claim):
            return write_to_database.fn(upload, file, READING, VERDICT, run)
        return found

    with ThreadPoolExecutor(40) as pool:
        found = list(pool.map(record, range(40)))

    written = [each for each in found if isinstance(each, RecordedVerdict) and not each.replayed]
    assert len(written) == 1


def test_locks_of_a_transaction_are_those_of_the_pooler():
    with ThreadPoolExecutor(8) as pool:  # read_feed takes a lock for its transaction.
        found = list(pool.map(lambda _: read_feed(0, 10), range(16)))

    assert all(each == found[0] for each in found)


@pytest.mark.slow
def test_two_hundred_runs_at_a_hundred_connections_finish(monkeypatch):
    together = threading.Barrier(200)

    def claim(_):
        upload, file = an_upload()
        together.wait(PATIENCE)
        return claim_document.fn(upload, file, Engine.LOCAL, STANDARD, uuid4())

    def hold(_):
        with transaction() as connection:
            connection.execute(text("SELECT pg_sleep(1)"))

    with debian_postgres("max_connections = 100") as (url, _):
        migrate(connect(url))
        monkeypatch.setenv("DATABASE_URL", url)
        with ThreadPoolExecutor(200) as pool, ThreadPoolExecutor(95) as holders:
            held = holders.map(hold, range(95))
            found = Counter(type(each) for each in pool.map(claim, range(200)))
            list(held)

    assert found == {Claim: 200}
