"""Each policy of deploy/iam/ allows what the code asks of AWS, and nothing else."""

import json

import boto3
import pytest

from deploy import doctor
from tasks import s3 as documents
from tests.support.aws_calls import ConfirmingSns, watched
from tests.support.permissions import ACCOUNT, IAM, allowed_actions, allows, needed, policy

# What others do with the policies, whom nobody can watch here.
OF_OTHERS = {
    "deployer": {
        # Docker's push.
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:CompleteLayerUpload",
        "ecr:InitiateLayerUpload",
        "ecr:PutImage",
        "ecr:UploadLayerPart",
        # ECS does it in the name of who creates an account's first cluster.
        "iam:CreateServiceLinkedRole",
        # Only for a policy that a person attached to the role of a worker.
        "iam:DetachRolePolicy",
        # Only where subnets are named, which moto makes none of by a known name.
        "ec2:DescribeSubnets",
    },
}


def _policy(statement: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def tamper(name: str) -> None:
    """Change by hand what a deployment then brings back."""
    iam, role = boto3.client("iam"), f"docverify-{name}-task"
    other = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}
    iam.update_assume_role_policy(
        RoleName=role, PolicyDocument=_policy(other | {"Action": "sts:AssumeRole"})
    )
    more = _policy({"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"})
    iam.put_role_policy(RoleName=role, PolicyName="more", PolicyDocument=more)
    submitter = f"arn:aws:iam::{ACCOUNT}:policy/docverify-{name}-submitter"
    iam.create_policy_version(PolicyArn=submitter, PolicyDocument=more, SetAsDefault=True)
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


def test_the_deployer_may_do_what_the_script_does_and_no_more(
    run, environment_file, name, cloud, monkeypatch
):
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
        calls += [call for call in made if call.operation != "PutImage"]  # the stand-in's
        if arguments == ("--renew-secrets",):
            tamper(name)

    allowed, wanted = policy("deployer", name), needed(calls)
    assert {each for each in wanted if not allows(allowed, each)} == set()
    unused = allowed_actions(allowed) - {each.action for each in wanted}
    assert unused == OF_OTHERS["deployer"]


def test_a_run_may_read_documents_and_no_more(put, bucket, monkeypatch):
    documents.s3.cache_clear()
    first, second = put("inbox/iam.png", b"1"), put("inbox/iam.png", b"2")
    etag = "c4ca4238a0b923820dcc509a6f75849b"  # of the first, which the second replaced

    with watched(monkeypatch) as calls:
        for version, tag in ((first, ""), ("", etag), ("", "")):
            upload = documents.Upload(bucket, "inbox/iam.png", version, tag)
            documents.retrieve_file_from_s3.fn(upload)

    assert first != second
    allowed = policy("task", "any")
    allowed = json.loads(json.dumps(allowed).replace(f"docverify-any-{ACCOUNT}", bucket))
    wanted = needed(calls)
    assert {each for each in wanted if not allows(allowed, each)} == set()
    # Without s3:ListBucket, S3 calls what is not there forbidden: the run could not say why.
    assert allowed_actions(allowed) - {each.action for each in wanted} == {"s3:ListBucket"}


@pytest.mark.parametrize("file", sorted(IAM.glob("*.json")), ids=lambda file: file.stem)
def test_no_policy_allows_by_wildcard_what_it_can_name(file):
    content = json.loads(file.read_text())
    for statement in content["Statement"]:
        actions = statement["Action"]
        assert "*" not in json.dumps(actions)
        assert "Sid" in statement
