"""The command that erases the signatures of portraits."""

from uuid import uuid4

import pytest

from cli.__main__ import main
from tasks.record.fingerprints import store_signature
from tasks.record.verdicts import find_or_add_document
from tests.support.verdicts import an_upload


@pytest.fixture(name="document")
def _document(database) -> int:
    with database.begin() as connection:
        document_id = find_or_add_document(connection, *an_upload())
        store_signature(connection, document_id, uuid4().bytes * 4)
    return document_id


def erase(capsys, *arguments: str) -> str:
    assert main(["erase", "portraits", *arguments]) == 0
    return capsys.readouterr().out.strip()


def test_signatures_are_counted_first_and_erased_with_yes(document, capsys):
    found = erase(capsys, str(document))
    done = erase(capsys, str(document), "--yes")
    again = erase(capsys, str(document), "--yes")

    assert found == "portrait signatures to be erased with --yes: 1; under a legal hold: 0"
    assert done == "portrait signatures erased: 1; under a legal hold: 0"
    assert again == "portrait signatures erased: 0; under a legal hold: 0"


def test_signatures_of_all_documents_are_counted(document, capsys):
    found = erase(capsys, "--all")

    count = found.removeprefix("portrait signatures to be erased with --yes: ").partition(";")[0]
    assert int(count) >= 1


def test_unknown_document_is_an_error_in_one_line(database, capsys):
    assert main(["erase", "portraits", "999999999"]) != 0

    error = capsys.readouterr().err.strip()
    assert "does not exist" in error
    assert "\n" not in error
