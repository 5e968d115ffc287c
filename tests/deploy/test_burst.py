"""Many uploads at once through the real chain: each starts one run, and nothing else does."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import unquote_plus
from uuid import uuid4

import boto3
import httpx
import pytest
from prefect import flow
from prefect.client.schemas.filters import DeploymentFilter

from deploy.aws import s3_to_sns
from deploy.local.gateway_server import run_gateway
from deploy.prefect_objects import automations
from deploy.prefect_objects.automations import Scope
from tests.support.listening import wait_for_triggers
from tests.support.polling import PATIENCE, eventually
from tests.support.sns_messages import (
    OTHER_TOPIC,
    TEST_EVENT,
    compact,
    envelope,
    record,
    s3_message,
)

# `python -m benchmarks.burst 500` has the volume.
UPLOADS = 20
NAME = "burst"
BUCKET = f"documents-{NAME}"
SCOPE = Scope(suffix=f"-{NAME}", bucket=BUCKET)
TOPIC = f"arn:aws:sns:eu-west-1:123456789012:{NAME}"


@pytest.fixture
def deployment(prefect):
    """Create a deployment without a worker: its runs wait and are counted."""

    @flow(name="document-verification")
    def verification() -> None: ...

    flow_id = prefect.create_flow_from_name(verification.name)
    name = f"document-verification-deployment-{NAME}"
    made = prefect.create_deployment(flow_id, name)
    automations.apply(prefect, automations.DOCUMENT_VERIFICATION, SCOPE)
    wait_for_triggers(prefect)
    yield made
    automations.remove(prefect, automations.DOCUMENT_VERIFICATION, SCOPE)
    prefect.delete_deployment(made)


@pytest.fixture
def endpoint(aws, prefect_server, deployment):
    """Send the bucket's notifications to a gateway."""
    with run_gateway(prefect_server, [TOPIC]) as url:
        s3_to_sns.connect_bucket(
            boto3.client("s3"),
            boto3.client("sns"),
            bucket=BUCKET,
            topic_arn=s3_to_sns.create_topic(boto3.client("sns"), NAME, BUCKET),
            prefix="inbox/",
            endpoint=url,
        )
        yield url


def keys_of_runs(prefect, deployment) -> list[str]:
    only = DeploymentFilter.model_validate({"id": {"any_": [deployment]}})
    runs = []
    while page := prefect.read_flow_runs(deployment_filter=only, offset=len(runs), limit=200):
        runs += page
    return [unquote_plus(run.parameters["key"]) for run in runs]


def in_between() -> list[tuple[dict[str, str], int]]:
    """Return messages that must not start a run, with the response of the gateway."""
    removed = record("inbox/removed.png", bucket=BUCKET, event_name="ObjectRemoved:Delete")
    forged = compact(s3_message(record("inbox/forged.png", bucket=BUCKET)))
    strange = compact(s3_message(record("inbox/strange.png", bucket="somebody-elses")))
    return [
        (envelope(compact(TEST_EVENT), topic=TOPIC), 204),
        (envelope(compact(s3_message(removed)), topic=TOPIC), 204),
        (envelope(strange, topic=TOPIC), 204),
        (envelope(forged, topic=OTHER_TOPIC), 403),
    ]


@pytest.mark.slow
def test_uploads_at_once_start_one_run_each_and_nothing_else_does(prefect, deployment, endpoint):
    keys = [f"inbox/żółć {number:03}+&.png" for number in range(UPLOADS)]
    again = envelope(
        compact(s3_message(record("inbox/again.png", bucket=BUCKET))),
        topic=TOPIC,
        message_id=str(uuid4()),
    )
    s3 = boto3.client("s3")

    def put(number: int) -> None:
        s3.put_object(Bucket=BUCKET, Key=keys[number], Body=b"document")
        if number % 5 == 0:
            for message, status in [*in_between(), (again, 204)]:
                assert httpx.post(endpoint, json=message, timeout=PATIENCE).status_code == status

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, range(UPLOADS)))
    # Uploaded last: when it has its run, every earlier message was processed.
    s3.put_object(Bucket=BUCKET, Key="inbox/last.png", Body=b"document")

    wanted = [*keys, "inbox/again.png", "inbox/last.png"]
    found = eventually(
        lambda: keys_of_runs(prefect, deployment), lambda found: set(wanted) <= set(found)
    )
    assert sorted(found) == sorted(wanted)
