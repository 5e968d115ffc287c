"""A real Prefect server on this machine, with a home and a database of its own."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded_server import LOOPBACK, free_port, serving, temporary_folder


@dataclass(frozen=True)
class EmbeddedPrefect:
    """A Prefect server, and the home that it shares with its clients and runs."""

    port: int
    home: Path

    @property
    def ui_url(self) -> str:
        """Where a person looks."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def api_url(self) -> str:
        """Where clients connect."""
        return f"{self.ui_url}/api"

    @property
    def environment(self) -> Mapping[str, str]:
        """What clients and runs need to use this server, and no profile of this user."""
        return {
            "PREFECT_API_URL": self.api_url,
            "PREFECT_HOME": str(self.home),
            "PREFECT_PROFILES_PATH": str(self.home / "profiles.toml"),
            "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
            "DO_NOT_TRACK": "1",
        }


@contextmanager
def prefect_server(database_url: str, port: int | None = None) -> Iterator[EmbeddedPrefect]:
    """Run a Prefect server on the port, or on a free one, with a PostgreSQL database of its own."""
    with temporary_folder("prefect") as home:
        server = EmbeddedPrefect(port or free_port(), home)
        with serving(
            _command(server.port),
            health=f"{LOOPBACK}:{server.port}/api/health",
            environment=_server_environment(server, database_url),
            folder=home,
        ):
            yield server


def without_prefect(environment: Mapping[str, str]) -> dict[str, str]:
    """Leave out the settings that this user has for another Prefect."""
    return {name: value for name, value in environment.items() if not name.startswith("PREFECT_")}


def _command(port: int) -> list[str]:
    # `prefect server start` runs the same app, but imports the command line first: 2 to 3 s more.
    app = ["--factory", "prefect.server.api.server:create_app"]
    options = ["--host", LOOPBACK, "--port", str(port), "--log-level", "warning"]
    return [sys.executable, "-m", "uvicorn", *app, *options, "--timeout-graceful-shutdown", "3"]


def _server_environment(server: EmbeddedPrefect, database_url: str) -> dict[str, str]:
    return {
        **without_prefect(os.environ),
        **server.environment,
        "PREFECT_API_DATABASE_CONNECTION_URL": database_url.replace(
            "postgresql://", "postgresql+asyncpg://", 1
        ),
        "PREFECT_UI_API_URL": server.api_url,
        # Events are shown and searched 1 s after they came, not 5.
        "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_FLUSH_INTERVAL": "1",
    }
