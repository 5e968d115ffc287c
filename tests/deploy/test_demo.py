"""The demo: its table, its comparison of verdicts, and how it ends."""

import io
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import uuid4

import pytest
from httpx import ConnectError
from prefect.client.schemas.objects import FlowRun
from prefect.states import Completed, Failed, Running, State
from rich.console import Console
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from deploy.local import demo_run
from deploy.local.aws_server import EmbeddedAws
from deploy.local.demo_run import (
    add_events,
    add_run,
    compare_verdicts,
    hide_password,
    until_finished,
    write_environment,
)
from deploy.local.desk_server import EmbeddedDesk
from deploy.local.isolation import ROOT
from deploy.local.prefect_server import EmbeddedPrefect
from deploy.local.stack import Service, check_database
from deploy.local.upload_progress import (
    ANSWERING_AGAIN,
    NOT_ANSWERING,
    DemoVerdict,
    RecordedVerdict,
    UploadProgress,
    progress_table,
    repeat,
)
from tasks.errors import SetupError
from tests.support.polling import PATIENCE

PUT = datetime(2026, 3, 1, 10, tzinfo=UTC)
EXPIRED = DemoVerdict("rejected", ["document_expired"])
DEMO = [sys.executable, "-m", "deploy.demo"]


def after(seconds: float) -> datetime:
    return PUT + timedelta(seconds=seconds)


def a_run(state: State, created: float = 1) -> FlowRun:
    return FlowRun(flow_id=uuid4(), created=after(created), state=state)


def finished_upload(
    name: str, *, seconds: float = 0, verdict: DemoVerdict = EXPIRED
) -> UploadProgress:
    run = a_run(Completed())
    return UploadProgress(
        f"inbox/{name}", after(seconds), run=run, record=RecordedVerdict(verdict, after(4))
    )


def draw(uploads: list[UploadProgress], width: int) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(progress_table(uploads, width))
    return console.file.getvalue()


def test_reasons_are_readable_at_80_columns_with_a_long_name():
    drawing = draw([finished_upload("a" * 300 + ".jpg"), finished_upload("passport.jpg")], 80)

    assert "document_expired" in drawing
    assert "rejected" in drawing
    assert "4.0" in drawing
    assert "…" in drawing
    assert max(map(len, drawing.splitlines())) <= 80


@pytest.mark.parametrize(("width", "shown"), [(80, False), (100, True)])
def test_stages_before_the_record_are_shown_in_a_wide_terminal(width, shown):
    assert ("start" in draw([finished_upload("passport.jpg")], width)) is shown


def test_name_that_looks_like_markup_is_shown_unchanged():
    assert "[red]a[b].jpg" in draw([finished_upload("[red]a[b].jpg")], 80)


def test_newest_upload_is_the_first_row():
    drawing = draw([finished_upload("specimen.jpg"), finished_upload("own.jpg", seconds=30)], 80)

    assert drawing.index("own.jpg") < drawing.index("specimen.jpg")


def test_failed_run_shows_its_message():
    failed = UploadProgress("inbox/a.jpg", PUT, run=a_run(Failed(message="set the region")))

    assert failed.is_finished
    assert "set the region" in draw([failed], 80)


def test_table_explains_how_an_upload_without_a_verdict_gets_one():
    failed = UploadProgress("inbox/a.jpg", PUT, run=a_run(Failed()))

    assert "retry-parked-deployment" in draw([failed], 300)
    assert "retry-parked" not in draw([finished_upload("a.jpg")], 300)


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
def test_record_counts_only_after_the_newest_run_has_completed(run, counts):
    uploaded = UploadProgress("inbox/a.jpg", PUT, event=PUT)

    found = add_run(uploaded, run, RecordedVerdict(EXPIRED, PUT))

    assert (found.record is not None) is counts


def test_newest_upload_of_a_key_counts():
    events, puts = {}, {"ours": PUT}

    for moment in (after(1), after(1), after(9)):
        add_events({"ours": moment, "theirs": moment}, events, puts)

    assert puts == {"ours": after(9), "theirs": after(9)}
    add_events({"late": after(5)}, events, puts)
    assert puts["late"] == after(5)


def test_time_of_a_specimen_is_its_upload_and_not_its_event():
    events, puts = {}, {"ours": PUT}

    add_events({"ours": after(1)}, events, puts)

    assert puts == {"ours": PUT}


