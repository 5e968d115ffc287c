"""What an environment may choose about rights, keys and secrets, and what the script does then."""

import json
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError
from prefect.settings import PREFECT_API_AUTH_STRING, temporary_settings

from tests.deploy.conftest import write_environment
from tests.support.aws_calls import watched
from tests.support.permissions import ACCOUNT, boundary

KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"


def secret_of(name: str, secret: str) -> str:
    found = boto3.client("secretsmanager").get_secret_value(SecretId=f"docverify/{name}/{secret}")
    return found["SecretString"]


def test_roles_are_created_within_the_boundary(run, environment_file, name):
    code, output = run(environment_file(name), "--only", "roles")

    assert code == 0, output
    for kind in ("task", "execution"):
        role = boto3.client("iam").get_role(RoleName=f"docverify-{name}-{kind}")["Role"]
        assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary(name)


def test_role_of_a_run_passes_the_secrets_of_a_run_only(run, environment_file, name):
    names = '["DATABASE_URL", "DOCVERIFY_WEBHOOK_SECRET", "DOCVERIFY_OWNER_DATABASE_URL"]'

    code, output = run(environment_file(name, secrets=names), "--only", "roles")

    assert code == 0, output
    passed = {}
    for kind in ("execution", "services"):
        policy = boto3.client("iam").get_role_policy(
            RoleName=f"docverify-{name}-{kind}", PolicyName=kind
        )["PolicyDocument"]
        (statement,) = (each for each in policy["Statement"] if each["Sid"] == "PassSecrets")
        passed[kind] = statement["Resource"]
    start = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:docverify/{name}"
    assert passed == {
        "execution": [
            f"{start}/{secret}-??????"
            for secret in ("DATABASE_URL", "DOCVERIFY_HMAC_KEY", "DOCVERIFY_WEBHOOK_SECRET")
        ],
        "services": f"{start}/*",
    }


def test_who_may_not_create_the_boundary_is_told_what_an_administrator_runs(
    run, environment_file, name, monkeypatch
):
    def refuse(call, answer):
        if call.operation == "CreatePolicy":
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": ""}}, call.operation)
        return answer

    with watched(monkeypatch, refuse):
        code, output = run(environment_file(name), "--only", "roles")

    assert code == 1
    assert f"deploy.py {name} --rights boundary" in output


def test_changed_trust_is_left_to_a_person(run, environment_file, name):
    file, iam = environment_file(name), boto3.client("iam")
    run(file, "--only", "roles")
    other = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [other]})
    iam.update_assume_role_policy(RoleName=f"docverify-{name}-task", PolicyDocument=policy)

    code, output = run(file, "--only", "roles")

    assert code == 1
    assert f"docverify-{name}-task trusts a principal other than ECS" in output


def test_existing_roles_are_used_and_none_is_created(run, environment_file, name):
    arn = f"arn:aws:iam::{ACCOUNT}:role/ours"
    file = environment_file(name, task_role=f'"{arn}"', execution_role=f'"{arn}"')

    code, output = run(file, "--only", "roles")

    assert code == 0, output
    with pytest.raises(ClientError, match="NoSuchEntity"):
        boto3.client("iam").get_role(RoleName=f"docverify-{name}-task")


@pytest.mark.parametrize("policy", ["boundary", "deployer", "deployer-services", "submitter"])
def test_rights_are_printed_filled_in(run, environment_file, name, policy):
    code, output = run(environment_file(name), "--rights", policy)

    assert code == 0
    assert json.loads(output)["Version"] == "2012-10-17"
    assert "${" not in output
    assert f"docverify-{name}" in output


DATABASE_SECRET = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:rds!db-1a-b"
DATABASE_USER = f"arn:aws:rds-db:eu-west-1:{ACCOUNT}:dbuser:db-ABC/docverify_run"


@pytest.mark.parametrize(
    ("key", "arn", "action"),
    [
        ("database_secret", DATABASE_SECRET, "secretsmanager:GetSecretValue"),
        ("database_user", DATABASE_USER, "rds-db:connect"),
    ],
)
def test_login_of_the_database_is_a_right_of_the_run_and_of_its_boundary(
    run, environment_file, name, key, arn, action
):
    file = environment_file(name, **{key: f'"{arn}"'})
    code, output = run(file, "--rights", "boundary")
    (limit,) = (each for each in json.loads(output)["Statement"] if each["Resource"] == arn)
    code, output = run(file, "--only", "roles")
    assert code == 0, output
    policy = boto3.client("iam").get_role_policy(RoleName=f"docverify-{name}-task", PolicyName=key)[
        "PolicyDocument"
    ]

    assert (limit["Effect"], limit["Action"]) == ("Allow", action)
    assert policy["Statement"] == [limit]


