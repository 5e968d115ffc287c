"""The bucket's notification: it sends every new object with the prefix to the topic."""

from __future__ import annotations

from deploy.aws import s3_to_sns
from deploy.aws.plan import Finding, differs, done, missing
from deploy.aws.steps import bucket, topic
from deploy.aws.target import Target


def check(target: Target) -> Finding:
    """Check our notification among those of the bucket."""
    where = f"{target.bucket}/{target.environment.prefix}"
    if not bucket.exists(target):
        return missing(where)
    found = s3_to_sns.find_notification(target.aws("s3"), target.bucket)
    if found is None:
        return missing(where)
    wanted = (topic.arn(target), target.environment.prefix)
    return done(where) if (found.topic_arn, found.prefix) == wanted else differs(where)


def apply(target: Target) -> None:
    """Set our notification, and leave all others."""
    prefix = target.environment.prefix
    s3_to_sns.set_notification(target.aws("s3"), target.bucket, topic.arn(target), prefix)


def destroy(target: Target) -> str:
    """Remove our notification, and leave all others."""
    s3 = target.aws("s3")
    if not bucket.exists(target) or s3_to_sns.find_notification(s3, target.bucket) is None:
        return "did not exist"
    s3_to_sns.remove_notification(s3, target.bucket)
    return f"notification of {target.bucket}"
