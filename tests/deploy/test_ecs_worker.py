"""Requests of Prefect's ECS worker for a run, field by field; moto runs no container."""

import json
from uuid import uuid4

import boto3
import pytest
from prefect.client.orchestration import get_client
from prefect.settings import (
    PREFECT_SERVER_API_AUTH_STRING,
    PREFECT_SERVER_DATABASE_PASSWORD,
    temporary_settings,
)

from deploy.local.isolation import ROOT
from tests.deploy.conftest import write_environment
from tests.support.aws_calls import Call, watched
from tests.support.ecs import default_network, submit_waiting
from tests.support.permissions import ACCOUNT, allowed_actions, allows, needed, policy

pytestmark = pytest.mark.slow

CANARY = "canary-of-the-server"
OF_THE_SERVER = (PREFECT_SERVER_API_AUTH_STRING, PREFECT_SERVER_DATABASE_PASSWORD)
ROLES = f"arn:aws:iam::{ACCOUNT}:role"


@pytest.fixture(scope="module", name="name")
def _name() -> str:
    return f"t{uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def network(aws) -> tuple[str, str, str]:
    return default_network()


@pytest.fixture(scope="module")
def submitted(run_of_module, tmp_path_factory, name, network):
    """Deploy, start two runs, let the worker submit them, and list its calls."""
    file = write_environment(
        tmp_path_factory.mktemp("environment"),
        name,
        vpc=f'"{network[0]}"',
        subnets=f'["{network[1]}"]',
        security_groups=f'["{network[2]}"]',
        cpu="2048",
        memory="4096",
        tags='{ "cost-centre" = "loans" }',
    )
    code, output = run_of_module(file)
    assert code == 0, output
    with pytest.MonkeyPatch.context() as changed, watched(changed) as calls:
        for _ in range(2):
            with get_client(sync_client=True) as client:
                which = f"document-verification/document-verification-deployment-{name}"
                deployment = client.read_deployment_by_name(which)
                client.create_flow_run_from_deployment(
                    deployment.id, parameters={"bucket": "b", "key": "k"}
                )
            with temporary_settings(dict.fromkeys(OF_THE_SERVER, CANARY)):
                submit_waiting(f"document-verification-pool-{name}")
    return calls


def only(calls: list[Call], operation: str) -> list[dict]:
    return [call.parameters for call in calls if call.operation == operation]


def test_definition_has_the_image_secrets_and_log_of_its_environment(submitted, name):
    answer = boto3.client("ecs").describe_task_definition(
        taskDefinition=only(submitted, "RunTask")[0]["taskDefinition"]
    )
    definition = answer["taskDefinition"]
    (container,) = definition["containerDefinitions"]
    secrets = {each["name"]: each["valueFrom"] for each in container["secrets"]}

    assert definition["family"] == f"docverify-{name}"
    assert (definition["cpu"], definition["memory"]) == ("2048", "4096")
    assert definition["requiresCompatibilities"] == ["FARGATE"]
    assert definition["networkMode"] == "awsvpc"
    assert definition["executionRoleArn"] == f"{ROLES}/docverify-{name}-execution"
    assert f"/docverify-{name}:" in container["image"]
    assert container["name"] == "prefect"  # docs/aws.md starts it by this name
    assert container["memory"] == 4096
    assert set(secrets) == {"DATABASE_URL", "DOCVERIFY_HMAC_KEY"}
    assert f":secret:docverify/{name}/DATABASE_URL-" in secrets["DATABASE_URL"]
    assert container["logConfiguration"]["options"] == {
        "awslogs-group": f"/docverify/{name}",
        "awslogs-region": "eu-west-1",
        "awslogs-stream-prefix": "run",
    }


def test_run_can_write_only_to_two_folders_and_keeps_no_capability(submitted):
    task = only(submitted, "RunTask")[0]
    answer = boto3.client("ecs").describe_task_definition(taskDefinition=task["taskDefinition"])
    (container,) = answer["taskDefinition"]["containerDefinitions"]
    folders = {each["containerPath"] for each in container["mountPoints"]}

    assert container["readonlyRootFilesystem"] is True
    assert container["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}
    assert container["linuxParameters"]["initProcessEnabled"] is True
    assert len(folders) == 2
    assert f"VOLUME {json.dumps(sorted(folders))}" in (ROOT / "Dockerfile").read_text()


def test_task_has_the_network_and_variables_of_its_environment(submitted, name, network):
    task = only(submitted, "RunTask")[0]
    overrides = task["overrides"]
    (container,) = overrides["containerOverrides"]
    variables = {each["name"]: each["value"] for each in container["environment"]}

    assert task["cluster"] == f"docverify-{name}"
    assert task["launchType"] == "FARGATE"
    assert not {"taskRoleArn", "executionRoleArn", "cpu", "memory"} & overrides.keys()
    assert container["name"] == "prefect"
    assert container["command"] == ["prefect", "flow-run", "execute"]
    assert task["networkConfiguration"]["awsvpcConfiguration"] == {
        "subnets": [network[1]],
        "securityGroups": [network[2]],
        "assignPublicIp": "ENABLED",
    }
    assert variables["DOCVERIFY_ALLOWED_UPLOADS"] == f"docverify-{name}-{ACCOUNT}/inbox/"
    assert variables["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert variables["OMP_NUM_THREADS"] == "2"
    # Not the worker's own PREFECT_HOME, which it passes on: the image has this writable folder.
    assert f"PREFECT_HOME={variables['PREFECT_HOME']} " in (ROOT / "Dockerfile").read_text()
    assert "DATABASE_URL" not in variables
    tags = {each["key"]: each["value"] for each in task["tags"]}
    assert tags.items() >= {"docverify:environment": name, "cost-centre": "loans"}.items()


def test_secrets_of_a_server_on_the_workers_machine_are_not_passed_on(submitted):
    assert CANARY not in json.dumps([each.parameters for each in submitted], default=str)


def test_worker_registers_no_definition_and_needs_only_its_policy(submitted, name):
    """AWS throttles registrations, and who may register one chooses what runs with the secrets."""
    assert len(only(submitted, "RunTask")) == 2
    assert only(submitted, "RegisterTaskDefinition") == []

    allowed = policy("submitter", name)
    # The worker looks for a queue of crash reports; without one it logs that and continues.
    wanted = {each for each in needed(submitted) if each.action != "sqs:GetQueueUrl"}
    assert {each for each in wanted if not allows(allowed, each)} == set()
    assert allowed_actions(allowed) - {each.action for each in wanted} == {
        "ecs:DescribeTasks",  # while it waits for a task; tasks of moto never change their state
        "ecs:StopTask",  # when a run is cancelled
    }
