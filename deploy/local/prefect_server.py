"""A Prefect server on this machine, with its own home and database."""

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
    """A running Prefect server.

    Attributes:
        port: Port on loopback.
        home: PREFECT_HOME of the server, its clients and its runs.
    """

    port: int
    home: Path

    @property
    def ui_url(self) -> str:
        """URL of the UI."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def api_url(self) -> str:
        """URL of the API."""
        return f"{self.ui_url}/api"

    @property
    def environment(self) -> Mapping[str, str]:
        """Variables that lead clients and runs to this server, and to no profile of this user."""
        return {
            "PREFECT_API_URL": self.api_url,
            "PREFECT_HOME": str(self.home),
            "PREFECT_PROFILES_PATH": str(self.home / "profiles.toml"),
            "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
            # It asks for no token, and each client would ask for one first.
            "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "false",
            "DO_NOT_TRACK": "1",
        }


@contextmanager
def prefect_server(database_url: str, port: int | None = None) -> Iterator[EmbeddedPrefect]:
    """Run a Prefect server on the port, or a free one, with its own PostgreSQL database."""
    with temporary_folder("prefect") as home:
        server = EmbeddedPrefect(port or free_port(), home)
        with run_server(
            _command(server.port),
            health=f"{LOOPBACK}:{server.port}/api/health",
            environment=_server_environment(server, database_url),
            folder=home,
        ):
            yield server


def to_asyncpg_environment(database_url: str) -> dict[str, str]:
    """Return the variables of Prefect's driver for a URL for libpq: the URL, and the CA of TLS."""
    variables = {"PREFECT_API_DATABASE_CONNECTION_URL": to_asyncpg_url(database_url)}
    root = make_url(database_url).query.get("sslrootcert")
    return variables | ({"PGSSLROOTCERT": str(root)} if root else {})


def to_asyncpg_url(database_url: str) -> str:
    """Convert a URL for libpq to one for Prefect's driver, which supports fewer options."""
    url = make_url(database_url)
    query = {name: value for name, value in url.query.items() if name in ("host", "port")}
    if "sslmode" in url.query:
        query["ssl"] = url.query["sslmode"]
    translated = url.set(drivername="postgresql+asyncpg", query=query)
    return translated.render_as_string(hide_password=False)


def _command(port: int) -> list[str]:
    # `prefect server start` runs the same app, but first imports its command line for 2 to 3 s.
    app = ["--factory", "prefect.server.api.server:create_app"]
    options = ["--host", LOOPBACK, "--port", str(port), "--log-level", "warning"]
    return [sys.executable, "-m", "uvicorn", *app, *options, "--timeout-graceful-shutdown", "3"]


def _server_environment(server: EmbeddedPrefect, database_url: str) -> dict[str, str]:
    return {
        **child_environment(),
        **server.environment,
        **to_asyncpg_environment(database_url),
        "PREFECT_UI_API_URL": server.api_url,
        # Events are visible 1 s after they arrive, not 5 s.
        "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_FLUSH_INTERVAL": "1",
        # States of task runs are written once a second instead of each in its own transaction.
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "50",
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    }
