"""The path from a bucket to the gateway or webhook: S3 notifies an SNS topic that posts to a URL.

Every function may be repeated: it leaves existing resources as they are, or brings them to the same
state.
"""

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botocore.client import BaseClient

NOTIFICATION_ID = "document-verification"

# By default, SNS gives up after 3 retries in a minute. It allows an hour at most.
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
    """Post a message to the endpoint, through the topic, for every new object with the prefix."""
    create_bucket(s3, bucket)
    subscribe(sns, topic_arn, endpoint)
    set_notification(s3, bucket, topic_arn, prefix)


def create_bucket(s3: BaseClient, bucket: str) -> None:
    """Create the bucket in the client's region, with versioning."""
    region = s3.meta.region_name
    # The only region that S3 does not accept here.
    location = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    with suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=bucket, **({} if region == "us-east-1" else location))
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


def create_topic(sns: BaseClient, topic: str, bucket: str) -> str:
    """Create the topic, and let only S3 publish to it, for this bucket of the same account."""
    topic_arn: str = sns.create_topic(Name=topic)["TopicArn"]
    policy = json.dumps(topic_policy(topic_arn, bucket))
    sns.set_topic_attributes(TopicArn=topic_arn, AttributeName="Policy", AttributeValue=policy)
    return topic_arn


def subscribe(sns: BaseClient, topic_arn: str, endpoint: str) -> str:
    """Subscribe the endpoint, which must confirm, to the topic; return the subscription's ARN."""
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
    """Our notification of a bucket.

    Attributes:
        topic_arn: ARN of the topic that S3 notifies.
        prefix: Only objects whose key begins with it are notified.
    """

    topic_arn: str
    prefix: str


def find_notification(s3: BaseClient, bucket: str) -> Notification | None:
    """Return our notification of the bucket; None if it has none."""
    for topic in _read_notifications(s3, bucket).get("TopicConfigurations", []):
        if topic["Id"] == NOTIFICATION_ID:
            rules = topic.get("Filter", {}).get("Key", {}).get("FilterRules", [])
            prefixes = [rule["Value"] for rule in rules if rule["Name"].lower() == "prefix"]
            return Notification(topic["TopicArn"], "".join(prefixes))
    return None


def set_notification(s3: BaseClient, bucket: str, topic_arn: str, prefix: str) -> None:
    """Notify the topic of every object created with the prefix; S3 sends a test event first."""
    configuration = {
        "Id": NOTIFICATION_ID,
        "TopicArn": topic_arn,
        "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": prefix}]}},
    }
    _replace_notification(s3, bucket, [configuration])


def remove_notification(s3: BaseClient, bucket: str) -> None:
    """Remove our notification, and leave all others."""
    _replace_notification(s3, bucket, [])


def _replace_notification(s3: BaseClient, bucket: str, ours: list[dict[str, Any]]) -> None:
    notifications = _read_notifications(s3, bucket)
    topics = notifications.get("TopicConfigurations", [])
    others = [topic for topic in topics if topic["Id"] != NOTIFICATION_ID]
    s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration=notifications | {"TopicConfigurations": [*others, *ours]},
    )


def _read_notifications(s3: BaseClient, bucket: str) -> dict[str, Any]:
    found: dict[str, Any] = s3.get_bucket_notification_configuration(Bucket=bucket)
    found.pop("ResponseMetadata")
    return found


def topic_policy(topic_arn: str, bucket: str) -> dict[str, Any]:
    """Return the policy that lets S3 publish to the topic, for this bucket of the same account."""
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
