"""Serving the flows: invalid settings stop it before anything starts."""

import sys

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from deploy import serve


@pytest.fixture(autouse=True)
def _command_line(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["serve"])


def test_serve_needs_a_prefect_server():
    with (
        temporary_settings(restore_defaults={PREFECT_API_URL}),
        pytest.raises(SystemExit, match=r"^Set PREFECT_API_URL"),
    ):
        serve.main()


def test_invalid_setting_is_named_in_one_line(monkeypatch):
    monkeypatch.setenv("DOCVERIFY_MAX_BYTES", "many")

    with pytest.raises(SystemExit, match=r"^not a valid setting: DOCVERIFY_MAX_BYTES$"):
        serve.main()


def test_retention_days_must_be_at_least_one():
    with pytest.raises(SystemExit):
        serve.build_parser().parse_args(["--purge-after", "0", "1", "1", "1"])
