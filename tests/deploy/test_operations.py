"""The guides for operation name only things that exist; a failed automation sends an alert."""

import json
import re
from collections.abc import Iterator

import pytest
from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.events import Event

from deploy import deploy, doctor
from deploy.aws.steps import STEPS
from deploy.local.child_server import LOOPBACK
from deploy.local.isolation import ROOT
from deploy.prefect_objects import automations
from deploy.prefect_objects.automations import Scope
from services.gateway.template import render
from tests.support.http_server import Request, Response, http_server
from tests.support.listening import wait_for_triggers
from tests.support.polling import eventually
from tests.support.sns_messages import compact, envelope, record, s3_message

GUIDES = {
    name: (ROOT / "docs" / name).read_text()
    for name in ("aws.md", "aws-design.md", "self-hosted.md", "operations.md")
}
GUIDE = "\n".join(GUIDES.values())


@pytest.mark.parametrize(
    "command",
    sorted(set(re.findall(r"python (?:deploy/deploy\.py|-m deploy\.doctor)[^`#\n]*", GUIDE))),
)
def test_every_command_of_the_guides_exists(command):
    words = command.replace("-m deploy.doctor", "doctor").partition(" > ")[0].split()
    parser = doctor.build_parser() if words[1] == "doctor" else deploy.build_parser()

    parser.parse_args(words[2:])


def test_every_step_is_explained_with_its_costs():
    rows = re.findall(r"^\| `([a-z-]+)` \|", GUIDES["aws-design.md"], re.MULTILINE)

    assert rows == [step.name for step in STEPS]


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:deploy|automations|docs)/[\w./-]+)`", GUIDE)))
)
def test_every_path_of_the_guides_exists(path):
    assert (ROOT / path).exists()


@pytest.fixture
def alerts(prefect_server) -> Iterator[list[str]]:
    """Collect the alerts of a block that posts to this process."""
    messages: list[str] = []

    def receive(request: Request) -> Response:
        messages.append(json.loads(request.content)["text"])
        return Response(204)

    with http_server(receive) as port:
        CustomWebhookNotificationBlock(
            name="operations",
            url=f"http://{LOOPBACK}:{port}/",
            json_data={"text": "{{subject}}: {{body}}"},
        ).save("operations", overwrite=True)
        yield messages


def test_failed_automation_sends_an_alert(alerts, prefect, monkeypatch):
    """Its deployment does not exist, which only this event reports."""
    scope = Scope("-told", notification="custom-webhook/operations")
    flow = prefect.create_flow_from_name("document-verification")
    gone = prefect.create_deployment(flow, "document-verification-deployment-told")
    files = automations.files(scope)
    assert {file.stem for file in files} == {
        *("action-failed", "document-verification", "no-verdict", "no-verdict-alert"),
        *("review-overdue", "run-failed", "run-pending", "uploads-failed"),
    }
    for file in files:
        automations.apply(prefect, file, scope)
        assert automations.state(prefect, file, scope) == "same"
    prefect.delete_deployment(gone)
    wait_for_triggers(prefect)

    text = render("POST", {}, envelope(compact(s3_message(record("inbox/anna.png")))))
    event = Event.model_validate_json(text).model_dump(mode="json")
    prefect.request("POST", "/events", json=[event])

    (message,) = eventually(lambda: alerts)
    assert message.startswith(
        "docverify: an automation failed: document-verification-automation-told"
    )
    assert "anna" not in message
    for file in files:
        assert automations.remove(prefect, file, scope)


def test_without_a_block_only_automations_that_send_no_alert_are_applied():
    found = [file.stem for file in automations.files()]
    assert found == ["document-verification", "no-verdict", "run-pending"]
