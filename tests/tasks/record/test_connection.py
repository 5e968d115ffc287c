"""The connection to the record: its URL, its limits, and what its errors show."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from tasks.errors import SetupError, WorldError
from tasks.record.connection import connect
from tests.support.verdicts import HOLDER, VERDICT, an_upload, write


@pytest.mark.parametrize(
    "url",
    [
        *("", "nonsense", "mysql://u:canary@h/d", "postgresql//u:canary@h/d"),
        *("postgresql://u:can@ary:canary@h/d", "postgresql://u:canary@h:notaport/d"),
    ],
)
def test_a_wrong_connection_string_is_explained_without_its_password(url, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", url)

    with pytest.raises(SetupError, match="postgresql://user:password@host/database") as caught:
        write(*an_upload())

    assert "canary" not in str(caught.value)


def test_a_database_that_is_down_is_the_fault_of_the_world(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:canary@127.0.0.1:9/d")

    with pytest.raises(WorldError, match="nothing listens on the host and port") as caught:
        write(*an_upload())

    assert "canary" not in str(caught.value)


def test_the_error_for_missing_tables_names_the_command_that_creates_them(
    empty_database_url, monkeypatch
):
    monkeypatch.setenv("DATABASE_URL", empty_database_url)

    with pytest.raises(SetupError, match=r"run `python -m tasks.migrations`"):
        write(*an_upload())


def test_an_error_of_the_database_contains_no_value(database):
    upload, file = an_upload()
    unfit = replace(VERDICT, identities=(replace(HOLDER, birth_date="CANARY"),))

    with pytest.raises(SetupError) as caught:
        write(upload, file, unfit)

    assert "CANARY" not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert caught.value.__suppress_context__


def test_a_statement_that_hangs_is_ended_by_the_server(database):
    with database.connect() as connection:
        limit = connection.execute(text("SHOW statement_timeout")).scalar_one()
        connection.rollback()
        again = connection.execute(text("SHOW statement_timeout")).scalar_one()

    assert limit == again == "30s"


def test_the_options_of_the_url_are_kept(database):
    url = database.url.update_query_dict({"options": "-c search_path=elsewhere"})

    with connect(url.render_as_string(hide_password=False)).connect() as connection:
        path = connection.execute(text("SHOW search_path")).scalar_one()
        limit = connection.execute(text("SHOW statement_timeout")).scalar_one()

    assert (path, limit) == ("elsewhere", "30s")


def test_an_unknown_option_of_the_url_is_our_fault(database, monkeypatch):
    url = database.url.update_query_dict({"sslmod": "require"})
    monkeypatch.setenv("DATABASE_URL", url.render_as_string(hide_password=False))

    with pytest.raises(SetupError, match="an option that PostgreSQL does not know"):
        write(*an_upload())
