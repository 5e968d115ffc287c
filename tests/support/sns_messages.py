"""What AWS sends, in the shape of its documentation: S3's event message 2.1 and SNS's envelopes."""

import json
from typing import Any
from uuid import uuid4

TOPIC = "arn:aws:sns:eu-west-1:123456789012:document-verification"
OTHER_TOPIC = "arn:aws:sns:eu-west-1:999999999999:somebody-elses"
SUBSCRIBE_URL = (
    "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription"
    f"&TopicArn={TOPIC}&Token=2336412f37fb687f5d51e6e2425c464de257eb"
)

TEST_EVENT = {
    "Service": "Amazon S3",
    "Event": "s3:TestEvent",
    "Time": "2026-03-01T10:00:00.000Z",
    "Bucket": "documents",
    "RequestId": "5582815E1AEA5ADF",
    "HostId": "8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR+YstdA6Knx4Ip8EXAMPLE",
}


def eventbridge(
    key: str = "inbox/passport.png", *, kind: str = "Object Created", size: int = 1024
) -> dict[str, Any]:
    """Return an event of EventBridge about an object; its key is not URL-encoded."""
    return {
        "version": "0",
        "id": "17793124-05d4-b198-2fde-7ededc63b103",
        "detail-type": kind,
        "source": "aws.s3",
        "account": "123456789012",
        "time": "2026-03-01T10:00:00Z",
        "region": "eu-west-1",
        "resources": ["arn:aws:s3:::documents"],
        "detail": {
            "version": "0",
            "bucket": {"name": "documents"},
            "object": {
                "key": key,
                "size": size,
                "etag": "d41d8cd98f00b204e9800998ecf8427e",
                "version-id": "096fKKXTRTtl3on89fVO.nfljtsv6qko",
                "sequencer": "0055AED6DCD90281E5",
            },
            "request-id": "C3D13FE58DE4C810",
            "requester": "123456789012",
            "source-ip-address": "198.51.100.7",
            "reason": "PutObject",
        },
    }


def record(
    key: str = "inbox/passport.png",
    *,
    bucket: str = "documents",
    event_name: str = "ObjectCreated:Put",
    version_id: str | None = "096fKKXTRTtl3on89fVO.nfljtsv6qko",
) -> dict[str, Any]:
    version = {} if version_id is None else {"versionId": version_id}
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "eu-west-1",
        "eventTime": "2026-03-01T10:00:00.000Z",
        "eventName": event_name,
        "userIdentity": {"principalId": "AIDAJDPLRKLG7UEXAMPLE"},
        "requestParameters": {"sourceIPAddress": "198.51.100.7"},
        "responseElements": {
            "x-amz-request-id": "C3D13FE58DE4C810",
            "x-amz-id-2": "FMyUVURIY8/IgAtTv8xRjskZQpcIZ9KG4V5Wp6S7S/JRWeUWerMUE5JgHvANOjpD",
        },
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "document-verification",
            "bucket": {
                "name": bucket,
                "ownerIdentity": {"principalId": "A3NL1KOZZKExample"},
                "arn": f"arn:aws:s3:::{bucket}",
            },
            "object": {
                "key": key,
                "size": 1024,
                "eTag": "d41d8cd98f00b204e9800998ecf8427e",
                **version,
                "sequencer": "0055AED6DCD90281E5",
            },
        },
    }


def moto_record(key: str) -> dict[str, Any]:
    """What moto 5.2 sends: no versions, no sequencer, no identities."""
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "eu-west-1",
        "eventTime": "2026-03-01T10:00:00.000Z",
        "eventName": "ObjectCreated:Put",
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "document-verification",
            "bucket": {"name": "documents", "arn": "arn:aws:s3:::documents"},
            "object": {"key": key, "size": 1024, "eTag": "d41d8cd98f00b204e9800998ecf8427e"},
        },
    }


def s3_message(*records: dict[str, Any]) -> dict[str, Any]:
    return {"Records": list(records)}


def compact(message: object) -> str:
    """JSON as AWS writes it."""
    return json.dumps(message, separators=(",", ":"))


def envelope(message: str, *, topic: str = TOPIC, message_id: str | None = None) -> dict[str, str]:
    return {
        "Type": "Notification",
        "MessageId": message_id or str(uuid4()),
        "TopicArn": topic,
        "Subject": "Amazon S3 Notification",
        "Message": message,
        "Timestamp": "2026-03-01T10:00:00.500Z",
        "SignatureVersion": "1",
        "Signature": "EXAMPLEw6JRNwm1LFQL4ICB0bnXrdB8ClRMTQFGBqwLpGbM78tJ4etTwC5zU7O3tS6tGpey3",
        "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-f3.pem",
        "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
    }


def raw_headers(message_id: str, *, topic: str = TOPIC) -> dict[str, str]:
    """The headers of a raw delivery, whose body is the message itself."""
    return {
        "x-amz-sns-message-type": "Notification",
        "x-amz-sns-message-id": message_id,
        "x-amz-sns-topic-arn": topic,
        "x-amz-sns-rawdelivery": "true",
    }


def confirmation(
    kind: str = "SubscriptionConfirmation", *, subscribe_url: str = SUBSCRIBE_URL
) -> dict[str, str]:
    return {
        "Type": kind,
        "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
        "Token": "2336412f37fb687f5d51e6e2425c464de257eb",
        "TopicArn": TOPIC,
        "Message": "You have chosen to subscribe to the topic.\nVisit the SubscribeURL.",
        "SubscribeURL": subscribe_url,
        "Timestamp": "2026-03-01T10:00:00.500Z",
        "SignatureVersion": "1",
        "Signature": "EXAMPLEw6JRNwm1LFQL4ICB0bnXrdB8ClRMTQFGBqwLpGbM78tJ4etTwC5zU7O3tS6tGpey3",
        "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-f3.pem",
    }
