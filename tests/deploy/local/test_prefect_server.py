"""The embedded Prefect server: independent of this user's settings."""

import asyncio
from contextlib import closing
from uuid import uuid4

import psycopg2
import pytest
import requests
from prefect.client.orchestration import get_client
from prefect.settings import get_current_settings
from sqlalchemy import NullPool, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from deploy.local.prefect_server import to_asyncpg_environment, to_asyncpg_url
from tests.support.polling import PATIENCE
from tests.support.postgres import debian_postgres


def test_clients_of_the_tests_use_the_server(prefect_server):
    with get_client(sync_client=True) as client:
        assert str(client.api_url).rstrip("/") == prefect_server.api_url
        assert client.api_healthcheck() is None


def test_ui_calls_this_server(prefect_server):
    settings = requests.get(f"{prefect_server.ui_url}/ui-settings", timeout=PATIENCE).json()

    assert settings["api_url"] == prefect_server.api_url


def test_server_stores_its_data_in_postgresql(prefect_server, prefect_database_url):
    name = f"flow-{uuid4()}"
    with get_client(sync_client=True) as client:
        client.create_flow_from_name(name)

    with closing(psycopg2.connect(prefect_database_url)) as database, database.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM flow WHERE name = %s", [name])
        assert cursor.fetchone() == (1,)


@pytest.mark.parametrize(
    ("url", "translated"),
    [
        pytest.param(
            "postgresql://user:p%40ss@db:5433/prefect",
            "postgresql+asyncpg://user:p%40ss@db:5433/prefect",
            id="plain",
        ),
        pytest.param(
            "postgresql+psycopg2://db/prefect", "postgresql+asyncpg://db/prefect", id="driver"
        ),
        pytest.param(
            "postgresql://db/prefect?sslmode=require&channel_binding=require",
            "postgresql+asyncpg://db/prefect?ssl=require",
            id="options of libpq",
        ),
    ],
)
def test_libpq_url_is_converted_for_the_driver_of_prefect(url, translated):
    assert to_asyncpg_url(url) == translated


@pytest.mark.slow
def test_driver_of_prefect_checks_the_certificate_of_the_database(monkeypatch):
    with debian_postgres(certificates=True) as (url, certificates):
        query = {"sslmode": "verify-full", "sslrootcert": str(certificates.root)}
        wanted = make_url(url).update_query_dict(query)
        variables = to_asyncpg_environment(wanted.render_as_string(hide_password=False))
        monkeypatch.setenv("PGSSLROOTCERT", variables["PGSSLROOTCERT"])

        async def is_encrypted() -> bool:
            url = variables["PREFECT_API_DATABASE_CONNECTION_URL"]
            async with create_async_engine(url, poolclass=NullPool).connect() as connection:
                query = text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
                return bool(await connection.scalar(query))

        assert asyncio.run(is_encrypted())


def test_profiles_of_this_user_are_not_read():
    settings = get_current_settings()

    assert not settings.profiles_path.exists()
    assert settings.profiles_path.is_relative_to(settings.home)


def test_server_accepts_requests_of_its_own_client(prefect_server):
    """FastAPI 0.151 and later refuses the `null` that the client sends for a missing limit."""
    with get_client(sync_client=True) as client:
        assert isinstance(client.read_flow_runs(), list)
