"""The whole chain on real servers: an upload becomes a recorded verdict."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote_plus
from uuid import uuid4

import pytest
from prefect.client.orchestration import get_client
from sqlalchemy import Engine, select

from deploy.local.stack import PREFIX, Service, aws_client, run_service
from deploy.prefect_objects.deployments import REDECISION
from docverify.policy import DEMONSTRATION
from tasks.record.tables import check_results, documents, verdicts
from tests.support.polling import eventually
from tests.support.sns_messages import compact, record, s3_message

pytestmark = pytest.mark.slow

SPECIMENS = Path(__file__).parents[3] / "specimens"


@pytest.fixture(scope="module")
def chain(prefect_server, aws, database: Engine) -> Iterator[Service]:
    """Run bucket, topic, gateway, automation and the served deployments."""
    url = database.url.render_as_string(hide_password=False)
    with run_service(Service(aws, prefect_server, url), DEMONSTRATION.name) as running:
        yield running


@pytest.fixture(scope="module")
def upload(chain: Service) -> Callable[[str, bytes], str]:
    """Return a function that uploads to the bucket of the chain and returns the version id."""

    def put(key: str, content: bytes) -> str:
        put_object = aws_client(chain.aws, "s3").put_object
        version: str = put_object(Bucket=chain.bucket, Key=key, Body=content)["VersionId"]
        return version

    return put


def outcomes(database: Engine, *keys: str) -> list[tuple[str, str]]:
    query = (
        select(documents.c.key, verdicts.c.outcome)
        .join_from(verdicts, documents)
        .where(documents.c.key.in_(keys))
        .order_by(verdicts.c.id)
    )
    with database.connect() as connection:
        return [(row.key, row.outcome) for row in connection.execute(query)]


def runs(key: str) -> list[dict]:
    """Return the runs with this key, plain or URL-encoded as in moto's notification."""
    criteria = {"limit": 200, "flows": {"name": {"any_": ["document-verification"]}}}
    with get_client(sync_client=True) as client:
        found = client.request("POST", "/flow_runs/filter", json=criteria).json()
    return [run for run in found if run["parameters"].get("key") in (key, quote_plus(key))]


def notify(chain: Service, *keys: str) -> None:
    """Send the notification of S3 for these keys again."""
    s3 = aws_client(chain.aws, "s3")
    records = [record(key, bucket=chain.bucket, version_id=None) for key in keys]
    for each, key in zip(records, keys, strict=True):
        etag = s3.head_object(Bucket=chain.bucket, Key=key)["ETag"].strip('"')
        each["s3"]["object"]["eTag"] = etag
    message = compact(s3_message(*records))
    notified = s3.get_bucket_notification_configuration(Bucket=chain.bucket)
    (topic,) = notified["TopicConfigurations"]
    aws_client(chain.aws, "sns").publish(TopicArn=topic["TopicArn"], Message=message)


def test_upload_becomes_a_recorded_verdict(upload, database):
    key = f"{PREFIX}{uuid4()} ü+&.jpg"

    upload(key, (SPECIMENS / "passport.jpg").read_bytes())

    assert eventually(lambda: outcomes(database, key)) == [(key, "verified")]
    assert find_status(database, key, "repeat_submission") in {"passed", "failed"}
    assert find_status(database, key, "duplicate_document_other_person") == "passed"


def find_status(database: Engine, key: str, code: str) -> str:
    """Return the status of a check in the verdict on a key."""
    query = (
        select(check_results.c.status)
        .join_from(check_results, verdicts)
        .join(documents, documents.c.id == verdicts.c.document_id)
        .where(documents.c.key == key, check_results.c.code == code)
    )
    with database.connect() as connection:
        return str(connection.scalar(query))


def test_upload_outside_the_prefix_starts_no_run(chain, upload, database):
    outside, inside = f"elsewhere/{uuid4()}.jpg", f"{PREFIX}{uuid4()}.jpg"

    upload(outside, b"text")
    upload(inside, b"text")

    assert eventually(lambda: outcomes(database, inside))
    assert runs(inside)
    assert runs(outside) == []


@pytest.mark.slow
def test_upload_notified_ten_times_gives_one_verdict(chain, upload, database):
    """Each notification starts a run of its own."""
    key = f"{PREFIX}{uuid4()}.jpg"
    upload(key, b"text")

    for _ in range(9):
        notify(chain, key)

    def states() -> list[str]:
        return [run["state_name"] for run in runs(key)]

    wanted = ["Resubmit"] * 10
    assert eventually(states, lambda found: found == wanted) == wanted
    assert outcomes(database, key) == [(key, "resubmit")]


@pytest.mark.slow
def test_every_record_of_one_message_gets_its_verdict(chain, upload, database):
    keys = [f"{PREFIX}{uuid4()}.jpg" for _ in range(3)]
    s3 = aws_client(chain.aws, "s3")
    silent = {"TopicConfigurations": []}
    before = s3.get_bucket_notification_configuration(Bucket=chain.bucket)
    before.pop("ResponseMetadata")
    s3.put_bucket_notification_configuration(Bucket=chain.bucket, NotificationConfiguration=silent)
    for key in keys:
        upload(key, b"text")
    s3.put_bucket_notification_configuration(Bucket=chain.bucket, NotificationConfiguration=before)

    notify(chain, *keys)

    recorded = eventually(lambda: sorted(outcomes(database, *keys)), lambda rows: len(rows) == 3)
    assert recorded == sorted((key, "resubmit") for key in keys)


def test_redecision_is_served_with_the_policy_of_the_environment(chain: Service):
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name(f"redecision/{REDECISION.name}")

    assert deployment.parameters == {"policy": DEMONSTRATION.name}
    assert deployment.parameter_openapi_schema["properties"]["dry_run"]["default"] is True
