"""One environment on Prefect Cloud, deployed, changed and destroyed, and what it asked of AWS."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import boto3
import pytest
from prefect.settings import PREFECT_API_URL, PREFECT_CLOUD_API_URL, temporary_settings

from deploy import doctor
from tests.conftest import fresh_database
from tests.deploy.conftest import deploy_py, make_clone, write_environment
from tests.support.aws_calls import Call, ConfirmingSns, watched
from tests.support.deployed import changed_steps, marks
from tests.support.docker_engine import docker_engine
from tests.support.permissions import ACCOUNT, allowed_actions, allows, needed, policy
from tests.support.prefect_cloud import Cloud, prefect_cloud

NAME = "tcloud"
TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:docverify-{NAME}-uploads"
ROLE, USER = f"docverify-{NAME}-task", f"docverify-{NAME}-pool"

# Actions that other services use the deployer's policy for, which this test cannot observe.
OF_OTHERS = {
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
}


@dataclass
class Life:
    """What happened to the environment, in this order.

    Attributes:
        outputs: Exit code and output of each run of deploy.py, by what was done.
        calls: Every request to AWS.
        webhooks: The webhooks in Prefect Cloud after each run.
        subscribed: The endpoints that the topic had after each run.
    """

    outputs: dict[str, tuple[int, str]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    webhooks: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    subscribed: dict[str, list[str]] = field(default_factory=dict)


def create_boundary() -> None:
    """Create the boundary, as an administrator does before the first deployment."""
    content = json.dumps(policy("boundary", NAME))
    boto3.client("iam").create_policy(
        PolicyName=f"docverify-{NAME}-boundary", PolicyDocument=content
    )


def tamper() -> None:
    """Make manual changes that a deployment reverts."""
    iam, sns = boto3.client("iam"), boto3.client("sns")
    more = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
    content = json.dumps({"Version": "2012-10-17", "Statement": [more]})
    iam.put_role_policy(RoleName=ROLE, PolicyName="more", PolicyDocument=content)
    iam.delete_role_permissions_boundary(RoleName=ROLE)
    iam.put_user_policy(UserName=USER, PolicyName="more", PolicyDocument=content)
    boto3.client("ecs").register_task_definition(
        family=f"docverify-{NAME}", containerDefinitions=[{"name": "a", "image": "a", "memory": 1}]
    )
    boto3.client("ecr").put_image_tag_mutability(
        repositoryName=f"docverify-{NAME}", imageTagMutability="MUTABLE"
    )
    (found,) = sns.list_subscriptions_by_topic(TopicArn=TOPIC)["Subscriptions"]
    sns.set_subscription_attributes(
        SubscriptionArn=found["SubscriptionArn"],
        AttributeName="DeliveryPolicy",
        AttributeValue="{}",
    )


def read_endpoints() -> list[str]:
    """Return the URLs that the topic posts to; empty without the topic."""
    sns = boto3.client("sns")
    try:
        found = sns.list_subscriptions_by_topic(TopicArn=TOPIC)["Subscriptions"]
    except sns.exceptions.NotFoundException:
        return []
    return [each["Endpoint"] for each in found]


@contextmanager
def cloud_at(prefect_server) -> Iterator[Cloud]:
    with (
        prefect_cloud(prefect_server) as cloud,
        temporary_settings(
            {PREFECT_API_URL: cloud.workspace_url, PREFECT_CLOUD_API_URL: cloud.api_url}
        ),
    ):
        yield cloud


def live(life: Life, cloud: Cloud, run: Callable[..., tuple[int, str]], probe) -> None:
    """Deploy, repair, rotate, probe and destroy the environment."""
    sns = ConfirmingSns()
    done = {
        "deploy": (),
        "deploy again": (),
        "renew after changes by hand": ("--renew-secrets",),
        "rotate": ("--rotate-webhook",),
        "destroy": ("--destroy", "--yes"),
        "restore": ("--only", "secrets"),
    }
    for what, arguments in done.items():
        if what == "renew after changes by hand":
            tamper()
        with pytest.MonkeyPatch.context() as changed, watched(changed, sns) as calls:
            life.outputs[what] = run(*arguments)
            if what == "rotate":
                life.outputs["probe"] = probe(), ""
        life.calls += calls
        life.webhooks[what] = [dict(each) for each in cloud.webhooks]
        life.subscribed[what] = read_endpoints()


@pytest.fixture(scope="module")
def life(tmp_path_factory, aws, prefect_server, postgres_url) -> Life:
    """Deploy an environment on Prefect Cloud, change it, and destroy it."""
    folder = tmp_path_factory.mktemp("on-prefect-cloud")
    clone = make_clone(folder / "clone")
    file = write_environment(folder, NAME, pool='"ecs:push"', gateway="")
    with (
        docker_engine() as engine,
        fresh_database(postgres_url) as url,
        cloud_at(prefect_server) as cloud,
        pytest.MonkeyPatch.context() as changed,
    ):
        changed.setenv("DOCKER_HOST", engine.url)
        changed.setenv("DATABASE_URL", url)
        create_boundary()
        found = Life()
        probe = partial(doctor.main, [str(file), "--probe", "--timeout", "0"], clone=clone)
        live(found, cloud, partial(deploy_py, clone, file), probe)
        return found


def test_every_run_succeeds(life):
    codes = {what: code for what, (code, _) in life.outputs.items()}

    assert codes.pop("probe") == 1, "no worker follows the probe"
    assert set(codes.values()) == {0}, life.outputs


def test_first_run_creates_the_webhook_and_second_changes_nothing(life):
    (webhook,) = life.webhooks["deploy"]

    assert {"pool", "webhook", "subscription"} <= set(changed_steps(life.outputs["deploy"][1]))
    assert set(marks(life.outputs["deploy again"][1]).values()) == {"unchanged"}
    assert webhook["name"] == f"document-verification-webhook-{NAME}"
    assert all(webhook["slug"] not in output for _, output in life.outputs.values())


def test_subscription_is_confirmed_without_opening_a_url(life):
    """Once for the first URL of the webhook, and once for the rotated one."""
    operations = [call.operation for call in life.calls]

    assert operations.count("ConfirmSubscription") == 2


def test_changes_by_hand_are_reverted(life):
    changed = set(changed_steps(life.outputs["renew after changes by hand"][1]))

    assert changed >= {"roles", "repository", "subscription"}


def test_rotated_webhook_is_subscribed_instead_of_the_old_url(life):
    (before,), (after,) = life.webhooks["deploy"], life.webhooks["rotate"]

    assert before["slug"] != after["slug"]
    assert [url.rpartition("/")[2] for url in life.subscribed["deploy"]] == [before["slug"]]
    assert [url.rpartition("/")[2] for url in life.subscribed["rotate"]] == [after["slug"]]
    assert changed_steps(life.outputs["rotate"][1]) == ["subscription"]


def test_everything_on_prefect_cloud_is_destroyed(life):
    users = [user["UserName"] for user in boto3.client("iam").list_users()["Users"]]

    assert life.webhooks["destroy"] == []
    assert USER not in users


def test_deployer_policy_allows_exactly_what_the_script_does(life):
    allowed = policy("deployer", NAME)
    # The fake Docker engine puts images.
    wanted = needed(call for call in life.calls if call.operation != "PutImage")

    assert {each for each in wanted if not allows(allowed, each)} == set()
    assert allowed_actions(allowed) - {each.action for each in wanted} == OF_OTHERS
