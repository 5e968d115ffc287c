"""The bucket for the documents: versioned, encrypted, without public access."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from deploy.aws.errors import DeployError
from deploy.aws.plan import Finding, compare, missing
from deploy.aws.target import Target, from_tag_list, to_tag_list

NO_PUBLIC_ACCESS = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)
TLS_ONLY = "OnlyWithTls"


def check(target: Target) -> Finding:
    """Check the bucket, and that its documents are protected."""
    if not exists(target):
        return missing(target.bucket)
    found: dict[str, object] = {
        "versioning": has_versioning(target),
        "encryption": is_encrypted(target),
        "public access blocked": read_public_access(target) == NO_PUBLIC_ACCESS,
        "TLS only": read_policy(target) == add_tls_only(target, read_policy(target)),
    }
    return compare(target.bucket, dict.fromkeys(found, True), found)


def apply(target: Target) -> None:
    """Create the bucket if it does not exist, and protect its documents."""
    s3, name = target.aws("s3"), target.bucket
    if not exists(target):
        _create(target)
    if not has_versioning(target):
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    if not is_encrypted(target):
        rules = [wanted_encryption(target)]
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})
    if read_public_access(target) != NO_PUBLIC_ACCESS:
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=NO_PUBLIC_ACCESS)
    policy = read_policy(target)
    if policy != add_tls_only(target, policy):
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps(add_tls_only(target, policy)))


def destroy(target: Target) -> str:
    """Remove the bucket if this environment owns it and it never held a document."""
    s3, name = target.aws("s3"), target.bucket
    if not exists(target):
        return "did not exist"
    if not target.owns(read_tags(target)):
        return f"kept {name}: deploy.py did not create it"
    if holds_documents(target):
        return f"kept {name}: it contains documents"
    s3.delete_bucket(Bucket=name)
    return name


def exists(target: Target) -> bool:
    """Return whether the account has the bucket; raise DeployError if another account has it."""
    try:
        # Any account can take a name first. A bucket that we may read is not necessarily ours.
        target.aws("s3").head_bucket(Bucket=target.bucket, ExpectedBucketOwner=target.account)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchBucket"):
            return False
        raise DeployError(
            f"the bucket {target.bucket} belongs to another account, or is not in "
            f"{target.environment.region}: choose another name for `bucket`"
        ) from None
    return True


def _create(target: Target) -> None:
    s3, region = target.aws("s3"), target.environment.region
    # The only region that S3 does not accept here.
    location = {} if region == "us-east-1" else {"LocationConstraint": region}
    configuration = {"CreateBucketConfiguration": location} if location else {}
    s3.create_bucket(Bucket=target.bucket, **configuration)
    s3.put_bucket_tagging(Bucket=target.bucket, Tagging={"TagSet": to_tag_list(target.tags)})


def has_versioning(target: Target) -> bool:
    """Return whether the bucket keeps every version."""
    answer = target.aws("s3").get_bucket_versioning(Bucket=target.bucket)
    return bool(answer.get("Status") == "Enabled")


def wanted_encryption(target: Target) -> dict[str, Any]:
    """Return the rule of the default encryption: with the environment's key, or with S3's."""
    key = target.environment.kms_key
    if not key:
        return {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    # A bucket key saves a request to KMS for every document.
    encryption = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    return {"ApplyServerSideEncryptionByDefault": encryption, "BucketKeyEnabled": True}


def is_encrypted(target: Target) -> bool:
    """Return whether the bucket encrypts by default, with the environment's key if it has one."""
    found = read_encryption(target)
    if found is None or not target.environment.kms_key:
        return found is not None
    key = "ApplyServerSideEncryptionByDefault"
    return bool(found[key] == wanted_encryption(target)[key])


def read_encryption(target: Target) -> dict[str, Any] | None:
    """Return the rule of the bucket's default encryption; None if it has none."""
    try:
        answer = target.aws("s3").get_bucket_encryption(Bucket=target.bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ServerSideEncryptionConfigurationNotFoundError":
            raise
        return None
    rules: list[dict[str, Any]] = answer["ServerSideEncryptionConfiguration"]["Rules"]
    return rules[0]


def read_policy(target: Target) -> dict[str, Any]:
    """Return the bucket's policy; one without statements if it has none."""
    try:
        answer = target.aws("s3").get_bucket_policy(Bucket=target.bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucketPolicy":
            raise
        return {"Version": "2012-10-17", "Statement": []}
    policy: dict[str, Any] = json.loads(answer["Policy"])
    return policy


def add_tls_only(target: Target, policy: dict[str, Any]) -> dict[str, Any]:
    """Return a policy with the statement that refuses requests without TLS; others stay."""
    name = f"arn:{target.partition}:s3:::{target.bucket}"
    statement = {
        "Sid": TLS_ONLY,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [name, f"{name}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    others = [each for each in policy["Statement"] if each.get("Sid") != TLS_ONLY]
    return policy | {"Statement": [*others, statement]}


def read_public_access(target: Target) -> object:
    """Return which public access the bucket blocks; None if nothing is set."""
    try:
        answer = target.aws("s3").get_public_access_block(Bucket=target.bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchPublicAccessBlockConfiguration":
            raise
        return None
    return answer["PublicAccessBlockConfiguration"]


def read_tags(target: Target) -> dict[str, str]:
    """Return the bucket's tags."""
    try:
        return from_tag_list(target.aws("s3").get_bucket_tagging(Bucket=target.bucket)["TagSet"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchTagSet":
            raise
        return {}


def holds_documents(target: Target) -> bool:
    """Return whether the bucket has any object, version or delete marker."""
    found = target.aws("s3").list_object_versions(Bucket=target.bucket, MaxKeys=1)
    return bool(found.get("Versions") or found.get("DeleteMarkers"))
