"""Debian's PostgreSQL and PgBouncer, where they are installed: with TLS, and with a pooler."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.local.child_server import LOOPBACK, free_port, stop_process
from deploy.local.postgres_server import (
    Account,
    Cluster,
    initialise_cluster,
    reachable_parent,
    run_cluster,
    server_account,
)

PASSWORD = "of-this-test"
START_SECONDS = 60


def require(found: Path | str | None, package: str) -> Path:
    """Return a program; skip the test if it is not installed, and fail in CI, which installs it."""
    if found:
        return Path(found)
    if os.environ.get("CI"):
        pytest.fail(f"{package} is not installed: see .ci/run")
    pytest.skip(f"needs `apt-get install {package}`")


def debian_programs() -> Path:
    """Return the folder of the programs of Debian's newest PostgreSQL, which is built with TLS."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return require(found[-1].parent if found else None, "postgresql")


@contextmanager
def server_folder() -> Iterator[tuple[Path, Account]]:
    """Create a folder of the account that the servers run as."""
    account = server_account()
    folder = Path(tempfile.mkdtemp(prefix="docverify-test-", dir=reachable_parent(account)))
    account.take_ownership(folder)
    try:
        yield folder, account
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Certificates:
    """A CA of this test, and a certificate for the servers on loopback.

    Attributes:
        root: Certificate of the CA.
        certificate: Certificate for localhost and 127.0.0.1, issued by the CA.
        key: Its key.
    """

    root: Path
    certificate: Path
    key: Path


def create_certificates(folder: Path, account: Account) -> Certificates:
    """Create a CA, and a certificate for localhost and 127.0.0.1."""
    root, root_key = folder / "root.crt", folder / "root.key"
    file, key, request = (folder / name for name in ("server.crt", "server.key", "server.csr"))
    names = folder / "names.cnf"
    names.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    new = ["openssl", "req", "-newkey", "rsa:2048", "-nodes"]
    ca = ["-x509", "-days", "2", "-subj", "/CN=CA of a test", "-keyout", root_key, "-out", root]
    subprocess.run([*new, *ca], check=True, capture_output=True)
    asked = ["-subj", "/CN=localhost", "-keyout", key, "-out", request]
    subprocess.run([*new, *asked], check=True, capture_output=True)
    issued = ["-CA", root, "-CAkey", root_key, "-CAcreateserial", "-days", "1", "-in", request]
    sign = ["openssl", "x509", "-req", *issued, "-extfile", names, "-out", file]
    subprocess.run(sign, check=True, capture_output=True)
    key.chmod(0o600)
    for each in (key, file):
        account.take_ownership(each)
    return Certificates(root, file, key)


@contextmanager
def debian_postgres(
    *settings: str, access: str = "", certificates: bool = False
) -> Iterator[tuple[str, Certificates | None]]:
    """Run Debian's PostgreSQL with these lines of postgresql.conf; yield its URL.

    `access` replaces pg_hba.conf. With certificates, the server has TLS.
    """
    with server_folder() as (folder, account):
        cluster = Cluster(debian_programs(), folder / "data", folder / "server.log", account)
        initialise_cluster(cluster, PASSWORD)
        made = create_certificates(folder, account) if certificates else None
        lines = list(settings)
        if made:
            lines += ["ssl = on", f"ssl_cert_file = '{made.certificate}'"]
            lines += [f"ssl_key_file = '{made.key}'"]
        with (cluster.data / "postgresql.conf").open("a") as configuration:
            configuration.write("\n".join(["", *lines, ""]))
        if access:
            (cluster.data / "pg_hba.conf").write_text(access)
        with run_cluster(cluster) as port:
            yield f"postgresql://postgres:{PASSWORD}@{LOOPBACK}:{port}/postgres", made


@contextmanager
def pgbouncer(database: str, *settings: str) -> Iterator[str]:
    """Run Debian's PgBouncer before the server of a URL, in transaction mode; yield its URL."""
    program = require(shutil.which("pgbouncer", path="/usr/sbin:/usr/bin"), "pgbouncer")
    from sqlalchemy.engine import make_url

    behind, port = make_url(database), free_port()
    with server_folder() as (folder, account):
        users = folder / "users.txt"
        users.write_text(f'"{behind.username}" "{behind.password}"\n')
        lines = [
            "[databases]",
            f"{behind.database} = host={behind.host} port={behind.port}",
            "[pgbouncer]",
            f"listen_addr = {LOOPBACK}",
            f"listen_port = {port}",
            "unix_socket_dir =",
            "auth_type = scram-sha-256",
            f"auth_file = {users}",
            "pool_mode = transaction",
            "max_client_conn = 1000",
            *settings,
        ]
        configuration = folder / "pgbouncer.ini"
        configuration.write_text("\n".join([*lines, ""]))
        for each in (users, configuration):
            account.take_ownership(each)
        with run_as(account, [program, configuration], folder / "pgbouncer.log"):
            wait_until_listening(port)
            yield behind.set(port=port).render_as_string(hide_password=False)


@contextmanager
def run_as(account: Account, command: Sequence[str | Path], log: Path) -> Iterator[None]:
    """Run a server as an account until the block ends."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=log.parent,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=account.user,
            group=account.group,
            extra_groups=None if account.user is None else [],
        )
    try:
        yield
    finally:
        stop_process(process)


def wait_until_listening(port: int) -> None:
    """Wait until a server on loopback accepts connections."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection((LOOPBACK, port), 1):
            return
        time.sleep(0.05)
    pytest.fail(f"nothing listens at port {port}")
