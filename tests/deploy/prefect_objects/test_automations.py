"""The automation on a real Prefect server: applied repeatedly, it starts one run per event."""

import json
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote_plus
from uuid import UUID, uuid4

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId
from prefect.client.schemas.sorting import FlowRunSort
from prefect.events import Event
from prefect.events.schemas.automations import AutomationCore
from prefect.utilities.callables import parameter_schema

from deploy.prefect_objects.automations import (
    DOCUMENT_VERIFICATION,
    DeploymentMissing,
    Scope,
    apply,
    remove,
    scope_match,
    state,
)
from services.gateway.template import render
from tasks.publishing import NO_BUCKET
from tests.support.listening import wait_for_triggers
from tests.support.polling import eventually
from tests.support.sns_messages import (
    TEST_EVENT,
    compact,
    envelope,
    eventbridge,
    record,
    s3_message,
)

NAME = "document-verification-automation"
TRICKY_KEYS = [
    "inbox/red+flower.jpg",
    "inbox/a%2Bb%26c.png",
    "inbox/%22a%5Cb%22.png",
    "inbox/%7B%7B+event.id+%7D%7D.png",
    quote_plus("inbox/żółć-旅券.png", safe="/"),
    "%E6%97%85" * 341,
    "7",
    "true",
]


@flow(name="document-verification")
def document_verification(
    bucket: str,
    key: str,
    version_id: str,
    etag: str,
    url_encoded: bool,
    more: list[dict[str, str]],
) -> None:
    """Stand in for the flow; only its parameters matter here."""


@pytest.fixture(scope="module")
def client(prefect_server):
    with get_client(sync_client=True) as client:
        yield client


@pytest.fixture(scope="module")
def deployment(client) -> UUID:
    flow_id = client.create_flow_from_name(document_verification.name)
    deployment_id = client.create_deployment(
        flow_id,
        "document-verification-deployment",
        parameter_openapi_schema=parameter_schema(document_verification).model_dump_for_openapi(),
        enforce_parameter_schema=True,
    )
    yield deployment_id
    client.delete_deployment(deployment_id)


@pytest.fixture
def automation(client, deployment) -> UUID:
    automation_id = apply(client, DOCUMENT_VERIFICATION)
    wait_for_triggers(client)
    yield automation_id
    for left in client.read_automations_by_name(NAME):
        client.delete_automation(left.id)


def emit(client, message: dict[str, Any], message_id: str | None = None) -> None:
    """Render a message as the webhook does, and post the event."""
    event = Event.model_validate_json(
        render("POST", {}, envelope(compact(message), message_id=message_id))
    )
    client.request("POST", "/events", json=[event.model_dump(mode="json")])


def parameters_of_runs(client, deployment: UUID) -> list[dict[str, Any]]:
    only = DeploymentFilter(id=DeploymentFilterId(any_=[deployment]))
    runs = client.read_flow_runs(deployment_filter=only, sort=FlowRunSort.ID_DESC, limit=100)
    return [run.parameters for run in runs]


@contextmanager
def new_runs(client, deployment: UUID, count: int):
    """Wait after the block for `count` new runs, and add their parameters to the list."""
    before = parameters_of_runs(client, deployment)
    new: list[dict[str, Any]] = []
    yield new
    runs = eventually(
        lambda: parameters_of_runs(client, deployment),
        lambda runs: len(runs) >= len(before) + count,
    )
    new += [run for run in runs if run not in before]


def test_applying_twice_leaves_one_automation(client, automation):
    assert apply(client, DOCUMENT_VERIFICATION) == automation
    assert [found.id for found in client.read_automations_by_name(NAME)] == [automation]


def test_duplicates_are_removed(client, automation):
    twin = AutomationCore.model_validate(client.read_automation(automation).model_dump())
    client.create_automation(twin)

    applied = apply(client, DOCUMENT_VERIFICATION)
    wait_for_triggers(client)

    assert [found.id for found in client.read_automations_by_name(NAME)] == [applied]


