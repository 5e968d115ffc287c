"""The bucket for the documents: versioned, encrypted, without public access."""

from __future__ import annotations

from botocore.exceptions import ClientError

from deploy.aws.errors import DeployError
from deploy.aws.plan import Finding, compare, missing
from deploy.aws.target import Target, from_tag_list, to_tag_list

NO_PUBLIC_ACCESS = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)
ENCRYPTION = {"SSEAlgorithm": "AES256"}


def check(target: Target) -> Finding:
    """Check the bucket, and that its documents are protected."""
    if not exists(target):
        return missing(target.bucket)
    found: dict[str, object] = {
        "versioning": has_versioning(target),
        "encryption": read_encryption(target) is not None,
        "public access blocked": read_public_access(target) == NO_PUBLIC_ACCESS,
    }
    return compare(target.bucket, dict.fromkeys(found, True), found)


def apply(target: Target) -> None:
    """Create the bucket if it does not exist, and protect its documents."""
    s3, name = target.aws("s3"), target.bucket
    if not exists(target):
        _create(target)
    if not has_versioning(target):
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    if read_encryption(target) is None:
        rules = [{"ApplyServerSideEncryptionByDefault": ENCRYPTION}]
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})
    if read_public_access(target) != NO_PUBLIC_ACCESS:
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=NO_PUBLIC_ACCESS)


def destroy(target: Target) -> str:
    """Remove the bucket if this environment owns it and it never held a document."""
    s3, name = target.aws("s3"), target.bucket
    if not exists(target):
        return "was not there"
    if not target.owns(read_tags(target)):
        return f"left {name}: it was not created by deploy.py"
    if holds_documents(target):
        return f"left {name}: it holds documents"
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


def read_encryption(target: Target) -> str | None:
    """Return the algorithm of the bucket's default encryption; None if it has none."""
    try:
        answer = target.aws("s3").get_bucket_encryption(Bucket=target.bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ServerSideEncryptionConfigurationNotFoundError":
            raise
        return None
    (rule, *_) = answer["ServerSideEncryptionConfiguration"]["Rules"]
    algorithm: str = rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]
    return algorithm


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
