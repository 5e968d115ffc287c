"""Retry of uploads whose runs failed."""

from uuid import uuid4

import pytest
from sqlalchemy import func, update

from flows.retry_parked import retry_parked
from tasks.errors import SetupError, WorldError
from tasks.record.claims import RUN_SECONDS
from tasks.record.failures import list_failures, record_failure
from tasks.record.tables import failures
from tasks.s3 import Upload
from tests.support.artifacts import read_table


@pytest.fixture(autouse=True)
def _servers(prefect_server, database, bucket, monkeypatch):
    monkeypatch.setenv("DOCVERIFY_MAX_BYTES", "9")


@pytest.fixture(name="prefix")
def _prefix(put) -> str:
    """One upload that is parked and two that wait, of which one was deleted."""
    prefix = f"inbox/{uuid4()}"
    for name, error in (
        ("parked", SetupError("s", "AccessDenied")),
        ("waiting", WorldError("w", "SlowDown")),
        ("gone", WorldError("w", "SlowDown")),
    ):
        record_failure(Upload("documents", f"{prefix}/{name}"), "local", "standard", error, None)
        if name != "gone":
            put(f"{prefix}/{name}", bytes(10))
    return prefix


def left(prefix) -> list[str]:
    keys = (each.key for each in list_failures())
    return sorted(key.removeprefix(f"{prefix}/") for key in keys if key.startswith(prefix))


def retry(**parameters):
    return retry_parked(return_state=True, **parameters)


def test_only_parked_uploads_are_started(prefix):
    state = retry(prefix=prefix)

    assert state.message == "Retried 1 upload: 1 succeeded, 0 failed again."
    assert left(prefix) == ["gone", "waiting"]
    (row,) = read_table(state)
    assert row["upload"] == f"documents/{prefix}/parked"
    assert (row["was"], row["is"]) == ("setup AccessDenied", "Resubmit")
    assert row["run"].startswith("/runs/flow-run/")


def test_a_waiting_upload_is_started_by_a_schedule_and_fails_again_if_nothing_changed(prefix):
    state = retry(which="waiting", prefix=prefix)

    assert state.message == "Retried 2 uploads: 1 succeeded, 1 failed again."
    assert left(prefix) == ["gone", "parked"]
    (gone,) = (each for each in list_failures() if each.key == f"{prefix}/gone")
    assert (gone.code, gone.tries) == ("NoSuchKey", 2)
    assert gone.parked_at


def test_a_schedule_starts_an_upload_only_after_its_pause(prefix, database):
    assert retry(which="due", prefix=prefix).message.startswith("Retried 0 uploads")

    with database.begin() as connection:
        connection.execute(
            update(failures).filter_by(key=f"{prefix}/waiting").values(retry_at=func.now())
        )

    assert retry(which="due", prefix=prefix).message.startswith("Retried 1 upload: 1 succeeded")


def test_a_schedule_stops_after_three_in_a_row_with_the_same_cause(database):
    prefix = f"inbox/{uuid4()}"
    for number in range(5):
        upload = Upload("documents", f"{prefix}/{number}")
        record_failure(upload, "local", "standard", WorldError("w", "SlowDown"), None)
    with database.begin() as connection:
        ours = failures.c.key.startswith(prefix)
        connection.execute(update(failures).where(ours).values(retry_at=None))

    state = retry(which="due", prefix=prefix)

    assert state.message == (
        "Retried 3 uploads: 0 succeeded, 3 failed again. 2 were left for later, because the cause "
        "persists."
    )


def test_no_upload_is_started_that_may_take_longer_than_the_run(prefix):
    nearly_over = retry_parked.with_options(timeout_seconds=RUN_SECONDS)

    state = nearly_over(which="all", prefix=prefix, return_state=True)

    assert state.message == (
        "Retried 0 uploads: 0 succeeded, 0 failed again. 3 were left for later, because this run "
        "reached its time limit."
    )
    assert left(prefix) == ["gone", "parked", "waiting"]


def test_a_dry_run_starts_nothing_and_counts_the_selection(prefix):
    assert "3 uploads" in retry(which="all", prefix=prefix, dry_run=True).message
    assert "2 uploads" in retry(which="all", prefix=prefix, limit=2, dry_run=True).message
    chosen = retry(which="all", prefix=prefix, code="AccessDenied", dry_run=True)
    assert "1 upload would" in chosen.message
    assert len(left(prefix)) == 3


@pytest.mark.parametrize("wrong", [{"which": "some"}, {"limit": -1}, {"limit": True}])
def test_an_unknown_choice_is_a_result_that_starts_nothing(wrong):
    assert retry(**wrong).name == "Invalid"


def test_the_form_explains_every_parameter():
    fields = retry_parked.parameters.model_dump()["properties"]

    assert [name for name, field in fields.items() if not field.get("description")] == []
