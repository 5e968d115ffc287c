"""The deploy script with moto, a real Prefect server, and fakes of Docker and Prefect Cloud."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from prefect.client.schemas.actions import WorkPoolCreate
from prefect_aws.workers.ecs_worker import ECSWorker

from deploy.aws.steps import STEPS, image
from tests.support.aws_calls import ConfirmingSns, watched
from tests.support.deployed import changed_steps, emit, keys_of_runs, marks
from tests.support.polling import PATIENCE, eventually

NAMES = [step.name for step in STEPS]
ROOT = Path(__file__).parents[2]
ACCOUNT = "123456789012"
#: Steps that an environment without a warm pool, a desk and alerts does not need.
NOT_NEEDED = {
    *("network", "worker", "scaling", "dispatcher", "desk-network", "desk-balancer", "desk"),
    *("leftovers", "tags", "webhook", "people"),
}
NEW_CLOUD = {"pool": '"ecs:push"', "gateway": ""}


def test_first_run_creates_everything_and_second_changes_nothing(
    run, environment_file, name, monkeypatch
):
    file = environment_file(name)

    code, output = run(file)
    assert code == 0, output
    assert changed_steps(output) == [step for step in NAMES if step not in NOT_NEEDED]

    with watched(monkeypatch) as calls:
        code, output = run(file)
    assert code == 0, output
    assert set(marks(output).values()) == {"unchanged"}
    assert "Nothing to do." in output
    assert [call for call in calls if call.changes] == []


def test_secret_is_stored_and_not_printed(run, environment_file, name, monkeypatch):
    code, output = run(environment_file(name), "--only", "secrets")

    assert code == 0, output
    assert os.environ["DATABASE_URL"] not in output
    stored = boto3.client("secretsmanager").get_secret_value(
        SecretId=f"docverify/{name}/DATABASE_URL"
    )
    assert stored["SecretString"] == os.environ["DATABASE_URL"]


def test_missing_secret_is_named(run, environment_file, name, monkeypatch):
    monkeypatch.delenv("DATABASE_URL")

    code, output = run(environment_file(name), "--only", "secrets")

    assert code == 1
    assert "set the environment variable DATABASE_URL" in output


def test_dry_run_shows_the_plan_and_changes_nothing(aws, prefect_server, environment_file, name):
    """Run as a file from another folder: Python then looks for modules in the file's folder."""
    file = environment_file(name, pool='"process"')
    command = [sys.executable, str(ROOT / "deploy" / "deploy.py"), str(file), "--dry-run"]

    done = subprocess.run(
        command, cwd="/", capture_output=True, text=True, timeout=PATIENCE, check=False
    )

    assert done.returncode == 0, done.stderr + done.stdout
    rows = {line.split("│")[1].strip() for line in done.stdout.splitlines() if "│" in line}
    assert rows >= set(NAMES)
    assert f"docverify-{name}-{ACCOUNT}" in done.stdout
    assert "to create" in done.stdout
    buckets = [bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]]
    assert f"docverify-{name}-{ACCOUNT}" not in buckets


@pytest.mark.slow
def test_failure_lists_the_steps_and_the_next_run_continues(run, environment_file, name, docker):
    file = environment_file(name)
    docker.refuses = "no space left on device"

    code, output = run(file)
    assert code == 1
    assert "no space left on device" in output
    assert "Steps done: bucket, topic" in output
    assert "Steps not done: image, task-definition, pool, deployments" in output

    docker.refuses = ""
    code, output = run(file)
    assert code == 0, output
    assert changed_steps(output)[0] == "image"


class Killed(BaseException):
    """The process was killed here."""


IN_AWS = [
    *("bucket", "topic", "dead-letters", "secrets", "logs", "cluster", "roles", "repository"),
    *("image", "task-definition", "subscription", "notification"),
]


@pytest.mark.slow
def test_run_killed_after_any_change_is_continued(run, environment_file, name, monkeypatch, docker):
    """Each run is killed after its first change in AWS; together they create everything."""
    file = environment_file(name)

    def end(call, answer):
        if call.changes and call.operation != "PutImage":
            raise Killed
        return answer

    for step in IN_AWS:
        for _ in range(12):
            try:
                with watched(monkeypatch, end):
                    code, output = run(file, "--only", step)
            except Killed:
                continue
            break
        assert code == 0, output
        assert step in marks(output)
    left = ["schema", "pool", "deployments", "automations", "monitoring"]
    assert changed_steps(run(file)[1]) == left


