"""An environment with a warm pool and a review desk: what ECS keeps running, and with what."""

import json
import os
from uuid import uuid4

import boto3
import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_AUTH_STRING, temporary_settings

from deploy import doctor
from deploy.aws.environment import read_environment
from deploy.aws.steps import deployments, desk_balancer, scaling, tags
from deploy.aws.target import connect
from deploy.prefect_objects.deployments import DEPLOYMENTS
from services.desk.app import KEEP_ALIVE_SECONDS
from services.worker.slots import GRACE_SECONDS
from services.worker.warm_worker import POOL_TYPE
from tests.deploy.conftest import write_environment
from tests.support.aws_calls import watched
from tests.support.deployed import changed_steps
from tests.support.permissions import ACCOUNT
from tests.support.warm import (
    DESK_URL,
    find_balancer,
    read_container,
    read_group,
    read_service,
    warm_settings,
)

pytestmark = pytest.mark.slow

ROLES = f"arn:aws:iam::{ACCOUNT}:role"
OWNER = "DOCVERIFY_OWNER_DATABASE_URL"
SECRETS = {
    "DOCVERIFY_DESK_DATABASE_URL": "postgresql://desk@h/d",
    "DOCVERIFY_DESK_OIDC_CLIENT_SECRET": "secret-of-the-desk",
}


@pytest.fixture(scope="module", name="name")
def _name() -> str:
    """The longest name that is allowed: all names that the script makes of it must fit."""
    return f"t{uuid4().hex[:19]}"


@pytest.fixture(scope="module")
def settings(aws) -> dict[str, str]:
    return {
        **warm_settings(),
        "cpu": "2048",
        "memory": "8192",
        "concurrency": "7",
        "secrets": f'["DATABASE_URL", "{OWNER}"]',
        "tags": '{ "cost-centre" = "loans" }',
    }


@pytest.fixture(scope="module", name="file")
def _file(tmp_path_factory, name, settings):
    return write_environment(tmp_path_factory.mktemp("environment"), name, **settings)


@pytest.fixture(scope="module", autouse=True)
def deployed(run_of_module, file):
    """Deploy the environment, whose Prefect server asks for an auth string."""
    with pytest.MonkeyPatch.context() as changed:
        for secret, text in SECRETS.items():
            changed.setenv(secret, text)
        # The owner's URL is read by the step `schema` as well, so it must be a real one.
        changed.setenv(OWNER, os.environ["DATABASE_URL"])
        with temporary_settings({PREFECT_API_AUTH_STRING: "operations:secret-of-prefect"}):
            code, output = run_of_module(file)
    assert code == 0, output
    return output


@pytest.fixture
def target(file, name):
    image = read_container(name, "worker")[1]["image"].rpartition(":")[2]
    with get_client(sync_client=True) as client:
        yield connect(read_environment(str(file)), client, image=image)


def named(pairs: list[dict[str, str]], value: str) -> dict[str, str]:
    return {each["name"]: each[value] for each in pairs}


