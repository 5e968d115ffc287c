"""The contract, end to end: a receiver in a process of its own, as in docs/examples."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from prefect import flow
from sqlalchemy import text

from cli.__main__ import main
from deploy.local.child_server import free_port
from docverify.policy import STANDARD
from docverify.verdict import Outcome, judge
from flows.redecision import redecision
from tasks.dispatch import dispatch
from tasks.publishing import publish
from tasks.record.announcements import read_announcements
from tasks.record.deliveries import replay, stop_target
from tasks.record.policies import record_policy
from tasks.record.reviews import claim_review
from tasks.record.verdicts import write_to_database
from tasks.webhook import WebhookMessage, build_body
from tests.support.polling import eventually
from tests.support.readings import TODAY, page, reading
from tests.support.verdicts import READING, VERDICT, an_upload
from tests.support.web import WEBHOOK_SECRET as SECRET

ROOT = Path(__file__).parents[2]
publish_as_run = flow(publish.fn, name="run", validate_parameters=False, persist_result=False)
EXAMPLE = ROOT / "docs" / "examples" / "receive_verdicts.py"


def schema(name: str) -> Draft202012Validator:
    content = json.loads((ROOT / "docs" / "schemas" / f"{name}.schema.json").read_text())
    Draft202012Validator.check_schema(content)
    return Draft202012Validator(content, format_checker=FormatChecker())


@contextmanager
def receiving(database: Path, port: int) -> Iterator[None]:
    """Run the example until the block ends; then it is out of service."""
    command = [sys.executable, str(EXAMPLE), str(database), str(port)]
    process = subprocess.Popen(command, env=os.environ | {"WEBHOOK_SECRET": SECRET})
    try:
        eventually(lambda: process.poll() is not None or is_listening(port))
        assert process.poll() is None
        yield
    finally:
        process.terminate()
        process.wait()


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def rows(database: Path, query: str) -> list[tuple]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


def let_time_pass(database) -> None:
    with database.begin() as connection:
        connection.execute(text("UPDATE deliveries SET next_attempt_at = now()"))


@pytest.fixture(name="port")
def _port(database, prefect_server, monkeypatch):
    port = free_port()
    monkeypatch.setenv("DOCVERIFY_WEBHOOK_URL", f"http://127.0.0.1:{port}/")
    monkeypatch.setenv("DOCVERIFY_WEBHOOK_SECRET", SECRET)
    yield port
    stop_target()


def test_a_receiver_gets_every_verdict_and_ends_with_the_current_state(
    database, port, tmp_path, capsys
):
    """From runs, people, the command line and redecision, through an outage and a replay."""
    store, documents = tmp_path / "verdicts.sqlite", []
    with receiving(store, port):
        # Runs: two referred, one verified.
        for outcome in (Outcome.REFERRED, Outcome.REFERRED, Outcome.VERIFIED):
            verdict = replace(VERDICT, outcome=outcome, reasons=())
            record = write_to_database.fn(*an_upload(), READING, verdict, None)
            publish_as_run(record, verdict)
            documents.append(record)
        # A person, on the command line.
        claim_review("Anna", documents[0].verdict_id)
        decide = ["review", "decide", str(documents[0].verdict_id), "rejected"]
        assert main([*decide, "--reason", "document_altered", "--as", "Anna"]) == 0
        assert capsys.readouterr().err == ""
        assert len(rows(store, "SELECT * FROM messages")) == 4
    # An outage: another decision, and a redecision that ends a referral.
    claim_review("Anna", documents[1].verdict_id)
    decide = ["review", "decide", str(documents[1].verdict_id), "verified"]
    assert main([*decide, "--reason", "original_seen", "--as", "Anna"]) == 0
    upload, file = an_upload()
    read = reading(page())
    with database.begin() as connection:
        record_policy(connection, STANDARD)
    judged = judge(read, today=TODAY, policy=STANDARD)
    referred = replace(judged, outcome=Outcome.REFERRED, reasons=("image_blur",))
    documents.append(write_to_database.fn(upload, file, read, referred, None))
    redecision(policy="strict", prefix=upload.key, dry_run=False, return_state=True)
    with receiving(store, port):
        let_time_pass(database)
        dispatch()
        first = rows(store, "SELECT id, received FROM messages ORDER BY id")
        assert len(first) == 7
        assert {received for _, received in first} == {1}
        # A replay of everything: repeats are known by their id.
        assert replay([each.verdict_id for each in documents]) == 4
        dispatch()
        again = rows(store, "SELECT id, received FROM messages ORDER BY id")

    assert [id_ for id_, _ in again] == [id_ for id_, _ in first]
    assert sum(received for _, received in again) == 11
    ids = ", ".join(str(each.document_id) for each in documents)
    current = f"SELECT document_id, verdict_id, outcome FROM {{}} WHERE document_id IN ({ids})"
    with database.connect() as connection:
        expected = connection.execute(text(current.format("current_verdicts"))).all()
    assert sorted(rows(store, current.format("documents"))) == sorted(map(tuple, expected))
    assert len(expected) == 4


def test_what_is_sent_fits_the_schemas(database):
    record = write_to_database.fn(*an_upload(), READING, VERDICT, None)
    with database.connect() as connection:
        sent = read_announcements(connection, [record.verdict_id])[record.verdict_id]

    schema("announcement").validate(sent.model_dump(mode="json"))
    schema("webhook").validate(json.loads(build_body(sent)))


def test_the_example_of_the_page_fits_the_schema():
    text_ = (ROOT / "docs" / "contract.md").read_text("utf-8")
    example = json.loads(text_.split("```json\n")[1].split("```")[0])

    schema("announcement").validate(example)
    assert set(example) == set(WebhookMessage.model_fields["data"].annotation.model_fields)


@pytest.mark.parametrize(
    "name", ["passport", pytest.param("passport-altered", marks=pytest.mark.slow)]
)
def test_the_output_of_verify_fits_its_schema(name, capsys):
    main(["verify", "--json", str(ROOT / "specimens" / f"{name}.jpg")])

    schema("verify").validate(json.loads(capsys.readouterr().out))
