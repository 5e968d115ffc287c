"""Erasure: signatures of portraits are erased at once, where no legal hold keeps them."""

from uuid import uuid4

import pytest
from sqlalchemy import delete, select

from cli.__main__ import main
from tasks.errors import SetupError
from tasks.record.connection import RETENTION
from tasks.record.erasure import Erasure, erase_portraits
from tasks.record.fingerprints import store_signature
from tasks.record.holds import hold
from tasks.record.tables import documents, portrait_signatures
from tasks.record.verdicts import find_or_add_document
from tests.support.members import login
from tests.support.verdicts import an_upload


@pytest.fixture(name="signed")
def _signed(database):
    """Begin without signatures; return a function that records a document with one."""
    with database.begin() as connection:
        connection.execute(delete(portrait_signatures))

    def record() -> int:
        with database.begin() as connection:
            document_id = find_or_add_document(connection, *an_upload())
            store_signature(connection, document_id, uuid4().bytes * 4)
        return document_id

    return record


@pytest.fixture(name="kept")
def _kept(database):
    def find() -> list[int]:
        with database.connect() as connection:
            return list(connection.scalars(select(portrait_signatures.c.document_id)))

    return find


def test_signature_of_one_document_is_erased_and_the_document_stays(signed, kept, database):
    chosen, other = signed(), signed()

    assert erase_portraits(chosen) == Erasure(1, 0)
    assert kept() == [other]
    assert erase_portraits(chosen) == Erasure(0, 0)
    with database.connect() as connection:
        assert connection.scalar(select(documents.c.id).filter_by(id=chosen)) == chosen


def test_all_signatures_are_erased_except_those_under_a_legal_hold(signed, kept):
    signed()
    held = signed()
    hold(held, "court order", "Anna")

    assert erase_portraits(held) == Erasure(0, 1)
    assert erase_portraits() == Erasure(1, 1)
    assert kept() == [held]


def test_dry_run_counts_and_erases_nothing(signed, kept):
    document_id = signed()

    assert erase_portraits(dry_run=True) == Erasure(1, 0)
    assert kept() == [document_id]


def test_unknown_document_is_an_error(signed):
    with pytest.raises(SetupError, match="document 2147483000 does not exist"):
        erase_portraits(2147483000)


def test_the_role_of_retention_is_enough(signed, kept, database, monkeypatch):
    document_id = signed()
    member = login(database, RETENTION)
    monkeypatch.setenv("DATABASE_URL", member.url.render_as_string(hide_password=False))

    assert erase_portraits(document_id) == Erasure(1, 0)
    assert kept() == []


def test_command_erases_only_with_yes(signed, kept, capsys):
    document_id = signed()

    assert main(["erase", "portraits", str(document_id)]) == 0
    assert "to be erased with --yes: 1; under a legal hold: 0" in capsys.readouterr().out
    assert kept() == [document_id]
    assert main(["erase", "portraits", str(document_id), "--yes"]) == 0
    assert "erased: 1; under a legal hold: 0" in capsys.readouterr().out
    assert kept() == []


@pytest.mark.parametrize("which", [[], ["1", "--all"]])
def test_command_needs_a_document_or_all(which):
    with pytest.raises(SystemExit):
        main(["erase", "portraits", *which])


def test_command_refuses_an_id_that_no_document_has(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["erase", "portraits", "0", "--yes"])

    assert ended.value.code == 2
    assert "must be a whole number, at least 1" in capsys.readouterr().err
