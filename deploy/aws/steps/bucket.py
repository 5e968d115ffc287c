"""The bucket that documents are put into: versioned, encrypted, closed to the public."""

from __future__ import annotations

from botocore.exceptions import ClientError

from deploy.aws.errors import DeployError
from deploy.aws.plan import Finding, compare, missing
from deploy.aws.target import Target, from_tag_list, to_tag_list

CLOSED = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)
ENCRYPTED = {"SSEAlgorithm": "AES256"}


def check(target: Target) -> Finding:
    """Look at the bucket and at what protects its documents."""
    if not exists(target):
        return missing(target.bucket)
    found: dict[str, object] = {
        "versioning": _versioning(target),
        "encryption": _encryption(target) is not None,
        "public access blocked": _access(target) == CLOSED,
    }
    return compare(target.bucket, dict.fromkeys(found, True), found)


def apply(target: Target) -> None:
    """Create the bucket if there is none, and protect what is put into it."""
    s3, name = target.aws("s3"), target.bucket
    if not exists(target):
        _create(target)
    if not _versioning(target):
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    if _encryption(target) is None:
        rules = [{"ApplyServerSideEncryptionByDefault": ENCRYPTED}]
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})
    if _access(target) != CLOSED:
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=CLOSED)


def destroy(target: Target) -> str:
    """Remove the bucket if we made it and it never held a document; else leave it as it is."""
    s3, name = target.aws("s3"), target.bucket
    if not exists(target):
        return "was not there"
    if not target.owns(_tags(target)):
        return f"left {name}: it was not made by this"
    if _holds_documents(target):
        return f"left {name}: it holds documents"
    s3.delete_bucket(Bucket=name)
    return name


def exists(target: Target) -> bool:
    """Whether we have such a bucket; raises DeployError when somebody else has."""
    try:
        # Names are anybody's to take: one that lets us in is not ours for that.
        target.aws("s3").head_bucket(Bucket=target.bucket, ExpectedBucketOwner=target.account)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchBucket"):
            return False
        raise DeployError(
            f"the bucket {target.bucket} is not ours, or not in {target.environment.region}: "
            "choose another name under `bucket`"
        ) from None
    return True


def _create(target: Target) -> None:
    s3, region = target.aws("s3"), target.environment.region
    # The one region that may not be named.
    place = {} if region == "us-east-1" else {"LocationConstraint": region}
    configuration = {"CreateBucketConfiguration": place} if place else {}
    s3.create_bucket(Bucket=target.bucket, **configuration)
    s3.put_bucket_tagging(Bucket=target.bucket, Tagging={"TagSet": to_tag_list(target.tags)})


def _versioning(target: Target) -> bool:
    answer = target.aws("s3").get_bucket_versioning(Bucket=target.bucket)
    return bool(answer.get("Status") == "Enabled")


def _encryption(target: Target) -> str | None:
    try:
        answer = target.aws("s3").get_bucket_encryption(Bucket=target.bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ServerSideEncryptionConfigurationNotFoundError":
            raise
        return None
    (rule, *_) = answer["ServerSideEncryptionConfiguration"]["Rules"]
    algorithm: str = rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]
    return algorithm


def _access(target: Target) -> object:
    try:
        answer = target.aws("s3").get_public_access_block(Bucket=target.bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchPublicAccessBlockConfiguration":
            raise
        return None
    return answer["PublicAccessBlockConfiguration"]


def _tags(target: Target) -> dict[str, str]:
    try:
        return from_tag_list(target.aws("s3").get_bucket_tagging(Bucket=target.bucket)["TagSet"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchTagSet":
            raise
        return {}


def _holds_documents(target: Target) -> bool:
    found = target.aws("s3").list_object_versions(Bucket=target.bucket, MaxKeys=1)
    return bool(found.get("Versions") or found.get("DeleteMarkers"))
