"""A server names an invalid or misspelt variable and a port in use, and shows no value."""

import socket

import pytest

from deploy.local.child_server import LOOPBACK
from services.desk.settings import DeskSettings
from services.metrics.settings import MetricsSettings
from services.starting import check_port, read_or_exit, warn_of_misspelt


def test_invalid_variable_ends_the_program_with_what_it_must_be(monkeypatch):
    monkeypatch.setenv("DOCVERIFY_METRICS_PORT", "hunter2")

    with pytest.raises(SystemExit) as exit_:
        read_or_exit(MetricsSettings)

    assert str(exit_.value).startswith(
        "not a valid setting: DOCVERIFY_METRICS_PORT: must be a whole number (Port of /metrics"
    )
    assert "hunter2" not in str(exit_.value)


def test_misspelt_variable_is_named_with_the_one_that_was_meant(monkeypatch, caplog):
    monkeypatch.setenv("DOCVERIFY_DESK_SIGNIN", "hunter2")
    monkeypatch.setenv("DOCVERIFY_DESK_ROLES_CLAIM", "groups")
    monkeypatch.setenv("DOCVERIFY_DESK_DATABASE_URL", "hunter2")

    warn_of_misspelt(DeskSettings)

    assert caplog.messages == [
        "DOCVERIFY_DESK_SIGNIN is ignored: did you mean DOCVERIFY_DESK_SIGN_IN?"
    ]


def test_port_in_use_is_named_by_its_variable():
    with socket.create_server((LOOPBACK, 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SystemExit, match=f"DOCVERIFY_DESK_PORT: port {port} of {LOOPBACK}"):
            check_port(LOOPBACK, port, "DOCVERIFY_DESK_PORT")

    check_port(LOOPBACK, port, "DOCVERIFY_DESK_PORT")


def test_host_that_does_not_exist_is_explained():
    with pytest.raises(SystemExit, match=r"port 8500 of no-such-host\.invalid cannot be used"):
        check_port("no-such-host.invalid", 8500, "DOCVERIFY_DESK_PORT")
