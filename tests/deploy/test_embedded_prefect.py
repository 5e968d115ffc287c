"""The embedded Prefect server: a real one, and nothing of this user's."""

from contextlib import closing

import psycopg2
import requests
from prefect.client.orchestration import get_client
from prefect.settings import get_current_settings

from deploy.embedded_prefect import without_prefect


def test_clients_in_the_tests_find_the_server_by_themselves(prefect_server):
    with get_client(sync_client=True) as client:
        assert str(client.api_url).rstrip("/") == prefect_server.api_url
        assert client.api_healthcheck() is None


def test_the_ui_calls_this_server(prefect_server):
    settings = requests.get(f"{prefect_server.ui_url}/ui-settings", timeout=10).json()

    assert settings["api_url"] == prefect_server.api_url


def test_the_server_keeps_its_data_in_postgresql(prefect_server, postgres_url):
    with closing(psycopg2.connect(postgres_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_stat_activity WHERE datname LIKE 'docverify_test_%'")
        assert cursor.fetchone()


def test_no_profile_of_this_user_is_read():
    settings = get_current_settings()

    assert not settings.profiles_path.exists()
    assert settings.profiles_path.is_relative_to(settings.home)


def test_settings_for_another_prefect_are_left_out():
    assert without_prefect({"PREFECT_API_KEY": "secret", "PATH": "/bin"}) == {"PATH": "/bin"}


def test_the_server_takes_what_its_own_client_sends(prefect_server):
    """FastAPI from 0.151 on refuses the `null` that it sends for a limit that is not given."""
    with get_client(sync_client=True) as client:
        assert isinstance(client.read_flow_runs(), list)
