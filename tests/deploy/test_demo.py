"""The demo: what its table shows, how it judges, and how it ends."""

import io
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from prefect.client.schemas.objects import FlowRun
from prefect.states import Completed, Failed, Running, State
from rich.console import Console
from sqlalchemy.engine import make_url

from deploy.local import demo_run
from deploy.local.aws_server import EmbeddedAws
from deploy.local.demo_run import (
    DemoVerdict,
    RecordedVerdict,
    UploadProgress,
    _note,
    _passage,
    _table,
    _until_over,
    _written,
    compare_verdicts,
    hide_password,
)
from deploy.local.isolation import ROOT
from deploy.local.prefect_server import EmbeddedPrefect
from deploy.local.stack import Service, check_database
from tasks.errors import SetupError

PUT = datetime(2026, 3, 1, 10, tzinfo=UTC)
EXPIRED = DemoVerdict("rejected", ["document_expired"])
DEMO = [sys.executable, "-m", "deploy.demo"]


def after(seconds: float) -> datetime:
    return PUT + timedelta(seconds=seconds)


def a_run(state: State, created: float = 1) -> FlowRun:
    return FlowRun(flow_id=uuid4(), created=after(created), state=state)


def passage(name: str, *, seconds: float = 0, answer: DemoVerdict = EXPIRED) -> UploadProgress:
    run = a_run(Completed())
    return UploadProgress(
        f"inbox/{name}", after(seconds), run=run, record=RecordedVerdict(answer, after(4))
    )


def drawn(passages: list[UploadProgress], width: int) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(_table(passages, width))
    return console.file.getvalue()


def test_at_80_columns_a_reason_stays_readable_whatever_the_names_are():
    drawing = drawn([passage("a" * 300 + ".jpg"), passage("passport.jpg")], 80)

    assert "document_expired" in drawing
    assert "rejected" in drawing
    assert "4.0" in drawing
    assert "…" in drawing
    assert max(map(len, drawing.splitlines())) <= 80


@pytest.mark.parametrize(("width", "shown"), [(80, False), (100, True)])
def test_the_stages_before_the_record_are_shown_where_there_is_room(width, shown):
    assert ("start" in drawn([passage("passport.jpg")], width)) is shown


def test_a_name_that_looks_like_markup_is_shown_as_it_is():
    assert "[red]a[b].jpg" in drawn([passage("[red]a[b].jpg")], 80)


def test_what_a_person_uploads_stands_first():
    drawing = drawn([passage("specimen.jpg"), passage("own.jpg", seconds=30)], 80)

    assert drawing.index("own.jpg") < drawing.index("specimen.jpg")


def test_a_failed_run_shows_what_to_do():
    failed = UploadProgress("inbox/a.jpg", PUT, run=a_run(Failed(message="set the region")))

    assert failed.is_over
    assert "set the region" in drawn([failed], 80)


@pytest.mark.parametrize(
    ("run", "counts"),
    [
        pytest.param(None, False, id="no run in this demo"),
        pytest.param(a_run(Running()), False, id="running"),
        pytest.param(a_run(Failed()), False, id="failed"),
        pytest.param(a_run(Completed()), True, id="completed"),
        pytest.param(a_run(Completed(), created=-1), False, id="of an earlier upload"),
    ],
)
def test_a_record_counts_once_the_run_of_the_newest_upload_has_completed(run, counts):
    uploaded = UploadProgress("inbox/a.jpg", PUT, event=PUT)

    found = _passage(uploaded, run, RecordedVerdict(EXPIRED, PUT))

    assert (found.record is not None) is counts


def test_of_a_key_that_is_put_again_the_newest_counts():
    events, puts = {}, {"ours": PUT}

    for moment in (after(1), after(1), after(9)):
        _note({"ours": moment, "theirs": moment}, events, puts)

    assert puts == {"ours": after(9), "theirs": after(9)}
    _note({"late": after(5)}, events, puts)
    assert puts["late"] == after(5)


def test_our_own_put_is_known_better_than_by_its_event():
    events, puts = {}, {"ours": PUT}

    _note({"ours": after(1)}, events, puts)

    assert puts == {"ours": PUT}


