"""Each policy of deploy/iam/ allows exactly the requests of the code."""

import json

import boto3
import pytest

from deploy import doctor
from deploy.aws.steps import image
from tasks import s3 as documents
from tests.support.aws_calls import ConfirmingSns, watched
from tests.support.permissions import ACCOUNT, IAM, allowed_actions, allows, needed, policy

# Actions that other services use these policies for, which this test cannot observe.
OF_OTHERS = {
    "deployer": {
        # Docker's push.
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:CompleteLayerUpload",
        "ecr:InitiateLayerUpload",
        "ecr:PutImage",
        "ecr:UploadLayerPart",
        # ECS does this with the permissions of the user that creates an account's first cluster.
        "iam:CreateServiceLinkedRole",
        # Only with `subnets`; moto has no subnet with a known id.
        "ec2:DescribeSubnets",
    },
}


def _policy(statement: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def tamper(name: str) -> None:
    """Make manual changes that a deployment reverts."""
    iam, role, user = boto3.client("iam"), f"docverify-{name}-task", f"docverify-{name}-pool"
    more = _policy({"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"})
    iam.put_role_policy(RoleName=role, PolicyName="more", PolicyDocument=more)
    iam.put_user_policy(UserName=user, PolicyName="more", PolicyDocument=more)
    boto3.client("ecs").register_task_definition(
        family=f"docverify-{name}", containerDefinitions=[{"name": "a", "image": "a", "memory": 1}]
    )
    boto3.client("ecr").put_image_tag_mutability(
        repositoryName=f"docverify-{name}", imageTagMutability="MUTABLE"
    )
    sns = boto3.client("sns")
    topic = f"arn:aws:sns:eu-west-1:{ACCOUNT}:docverify-{name}-uploads"
    (found,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    sns.set_subscription_attributes(
        SubscriptionArn=found["SubscriptionArn"],
        AttributeName="DeliveryPolicy",
        AttributeValue="{}",
    )


def create_boundary(name: str) -> None:
    """Create the boundary, as an administrator does before the first deployment."""
    content = json.dumps(policy("boundary", name))
    boto3.client("iam").create_policy(
        PolicyName=f"docverify-{name}-boundary", PolicyDocument=content
    )


def test_deployer_policy_allows_exactly_what_the_script_does(
    run, clone, environment_file, name, cloud, monkeypatch
):
    monkeypatch.setattr(image, "ROOT", clone)  # the doctor's, too
    create_boundary(name)
    file, sns = environment_file(name, pool='"ecs:push"', gateway=""), ConfirmingSns()
    calls = []
    runs = [(), ("--renew-secrets",), (), ("--rotate-webhook",)]
    runs += [("--destroy", "--yes"), (), ("--destroy", "--yes")]
    for arguments in runs:
        with watched(monkeypatch, sns) as made:
            code, output = run(file, *arguments)
            assert code == 0, output
            if arguments == ("--rotate-webhook",):
                assert doctor.main([str(file), "--probe", "--timeout", "0"]) == 1
        calls += [
            call for call in made if call.operation != "PutImage"
        ]  # of the fake Docker engine
        if arguments == ("--renew-secrets",):
            tamper(name)

    allowed, wanted = policy("deployer", name), needed(calls)
    assert {each for each in wanted if not allows(allowed, each)} == set()
    unused = allowed_actions(allowed) - {each.action for each in wanted}
    assert unused == OF_OTHERS["deployer"]


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
