"""Each policy of deploy/iam/ allows exactly the requests of the code."""

import json

import pytest

from tasks import s3 as documents
from tests.support.aws_calls import watched
from tests.support.permissions import ACCOUNT, IAM, allowed_actions, allows, needed, policy


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


@pytest.mark.parametrize("file", sorted(IAM.glob("*.json")), ids=lambda file: file.stem)
def test_policies_use_no_wildcard_where_a_name_is_possible(file):
    content = json.loads(file.read_text())
    for statement in content["Statement"]:
        actions = statement["Action"]
        assert "*" not in json.dumps(actions)
        assert "Sid" in statement