def test_changed_file_changes_the_automation(client, automation, tmp_path):
    changed = json.loads(DOCUMENT_VERIFICATION.read_text()) | {"description": "changed"}
    file = tmp_path / "changed.json"
    file.write_text(json.dumps(changed))

    assert apply(client, file) == automation
    assert client.read_automation(automation).description == "changed"


def test_order_of_the_events_in_a_file_does_not_matter(client, tmp_path):
    content = json.loads(DOCUMENT_VERIFICATION.read_text())
    content["name"] = f"many-events-{uuid4()}"
    content["trigger"]["expect"] = [f"event.{number}" for number in range(64)]
    content["actions"] = [{"type": "do-nothing"}]
    file = tmp_path / "many-events.json"
    file.write_text(json.dumps(content))

    apply(client, file)

    assert state(client, file) == "same"
    file.write_text(json.dumps(content | {"description": "changed"}))
    assert state(client, file) == "different"
    remove(client, file)


def test_missing_deployment_is_named(client, tmp_path):
    content = DOCUMENT_VERIFICATION.read_text().replace("verification-deployment", "not-there")
    file = tmp_path / "automation.json"
    file.write_text(content)

    with pytest.raises(DeploymentMissing, match="no deployment document-verification/document-not"):
        apply(client, file)


def test_key_arrives_in_a_run_as_s3_encoded_it(client, deployment, automation):
    with new_runs(client, deployment, len(TRICKY_KEYS)) as runs:
        for key in TRICKY_KEYS:
            emit(client, s3_message(record(key, version_id="7")))

    # "7" and "true" stay text: the type of a parameter comes from the event.
    assert sorted(run["key"] for run in runs) == sorted(TRICKY_KEYS)
    others = {
        "bucket": "documents",
        "version_id": "7",
        "etag": "d41d8cd98f00b204e9800998ecf8427e",
        "url_encoded": True,
        "more": [],
    }
    assert all(run == others | {"key": run["key"]} for run in runs)


def test_further_objects_of_a_message_arrive_as_a_list(client, deployment, automation):
    with new_runs(client, deployment, 1) as runs:
        emit(client, s3_message(record("a"), record("b", version_id=None)))

    (run,) = runs
    assert run["more"] == [
        {
            "bucket": "documents",
            "key": "b",
            "version_id": "",
            "etag": "d41d8cd98f00b204e9800998ecf8427e",
        }
    ]


def test_each_message_with_new_objects_starts_one_run(client, deployment, automation):
    message_id = str(uuid4())
    with new_runs(client, deployment, 2) as runs:
        emit(client, TEST_EVENT)
        emit(client, s3_message(record("gone", event_name="ObjectRemoved:Delete")))
        emit(client, s3_message(record("once")), message_id)
        emit(client, s3_message(record("once")), message_id)
        emit(client, s3_message(record("last")))

    assert sorted(run["key"] for run in runs) == ["last", "once"]


def test_notification_without_a_bucket_starts_a_run_where_names_have_no_suffix(client, deployment):
    scope = Scope(bucket="documents")
    apply(client, DOCUMENT_VERIFICATION, scope)
    wait_for_triggers(client)
    with new_runs(client, deployment, 2) as runs:
        emit(client, s3_message(record("inbox/other", bucket="others")))
        emit(client, {"file_key": "inbox/a b"})
        emit(client, eventbridge("inbox/c d"))
    remove(client, DOCUMENT_VERIFICATION, scope)

    assert sorted((run["bucket"], run["key"]) for run in runs) == [
        ("", "inbox/a%20b"),
        ("documents", "inbox/c%20d"),
    ]


@pytest.mark.parametrize(
    ("suffix", "buckets"), [("", ["documents", NO_BUCKET]), ("-staging", "documents")]
)
def test_only_one_environment_of_a_workspace_takes_what_names_no_bucket(suffix, buckets):
    match = {"prefect.resource.id": "bucket.file.*"}

    assert scope_match(match, Scope(suffix, "documents"))["bucket"] == buckets


def test_every_name_of_a_list_gets_the_suffix():
    match = {"prefect.resource.name": ["a", "b"]}

    assert scope_match(match, Scope("-staging")) == {
        "prefect.resource.name": ["a-staging", "b-staging"]
    }
