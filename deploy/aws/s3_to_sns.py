"""From a bucket to the gateway or webhook: S3 notifies a topic of SNS, which posts to a URL.

Every step may be repeated: what exists already is left as it is, or brought to the same state.
"""

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botocore.client import BaseClient

NOTIFICATION_ID = "document-verification"

# SNS gives up after 3 retries in a minute unless told otherwise, and allows an hour at most.
RETRIES = {
    "healthyRetryPolicy": {
        "minDelayTarget": 10,
        "maxDelayTarget": 300,
        "numRetries": 12,
        "backoffFunction": "exponential",
    }
}


def connect_bucket(
    s3: BaseClient, sns: BaseClient, *, bucket: str, topic_arn: str, prefix: str, endpoint: str
) -> None:
    """Have every object that is put below the prefix posted to the endpoint, through the topic."""
    create_bucket(s3, bucket)
    subscribe(sns, topic_arn, endpoint)
    set_notification(s3, bucket, topic_arn, prefix)


def create_bucket(s3: BaseClient, bucket: str) -> None:
    """Create the bucket in the client's region, and keep every version of its objects."""
    region = s3.meta.region_name
    # The one region that may not be named.
    place = {} if region == "us-east-1" else {"LocationConstraint": region}
    with suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=bucket, **({"CreateBucketConfiguration": place} if place else {}))
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


def create_topic(sns: BaseClient, topic: str, bucket: str) -> str:
    """Create the topic, and let S3 publish to it for this bucket of the same account alone."""
    topic_arn: str = sns.create_topic(Name=topic)["TopicArn"]
    policy = json.dumps(topic_policy(topic_arn, bucket))
    sns.set_topic_attributes(TopicArn=topic_arn, AttributeName="Policy", AttributeValue=policy)
    return topic_arn


def subscribe(sns: BaseClient, topic_arn: str, endpoint: str) -> str:
    """Post the topic's messages to the endpoint, which must confirm; return the subscription."""
    subscription_arn: str = sns.subscribe(
        TopicArn=topic_arn,
        Protocol=urlsplit(endpoint).scheme,
        Endpoint=endpoint,
        Attributes={"DeliveryPolicy": json.dumps(RETRIES)},
        ReturnSubscriptionArn=True,
    )["SubscriptionArn"]
    return subscription_arn


@dataclass(frozen=True)
class Notification:
    """What the bucket tells us, and where."""

    topic_arn: str
    prefix: str


def find_notification(s3: BaseClient, bucket: str) -> Notification | None:
    """Return our notification as the bucket has it."""
    for topic in _notifications(s3, bucket).get("TopicConfigurations", []):
        if topic["Id"] == NOTIFICATION_ID:
            rules = topic.get("Filter", {}).get("Key", {}).get("FilterRules", [])
            prefixes = [rule["Value"] for rule in rules if rule["Name"].lower() == "prefix"]
            return Notification(topic["TopicArn"], "".join(prefixes))
    return None


def set_notification(s3: BaseClient, bucket: str, topic_arn: str, prefix: str) -> None:
    """Tell the topic of every object created below the prefix; S3 tries it with a test event."""
    _set_notifications(s3, bucket, [_topic_configuration(topic_arn, prefix)])


def remove_notification(s3: BaseClient, bucket: str) -> None:
    """Take our notification away, and leave those of others."""
    _set_notifications(s3, bucket, [])


def _set_notifications(s3: BaseClient, bucket: str, ours: list[dict[str, Any]]) -> None:
    notifications = _notifications(s3, bucket)
    topics = notifications.get("TopicConfigurations", [])
    others = [topic for topic in topics if topic["Id"] != NOTIFICATION_ID]
    s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration=notifications | {"TopicConfigurations": [*others, *ours]},
    )


def _notifications(s3: BaseClient, bucket: str) -> dict[str, Any]:
    found: dict[str, Any] = s3.get_bucket_notification_configuration(Bucket=bucket)
    found.pop("ResponseMetadata")
    return found


def _topic_configuration(topic_arn: str, prefix: str) -> dict[str, Any]:
    rules = [{"Name": "prefix", "Value": prefix}]
    return {
        "Id": NOTIFICATION_ID,
        "TopicArn": topic_arn,
        "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": rules}},
    }


def topic_policy(topic_arn: str, bucket: str) -> dict[str, Any]:
    """Say who may publish to the topic: S3, for this bucket of the same account."""
    _, partition, _, _, account, _ = topic_arn.split(":")
    statement = {
        "Sid": "PublishOfBucket",
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "SNS:Publish",
        "Resource": topic_arn,
        "Condition": {
            "ArnLike": {"aws:SourceArn": f"arn:{partition}:s3:*:*:{bucket}"},
            "StringEquals": {"aws:SourceAccount": account},
        },
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