@pytest.mark.slow
def test_destroy_leaves_documents_and_the_next_run_creates_everything_again(
    run, environment_file, name
):
    file, bucket = environment_file(name), f"docverify-{name}-{ACCOUNT}"
    run(file)
    boto3.client("s3").put_object(Bucket=bucket, Key="inbox/a.png", Body=b"document")

    code, output = run(file, "--destroy", "--yes")
    assert code == 0, output
    assert f"kept {bucket}: it contains documents" in output
    assert boto3.client("s3").get_object(Bucket=bucket, Key="inbox/a.png")["Body"].read()

    code, output = run(file, "--destroy", "--yes")
    assert code == 0, output
    assert output.count("did not exist") >= len(NAMES) - 4, output

    code, output = run(file)
    assert code == 0, output
    assert {"topic", "secrets", "roles", "deployments", "notification"} <= set(
        changed_steps(output)
    )


def test_bucket_with_documents_is_left(run, environment_file, name):
    file, bucket = environment_file(name), f"docverify-{name}-{ACCOUNT}"
    run(file, "--only", "bucket")
    boto3.client("s3").put_object(Bucket=bucket, Key="inbox/a.png", Body=b"document")

    code, output = run(file, "--only", "bucket", "--destroy", "--yes")

    assert code == 0, output
    assert f"kept {bucket}: it contains documents" in output
    assert boto3.client("s3").get_object(Bucket=bucket, Key="inbox/a.png")["Body"].read()


def test_empty_bucket_is_removed(run, environment_file, name):
    file = environment_file(name)
    run(file, "--only", "bucket")

    run(file, "--only", "bucket", "--destroy", "--yes")

    buckets = [bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]]
    assert f"docverify-{name}-{ACCOUNT}" not in buckets


