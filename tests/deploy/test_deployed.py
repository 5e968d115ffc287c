"""An environment that the deploy script created once, for tests that leave it as it was."""

import json
from uuid import uuid4

import boto3
import pytest

from tests.deploy.conftest import GATEWAY, write_environment
from tests.support.deployed import changed_steps, emit, keys_of_runs
from tests.support.permissions import ACCOUNT
from tests.support.polling import eventually

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", name="name")
def _name() -> str:
    return f"t{uuid4().hex[:8]}"


@pytest.fixture(scope="module", name="file")
def _file(tmp_path_factory, name):
    return write_environment(tmp_path_factory.mktemp("environment"), name)


@pytest.fixture(scope="module", autouse=True)
def _deployed(run_of_module, file):
    code, output = run_of_module(file)
    assert code == 0, output


def test_upload_to_another_bucket_starts_no_run(name, prefect):
    deployment = f"document-verification-deployment-{name}"

    emit(prefect, "another-bucket", "inbox/forged.png")
    emit(prefect, f"docverify-{name}-{ACCOUNT}", "inbox/ours.png")

    eventually(lambda: keys_of_runs(prefect, deployment))
    assert keys_of_runs(prefect, deployment) == ["inbox/ours.png"]


def test_manual_changes_are_reverted(run_of_module, file, name):
    s3, sns = boto3.client("s3"), boto3.client("sns")
    s3.put_bucket_versioning(
        Bucket=f"docverify-{name}-{ACCOUNT}", VersioningConfiguration={"Status": "Suspended"}
    )
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "*"}
    sns.set_topic_attributes(
        TopicArn=f"arn:aws:sns:eu-west-1:{ACCOUNT}:docverify-{name}-uploads",
        AttributeName="Policy",
        AttributeValue=json.dumps({"Version": "2012-10-17", "Statement": [everybody]}),
    )
    boto3.client("iam").put_role_policy(
        RoleName=f"docverify-{name}-task",
        PolicyName="more",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [everybody]}),
    )

    code, output = run_of_module(file)

    assert code == 0, output
    assert changed_steps(output) == ["bucket", "topic", "roles"]


def test_self_hosted_server_uses_the_gateway_instead_of_a_webhook(name):
    topic = f"arn:aws:sns:eu-west-1:{ACCOUNT}:docverify-{name}-uploads"
    sns = boto3.client("sns")
    (found,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert found["Endpoint"] == GATEWAY
    attributes = sns.get_subscription_attributes(SubscriptionArn=found["SubscriptionArn"])
    queue = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:docverify-{name}-dead-letters"
    redrive = json.loads(attributes["Attributes"]["RedrivePolicy"])
    assert redrive == {"deadLetterTargetArn": queue}
