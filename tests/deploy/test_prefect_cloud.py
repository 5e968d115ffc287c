"""One environment on Prefect Cloud, deployed, changed and destroyed, and what it asked of AWS."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import boto3
import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, PREFECT_CLOUD_API_URL, temporary_settings

from deploy import doctor
from tests.conftest import fresh_database
from tests.deploy.conftest import deploy_py, make_clone, write_environment
from tests.support.aws_calls import Call, ConfirmingSns, watched
from tests.support.deployed import changed_steps, marks
from tests.support.docker_engine import docker_engine
from tests.support.permissions import ACCOUNT, allowed_actions, allows, needed, policy
from tests.support.prefect_cloud import Cloud, prefect_cloud
from tests.support.warm import find_balancer, read_group, read_service, warm_settings

pytestmark = pytest.mark.slow

NAME = "tcloud"
TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:docverify-{NAME}-uploads"
KINDS = ("worker", "dispatcher", "desk")
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
    # AWS does this with the permissions of the user that creates an account's first cluster,
    # load balancer or scaling.
    "iam:CreateServiceLinkedRole",
}


@dataclass
class Life:
    """What happened to the environment, in this order.

    Attributes:
        outputs: Exit code and output of each run of deploy.py, by what was done.
        calls: Every request to AWS.
        webhooks: The webhooks in Prefect Cloud after each run.
        subscribed: The endpoints that the topic had after each run.
        users: The names of the IAM users after each run.
        pools: The names of the environment's pools after each run.
        services: The kinds of services that ECS had after each run.
    """

    outputs: dict[str, tuple[int, str]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    webhooks: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    subscribed: dict[str, list[str]] = field(default_factory=dict)
    users: dict[str, list[str]] = field(default_factory=dict)
    pools: dict[str, set[str]] = field(default_factory=dict)
    services: dict[str, set[str]] = field(default_factory=dict)


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


def list_pools() -> list[str]:
    """Return the names of the work pools in Prefect."""
    with get_client(sync_client=True) as client:
        return [each.name for each in client.read_work_pools()]


@contextmanager
def cloud_at(prefect_server) -> Iterator[Cloud]:
    with (
        prefect_cloud(prefect_server) as cloud,
        temporary_settings(
            {PREFECT_API_URL: cloud.workspace_url, PREFECT_CLOUD_API_URL: cloud.api_url}
        ),
    ):
        yield cloud


def tamper_with_the_desk() -> None:
    """Make manual changes of the desk and the worker that a deployment reverts."""
    elb, ec2 = boto3.client("elbv2"), boto3.client("ec2")
    balancer, group = find_balancer(NAME), read_group(f"docverify-{NAME}-desk")
    assert balancer is not None
    assert group is not None
    everybody = {"IpProtocol": "-1"}
    ec2.authorize_security_group_ingress(
        GroupId=group["GroupId"],
        IpPermissions=[everybody | {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
    )
    arn = balancer["LoadBalancerArn"]
    elb.set_security_groups(LoadBalancerArn=arn, SecurityGroups=[group["GroupId"]])
    elb.set_subnets(
        LoadBalancerArn=arn,
        Subnets=[each["SubnetId"] for each in balancer["AvailabilityZones"]][:2],
    )
    (found,) = elb.describe_target_groups(LoadBalancerArn=arn)["TargetGroups"]
    elb.modify_target_group(TargetGroupArn=found["TargetGroupArn"], HealthCheckPath="/other")
    boto3.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=f"service/docverify-{NAME}/docverify-{NAME}-worker",
        ScalableDimension="ecs:service:DesiredCount",
        MaxCapacity=99,
    )


def live(
    life: Life, cloud: Cloud, run: Callable[..., tuple[int, str]], probe, write: Callable[..., Path]
) -> None:
    """Deploy, repair, rotate, probe, make warm, and destroy the environment."""
    sns = ConfirmingSns()
    done = {
        "deploy": (),
        "deploy again": (),
        "renew after changes by hand": ("--renew-secrets",),
        "rotate": ("--rotate-webhook",),
        "make warm with a desk": (),
        "warm again": (),
        "warm after changes by hand": ("--renew-secrets",),
        "remove the desk": (),
        "push again": (),
        "destroy": ("--destroy", "--yes"),
        "restore": ("--only", "secrets"),
    }
    before = {
        "renew after changes by hand": tamper,
        "make warm with a desk": lambda: write(**warm_settings()),
        "warm after changes by hand": tamper_with_the_desk,
        "remove the desk": lambda: write(**warm_settings(desk=False)),
        "push again": lambda: write(pool='"ecs:push"'),
    }
    for what, arguments in done.items():
        before.get(what, lambda: None)()
        with pytest.MonkeyPatch.context() as changed, watched(changed, sns) as calls:
            life.outputs[what] = run(*arguments)
            if what == "rotate":
                life.outputs["probe"] = probe(), ""
        life.calls += calls
        life.webhooks[what] = [dict(each) for each in cloud.webhooks]
        life.subscribed[what] = read_endpoints()
        life.users[what] = [user["UserName"] for user in boto3.client("iam").list_users()["Users"]]
        life.pools[what] = {each for each in list_pools() if each.endswith(f"-{NAME}")}
        life.services[what] = {kind for kind in KINDS if read_service(NAME, kind)}


@pytest.fixture(scope="module")
def life(tmp_path_factory, aws, prefect_server, postgres_url) -> Life:
    """Deploy an environment on Prefect Cloud, change it, and destroy it."""
    folder = tmp_path_factory.mktemp("on-prefect-cloud")
    clone = make_clone(folder / "clone")
    write = partial(write_environment, folder, NAME, gateway="")
    file = write(pool='"ecs:push"')
    with (
        docker_engine() as engine,
        fresh_database(postgres_url) as url,
        cloud_at(prefect_server) as cloud,
        pytest.MonkeyPatch.context() as changed,
    ):
        changed.setenv("DOCKER_HOST", engine.url)
        changed.setenv("DATABASE_URL", url)
        for secret in ("DOCVERIFY_DESK_DATABASE_URL", "DOCVERIFY_DESK_OIDC_CLIENT_SECRET"):
            changed.setenv(secret, f"secret of {secret}")
        create_boundary()
        found = Life()
        probe = partial(doctor.main, [str(file), "--probe", "--timeout", "0.01"], clone=clone)
        live(found, cloud, partial(deploy_py, clone, file), probe, write)
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


def test_warm_pool_needs_no_user_and_the_key_of_the_push_pool_is_removed(life, prefect):
    made = changed_steps(life.outputs["make warm with a desk"][1])

    assert USER in life.users["rotate"]
    assert USER not in life.users["make warm with a desk"]
    assert {"roles", "pool", "deployments", "worker", "scaling", "leftovers"} <= set(made)
    assert made.index("deployments") < made.index("worker") < made.index("leftovers")
    assert set(marks(life.outputs["warm again"][1]).values()) == {"unchanged"}


def test_manual_changes_of_the_desk_and_the_worker_are_reverted(life):
    changed = set(changed_steps(life.outputs["warm after changes by hand"][1]))

    assert changed == {"scaling", "desk-network", "desk-balancer"}
    assert "services  restarted: " in life.outputs["warm after changes by hand"][1]


def test_desk_that_is_taken_out_of_the_file_is_removed(life):
    changed = set(changed_steps(life.outputs["remove the desk"][1]))

    assert "leftovers" in changed
    assert not changed & {"desk", "desk-balancer", "desk-network"}
    assert read_group(f"docverify-{NAME}-desk") is None
    assert find_balancer(NAME) is None


def test_push_pool_replaces_the_warm_one_with_its_services(life):
    made = changed_steps(life.outputs["push again"][1])

    assert {"pool", "deployments", "leftovers"} <= set(made)
    assert USER in life.users["push again"]
    assert life.pools["push again"] == {f"document-verification-pool-{NAME}"}
    assert life.services["remove the desk"] == {"worker", "dispatcher"}
    assert life.services["push again"] == set()


def test_what_uses_something_is_removed_before_it(life):
    """moto removes everything at once; AWS refuses to remove what is in use."""
    operations = [call.operation for call in life.calls]
    order = [
        *("DeleteService", "DeleteListener", "DeleteLoadBalancer", "DeleteTargetGroup"),
        *("DeleteSecurityGroup", "DeleteCluster"),
    ]

    assert sorted(order, key=operations.index) == order


def test_everything_on_prefect_cloud_is_destroyed(life):
    assert life.webhooks["destroy"] == []
    assert USER not in life.users["destroy"]
    assert life.services["destroy"] == set()


def test_policies_of_the_deployer_allow_exactly_what_the_script_does(life):
    allowed = policy("deployer", NAME)
    allowed["Statement"] += policy("deployer-services", NAME)["Statement"]
    # The fake Docker engine puts images.
    wanted = needed(call for call in life.calls if call.operation != "PutImage")

    assert {each for each in wanted if not allows(allowed, each)} == set()
    assert allowed_actions(allowed) - {each.action for each in wanted} == OF_OTHERS
