"""Real servers for all tests: PostgreSQL, Prefect and moto's AWS, each started once per worker.

Prefect reads its settings when it is imported, and again in new threads; boto3 reads its settings
whenever a client is created. So the addresses are in the environment before anything is imported.
A server starts when a test first asks for it, and no test reaches what this user has.
"""

import atexit
import gc
import os
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from shutil import rmtree
from uuid import uuid4

import boto3
import hypothesis
import pytest
from sqlalchemy import Engine, NullPool, create_engine
from sqlalchemy.engine import make_url

from deploy.aws.s3_to_sns import create_bucket
from deploy.local.aws_server import EmbeddedAws
from deploy.local.aws_server import aws as aws_server
from deploy.local.child_server import free_port
from deploy.local.isolation import isolate
from deploy.local.postgres_server import database_server, drop_database
from deploy.local.prefect_server import EmbeddedPrefect
from deploy.local.prefect_server import prefect_server as running_prefect
from tests.support.scheduling import start_order
from tests.support.thoroughness import WHOLE

BUCKET = "documents"
MAX_IDS = 10_000
"""Rows of a table that a module may create."""
SPECIMENS = Path(__file__).parents[1] / "specimens"
PREFECT = EmbeddedPrefect(free_port(), Path(tempfile.mkdtemp(prefix="docverify-tests-")))
AWS = EmbeddedAws(free_port())
atexit.register(rmtree, PREFECT.home, ignore_errors=True)
atexit.register(gc.unfreeze)  # A library in C++ reports at the end what nobody collected.

# The same examples on every run and machine: whether a test passes depends on the code alone.
# `make test-all` draws more of them; `--hypothesis-profile random` searches for new ones. No test
# fails because a machine is busy.
ANY_SPEED = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("quick", derandomize=True, max_examples=15, **ANY_SPEED)
hypothesis.settings.register_profile("thorough", derandomize=True, max_examples=WHOLE, **ANY_SPEED)
hypothesis.settings.register_profile("random", **ANY_SPEED)
hypothesis.settings.load_profile("quick")

isolate(PREFECT.home)
os.environ["DOCVERIFY_RETRY_PAUSE_FACTOR"] = "0.1"  # A test ends its outages itself.
os.environ.update(PREFECT.environment)
os.environ.update(AWS.environment)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Leave the tests and all modules out of garbage collection: they stay until the end.

    Each full collection would look at a million objects; it takes more than a second.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the tests: the core first, then the longest, so that no worker ends with a long one."""
    items.sort(key=lambda item: start_order(item.nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Distribute files, and tests of the files that take longest."""
    from tests.support.scheduling import FilesAndLongTests

    return FilesAndLongTests(config, log)


