"""Runs that a notification of S3 started: folders, missing buckets and further objects."""

from urllib.parse import unquote_plus
from uuid import uuid4

import pytest

from tests.support.polling import eventually
from tests.support.verification_runs import documents_of, failures_of, listed, run, verdicts_of

pytestmark = pytest.mark.usefixtures("prefect_server", "database")


@pytest.mark.parametrize("by", [{}, {"url_encoded": True}], ids=["by hand", "notified"])
def test_folder_of_a_console_is_ignored_with_the_reason(bucket, put, database, by):
    key = f"inbox/{uuid4()}/"
    put(key, b"")

    state = run(bucket, key, **by)

    assert (state.name, state.type.value) == ("Ignored", "COMPLETED")
    assert "only represents a folder in the S3 console" in state.message
    assert documents_of(database, key) == []
    assert failures_of(key) == []


def test_notified_key_without_a_bucket_is_of_the_only_allowed_one(bucket, put, database):
    key = f"inbox/{uuid4()}"
    put(key, b"not an image")

    assert run("", key, url_encoded=True).name == "Resubmit"
    assert verdicts_of(database, key) == ["resubmit"]


def test_notified_key_without_a_bucket_is_ignored_if_several_are_allowed(bucket, monkeypatch):
    monkeypatch.setenv("DOCVERIFY_ALLOWED_UPLOADS", "one,two")

    state = run("", "inbox/a", url_encoded=True)

    assert state.name == "Ignored"
    assert "DOCVERIFY_ALLOWED_UPLOADS allows 2" in state.message


def test_every_further_object_of_a_notification_gets_a_run_of_its_own(bucket, put, database):
    for name in ("one", "two", "thr%C3%A9e+x"):
        put(f"inbox/{unquote_plus(name)}.jpg", name.encode())

    state = run(
        bucket,
        "inbox%2Fone.jpg",
        url_encoded=True,
        more=[
            {"bucket": bucket, "key": "inbox/two.jpg", "version_id": "", "etag": ""},
            {"bucket": bucket, "key": "inbox/missing.jpg", "version_id": ""},
            {"bucket": bucket},
            {"bucket": bucket, "key": "inbox/thr%C3%A9e+x.jpg"},
        ],
    )

    assert state.name == "Resubmit"
    for key in ("inbox/one.jpg", "inbox/two.jpg", "inbox/thrée x.jpg"):
        assert verdicts_of(database, key) == ["resubmit"]


def test_an_invalid_further_object_gets_one_run_that_fails(bucket, put):
    put("inbox/alone.jpg", b"x")

    state = run(bucket, "inbox/alone.jpg", more="not a list")

    def find_states_of_children() -> list[str]:
        runs = [each for each in listed("task_runs", state) if each["name"].startswith("document")]
        return [each["state_type"] for each in runs]

    assert eventually(find_states_of_children, lambda found: "FAILED" in found) == ["FAILED"]
