"""A Prefect server as organisations run it: TLS by their own CA, a password, CSRF protection."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import requests

from deploy.local.child_server import (
    LOOPBACK,
    START_SECONDS,
    clean_up,
    free_port,
    log_tail,
    start_process,
    stop_process,
    temporary_folder,
)
from deploy.local.isolation import child_environment
from deploy.local.postgres_server import Account
from deploy.local.prefect_server import EmbeddedPrefect, to_asyncpg_environment
from tests.support.postgres import Certificates, create_certificates

AUTH_STRING = "operations:canary-of-the-api"


@dataclass(frozen=True)
class SecuredPrefect(EmbeddedPrefect):
    """A running server with TLS, basic authentication and CSRF protection.

    Attributes:
        root: Certificate of its CA.
    """

    root: Path

    @property
    def ui_url(self) -> str:
        return f"https://{LOOPBACK}:{self.port}"

    @property
    def secrets(self) -> Mapping[str, str]:
        """What a client needs besides the address."""
        return {
            "PREFECT_API_AUTH_STRING": AUTH_STRING,
            "PREFECT_API_SSL_CERT_FILE": str(self.root),
        }

    @property
    def environment(self) -> Mapping[str, str]:
        """As an adopter sets it: nothing about CSRF."""
        addresses = dict(super().environment)
        del addresses["PREFECT_CLIENT_CSRF_SUPPORT_ENABLED"]
        return addresses | self.secrets


@contextmanager
def secured_prefect(database_url: str) -> Iterator[SecuredPrefect]:
    """Run a secured Prefect server with a PostgreSQL database of its own."""
    with temporary_folder("secured") as home:
        certificates = create_certificates(home, Account())
        server = SecuredPrefect(free_port(), home, certificates.root)
        environment = {
            **child_environment(),
            **server.environment,
            **to_asyncpg_environment(database_url),
            "PREFECT_SERVER_API_AUTH_STRING": AUTH_STRING,
            "PREFECT_SERVER_CSRF_PROTECTION_ENABLED": "true",
        }
        log = home / "server.log"
        process = start_process(command(server, certificates), environment, log)
        with clean_up(partial(stop_process, process)):
            wait_until_healthy(server, process, log)
            yield server


def command(server: SecuredPrefect, certificates: Certificates) -> list[str]:
    app = ["--factory", "prefect.server.api.server:create_app", "--log-level", "warning"]
    place = ["--host", LOOPBACK, "--port", str(server.port), "--timeout-graceful-shutdown", "3"]
    tls = ["--ssl-certfile", str(certificates.certificate), "--ssl-keyfile", str(certificates.key)]
    return [sys.executable, "-m", "uvicorn", *app, *place, *tls]


def wait_until_healthy(server: SecuredPrefect, process: subprocess.Popen[bytes], log: Path) -> None:
    url = f"{server.api_url}/health"
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            requests.get(url, verify=str(server.root), timeout=5).raise_for_status()
        except requests.RequestException:
            assert process.poll() is None, log_tail(log)
            assert time.monotonic() < deadline, log_tail(log)
            time.sleep(0.1)
        else:
            return