@contextmanager
def fresh_database(postgres_url: str, template: str = "template1") -> Iterator[str]:
    """Create a copy of the template, a database without connections, and drop it at the end."""
    name = f"docverify_test_{uuid4().hex}"
    url = make_url(postgres_url)
    driver = url.set(drivername="postgresql+psycopg2")
    server = create_engine(driver, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        drop_database(postgres_url, name)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a PostgreSQL server: DATABASE_URL's, or an embedded one."""
    is_embedded = not os.environ.get("DATABASE_URL")
    with database_server() as url:
        if is_embedded:
            hash_passwords_once(url)
        yield url


def hash_passwords_once(url: str) -> None:
    """Let each of the thousands of connections hash its password once, and not 4,096 times."""
    parsed = make_url(url).set(drivername="postgresql+psycopg2")
    server = create_engine(parsed, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with server.connect() as connection:
        connection.exec_driver_sql("ALTER SYSTEM SET scram_iterations = 1")
        connection.exec_driver_sql("SET scram_iterations = 1")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
        connection.exec_driver_sql(f"ALTER USER {parsed.username} PASSWORD '{parsed.password}'")


@pytest.fixture(scope="session")
def database_url(postgres_url: str) -> Iterator[str]:
    """The URL of an empty database."""
    with fresh_database(postgres_url) as url:
        yield url


@pytest.fixture(scope="session")
def prefect_database_url(postgres_url: str) -> Iterator[str]:
    """The URL of the database that the Prefect server has for itself."""
    with fresh_database(postgres_url) as url:
        yield url


@pytest.fixture(scope="session")
def prefect_server(prefect_database_url: str) -> Iterator[EmbeddedPrefect]:
    """The Prefect server that every client in the tests finds by itself."""
    with running_prefect(prefect_database_url, PREFECT.port) as server:
        yield server
        # What Prefect has yet to send, it would go on trying to send when the server is gone.
        from prefect.events.worker import EventsWorker
        from prefect.logging.handlers import APILogWorker

        APILogWorker.instance().drain()
        EventsWorker.drain_all()


@pytest.fixture(scope="session")
def aws() -> Iterator[EmbeddedAws]:
    """The AWS that every boto3 client in the tests finds by itself."""
    with aws_server(AWS.port) as server:
        yield server


@pytest.fixture(scope="session")
def new_record(postgres_url: str) -> Iterator[Callable[[], AbstractContextManager[str]]]:
    """A function that creates a record, with the newest schema and nothing in it: its URL.

    The schema is migrated once, and then copied. No two records have the same ids: those of events
    at Prefect, which the records share, are derived from them.
    """
    from tasks.migrations import migrate  # imports Prefect, which the addresses above precede
    from tasks.record.connection import connect

    first_ids = count(1, MAX_IDS)
    with fresh_database(postgres_url) as migrated:
        migrate(connect(migrated))

        @contextmanager
        def create() -> Iterator[str]:
            with fresh_database(postgres_url, make_url(migrated).database) as url:
                start_ids(url, next(first_ids))
                yield url

        yield create


def start_ids(url: str, first: int) -> None:
    """Let all ids of a record start at a number."""
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg2"), poolclass=NullPool)
    with engine.begin() as connection:
        sequences = connection.exec_driver_sql("SELECT sequencename FROM pg_sequences").scalars()
        for name in sequences.all():
            connection.exec_driver_sql(f'ALTER SEQUENCE "{name}" RESTART WITH {first}')


@pytest.fixture(scope="module")
def database(new_record: Callable[[], AbstractContextManager[str]]) -> Iterator[Engine]:
    """The record that DATABASE_URL names. No other module writes to it."""
    from tasks.record.connection import connect

    with new_record() as url, pytest.MonkeyPatch.context() as environment:
        environment.setenv("DATABASE_URL", url)
        yield connect(url)


@pytest.fixture
def empty_database_url(postgres_url: str) -> Iterator[str]:
    """A database without a table."""
    with fresh_database(postgres_url) as url:
        yield url


@pytest.fixture(scope="module")
def bucket(aws: EmbeddedAws) -> Iterator[str]:
    """A bucket that keeps versions, and that documents may come from."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DOCVERIFY_ALLOWED_UPLOADS", f"{BUCKET}/inbox/")
        create_bucket(boto3.client("s3"), BUCKET)
        yield BUCKET


@pytest.fixture
def place() -> str:
    """A prefix in the bucket that no other test uses."""
    return f"inbox/{uuid4()}/"


@pytest.fixture
def put(bucket: str) -> Callable[[str, bytes], str]:
    """Put an object, and tell its version."""

    def put_object(key: str, content: bytes) -> str:
        version: str = boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=content)[
            "VersionId"
        ]
        return version

    return put_object


@pytest.fixture
def put_specimen(put: Callable[[str, bytes], str]) -> Callable[..., str]:
    """Put one of the specimens, and tell its key."""

    def put_file(name: str, key: str = "") -> str:
        key = key or f"inbox/{uuid4()}-{name}"
        put(key, (SPECIMENS / name).read_bytes())
        return key

    return put_file
