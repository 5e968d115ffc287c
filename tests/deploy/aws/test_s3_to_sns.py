"""Bucket, topic and subscription: created once, and an upload becomes an event."""

import json

import boto3
import pytest

from deploy.aws import s3_to_sns
from deploy.local.gateway_server import run_gateway
from tests.support.events import stored_events
from tests.support.polling import eventually

TOPIC = "arn:aws:sns:eu-west-1:123456789012:document-verification"
NOWHERE = "http://127.0.0.1:9/notifications"


@pytest.fixture(scope="module")
def s3(aws):
    return boto3.client("s3")


@pytest.fixture(scope="module")
def sns(aws):
    return boto3.client("sns")


def create(s3, sns, bucket: str, *, topic: str, endpoint: str = NOWHERE) -> str:
    topic_arn = s3_to_sns.create_topic(sns, topic, bucket)
    s3_to_sns.connect_bucket(
        s3, sns, bucket=bucket, topic_arn=topic_arn, prefix="inbox/", endpoint=endpoint
    )
    return topic_arn


def test_creating_the_chain_twice_changes_nothing(s3, sns):
    first = create(s3, sns, "twice", topic="twice")
    assert create(s3, sns, "twice", topic="twice") == first

    subscriptions = sns.list_subscriptions_by_topic(TopicArn=first)["Subscriptions"]
    notifications = s3.get_bucket_notification_configuration(Bucket="twice")
    assert [subscription["Endpoint"] for subscription in subscriptions] == [NOWHERE]
    assert len(notifications["TopicConfigurations"]) == 1


def test_every_version_of_a_file_is_kept(s3, sns):
    create(s3, sns, "versions", topic="versions")

    assert s3.get_bucket_versioning(Bucket="versions")["Status"] == "Enabled"


def test_only_s3_may_publish_and_only_for_the_bucket_of_this_account(s3, sns):
    topic_arn = create(s3, sns, "guarded", topic="guarded")

    attributes = sns.get_topic_attributes(TopicArn=topic_arn)["Attributes"]
    (statement,) = json.loads(attributes["Policy"])["Statement"]
    assert statement["Principal"] == {"Service": "s3.amazonaws.com"}
    assert statement["Action"] == "SNS:Publish"
    assert statement["Resource"] == topic_arn
    assert statement["Condition"] == {
        "ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:guarded"},
        "StringEquals": {"aws:SourceAccount": "123456789012"},
    }


def test_sns_retries_for_most_of_the_hour_that_it_allows(s3, sns):
    topic_arn = create(s3, sns, "patient", topic="patient")

    (subscription,) = sns.list_subscriptions_by_topic(TopicArn=topic_arn)["Subscriptions"]
    attributes = sns.get_subscription_attributes(SubscriptionArn=subscription["SubscriptionArn"])
    policy = json.loads(attributes["Attributes"]["DeliveryPolicy"])["healthyRetryPolicy"]
    delays = [
        min(policy["minDelayTarget"] * 2**retry, policy["maxDelayTarget"])
        for retry in range(policy["numRetries"])
    ]
    assert 1800 < sum(delays) <= policy["numRetries"] * policy["maxDelayTarget"] <= 3600


def test_other_notifications_of_the_bucket_stay(s3, sns):
    topic_arn = create(s3, sns, "shared", topic="shared")
    theirs = {
        "Id": "theirs",
        "TopicArn": topic_arn,
        "Events": ["s3:ObjectRemoved:*"],
        "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "other/"}]}},
    }
    s3.put_bucket_notification_configuration(
        Bucket="shared", NotificationConfiguration={"TopicConfigurations": [theirs]}
    )

    s3_to_sns.set_notification(s3, "shared", topic_arn, "inbox/")

    found = s3.get_bucket_notification_configuration(Bucket="shared")["TopicConfigurations"]
    assert {topic["Id"] for topic in found} == {"theirs", s3_to_sns.NOTIFICATION_ID}


def test_upload_with_the_prefix_becomes_an_event(s3, sns, prefect_server):
    with run_gateway(prefect_server, [TOPIC]) as endpoint:
        create(s3, sns, "chain", topic="document-verification", endpoint=endpoint)
        s3.put_object(Bucket="chain", Key="elsewhere/a.png", Body=b"0")
        s3.put_object(Bucket="chain", Key="inbox/żółć +1.png", Body=b"1")

    resource = "bucket.file.inbox%2F%C5%BC%C3%B3%C5%82%C4%87+%2B1.png"
    (event,) = eventually(lambda: stored_events(prefect_server, resource=[resource]))
    assert event["event"] == "notification.received"
    assert event["payload"]["bucket"] == "chain"
    assert not stored_events(prefect_server, resource=["bucket.file.elsewhere%2Fa.png"])
