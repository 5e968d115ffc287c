"""The probe removes its test image, or says why the bucket keeps it."""

from types import SimpleNamespace
from uuid import uuid4

import boto3
import pytest

from deploy.aws import probe
from deploy.aws.probe import Moment, ProbeFailed, follow, remove_image


@pytest.fixture(name="target")
def _target(aws):
    """A bucket whose objects cannot be deleted for a day."""
    s3, bucket = boto3.client("s3"), f"locked-{uuid4()}"
    s3.create_bucket(
        Bucket=bucket,
        ObjectLockEnabledForBucket=True,
        CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name},
    )
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}
    s3.put_object_lock_configuration(
        Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    environment = SimpleNamespace(prefix="inbox/")
    return SimpleNamespace(aws=boto3.client, bucket=bucket, environment=environment)


def versions_of(target) -> tuple[int, int]:
    """Count the versions and the delete markers of the bucket."""
    found = boto3.client("s3").list_object_versions(Bucket=target.bucket)
    return len(found.get("Versions", ())), len(found.get("DeleteMarkers", ()))


def test_image_under_object_lock_is_hidden_and_named(target):
    put = boto3.client("s3").put_object(Bucket=target.bucket, Key="inbox/a.png", Body=b"x")

    kept = remove_image(target, "inbox/a.png", put["VersionId"])

    assert "keeps the test image inbox/a.png (AccessDenied)" in kept
    assert "Object Lock" in kept
    assert versions_of(target) == (1, 1)


def test_image_that_stays_is_the_last_stage_of_the_probe(target, monkeypatch):
    monkeypatch.setattr(
        probe, "follow_run", lambda *_: iter([Moment("probe verdict", "Resubmit", 1)])
    )

    *_, last = follow(target, 1)

    assert last.name == "probe image"
    assert "Object Lock" in last.detail


def test_failed_probe_keeps_its_reason_and_names_the_image_that_stays(target, monkeypatch):
    def fail(*_):
        raise ProbeFailed("probe run", "the run did not start", "check the pool")
        yield

    monkeypatch.setattr(probe, "follow_run", fail)

    with pytest.raises(ProbeFailed) as caught:
        list(follow(target, 1))

    assert caught.value.reason.startswith("the run did not start; the bucket keeps the test image")
