"""A real Prefect server on this machine, with a home and a database of its own."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from deploy.local.child_server import LOOPBACK, free_port, run_server, temporary_folder
from deploy.local.isolation import child_environment


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
        with run_server(
            _command(server.port),
            health=f"{LOOPBACK}:{server.port}/api/health",
            environment=_server_environment(server, database_url),
            folder=home,
        ):
            yield server


def for_asyncpg(database_url: str) -> str:
    """Translate a URL for libpq to one for Prefect's driver, which knows few of its options."""
    url = make_url(database_url)
    query = {name: value for name, value in url.query.items() if name in ("host", "port")}
    if "sslmode" in url.query:
        query["ssl"] = url.query["sslmode"]
    translated = url.set(drivername="postgresql+asyncpg", query=query)
    return translated.render_as_string(hide_password=False)


def _command(port: int) -> list[str]:
    # `prefect server start` runs the same app, but imports the command line first: 2 to 3 s more.
    app = ["--factory", "prefect.server.api.server:create_app"]
    options = ["--host", LOOPBACK, "--port", str(port), "--log-level", "warning"]
    return [sys.executable, "-m", "uvicorn", *app, *options, "--timeout-graceful-shutdown", "3"]


def _server_environment(server: EmbeddedPrefect, database_url: str) -> dict[str, str]:
    return {
        **child_environment(),
        **server.environment,
        "PREFECT_API_DATABASE_CONNECTION_URL": for_asyncpg(database_url),
        "PREFECT_UI_API_URL": server.api_url,
        # Events are shown and searched 1 s after they came, not 5.
        "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_FLUSH_INTERVAL": "1",
    }
