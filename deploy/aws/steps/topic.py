"""The SNS topic of uploads: only the bucket may publish to it."""

from __future__ import annotations

import json
from typing import Any

from deploy.aws.plan import Finding, differs, done, missing
from deploy.aws.s3_to_sns import topic_policy
from deploy.aws.target import Target, from_tag_list, to_tag_list


def check(target: Target) -> Finding:
    """Check the topic and its policy."""
    found = read_attributes(target)
    if found is None:
        return missing(name(target))
    if json.loads(found["Policy"]) != topic_policy(arn(target), target.bucket):
        return differs(f"{name(target)}: policy")
    return done(name(target))


def apply(target: Target) -> None:
    """Create the topic, and let only S3 publish to it, for this bucket of this account."""
    sns = target.aws("sns")
    if read_attributes(target) is None:
        sns.create_topic(Name=name(target), Tags=to_tag_list(target.tags))
    policy = json.dumps(topic_policy(arn(target), target.bucket))
    sns.set_topic_attributes(TopicArn=arn(target), AttributeName="Policy", AttributeValue=policy)


def destroy(target: Target) -> str:
    """Remove the topic if this environment owns it."""
    if read_attributes(target) is None:
        return "did not exist"
    sns = target.aws("sns")
    if not target.owns(from_tag_list(sns.list_tags_for_resource(ResourceArn=arn(target))["Tags"])):
        return f"kept {name(target)}: deploy.py did not create it"
    sns.delete_topic(TopicArn=arn(target))
    return name(target)


def name(target: Target) -> str:
    """Return the topic's name."""
    return f"{target.name}-uploads"


def arn(target: Target) -> str:
    """Return the topic's ARN."""
    return target.arn("sns", name(target))


def read_attributes(target: Target) -> dict[str, Any] | None:
    """Return the topic's attributes; None if it does not exist."""
    sns = target.aws("sns")
    try:
        found: dict[str, Any] = sns.get_topic_attributes(TopicArn=arn(target))["Attributes"]
    except sns.exceptions.NotFoundException:
        return None
    return found