@pytest.mark.parametrize(
    ("passages", "said"),
    [
        pytest.param([passage("a.jpg")], "All 1 documents have the expected verdict", id="right"),
        pytest.param(
            [passage("a.jpg", answer=DemoVerdict("verified", []))],
            "a.jpg is verified, not rejected (document_expired).",
            id="wrong",
        ),
        pytest.param(
            [UploadProgress("inbox/a.jpg", PUT)],
            "a.jpg is without a verdict, not rejected (document_expired).",
            id="none",
        ),
        pytest.param(
            [UploadProgress("inbox/a.jpg", PUT), passage("other/a.jpg")],
            "a.jpg is without a verdict",
            id="a namesake",
        ),
    ],
)
def test_a_wrong_specimen_is_named_in_a_sentence(passages, said):
    console = Console(file=io.StringIO(), width=80)

    code = compare_verdicts(passages, {"inbox/a.jpg": EXPIRED}, console)

    assert said in console.file.getvalue()
    assert code == (0 if said.startswith("All") else 1)


def test_a_slow_machine_is_waited_for_as_long_as_something_happens(monkeypatch):
    monkeypatch.setattr(demo_run, "PATIENCE_SECONDS", 0)
    uploaded = UploadProgress("inbox/a.jpg", PUT)
    notified = UploadProgress("inbox/a.jpg", PUT, event=after(1))
    started = UploadProgress("inbox/a.jpg", PUT, event=after(1), run=a_run(Running()))
    watched = [[uploaded], [notified], [started], [started], [passage("a.jpg")]]

    assert list(_until_over(iter(watched))) == watched[:4]


def test_a_demo_that_was_to_end_ends_when_every_document_has_come_to_its_end():
    watched = [[UploadProgress("inbox/a.jpg", PUT)], [passage("a.jpg")], [passage("a.jpg")]]

    assert list(_until_over(iter(watched))) == watched[:2]


def test_a_second_terminal_finds_every_server_by_a_file_for_us_alone(tmp_path):
    url = "postgresql://postgres:it's $ecret@127.0.0.1:9/docverify"
    file = _written(Service(EmbeddedAws(7), EmbeddedPrefect(8, tmp_path), url))
    command = f'. {file} && echo "$DATABASE_URL $PREFECT_API_URL $AWS_ENDPOINT_URL"'

    told = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)

    assert told.stdout == f"{url} http://127.0.0.1:8/api http://127.0.0.1:7\n"
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("mysql://user:hunter2@localhost/a", id="another database"),
        pytest.param("hunter2", id="nonsense"),
        pytest.param("postgresql://user:hunter2@localhost:port/a", id="no port"),
        pytest.param("postgresql+psycopg2://user:hunter2@127.0.0.1:9/a", id="nobody there"),
        pytest.param("postgresql://user:hunter2@127.0.0.1:9/a?nonsense=1", id="unknown option"),
    ],
)
def test_a_wrong_database_url_is_one_line_without_its_password(url, monkeypatch, capsys):
    monkeypatch.setenv("DATABASE_URL", url)

    assert demo_run.run_demo(once=True) == 1

    shown = capsys.readouterr()
    assert shown.err == ""
    assert [line.split()[0] for line in shown.out.splitlines()] == ["starting", "DATABASE_URL"]
    assert "hunter2" not in shown.out


def test_a_demo_that_cannot_start_ends_with_1_and_no_traceback():
    ended = subprocess.run(
        [*DEMO, "--once"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": "postgresql://user:hunter2@localhost:port/a"},
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert (ended.returncode, ended.stderr) == (1, "")
    assert [line.split()[0] for line in ended.stdout.splitlines()] == ["starting", "DATABASE_URL"]
    assert "hunter2" not in ended.stdout


def test_a_missing_database_is_found_before_anything_starts(postgres_url):
    missing = make_url(postgres_url).set(database="missing").render_as_string(hide_password=False)

    with pytest.raises(SetupError, match="leads to no database"):
        check_database(missing)


def test_only_the_embedded_database_shows_its_password(monkeypatch):
    url = "postgresql://user:hunter2@db.example/record?sslpassword=hunter3"
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert hide_password(url) == url

    monkeypatch.setenv("DATABASE_URL", url)
    assert hide_password(url) == "postgresql://user:***@db.example/record"


@pytest.mark.parametrize(("options", "code"), [(["--once"], 130), ([], 0)])
def test_an_interrupted_demo_succeeds_only_if_it_was_not_to_end_by_itself(options, code):
    demo = subprocess.Popen(
        [*DEMO, *options], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert demo.stdout.readline().startswith("starting")

    demo.send_signal(signal.SIGTERM)
    demo.communicate(timeout=60)

    assert demo.returncode == code