@pytest.mark.parametrize(
    ("uploads", "message"),
    [
        pytest.param(
            [finished_upload("a.jpg")], "All 1 documents have the expected verdict", id="right"
        ),
        pytest.param(
            [finished_upload("a.jpg", verdict=DemoVerdict("verified", []))],
            "a.jpg is verified, not rejected (document_expired).",
            id="wrong",
        ),
        pytest.param(
            [UploadProgress("inbox/a.jpg", PUT)],
            "a.jpg is without a verdict, not rejected (document_expired).",
            id="none",
        ),
        pytest.param(
            [UploadProgress("inbox/a.jpg", PUT), finished_upload("other/a.jpg")],
            "a.jpg is without a verdict",
            id="a namesake",
        ),
    ],
)
def test_unexpected_verdict_is_named_in_a_sentence(uploads, message):
    console = Console(file=io.StringIO(), width=80)

    code = compare_verdicts(uploads, {"inbox/a.jpg": EXPIRED}, console)

    assert message in console.file.getvalue()
    assert code == (0 if message.startswith("All") else 1)


def test_demo_waits_while_uploads_progress():
    uploaded = UploadProgress("inbox/a.jpg", PUT)
    notified = UploadProgress("inbox/a.jpg", PUT, event=after(1))
    started = UploadProgress("inbox/a.jpg", PUT, event=after(1), run=a_run(Running()))
    watched = [[uploaded], [notified], [started], [started], [finished_upload("a.jpg")]]

    assert list(until_finished(iter(watched), patience_seconds=0)) == watched[:4]


def test_demo_goes_on_after_a_server_did_not_answer():
    upload = finished_upload("a.jpg")
    answers = iter([[upload], ConnectError("refused"), OperationalError("", {}, None), [upload]])
    reported: list[str] = []

    def read() -> list[UploadProgress]:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    watched = repeat(read, reported.append, poll_seconds=0)

    assert list(islice(watched, 4)) == [[upload]] * 4
    assert reported == [NOT_ANSWERING, ANSWERING_AGAIN]


def test_demo_ends_when_every_upload_is_finished():
    watched = [
        [UploadProgress("inbox/a.jpg", PUT)],
        [finished_upload("a.jpg")],
        [finished_upload("a.jpg")],
    ]

    assert list(until_finished(iter(watched))) == watched[:2]


def test_environment_file_leads_a_second_terminal_to_every_server(tmp_path):
    url = "postgresql://postgres:it's $ecret@127.0.0.1:9/docverify"
    service = Service(EmbeddedAws(7), EmbeddedPrefect(8, tmp_path), url)
    file = write_environment(service, EmbeddedDesk(9, {}))
    names = "$DATABASE_URL $PREFECT_API_URL $AWS_ENDPOINT_URL $DOCVERIFY_DESK_PORT"
    command = f'. {file} && echo "{names}"'

    shown = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)

    assert shown.stdout == f"{url} http://127.0.0.1:8/api http://127.0.0.1:7 9\n"
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("mysql://user:hunter2@localhost/a", id="another database"),
        pytest.param("hunter2", id="nonsense"),
        pytest.param("postgresql://user:hunter2@localhost:port/a", id="no port"),
        pytest.param("postgresql+psycopg2://user:hunter2@127.0.0.1:9/a", id="no server"),
        pytest.param("postgresql://user:hunter2@127.0.0.1:9/a?nonsense=1", id="unknown option"),
    ],
)
def test_invalid_database_url_is_reported_in_one_line_without_its_password(
    url, monkeypatch, capsys
):
    monkeypatch.setenv("DATABASE_URL", url)

    assert demo_run.run_demo(once=True) == 1

    shown = capsys.readouterr()
    assert shown.err == ""
    assert [line.split()[0] for line in shown.out.splitlines()] == ["starting", "DATABASE_URL"]
    assert "hunter2" not in shown.out


@pytest.mark.slow
def test_demo_that_cannot_start_ends_with_1_and_without_traceback():
    ended = subprocess.run(
        [*DEMO, "--once"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": "postgresql://user:hunter2@localhost:port/a"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )

    assert (ended.returncode, ended.stderr) == (1, "")
    assert [line.split()[0] for line in ended.stdout.splitlines()] == ["starting", "DATABASE_URL"]
    assert "hunter2" not in ended.stdout


def test_missing_database_is_reported_before_anything_starts(postgres_url):
    missing = make_url(postgres_url).set(database="missing").render_as_string(hide_password=False)

    with pytest.raises(SetupError, match="cannot be reached"):
        check_database(missing)


def test_only_the_embedded_database_shows_its_password(monkeypatch):
    url = "postgresql://user:hunter2@db.example/record?sslpassword=hunter3"
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert hide_password(url) == url

    monkeypatch.setenv("DATABASE_URL", url)
    assert hide_password(url) == "postgresql://user:***@db.example/record"


@pytest.mark.slow
@pytest.mark.parametrize(("options", "code"), [(["--once"], 130), ([], 0)])
def test_interrupted_demo_fails_only_with_once(options, code):
    demo = subprocess.Popen(
        [*DEMO, *options], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert demo.stdout.readline().startswith("starting")

    demo.send_signal(signal.SIGTERM)
    demo.communicate(timeout=PATIENCE)

    assert demo.returncode == code
