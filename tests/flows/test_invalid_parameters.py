"""Parameters of a verification that a person or a notification got wrong, and its form."""

from uuid import uuid4

import pytest

from docverify.page import Engine
from docverify.policy import POLICIES
from flows.document_verification import document_verification
from tasks.errors import Fault
from tasks.record.failures import list_failures
from tests.support.verification_runs import documents_of, failures_of, listed, run, verdicts_of

pytestmark = pytest.mark.usefixtures("prefect_server", "database")

WRONG_PLACES = pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"key": "inbox/missing.jpg"}, "has no object of this key"),
        pytest.param(
            *({"key": "inbox/missing.jpg", "version_id": "none-such"}, "of this version"),
            marks=pytest.mark.slow,
        ),
        ({"key": "elsewhere/a.jpg"}, "DOCVERIFY_ALLOWED_UPLOADS"),
        pytest.param(
            *({"bucket": "someone-elses", "key": "inbox/a.jpg"}, "DOCVERIFY_ALLOWED_UPLOADS"),
            marks=pytest.mark.slow,
        ),
        ({"key": ""}, "the parameter key is empty"),
    ],
)


@WRONG_PLACES
def test_a_mistyped_parameter_is_a_result_that_names_it(parameters, message, bucket, database):
    """A person typed it: no one is alerted, and nothing is parked."""
    parked = failures_of(parameters["key"])

    state = run(**({"bucket": bucket} | parameters))

    assert (state.type.value, state.name) == ("COMPLETED", "Invalid")
    assert message in state.message
    assert documents_of(database, parameters["key"]) == []
    assert failures_of(parameters["key"]) == parked


@WRONG_PLACES
def test_a_notified_upload_that_cannot_be_retrieved_fails_the_run(parameters, message, bucket):
    state = run(**({"bucket": bucket, "url_encoded": True} | parameters))

    assert state.type.value == "FAILED"
    assert message in state.message


def test_the_form_has_no_parameter_for_machines():
    form = document_verification.parameters.model_dump()["properties"]

    assert list(form) == ["bucket", "key", "version_id", "engine", "policy"]
    assert [name for name, field in form.items() if not field.get("description")] == []


def test_a_policy_that_is_not_allowed_ends_the_run_before_the_document_is_retrieved(
    bucket, put_specimen, database, monkeypatch
):
    monkeypatch.setenv("DOCVERIFY_POLICIES_ALLOWED", "!demonstration")
    key = put_specimen("passport.jpg")

    state = run(bucket, key)

    assert state.name == "Invalid"
    assert "policy demonstration is not allowed here: choose one of " in state.message
    assert verdicts_of(database, key) == []
    assert listed("task_runs", state) == []


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"policy": "generous"}, "this policy does not exist: choose one of"),
        (
            {"engine": "guess"},
            "choose one of local, google-vision, textract",
        ),
    ],
)
def test_an_unknown_choice_is_a_result_that_names_it(parameters, message, bucket):
    state = document_verification(
        **({"bucket": bucket, "key": "inbox/a.jpg"} | parameters), return_state=True
    )

    assert state.name == "Invalid"
    assert message in state.message


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        pytest.param({"key": "inbox/" + "k" * 9000}, "longer than 1024 bytes", id="key"),
        pytest.param({"policy": "p" * 5000}, "this policy does not exist", id="policy"),
        pytest.param({"policy": ["p"]}, "this policy does not exist", id="no text"),
        pytest.param({"engine": "e" * 5000}, "this engine does not exist", id="engine"),
    ],
)
def test_a_parameter_of_any_length_is_a_recorded_refusal(parameters, message, bucket):
    """Without a limit, the index of the table cannot hold it, and nothing is recorded."""
    before = {each.id for each in list_failures()}
    key = f"inbox/{uuid4()}"

    state = document_verification(
        **({"bucket": bucket, "key": key, "etag": "e"} | parameters), return_state=True
    )

    (recorded,) = (each for each in list_failures() if each.id not in before)
    assert state.type.value == "FAILED"
    assert message in state.message
    assert (recorded.fault, recorded.reason) == (Fault.SETUP, state.message)
    assert recorded.parked_at is not None


def test_the_form_for_manual_runs_explains_every_parameter():
    schema = document_verification.parameters.model_dump()
    fields = schema["properties"]

    assert schema["required"] == ["bucket", "key"]
    assert [name for name, field in fields.items() if not field.get("description")] == []
    assert fields["policy"]["enum"] == list(POLICIES)
    assert fields["engine"]["enum"] == [engine.value for engine in Engine]
