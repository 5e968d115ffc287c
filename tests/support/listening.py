"""Whether the server's triggers know the automations that were applied."""

from uuid import uuid4

from prefect.client.orchestration import SyncPrefectClient
from prefect.events import DoNothing, Event, EventTrigger
from prefect.events.schemas.automations import AutomationCore, Posture

from tests.support.polling import eventually


def wait_for_triggers(client: SyncPrefectClient) -> None:
    """Wait until events reach the automations that were applied so far.

    The server answers before its triggers hear of a new automation; they hear of one after the
    other. So when a last one reacts, all before it do.
    """
    name = f"probe.{uuid4()}"
    trigger = EventTrigger(expect={name}, posture=Posture.Reactive, threshold=1)
    last = client.create_automation(
        AutomationCore(name=name, trigger=trigger, actions=[DoNothing()])
    )
    wanted = {
        "event": {"name": ["prefect.automation.triggered"]},
        "resource": {"id": [f"prefect.automation.{last}"]},
    }

    def triggered() -> list[dict]:
        probe = Event(event=name, resource={"prefect.resource.id": name})
        client.request("POST", "/events", json=[probe.model_dump(mode="json")])
        return client.request("POST", "/events/filter", json={"filter": wanted}).json()["events"]

    eventually(triggered)
    client.delete_automation(last)