def test_key_of_the_environment_encrypts_documents_and_secrets(run, environment_file, name):
    file = environment_file(name, kms_key=f'"{KEY}"')
    for step in ("bucket", "secrets", "roles"):
        code, output = run(file, "--only", step)
        assert code == 0, output

    bucket = f"docverify-{name}-{ACCOUNT}"
    answer = boto3.client("s3").get_bucket_encryption(Bucket=bucket)
    (rule,) = answer["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == KEY
    secret = boto3.client("secretsmanager").describe_secret(
        SecretId=f"docverify/{name}/DATABASE_URL"
    )
    assert secret["KmsKeyId"] == KEY
    for kind in ("task", "execution"):
        policy = boto3.client("iam").get_role_policy(
            RoleName=f"docverify-{name}-{kind}", PolicyName="kms"
        )
        assert policy["PolicyDocument"]["Statement"][0]["Resource"] == KEY


def test_bucket_refuses_requests_without_tls_and_keeps_its_other_statements(
    run, environment_file, name
):
    s3, bucket = boto3.client("s3"), f"docverify-{name}-{ACCOUNT}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    own = {
        "Sid": "Partner",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::210987654321:root"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    policy = {"Version": "2012-10-17", "Statement": [own]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))

    code, output = run(environment_file(name), "--only", "bucket")

    assert code == 0, output
    first, second = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    assert first == own
    assert second["Effect"] == "Deny"
    assert second["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_key_of_the_fingerprints_is_made_once_and_never_renewed(run, environment_file, name):
    file = environment_file(name)
    run(file, "--only", "secrets")
    made = secret_of(name, "DOCVERIFY_HMAC_KEY")

    code, output = run(file, "--only", "secrets", "--renew-secrets")

    assert code == 0, output
    assert len(made) >= 32
    assert made not in output
    assert secret_of(name, "DOCVERIFY_HMAC_KEY") == made


@pytest.fixture(scope="module")
def chosen(run_of_module, tmp_path_factory) -> tuple[str, list[str]]:
    """Deploy an environment with choices of its own twice: its name, and the outputs."""
    name = f"t{uuid4().hex[:8]}"
    spot = '{ capacity_provider_strategy = [{ capacityProvider = "FARGATE_SPOT", weight = 1 }] }'
    file = write_environment(
        tmp_path_factory.mktemp("chosen"),
        name,
        job_variables=spot,
        queue='"documents"',
        architecture='"ARM64"',
    )
    with temporary_settings({PREFECT_API_AUTH_STRING: "operations:secret-of-prefect"}):
        runs = [run_of_module(file) for _ in range(2)]
    assert [code for code, _ in runs] == [0, 0], runs
    return name, [output for _, output in runs]


def read_definition(name: str) -> dict:
    found = boto3.client("ecs").describe_task_definition(taskDefinition=f"docverify-{name}")
    return found["taskDefinition"]


def read_deployment(prefect, name: str):
    which = f"document-verification/document-verification-deployment-{name}"
    return prefect.read_deployment_by_name(which)


@pytest.mark.slow
def test_a_worker_passes_prefects_secret_by_its_arn_only(chosen, prefect):
    name, outputs = chosen
    variables = read_deployment(prefect, name).job_variables
    (container,) = read_definition(name)["containerDefinitions"]
    secrets = {each["name"]: each["valueFrom"] for each in container["secrets"]}

    assert variables["prefect_api_auth_string_secret_arn"] == secrets["PREFECT_API_AUTH_STRING"]
    assert "secret-of-prefect" not in "".join(outputs) + json.dumps(variables)
    assert secret_of(name, "PREFECT_API_AUTH_STRING") == "operations:secret-of-prefect"


@pytest.mark.slow
def test_capacity_queue_and_processor_are_the_environments_choice(chosen, prefect):
    name, outputs = chosen
    deployment = read_deployment(prefect, name)
    strategy = deployment.job_variables["capacity_provider_strategy"]

    assert strategy == [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    assert deployment.work_queue_name == "documents"
    assert read_definition(name)["runtimePlatform"]["cpuArchitecture"] == "ARM64"
    assert "Nothing to do." in outputs[1]
