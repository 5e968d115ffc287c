"""The queue that keeps what SNS could not deliver."""

from __future__ import annotations

import json
from typing import Any

from deploy.aws.plan import Finding, compare, missing
from deploy.aws.target import Target

DAYS = 14


def check(target: Target) -> Finding:
    """Look at the queue, and at who may put what there."""
    found = attributes(target)
    if found is None:
        return missing(name(target))
    found = {**found, "Policy": json.loads(found.get("Policy", "{}"))}
    wanted = {**_attributes(target), "Policy": _policy(target)}
    return compare(name(target), wanted, found)


def apply(target: Target) -> None:
    """Create the queue, or bring it to the same state."""
    sqs = target.aws("sqs")
    if attributes(target) is None:
        sqs.create_queue(QueueName=name(target), tags=target.tags)
    wanted = {**_attributes(target), "Policy": json.dumps(_policy(target))}
    sqs.set_queue_attributes(QueueUrl=url(target), Attributes=wanted)


def destroy(target: Target) -> str:
    """Remove the queue if it is ours."""
    if attributes(target) is None:
        return "was not there"
    sqs = target.aws("sqs")
    if not target.owns(sqs.list_queue_tags(QueueUrl=url(target)).get("Tags", {})):
        return f"left {name(target)}: it was not made by this"
    sqs.delete_queue(QueueUrl=url(target))
    return name(target)


def name(target: Target) -> str:
    """Return the queue's name."""
    return f"{target.name}-dead-letters"


def arn(target: Target) -> str:
    """Return the queue's ARN."""
    return target.arn("sqs", name(target))


def url(target: Target) -> str:
    """Ask where the queue is."""
    found: str = target.aws("sqs").get_queue_url(QueueName=name(target))["QueueUrl"]
    return found


def attributes(target: Target) -> dict[str, Any] | None:
    """Ask for everything about the queue; None if there is none."""
    sqs = target.aws("sqs")
    try:
        where = url(target)
    except sqs.exceptions.QueueDoesNotExist:
        return None
    answer = sqs.get_queue_attributes(QueueUrl=where, AttributeNames=["All"])
    found: dict[str, Any] = answer["Attributes"]
    return found


def _attributes(target: Target) -> dict[str, str]:
    return {"MessageRetentionPeriod": str(DAYS * 86400), "SqsManagedSseEnabled": "true"}


def _policy(target: Target) -> dict[str, Any]:
    statement = {
        "Sid": "DeadLettersOfTopic",
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn(target),
        "Condition": {"ArnEquals": {"aws:SourceArn": target.arn("sns", f"{target.name}-uploads")}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
