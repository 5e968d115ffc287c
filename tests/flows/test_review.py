"""Review: one reviewer at a time claims a referred document, and decides it with a reason."""

from pathlib import Path
from uuid import UUID

import pytest
from prefect.client.orchestration import get_client
from prefect.states import Pending
from prefect.types.entrypoint import EntrypointType

from docverify.verdict import Outcome
from flows.redecision import redecision
from flows.review import build_head, review
from tasks.record.review_queue import list_waiting
from tasks.record.reviews import claim_review, decide_review, list_events
from tests.support.processes import execute
from tests.support.reviews import empty_queue, recorded_verdict, verdict, with_expired_claims

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(name="referred")
def _referred(place) -> int:
    """Return the id of a referred verdict, the only one in the queue."""
    empty_queue()
    return recorded_verdict(place)


def test_an_appeal_is_recorded_by_the_form(place, database, prefect_server):
    empty_queue()
    rejected = recorded_verdict(place, Outcome.REJECTED)
    document = verdict(database, rejected).document_id

    state = review("Chris", appeal=document, return_state=True)

    assert state.name == "Appealed"
    assert state.message == f"Document {document} waits for another person as review {rejected}."
    assert [each.review_id for each in list_waiting()] == [rejected]


def test_no_redecision_changes_what_a_person_decided(referred, place, prefect_server):
    claim_review("Anna", referred)
    decide_review("Anna", referred, "verified", "original_seen")

    state = redecision(policy="strict", prefix=place, dry_run=False, return_state=True)

    assert "0 of 0 verdicts" in state.message


def started_run(client, **parameters) -> UUID:
    deployment_id = review.to_deployment(
        "review-deployment", entrypoint_type=EntrypointType.MODULE_PATH
    ).apply()
    steps = [{"prefect.deployments.steps.set_working_directory": {"directory": str(Path.cwd())}}]
    client.request("PATCH", f"/deployments/{deployment_id}", json={"pull_steps": steps})
    run = client.create_flow_run_from_deployment(
        deployment_id, parameters=parameters, state=Pending()
    )
    execute(run.id)
    return run.id


def resumed(client, run_id: UUID, **given) -> dict:
    body = {"run_input": given}
    return client.request("POST", f"/flow_runs/{run_id}/resume", json=body).json()


def test_the_artifact_links_to_the_case_at_the_desk(referred, monkeypatch):
    found = claim_review("Anna", referred)
    without = "\n".join(build_head(found))
    monkeypatch.setenv("DOCVERIFY_DESK_URL", "https://desk.example.org/")

    assert "desk" not in without
    assert f"(https://desk.example.org/cases/{referred})" in "\n".join(build_head(found))


def test_a_document_is_decided_in_the_form_of_a_suspended_run(prefect_server, referred, database):
    with get_client(sync_client=True) as client:
        run_id = started_run(client, reviewer="Anna")
        assert client.read_flow_run(run_id).state.name == "Suspended"
        assert list_waiting()[0].reviewer == "Anna"

        wrong = resumed(client, run_id, decision="perhaps", reason="other")
        assert wrong["status"] == "REJECT"
        assert resumed(client, run_id, decision="verified")["status"] == "REJECT"
        nonsense = resumed(client, run_id, decision="verified", reason="document_altered")
        assert nonsense["status"] == "REJECT"

        resumed(client, run_id, decision="verified", reason="original_seen")
        execute(run_id)
        state = client.read_flow_run(run_id).state

    assert (state.name, state.type.value) == ("Verified", "COMPLETED")
    assert state.message == "Verified: decided by a person. Reason: original_seen."
    assert list_waiting() == []
    steps = list_events(verdict(database, referred).document_id)
    assert {each.reviewer for each in steps} == {"Anna"}


def test_a_resumed_run_decides_only_the_document_that_it_showed(
    prefect_server, referred, place, database
):
    with get_client(sync_client=True) as client:
        run_id = started_run(client, reviewer="Anna")
        with_expired_claims(referred)
        claim_review("Bo", referred)
        another = recorded_verdict(place)
        resumed(client, run_id, decision="verified", reason="original_seen")
        execute(run_id)
        state = client.read_flow_run(run_id).state

    assert state.name == "Taken"
    assert state.message.startswith(f"Bo has claimed {referred} until")
    assert another in {each.review_id for each in list_waiting()}
