"""Uploads that reconciliation compares with the record, and its runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

from prefect import flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.states import Crashed
from prefect.utilities.callables import parameter_schema

from docverify.policy import STANDARD
from docverify.verdict import judge
from flows.reconciliation import reconciliation
from tasks.flow_runs import read_runs
from tasks.record.verdicts import write_to_database
from tasks.s3 import File, Upload
from tests.support.readings import TODAY, page, reading

RIGHT = reading(page())
VERDICT = judge(RIGHT, today=TODAY, policy=STANDARD, applicant=None)


@contextmanager
def deployment_without_worker() -> Iterator[UUID]:
    """Create a deployment of verification whose runs stay scheduled."""

    @flow(name="document-verification")
    def verification(bucket: str, key: str, version_id: str = "", etag: str = "") -> None: ...

    with get_client(sync_client=True) as client:
        end_runs_of_other_tests(client)
        flow_id = client.create_flow_from_name(verification.name)
        deployment_id = client.create_deployment(
            flow_id,
            "document-verification-deployment",
            parameter_openapi_schema=parameter_schema(verification).model_dump_for_openapi(),
        )
        yield deployment_id
        client.delete_deployment(deployment_id)


def end_runs_of_other_tests(client: SyncPrefectClient) -> None:
    """End runs whose processes other tests have killed.

    They are under way until reconciliation ends them after some minutes, and names their number.
    """
    begun = {"flow_runs": {"state": {"type": {"any_": ["PENDING", "RUNNING", "CANCELLING"]}}}}
    for left in list(read_runs(client, begun)):
        client.set_flow_run_state(UUID(left["id"]), Crashed(), force=True)


def record(key: str, version_id: str, bucket: str = "documents"):
    file = File(b"x", uuid4().hex, 1, version_id, None)
    return write_to_database.fn(Upload(bucket, key), file, RIGHT, VERDICT, None)


def run(place: str, **parameters):
    return reconciliation(
        **({"bucket": "documents", "prefix": place, "grace_minutes": 0} | parameters),
        return_state=True,
    )
