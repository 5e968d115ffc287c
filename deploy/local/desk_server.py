"""The review desk as a process on this machine, with its own database user."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.engine import make_url

from deploy.local.child_server import LOOPBACK, free_port, run_server, temporary_folder
from tasks.migrations.roles import DESK
from tasks.record.connection import connect

LINK = (sys.executable, "-m", "services.desk", "link", "--name", "reviewer")
ROLES = ("--role", "reviewer", "--role", "supervisor")


@dataclass(frozen=True)
class EmbeddedDesk:
    """The running desk.

    Attributes:
        port: Port on loopback.
        environment: Variables of its process.
    """

    port: int
    environment: Mapping[str, str] = field(repr=False)

    def create_link(self) -> str:
        """Create a link that signs one browser in, once, as a reviewer and supervisor."""
        made = subprocess.run(  # noqa: S603 (our own command, no shell)
            [*LINK, *ROLES], env=self.environment, capture_output=True, text=True, check=True
        )
        return made.stdout.strip()


@contextmanager
def run_desk(environment: Mapping[str, str]) -> Iterator[EmbeddedDesk]:
    """Run the desk on a record with the newest schema until the block ends."""
    port = free_port()
    url = environment["DATABASE_URL"]
    own = {
        **environment,
        # A user's own server may not let its user create others.
        "DATABASE_URL": url if os.environ.get("DATABASE_URL") else create_member(url),
        "DOCVERIFY_DESK_HOST": LOOPBACK,
        "DOCVERIFY_DESK_PORT": str(port),
    }
    with (
        temporary_folder("desk") as folder,
        run_server(
            [sys.executable, "-m", "services.desk"],
            health=f"{LOOPBACK}:{port}/health",
            environment=own,
            folder=folder,
        ),
    ):
        yield EmbeddedDesk(port, own)


def create_member(database_url: str) -> str:
    """Create a user with the rights of the desk only, and return the URL for it."""
    name, password = f"desk_{uuid4().hex}", secrets.token_hex(24)
    with connect(database_url).begin() as connection:
        connection.execute(text(f"CREATE USER {name} PASSWORD '{password}' IN ROLE {DESK}"))
    url = make_url(database_url).set(username=name, password=password)
    return url.render_as_string(hide_password=False)
