"""Each policy of deploy/iam/ allows exactly the requests of the code."""

import json

import pytest

from tasks import s3 as documents
from tests.support.aws_calls import watched
from tests.support.permissions import (
    ACCOUNT,
    IAM,
    REGION,
    Needed,
    allowed_actions,
    allows,
    needed,
    policy,
)

#: The boundary with the larger login of the database; an environment has one of the two at most.
BOUNDARY = ["boundary", "database_secret"]


def test_run_policy_allows_exactly_reading_documents(put, bucket, monkeypatch):
    documents.s3.cache_clear()
    first, second = put("inbox/iam.png", b"1"), put("inbox/iam.png", b"2")
    etag = "c4ca4238a0b923820dcc509a6f75849b"  # of the first version, which the second replaced

    with watched(monkeypatch) as calls:
        for version, tag in ((first, ""), ("", etag), ("", "")):
            upload = documents.Upload(bucket, "inbox/iam.png", version, tag)
            documents.retrieve_file_from_s3.fn(upload)

    assert first != second
    allowed = policy("task", "any")
    allowed = json.loads(json.dumps(allowed).replace(f"docverify-any-{ACCOUNT}", bucket))
    wanted = needed(calls)
    assert {each for each in wanted if not allows(allowed, each)} == set()
    # Without s3:ListBucket, S3 answers 403 for a missing object, which hides the cause.
    assert allowed_actions(allowed) - {each.action for each in wanted} == {"s3:ListBucket"}


#: Characters without whitespace that IAM allows.
MANAGED, ROLE, USER = 6144, 10_240, 2048
LONGEST = "n" * 20


def count_characters(file: str) -> int:
    """Return the size of a policy with the longest name, in the longest partition and region."""
    content = json.dumps(policy(file, LONGEST), separators=(",", ":"))
    return len(content.replace("arn:aws:", "arn:aws-us-gov:").replace(REGION, "ap-southeast-2"))


@pytest.mark.parametrize("names", [["deployer"], ["deployer-services"], BOUNDARY])
def test_managed_policy_is_within_the_limit_of_iam(names):
    assert sum(map(count_characters, names)) <= MANAGED


def test_policies_within_roles_and_users_are_within_the_limit_of_iam():
    managed = {"deployer", "deployer-services", "boundary", "submitter"}
    inline = [file.stem for file in IAM.glob("*.json") if file.stem not in managed]
    assert sum(map(count_characters, inline)) <= ROLE
    assert count_characters("submitter") <= USER


def test_deployer_may_change_the_alarms_that_target_tracking_makes():
    """Application Auto Scaling makes them with the rights of whoever sets the policy."""
    start = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:TargetTracking-service"
    allowed = policy("deployer-services", "any")
    for action in ("cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms"):
        own = Needed(action, f"{start}/docverify-any/docverify-any-worker-AlarmHigh-1")
        assert allows(allowed, own)
        assert not allows(allowed, Needed(action, f"{start}/other/web-AlarmHigh-1"))


@pytest.mark.parametrize("file", sorted(IAM.glob("*.json")), ids=lambda file: file.stem)
def test_policies_use_no_wildcard_where_a_name_is_possible(file):
    content = json.loads(file.read_text())
    for statement in content["Statement"]:
        actions = statement["Action"]
        assert "*" not in json.dumps(actions)
        assert "Sid" in statement