@pytest.mark.parametrize("kind", ["worker", "dispatcher", "desk"])
def test_service_has_the_walls_of_a_run_and_secrets_by_their_arn_only(name, kind, deployed):
    definition, container = read_container(name, kind)
    service = read_service(name, kind)

    assert container["readonlyRootFilesystem"] is True
    assert container["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}
    assert container["linuxParameters"]["initProcessEnabled"] is True
    assert definition["executionRoleArn"] == f"{ROLES}/docverify-{name}-services"
    assert all(":secret:docverify/" in each["valueFrom"] for each in container["secrets"])
    told = json.dumps(definition, default=str) + deployed
    assert "secret-of-" not in told
    assert "postgresql://" not in told
    assert service is not None
    assert service["taskDefinition"] == definition["taskDefinitionArn"]
    assert service["launchType"] == "FARGATE"
    assert service["propagateTags"] == "SERVICE"


def test_worker_executes_the_runs_of_its_pool_with_a_role_and_no_key(name):
    definition, container = read_container(name, "worker")
    variables = named(container["environment"], "value")

    assert definition["taskRoleArn"] == f"{ROLES}/docverify-{name}-worker"
    assert container["command"][:5] == [
        *("python", "-m", "services.worker"),
        *("--pool", f"document-verification-pool-warm-{name}"),
    ]
    assert container["command"][-2:] == ["--backlog-metric", name]
    assert set(named(container["secrets"], "valueFrom")) == {
        *("DATABASE_URL", "DOCVERIFY_HMAC_KEY", "PREFECT_API_AUTH_STRING"),
    }
    assert variables["DOCVERIFY_DESK_URL"] == DESK_URL
    assert variables["OMP_NUM_THREADS"] == "1"
    assert variables["PREFECT_API_URL"].endswith("/api")
    users = [user["UserName"] for user in boto3.client("iam").list_users()["Users"]]
    assert f"docverify-{name}-pool" not in users


def test_runs_of_a_worker_that_stops_may_end_before_it_is_killed(name):
    _, container = read_container(name, "worker")
    command = container["command"]
    drain = float(command[command.index("--drain-seconds") + 1])

    # A slot that does not end by itself gets SIGTERM, and the same time again.
    assert drain + 2 * GRACE_SECONDS < container["stopTimeout"] <= 120


def test_worker_has_a_slot_on_each_core_and_their_readers_fit_into_its_memory(name):
    definition, container = read_container(name, "worker")
    command, variables = container["command"], named(container["environment"], "value")
    slots = int(command[command.index("--slots") + 1])

    assert slots == 2
    assert slots * int(variables["DOCVERIFY_READER_MEMORY"]) < int(definition["memory"]) * 2**20


def test_dispatcher_has_no_role_and_only_the_secrets_that_it_needs(name):
    definition, container = read_container(name, "dispatcher")

    assert "taskRoleArn" not in definition
    assert set(named(container["secrets"], "valueFrom")) == {
        *("DATABASE_URL", "PREFECT_API_AUTH_STRING")
    }


def test_desk_has_a_database_user_of_its_own_and_nothing_of_prefect(name):
    definition, container = read_container(name, "desk")
    secrets = named(container["secrets"], "valueFrom")
    variables = named(container["environment"], "value")

    assert definition["taskRoleArn"] == f"{ROLES}/docverify-{name}-desk"
    assert "/DOCVERIFY_DESK_DATABASE_URL-" in secrets["DATABASE_URL"]
    assert set(secrets) == {
        *("DATABASE_URL", "DOCVERIFY_HMAC_KEY", "DOCVERIFY_DESK_OIDC_CLIENT_SECRET")
    }
    assert "PREFECT_API_URL" not in variables
    assert variables["DOCVERIFY_DESK_URL"] == DESK_URL
    assert variables["DOCVERIFY_DESK_SIGN_IN"] == "oidc"


def test_migrations_have_the_owner_of_the_tables_and_runs_do_not(name):
    _, container = read_container(name, "migrations")
    run = boto3.client("ecs").describe_task_definition(taskDefinition=f"docverify-{name}")
    (of_run,) = run["taskDefinition"]["containerDefinitions"]

    assert container["command"] == ["python", "-m", "tasks.migrations"]
    assert f"/{OWNER}-" in named(container["secrets"], "valueFrom")["DATABASE_URL"]
    assert OWNER not in json.dumps(of_run["secrets"])
    assert OWNER not in json.dumps(read_container(name, "worker")[1]["secrets"])


def test_desk_is_reached_by_https_and_only_through_its_load_balancer(name):
    balancer = find_balancer(name)
    outer, inner = (read_group(f"docverify-{name}-{kind}") for kind in ("balancer", "desk"))
    service = read_service(name, "desk")
    assert balancer
    assert outer
    assert inner
    assert service
    elb = boto3.client("elbv2")
    (listener,) = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    (targets,) = elb.describe_target_groups(LoadBalancerArn=balancer["LoadBalancerArn"])[
        "TargetGroups"
    ]

    assert balancer["Scheme"] == "internal"
    assert balancer["SecurityGroups"] == [outer["GroupId"]]
    assert (listener["Protocol"], listener["Port"]) == ("HTTPS", 443)
    assert (targets["HealthCheckPath"], targets["TargetType"]) == ("/health", "ip")
    (rule,) = outer["IpPermissions"]
    assert [each["CidrIp"] for each in rule["IpRanges"]] == ["10.0.0.0/8"]
    (rule,) = inner["IpPermissions"]
    assert [each["GroupId"] for each in rule["UserIdGroupPairs"]] == [outer["GroupId"]]
    assert not rule["IpRanges"]
    network = service["networkConfiguration"]["awsvpcConfiguration"]
    assert network["securityGroups"] == [inner["GroupId"]]


def test_desk_keeps_connections_longer_than_its_load_balancer():
    """The load balancer would answer 502 if the desk closed a connection that it uses again."""
    assert desk_balancer.IDLE_SECONDS < KEEP_ALIVE_SECONDS


def test_deployments_point_to_the_warm_pool_with_their_queues_and_nothing_else(name, prefect):
    pool = f"document-verification-pool-warm-{name}"
    assert prefect.read_work_pool(pool).type == POOL_TYPE

    for each in DEPLOYMENTS:
        found = prefect.read_deployment_by_name(f"{each.flow.name}/{each.name}-{name}")
        assert (found.work_pool_name, found.work_queue_name) == (pool, each.queue)
        assert found.job_variables == {}


def test_workers_grow_with_the_runs_that_wait_up_to_the_concurrency(name, target):
    found, policy = scaling.find_scalable(target), scaling.find_policy(target)

    assert found
    assert (found["MinCapacity"], found["MaxCapacity"]) == (1, 4)
    assert policy is not None
    chosen = policy["TargetTrackingScalingPolicyConfiguration"]
    assert chosen["TargetValue"] == 2 * scaling.WAITING_PER_SLOT
    assert chosen["CustomizedMetricSpecification"]["Dimensions"] == [
        {"Name": "Environment", "Value": name}
    ]


#: AWS keeps no tags of these, or the deployer has no right to change them.
NOT_TAGGED = {
    "PutBucketNotificationConfiguration": "a part of the bucket",
    "Subscribe": "a subscription has no tags",
    "RegisterScalableTarget": "costs nothing, and belongs to the service",
    "PutScalingPolicy": "belongs to the scalable target",
    "PutDashboard": "a dashboard has no tags",
    "PutMetricFilter": "belongs to the log group",
    "PutRolePolicy": "belongs to its role",
    "PutLifecyclePolicy": "belongs to the repository",
    "CreatePolicy": "the boundary is the administrator's",
}


def test_changed_tag_reaches_every_resource_and_then_nothing_is_left_to_do(
    run_of_module, tmp_path, name, settings, file, target
):
    kinds = {each.name.split()[0] for each in tags.find_owned(target)}
    assert kinds == {
        *("bucket", "repository", "logs", "topic", "dead-letters", "secret", "role", "cluster"),
        *("service", "task", "alarm", "security", "load", "listener", "target"),
    }
    changed = settings | {"tags": '{ "cost-centre" = "credit", team = "risk" }'}
    other = write_environment(tmp_path, name, **changed)

    with temporary_settings({PREFECT_API_AUTH_STRING: "operations:secret-of-prefect"}):
        code, output = run_of_module(other, "--only", "tags")
        assert code == 0, output
        assert changed_steps(output) == ["tags"]
        code, output = run_of_module(other, "--only", "tags")
        assert "Nothing to do." in output
        with_new = list(tags.find_owned(target))
        run_of_module(file, "--only", "tags")

    wanted = {"cost-centre": "credit", "team": "risk", "docverify:environment": name}
    assert [each.name for each in with_new if not each.tags.items() >= wanted.items()] == []


def test_container_that_does_not_start_is_reported(target, monkeypatch):
    assert doctor.check_services(target).mark == "✗"  # moto starts none

    def start(call, answer):
        for each in answer["services"] if call.operation == "DescribeServices" else ():
            each["runningCount"] = each["desiredCount"]
        return answer

    with watched(monkeypatch, start):
        assert doctor.check_services(target).mark == "✓"


def test_doctor_reports_that_no_key_is_left_and_who_owns_the_tables(target):
    assert doctor.check_access_keys(target).mark == "✓"
    found = doctor.check_database_user(target)

    assert found.mark == "!"
    assert OWNER in found.fix


def test_desk_that_cannot_be_reached_from_here_is_no_failure(target):
    """Its load balancer is in the VPC."""
    assert doctor.check_desk(target).mark == "·"


def test_runs_get_no_variable_that_their_worker_does_not_have(target):
    """Another variable would start a process of its own for each run."""
    assert deployments.job_variables(target) == {}
