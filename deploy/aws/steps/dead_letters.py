"""The dead-letter queue: it keeps messages that SNS could not deliver."""

from __future__ import annotations

import json
from typing import Any

from deploy.aws.plan import Finding, compare, missing
from deploy.aws.target import Target

RETENTION_DAYS = 14
#: Attributes that the queue should have, except its policy.
ATTRIBUTES = {
    "MessageRetentionPeriod": str(RETENTION_DAYS * 86400),
    "SqsManagedSseEnabled": "true",
}


def check(target: Target) -> Finding:
    """Check the queue's retention, encryption and policy."""
    found = read_attributes(target)
    if found is None:
        return missing(name(target))
    found = {**found, "Policy": json.loads(found.get("Policy", "{}"))}
    wanted = {**ATTRIBUTES, "Policy": queue_policy(target)}
    return compare(name(target), wanted, found)


def apply(target: Target) -> None:
    """Create the queue, or bring it to the same state."""
    sqs = target.aws("sqs")
    if read_attributes(target) is None:
        sqs.create_queue(QueueName=name(target), tags=target.tags)
    wanted = {**ATTRIBUTES, "Policy": json.dumps(queue_policy(target))}
    sqs.set_queue_attributes(QueueUrl=url(target), Attributes=wanted)


def destroy(target: Target) -> str:
    """Remove the queue if this environment owns it."""
    if read_attributes(target) is None:
        return "did not exist"
    sqs = target.aws("sqs")
    if not target.owns(sqs.list_queue_tags(QueueUrl=url(target)).get("Tags", {})):
        return f"kept {name(target)}: deploy.py did not create it"
    sqs.delete_queue(QueueUrl=url(target))
    return name(target)


def name(target: Target) -> str:
    """Return the queue's name."""
    return f"{target.name}-dead-letters"


def arn(target: Target) -> str:
    """Return the queue's ARN."""
    return target.arn("sqs", name(target))


def url(target: Target) -> str:
    """Return the queue's URL."""
    found: str = target.aws("sqs").get_queue_url(QueueName=name(target))["QueueUrl"]
    return found


def read_attributes(target: Target) -> dict[str, Any] | None:
    """Return the queue's attributes; None if it does not exist."""
    sqs = target.aws("sqs")
    try:
        where = url(target)
    except sqs.exceptions.QueueDoesNotExist:
        return None
    answer = sqs.get_queue_attributes(QueueUrl=where, AttributeNames=["All"])
    found: dict[str, Any] = answer["Attributes"]
    return found


def queue_policy(target: Target) -> dict[str, Any]:
    """Return the policy that lets only the topic send messages to the queue."""
    statement = {
        "Sid": "DeadLettersOfTopic",
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn(target),
        "Condition": {"ArnEquals": {"aws:SourceArn": target.arn("sns", f"{target.name}-uploads")}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
