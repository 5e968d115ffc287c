"""The application of the desk, as it listens."""

import pytest
import requests

from services.desk.app import create_app, main
from services.desk.settings import DeskSettings
from tests.support.web import serving


def test_the_desk_listens_on_loopback_by_default():
    assert DeskSettings().host == "127.0.0.1"


def test_the_health_endpoint_needs_no_token():
    with serving(create_app(DeskSettings())) as url:
        answer = requests.get(f"{url}/health", timeout=10)

    assert (answer.status_code, answer.json()) == (200, "ok")


def test_the_desk_does_not_start_without_a_database(monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)

    with pytest.raises(SystemExit, match="DATABASE_URL is not set"):
        main([])
