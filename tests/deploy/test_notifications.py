"""The automations that send alerts: each fires on a real server, and its message is checked."""

import json
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from prefect import flow
from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.client.orchestration import get_client
from prefect.events import Event
from prefect.states import Completed, Crashed, Failed

from deploy.local.child_server import LOOPBACK
from deploy.prefect_objects.automations import AUTOMATIONS, Scope, apply, files, remove
from tests.support.http_server import Request, Response, http_server
from tests.support.listening import wait_for_triggers
from tests.support.polling import eventually

SCOPE = Scope(notification="custom-webhook/docverify-people")


@pytest.fixture(scope="module", name="client")
def _client(prefect_server):
    with get_client(sync_client=True) as client:
        yield client


@pytest.fixture(scope="module", name="messages")
def _messages(client):
    """Collect the alerts of a block that posts to this process."""
    alerts: list[dict] = []

    def receive(request: Request) -> Response:
        alerts.append(json.loads(request.content))
        return Response()

    with http_server(receive) as port:
        CustomWebhookNotificationBlock(
            name="people",
            url=f"http://{LOOPBACK}:{port}",
            json_data={"subject": "{{subject}}", "body": "{{body}}"},
        ).save("docverify-people", overwrite=True)
        yield alerts


@contextmanager
def applied(client, name: str, **trigger):
    """Apply the file with the changes of the test to its trigger."""
    content = json.loads((AUTOMATIONS / f"{name}.json").read_text())
    content["trigger"] |= trigger
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"{name}.json"
        file.write_text(json.dumps(content))
        apply(client, file, SCOPE)
        wait_for_triggers(client)
        yield
        remove(client, file, SCOPE)


def emit(client, event: str, resource: dict[str, str], **payload) -> None:
    posted = Event(event=event, resource=resource, payload=payload)
    client.request("POST", "/events", json=[posted.model_dump(mode="json")])


def about(messages: list[dict], text: str) -> list[dict]:
    return [each for each in messages if text in each["body"]]


@pytest.fixture(scope="module", name="deployment")
def _deployment(client):
    @flow(name="document-verification")
    def verification() -> None: ...

    flow_id = client.create_flow_from_name(verification.name)
    deployment_id = client.create_deployment(flow_id, "document-verification-deployment")
    yield deployment_id
    client.delete_deployment(deployment_id)


def test_every_automation_that_sends_alerts_needs_the_block():
    silent = {file.stem for file in files()}
    assert silent == {"document-verification"}
    assert {file.stem for file in files(SCOPE)} - silent == {
        *("action-failed", "no-verdict", "review-overdue", "run-failed")
    }


@pytest.mark.parametrize("state", [Failed(message="no rights"), Crashed(message="no memory")])
def test_failed_or_crashed_run_sends_an_alert(client, messages, deployment, state):
    with applied(client, "run-failed"):
        fine, bad = (client.create_flow_run_from_deployment(deployment) for _ in range(2))
        client.set_flow_run_state(fine.id, Completed(), force=True)
        client.set_flow_run_state(bad.id, state, force=True)

        (alert,) = eventually(lambda: about(messages, str(bad.id)))

    assert alert["subject"] == "docverify: a run failed"
    assert state.message in alert["body"]
    assert not about(messages, str(fine.id))


def test_failed_automation_sends_an_alert(client, messages, deployment):
    resource = {
        "prefect.resource.id": f"prefect.automation.{uuid4()}",
        "prefect.resource.name": "document-verification-automation",
    }
    others = resource | {"prefect.resource.name": "another-automation"}
    with applied(client, "action-failed"):
        emit(client, "prefect.automation.action.failed", others, reason="not ours")
        emit(client, "prefect.automation.action.failed", resource, reason="InvalidJinja")

        (alert,) = eventually(lambda: about(messages, "InvalidJinja"))

    assert alert["subject"] == "docverify: an automation failed"
    assert not about(messages, "not ours")


def test_overdue_review_queue_sends_one_alert_a_day(client, messages, deployment):
    queue = {"prefect.resource.id": "docverify.review-queue"}
    with applied(client, "review-overdue"), applied(client, "run-failed"):
        review = "review/review-deployment-staging"
        emit(client, "review.overdue", queue, waiting=3, oldest_hours=30, deployment=review)
        eventually(lambda: about(messages, "3 referred documents wait"))

        emit(client, "review.overdue", queue, waiting=3, oldest_hours=31)
        later = client.create_flow_run_from_deployment(deployment)
        client.set_flow_run_state(later.id, Failed(message="after it"), force=True)
        eventually(lambda: about(messages, str(later.id)))

    (alert,) = about(messages, "3 referred documents wait")
    assert "the oldest for 30 hours" in alert["body"]
    assert "Start the deployment review/review-deployment-staging, or" in alert["body"]


def test_review_queue_of_another_environment_sends_no_alert(client, messages):
    file, staging = AUTOMATIONS / "review-overdue.json", replace(SCOPE, suffix="-staging")
    apply(client, file, staging)
    for suffix, waiting in (("", 41), ("-production", 42), ("-staging", 43)):
        queue = {"prefect.resource.id": f"docverify.review-queue{suffix}"}
        emit(client, "review.overdue", queue, waiting=waiting, oldest_hours=30)

    eventually(lambda: about(messages, "43 referred documents wait"))
    remove(client, file, staging)

    assert not about(messages, "41 referred") + about(messages, "42 referred")


def test_only_an_upload_without_verdict_sends_an_alert(client, messages):
    def upload(key: str) -> dict[str, str]:
        return {"prefect.resource.id": f"bucket.file.{key}", "bucket": "documents"}

    answered, lost = f"inbox%2F{uuid4()}", f"inbox%2F{uuid4()}"
    with applied(client, "no-verdict", within=60):  # A busy machine sends the answer in time.
        for key in (answered, lost):
            emit(client, "notification.received", upload(key))
        wait_for_triggers(client)
        # Triggers process two events at once, and the verdict must not be the first.
        emit(client, "upload.answered", upload(answered))

        alerts = eventually(lambda: about(messages, "has no verdict"))

    assert [each["subject"] for each in alerts] == ["docverify: an upload has no verdict"]
