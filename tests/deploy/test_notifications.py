"""The automations that send alerts: each fires on a real server, and its message is checked."""

import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from prefect import flow
from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.events import Event
from prefect.states import Completed, Crashed, Failed, Pending, Running

from deploy.local.child_server import LOOPBACK
from deploy.prefect_objects.automations import AUTOMATIONS, Scope, apply, files, remove
from tasks.errors import Fault
from tasks.publishing import publish_failures, wait_for_events
from tasks.record.failures import Cause
from tests.support.http_server import Request, Response, http_server
from tests.support.listening import wait_for_triggers
from tests.support.polling import eventually

SCOPE = Scope(notification="custom-webhook/docverify-people")
QUEUE = "docverify.review-queue"


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
    assert silent == {"document-verification", "no-verdict", "run-pending"}
    assert {file.stem for file in files(SCOPE)} - silent == {
        *("action-failed", "no-verdict-alert", "review-overdue", "run-failed", "uploads-failed")
    }


@pytest.mark.parametrize(
    "state",
    [
        Failed(message="no rights"),
        Crashed(message="no memory"),
        Failed(name="TimedOut", message="no end"),
    ],
)
def test_failed_or_crashed_run_sends_an_alert(client, messages, deployment, state):
    with applied(client, "run-failed"):
        fine, bad = (client.create_flow_run_from_deployment(deployment) for _ in range(2))
        client.set_flow_run_state(fine.id, Completed(), force=True)
        client.set_flow_run_state(bad.id, state, force=True)

        (alert,) = eventually(lambda: about(messages, str(bad.id)))

    assert alert["subject"] == "docverify: a run failed"
    assert state.message in alert["body"]
    assert "of document-verification-deployment" in alert["body"]
    assert not about(messages, str(fine.id))


def test_failed_runs_of_a_deployment_send_one_alert_an_hour(client, messages, deployment):
    with applied(client, "run-failed"), applied(client, "review-overdue"):
        runs = [client.create_flow_run_from_deployment(deployment).id for _ in range(5)]
        for run in runs:
            client.set_flow_run_state(run, Failed(message="no rights"), force=True)
        eventually(lambda: [each for run in runs for each in about(messages, str(run))])
        emit(client, "review.overdue", {"prefect.resource.id": QUEUE}, waiting=77, oldest_hours=1)
        eventually(lambda: about(messages, "77 referred documents wait"))

    assert len([each for run in runs for each in about(messages, str(run))]) == 1


def test_cause_sends_one_alert_however_many_uploads_it_leaves_without_a_verdict(client, messages):
    run = uuid4()
    cause = Cause(Fault.SETUP, f"c{run.hex}", 500, 500, "give the role s3:GetObject", run)
    with applied(client, "uploads-failed"), applied(client, "review-overdue"):
        for each in (cause, replace(cause, uploads=510), replace(cause, uploads=5000)):
            publish_failures([each])
            wait_for_events(5)
            wait_for_triggers(client)
        eventually(lambda: about(messages, "5000 uploads"))

    alerts = about(messages, cause.code)
    assert [each["body"].partition(" uploads")[0] for each in alerts] == ["500", "5000"]
    assert f"Run {run} is an example" in alerts[0]["body"]
    assert "give the role s3:GetObject" in alerts[0]["body"]
    assert "start the deployment retry-parked" in alerts[0]["body"]


def test_maintenance_run_that_never_starts_is_ended_without_another_run(client):
    name = f"reconciliation-deployment-{uuid4().hex[:8]}"
    maintenance = client.create_deployment(client.create_flow_from_name("reconciliation"), name)
    scope = Scope(suffix=name.removeprefix("reconciliation-deployment"))
    file = AUTOMATIONS / "run-pending.json"
    content = json.loads(file.read_text())
    content["trigger"]["within"] = 10
    with TemporaryDirectory() as folder:
        quick = Path(folder) / file.name
        quick.write_text(json.dumps(content))
        apply(client, quick, scope)
        wait_for_triggers(client)
        stuck, started = (client.create_flow_run_from_deployment(maintenance) for _ in range(2))
        for run in (stuck, started):
            client.set_flow_run_state(run.id, Pending(), force=True)
        client.set_flow_run_state(started.id, Running(), force=True)

        state = eventually(lambda: client.read_flow_run(stuck.id).state, State.is_crashed)
        remove(client, quick, scope)

    assert "not started" in state.message
    assert client.read_flow_run(started.id).state.is_running()


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
        emit(client, "review.overdue", queue, waiting=901, oldest_hours=30, deployment=review)
        eventually(lambda: about(messages, "901 referred documents wait"))

        emit(client, "review.overdue", queue, waiting=901, oldest_hours=31)
        later = client.create_flow_run_from_deployment(deployment)
        client.set_flow_run_state(later.id, Failed(message="after it"), force=True)
        eventually(lambda: about(messages, str(later.id)))

    (alert,) = about(messages, "901 referred documents wait")
    assert "the oldest for 30 hours" in alert["body"]
    assert "Start the deployment review/review-deployment-staging, or" in alert["body"]


def test_review_queue_of_another_environment_sends_no_alert(client, messages):
    file, staging = AUTOMATIONS / "review-overdue.json", replace(SCOPE, suffix="-staging")
    apply(client, file, staging)
    wait_for_triggers(client)
    for suffix, waiting in (("", 41), ("-production", 42), ("-staging", 43)):
        queue = {"prefect.resource.id": f"docverify.review-queue{suffix}"}
        emit(client, "review.overdue", queue, waiting=waiting, oldest_hours=30)

    eventually(lambda: about(messages, "43 referred documents wait"))
    remove(client, file, staging)

    assert not about(messages, "41 referred") + about(messages, "42 referred")


def fired_since(client, start: datetime) -> set[str]:
    """Return what automations that fired since then fired for."""
    criteria = {
        "event": {"name": ["prefect.automation.triggered"]},
        "occurred": {"since": start.isoformat()},
    }
    body = {"filter": criteria, "limit": 50}
    events = client.request("POST", "/events/filter", json=body).json()["events"]
    return {each["payload"]["triggering_labels"].get("prefect.resource.id") for each in events}


def test_only_an_upload_without_verdict_sends_an_alert(client, messages):
    for seconds in (10, 60, 300):
        answered, *lost = (f"bucket.file.inbox%2F{uuid4()}" for _ in range(4))
        messages.clear()
        with applied(client, "no-verdict", within=seconds), applied(client, "no-verdict-alert"):
            start = datetime.now(UTC)
            for upload in (answered, *lost):
                resource = {"prefect.resource.id": upload, "bucket": "documents"}
                emit(client, "notification.received", resource)
            wait_for_triggers(client)
            # Triggers process two events at once, and the verdict must not be the first.
            emit(client, "upload.answered", {"prefect.resource.id": answered})
            wait_for_triggers(client)
            took = datetime.now(UTC) - start

            fired = eventually(partial(fired_since, client, start), set(lost).issubset)
            alerts = eventually(lambda: about(messages, "no verdict for half an hour"))
        if took < timedelta(seconds=seconds):  # A busy machine answers too late.
            break

    assert answered not in fired
    assert [each["subject"] for each in alerts] == ["docverify: an upload has no verdict"]
