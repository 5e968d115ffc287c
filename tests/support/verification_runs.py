"""Runs of document verification, and what the server and the record have about them."""

from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from sqlalchemy import select

from flows.document_verification import document_verification
from tasks.record.failures import Failure, list_failures
from tasks.record.tables import documents, verdicts
from tests.support.polling import eventually


def run(bucket, key, **parameters):
    return document_verification(
        bucket=bucket, key=key, policy="demonstration", return_state=True, **parameters
    )


def run_id(state) -> UUID:
    return state.state_details.flow_run_id


def listed(kind: str, state) -> list[dict]:
    """Return what the server has stored about this run: `artifacts` or `task_runs`."""
    criteria = {"flow_runs": {"id": {"any_": [str(run_id(state))]}}}
    with get_client(sync_client=True) as client:
        return client.request("POST", f"/{kind}/filter", json=criteria).json()


def artifact_of(state) -> str:
    (artifact,) = listed("artifacts", state)
    return artifact["data"]


def flow_run_of(state) -> FlowRun:
    with get_client(sync_client=True) as client:
        return client.read_flow_run(run_id(state))


def tries_of(state, task: str) -> int:
    """Return how often a task of the run was tried; its end reaches the server a little later."""

    def tries() -> int:
        runs = [each for each in listed("task_runs", state) if each["name"].startswith(task)]
        return sum(each["run_count"] for each in runs if each["state_type"] == "FAILED")

    return eventually(tries)


def verdicts_of(database, key) -> list[str]:
    query = select(verdicts.c.outcome).join_from(verdicts, documents).order_by(verdicts.c.id)
    with database.connect() as connection:
        return list(connection.scalars(query.where(documents.c.key == key)))


def documents_of(database, key) -> list[int]:
    with database.connect() as connection:
        return list(connection.scalars(select(documents.c.id).filter_by(key=key)))


def failures_of(key) -> list[Failure]:
    return [each for each in list_failures() if each.key == key]


def kept_of(state) -> list[list[dict]]:
    """Return artifacts, task runs, log lines and events of the run, once the last has arrived."""
    of_run = f"prefect.flow-run.{run_id(state)}"
    with get_client(sync_client=True) as client:

        def filtered(kind: str, criteria: dict) -> list[dict]:
            answer = client.request("POST", f"/{kind}/filter", json=criteria).json()
            return answer["events"] if kind == "events" else answer

        logs = {"logs": {"flow_run_id": {"any_": [str(run_id(state))]}}}
        events = {"filter": {"any_resource": {"id": [of_run]}}, "limit": 50}
        return [
            listed("artifacts", state),
            eventually(lambda: listed("task_runs", state)),
            eventually(lambda: filtered("logs", logs)),
            eventually(lambda: filtered("events", events)),
        ]
