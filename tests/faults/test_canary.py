"""Nothing that Prefect stores, that a run prints or that is sent elsewhere shows personal data.

Every outcome, every kind of failure and a run that is killed, with names and numbers that can be
mistaken for nothing else: in MRZ, printed text and metadata.
"""

from pathlib import Path
from uuid import uuid4

import boto3
import pytest
from sqlalchemy import text

from tasks.record.connection import connect
from tests.support.polling import PATIENCE, eventually
from tests.support.processes import killed, started
from tests.support.proxy import Fault, Moment, proxy
from tests.support.vision_server import CANARY, KEY, Failure, annotation, vision_server

SURNAME, GIVEN, NUMBER = "ZWIEBELKUCHEN", "QUETZALCOATL", "QX7Z4W9K2"
BORN, SAID = "740812", "Xanthippe Quarkstrudel"
SECRETS = [SURNAME, GIVEN, NUMBER, "Zwiebelkuchen", "12 AUG 1974", "1974-08-12", SAID, CANARY]
SECRETS += [f"{BORN}2F", "Quarkstrudel", "GEHEIM-PASSWORD", KEY]
ZONE = (
    f"P<UTO{SURNAME}<<{GIVEN}".ljust(44, "<"),
    f"{NUMBER}6UTO{BORN}2F1204159".ljust(42, "<") + "10",
)
PRINT = [
    *(f"Surname {SURNAME}", f"Given names {GIVEN}"),
    *("Date of birth 12 AUG 1974", f"Passport No {NUMBER}"),
]
ANSWER = annotation(
    [((60, 100 + 40 * row), line) for row, line in enumerate(PRINT)],
    [((60, 600), ZONE[0]), ((60, 640), ZONE[1])],
)
JSON = {"DOCVERIFY_LOG_FORMAT": "json"}
POSTGRES_TEXT = """
SELECT format('SELECT %L, t::text FROM %I.%I t', table_name, table_schema, table_name)
FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
"""


@pytest.fixture(autouse=True)
def _servers(prefect_server, database, bucket, monkeypatch):
    monkeypatch.setenv("DOCVERIFY_HMAC_KEY", "GEHEIM-PASSWORD-OF-THE-FINGERPRINTS")
    monkeypatch.setenv("DOCVERIFY_GOOGLE_API_KEY", KEY)
    with vision_server() as server:
        monkeypatch.setenv("DOCVERIFY_GOOGLE_URL", server.url)
        server.answers = [ANSWER]
        server.failures = [Failure(503)]
        yield server


def rows_of(url: str) -> list[str]:
    """Return every row of every table, as PostgreSQL prints it."""
    with connect(url).connect() as connection:
        queries = connection.scalars(text(POSTGRES_TEXT)).all()
        return [str(row) for query in queries for row in connection.execute(text(query))]


def put_canary(bucket: str, name: str, specimen: str) -> str:
    key = f"inbox/{uuid4()}-{name}"
    content = (Path(__file__).parents[2] / "specimens" / specimen).read_bytes()
    said = {"applicant-name": SAID, "applicant-birth-date": "1974-08-12"}
    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=content, Metadata=said)
    return key


@pytest.mark.slow
def test_no_personal_value_is_found_outside_the_record(
    bucket, database, prefect_server, prefect_database_url, tmp_path
):
    misled = "postgresql//user:GEHEIM-PASSWORD@host/record"
    moment = Moment(Fault.STALL, (b"INSERT INTO verdicts",))
    passport = put_canary(bucket, "passport", "passport.jpg")
    runs = {}

    def start(name, key, *, engine="google-vision", policy="demonstration", **environment):
        parameters = {"bucket": bucket, "key": key, "engine": engine, "policy": policy}
        runs[name] = started(environment, output=tmp_path / name, **parameters)

    with proxy(database.url.port, moment) as port:
        url = database.url.set(port=port).render_as_string(hide_password=False)
        start("a verdict", passport)
        start("another policy", passport, policy="strict")
        start("a refused file", put_canary(bucket, "corrupt", "corrupt.jpg"), engine="local")
        start("a wrong URL", put_canary(bucket, "broken", "passport.jpg"), DATABASE_URL=misled)
        start("as JSON", put_canary(bucket, "lines", "passport.jpg"), **JSON)
        start("a failure as JSON", passport, DATABASE_URL=misled, **JSON)
        start("a wrong parameter", passport, policy="none-such")
        start("a crash", put_canary(bucket, "crash", "passport.jpg"), DATABASE_URL=url)
        assert moment.reached.wait(PATIENCE)
        killed(runs.pop("a crash"))
        for run in runs.values():
            run.join(PATIENCE)
    assert {name: run.exitcode for name, run in runs.items()} == {
        "a verdict": 0,
        "another policy": 0,
        "a refused file": 0,
        "a wrong URL": 1,
        "as JSON": 0,
        "a failure as JSON": 1,
        "a wrong parameter": 0,
    }
    shown = {file.name: file.read_text() for file in tmp_path.iterdir()}

    assert '"event": "verdict"' in shown["as JSON"]
    assert '"event": "failure"' in shown["a failure as JSON"]
    record = "\n".join(rows_of(database.url.render_as_string(hide_password=False)))
    assert SURNAME in record  # They were read, and kept where they belong.
    assert SAID in record
    kept = eventually(
        lambda: rows_of(prefect_database_url),
        lambda rows: all(
            each in "\n".join(rows) for each in ("known_specimen", "document.rejected")
        ),
    )
    files = {
        str(file): file.read_bytes() for file in prefect_server.home.rglob("*") if file.is_file()
    }
    leaks = [(name, each) for name, said in shown.items() for each in SECRETS if each in said]
    leaks += [(row[:80], each) for row in kept for each in SECRETS if each in row]
    leaks += [(n, each) for n, data in files.items() for each in SECRETS if each.encode() in data]
    assert leaks == []