def test_existing_bucket_is_used_and_never_removed(run, environment_file, name):
    theirs = f"theirs-{name}"
    boto3.client("s3").create_bucket(
        Bucket=theirs, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    file = environment_file(name, bucket=f'"{theirs}"')
    code, output = run(file, "--only", "bucket")
    assert code == 0, output

    _, output = run(file, "--only", "bucket", "--destroy", "--yes")

    assert f"kept {theirs}: deploy.py did not create it" in output


@pytest.mark.parametrize("answer", ["", "no\n", "production\n"])
def test_nothing_is_destroyed_unless_the_name_is_typed(
    run, environment_file, name, monkeypatch, answer
):
    monkeypatch.setattr("builtins.input", lambda: answer.rstrip("\n"))
    file = environment_file(name)
    run(file, "--only", "topic")

    code, output = run(file, "--only", "topic", "--destroy")

    assert code == 1
    assert "Nothing was removed." in output
    assert boto3.client("sns").get_topic_attributes(
        TopicArn=f"arn:aws:sns:eu-west-1:{ACCOUNT}:docverify-{name}-uploads"
    )


@pytest.mark.slow
def test_two_environments_do_not_affect_each_other(run, environment_file, name, prefect):
    one, other = f"{name}a", f"{name}b"
    files = [environment_file(each) for each in (one, other)]
    for file in files:
        code, output = run(file)
        assert code == 0, output
    assert set(marks(run(files[0])[1]).values()) == {"unchanged"}
    deployments = [f"document-verification-deployment-{each}" for each in (one, other)]

    emit(prefect, f"docverify-{one}-{ACCOUNT}", "inbox/of-one.png")
    eventually(lambda: keys_of_runs(prefect, deployments[0]))
    emit(prefect, f"docverify-{other}-{ACCOUNT}", "inbox/of-other.png")
    eventually(lambda: keys_of_runs(prefect, deployments[1]))

    assert keys_of_runs(prefect, deployments[0]) == ["inbox/of-one.png"]
    assert keys_of_runs(prefect, deployments[1]) == ["inbox/of-other.png"]

    run(files[0], "--destroy", "--yes")
    assert set(marks(run(files[1])[1]).values()) == {"unchanged"}


def test_push_pool_needs_prefect_cloud(run, environment_file, name):
    code, output = run(environment_file(name, **NEW_CLOUD), "--only", "pool")

    assert code == 1
    assert "only Prefect Cloud has push pools" in output


@pytest.mark.slow
def test_enforced_authentication_of_webhooks_is_reported(
    run, environment_file, name, cloud, monkeypatch
):
    cloud.enforces_authentication = True

    with watched(monkeypatch, ConfirmingSns()):
        code, output = run(environment_file(name, **NEW_CLOUD), confirmation_seconds=0)

    assert code == 1
    assert "does not enforce authentication of webhooks" in output
    assert "Steps not done: subscription, notification" in output


def test_existing_pool_keeps_its_credentials_and_is_not_removed(
    run, environment_file, name, cloud, prefect
):
    pool = f"document-verification-pool-{name}"
    template = ECSWorker.get_default_base_job_template()
    prefect.create_work_pool(WorkPoolCreate(name=pool, type="ecs:push", base_job_template=template))

    code, output = run(environment_file(name, **NEW_CLOUD), "--only", "pool")
    assert code == 0, output
    found = prefect.read_work_pool(pool).base_job_template
    assert found == template
    users = [user["UserName"] for user in boto3.client("iam").list_users()["Users"]]
    assert f"docverify-{name}-pool" not in users

    code, output = run(environment_file(name, **NEW_CLOUD), "--only", "pool", "--destroy", "--yes")
    assert "deploy.py did not create it" in output
    assert prefect.read_work_pool(pool)


def test_image_is_built_for_fargate_and_pushed_with_a_login_of_ecr(
    run, environment_file, name, docker, clone
):
    (clone / "left-out.txt").write_text("")
    file = environment_file(name)
    run(file, "--only", "repository")

    code, output = run(file, "--only", "image")
    assert code == 1
    assert "--allow-dirty" in output

    code, output = run(file, "--only", "image", "--allow-dirty")
    assert code == 0, output
    (build,) = docker.builds
    (push,) = docker.pushes
    assert build["platform"] == ["linux/amd64"]
    assert docker.logins == ["AWS"]
    assert build["t"] == [push]
    assert re.search(r"/docverify-\w+:[0-9a-f]{12}-[0-9a-f]{12}$", push)
    assert "Dockerfile" in docker.files


def test_build_uses_only_the_package_index_of_pip(run, environment_file, name, docker, monkeypatch):
    file = environment_file(name)
    run(file, "--only", "repository")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    code, output = run(file, "--only", "image")
    assert code == 0, output

    (build,) = docker.builds
    assert json.loads(build["buildargs"][0])["PIP_INDEX_URL"] == "http://127.0.0.1:9/simple"
    assert build["networkmode"] == ["host"]


def alert_url(prefect, name: str) -> str:
    """Return the URL of the block."""
    block = prefect.read_block_document_by_name(name, "slack-webhook", include_secrets=True)
    return block.data["url"]


# The library of Prefect's notification blocks imports a module that Python 3.13 removed.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
def test_alert_block_is_created_from_a_url(run, environment_file, name, monkeypatch, prefect):
    url = "https://hooks.slack.com/services/T1/B1/first"
    file = environment_file(name, pool='"process"', notification=f'"slack-webhook/{name}"')
    code, output = run(file)
    assert code == 1
    assert "set the environment variable DOCVERIFY_NOTIFICATION_URL" in output

    monkeypatch.setenv("DOCVERIFY_NOTIFICATION_URL", url)
    code, output = run(file)
    assert code == 0, output
    assert {"people", "automations"} <= set(changed_steps(output))
    assert url not in output
    assert alert_url(prefect, name) == url
    assert len(prefect.read_automations_by_name(f"run-failed-automation-{name}")) == 1

    monkeypatch.setenv("DOCVERIFY_NOTIFICATION_URL", url.replace("first", "second"))
    code, output = run(file, "--renew-secrets")
    assert code == 0, output
    assert alert_url(prefect, name) == url.replace("first", "second")


def test_block_of_another_type_is_not_created(run, environment_file, name):
    file = environment_file(name, pool='"process"', notification=f'"custom-webhook/{name}"')

    code, output = run(file, "--only", "people")

    assert code == 1
    assert f"the block custom-webhook/{name} does not exist: create it in Prefect" in output


@pytest.mark.slow
def test_earlier_image_can_be_deployed_again(run, environment_file, name, clone, prefect):
    file = environment_file(name)
    run(file)
    first = image.image_tag(clone)
    (clone / "changed.txt").write_text("")
    git = ["git", "-C", str(clone), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "second"], check=True)
    assert changed_steps(run(file)[1]) == ["image", "task-definition", "deployments"]

    code, output = run(file, "--image", first)

    assert code == 0, output
    assert changed_steps(output) == ["task-definition", "deployments"]
    where = f"document-verification/document-verification-deployment-{name}"
    found = prefect.read_deployment_by_name(where)
    assert found.job_variables["image"].endswith(f":{first}")
    assert found.version == first
