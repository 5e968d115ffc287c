"""An environment's file is validated before any request to AWS; an error names the key."""

from typing import get_args

import pytest

from deploy.aws.environment import ENVIRONMENTS, Environment, read_environment
from deploy.aws.errors import DeployError
from docverify.page import Engine

GOOD = 'region = "eu-west-1"\n'
GOOD_DESK = """
url = "https://desk.example.com"
certificate = "arn:aws:acm:eu-west-1:123456789012:certificate/1"
oidc_issuer = "https://id.example.com"
oidc_client_id = "desk"
"""


def desk(good: str = 'url = "https://desk.example.com"', line: str = "") -> str:
    """Return the table of a desk that people of a private network reach, with one more line."""
    allowed = "" if line.startswith("allowed") else 'allowed = ["10.0.0.0/8"]'
    return f"[desk]\n{good}\n{allowed}\n{line}"


def read(tmp_path, text: str, name: str = "staging"):
    (tmp_path / f"{name}.toml").write_text(text)
    return read_environment(name, tmp_path)


@pytest.mark.parametrize("file", sorted(ENVIRONMENTS.glob("*.toml")), ids=lambda file: file.stem)
def test_every_environment_of_the_project_is_valid(file):
    assert read_environment(file.stem).name == file.stem


def test_region_of_the_european_partition_is_one(tmp_path):
    assert read(tmp_path, 'region = "eusc-de-east-1"').region == "eusc-de-east-1"


def test_only_names_of_production_have_no_suffix(tmp_path):
    assert read(tmp_path, GOOD, "production").suffix == ""
    assert read(tmp_path, GOOD).suffix == "-staging"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("regoin = 1", "regoin: unknown key; did you mean region"),
        ("zzz = 1", "zzz: unknown key; docs/settings.md lists all of them"),
        ("desk = 1", "desk: must be a table"),
        ('region = "Ireland"', "region: must be like eu-west-1 (the AWS region)"),
        ('secrets = "DATABASE_URL"', "secrets: must be a list"),
        ("variables = { A = 3 }", "variables.A: must be text in quotation marks"),
        ('concurrency = "many"', "concurrency: must be a whole number ("),
        ('pool = "esc"', "pool: must be 'ecs:push', 'ecs', 'process' or 'warm'"),
        ('task_role = "docverify-task"', "task_role"),
        ('job_variables = { image = "a" }', "job_variables: remove image"),
        ("cpu = 300", "cpu: use one of"),
        (
            'variables = { DOCVERIFY_READER_MEMORY = "2000000000" }',
            "variables: DOCVERIFY_READER_MEMORY must be 1 to 1610612736 with this memory",
        ),
        (
            'variables = { DOCVERIFY_READER_MEMORY = "0" }',
            "variables: DOCVERIFY_READER_MEMORY must",
        ),
        ("memory = 1024", "memory: with cpu 1024, use 2048 to 8192 in steps of 1024"),
        ('bucket = "Not A Bucket"', "bucket"),
        ('secrets = ["DATABASE_URL", "not a variable"]', "secrets.1"),
        ("secrets = []", "secrets: add DATABASE_URL"),
        ('subnets = ["subnet-0a"]', "vpc: name the VPC of the subnets"),
        ('vpc = "vpc-0a"\nsecurity_groups = ["sg-0a"]', "subnets"),
        ('gateway = "https://example.com/notifications"', "gateway: remove it; ecs:push uses"),
        ('gateway = "ftp://example.com"', "gateway"),
        ('notification = "slack"', "notification"),
        ('name = "production"', "name: must be staging"),
        (
            'policy = "demonstration"\nvariables.DOCVERIFY_POLICIES_ALLOWED = "!demonstration"',
            "policy: DOCVERIFY_POLICIES_ALLOWED in variables does not allow it",
        ),
        ('pool = "warm"', "memory: a warm worker with cpu 1024 needs at least 4096"),
        ('pool = "warm"\nmemory = 4096\nqueue = "a"', "queue: remove it"),
        ('pool = "warm"\nmemory = 4096\njob_variables = { a = 1 }', "job_variables: remove them"),
        ('pool = "warm"\nmemory = 4096\nworkers = 51', "workers: concurrency 50 allows at most 50"),
        ('tags = { "aws:cost" = "a" }', "tags: remove aws:cost"),
        ('tags = { "docverify:environment" = "a" }', "tags: remove docverify:environment"),
        (
            f"tags = {{ {', '.join(f'a{i} = {chr(34)}b{chr(34)}' for i in range(50))} }}",
            "at most 49",
        ),
        (f'tags = {{ {"a" * 129} = "b" }}', "tags"),
        (f'task_role = "arn:aws:iam::123456789012:role/{"a" * 65}"', "a role has at most 64"),
        (
            f'permissions_boundary = "arn:aws:iam::123456789012:policy/{"a" * 129}"',
            "a policy has at most 128",
        ),
        (f'secrets = ["DATABASE_URL", "{"A" * 256}"]', "secrets.1"),
        (desk(), "desk.certificate: missing (ARN of the certificate"),
        (desk(GOOD_DESK, 'certficate = "a"'), "certficate: unknown key; did you mean certificate"),
        (desk(GOOD_DESK, 'allowed = ["10.0.0.0/33"]'), "desk.allowed.0: is not a network such as"),
        (desk(GOOD_DESK, 'allowed = ["::/0"]'), "desk.allowed.0: is not an IPv4 network"),
        (desk(GOOD_DESK, "allowed = []"), "desk.allowed"),
        (desk(GOOD_DESK, 'subnets = ["subnet-0a"]'), "a load balancer needs two"),
        (desk(GOOD_DESK, "cpu = 256"), "desk: cpu: use one of"),
        (desk(GOOD_DESK, "memory = 1024"), "desk: memory: with cpu 512, use 2048 to 4096"),
        (
            desk(GOOD_DESK, 'variables = { DOCVERIFY_DESK_SIGN_IN = "link" }'),
            "desk.variables: remove DOCVERIFY_DESK_SIGN_IN",
        ),
        (f'pool = "process"\n{desk(GOOD_DESK)}', "desk: remove it; it needs a pool whose runs are"),
        ("log_days = 2", "log_days"),
        ('database_secret = "docverify"', "database_secret"),
        ('database_user = "docverify_run"', "database_user"),
        ("= 1", "is not valid TOML"),
    ],
)
def test_invalid_setting_is_named_by_its_key(tmp_path, line, message):
    text = line if line.startswith("region") else GOOD + line
    with pytest.raises(DeployError) as raised:
        read(tmp_path, text)

    assert message in str(raised.value)
    assert "staging.toml" in str(raised.value)


def test_unreadable_file_is_an_error(tmp_path):
    (tmp_path / "folder.toml").mkdir()

    with pytest.raises(DeployError, match="cannot be read: Is a directory"):
        read_environment("folder", tmp_path)


def test_error_shows_no_value(tmp_path):
    """The value may be a password that somebody put in the wrong place."""
    with pytest.raises(DeployError) as raised:
        read(tmp_path, GOOD + 'variables = { "DATABASE URL" = "postgresql://u:hunter2@h/d" }')

    assert "hunter2" not in str(raised.value)


def test_unknown_environment_is_an_error_that_lists_the_known_ones():
    with pytest.raises(DeployError, match=r"production.*staging"):
        read_environment("prodution")


def test_complete_desk_is_accepted(tmp_path):
    found = read(tmp_path, f"{GOOD}{desk(GOOD_DESK)}")

    assert found.desk is not None
    assert found.has_dispatcher
    assert not found.is_warm


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("loans-worker", "must not end with"),
        ("loans-migrations", "must not end with"),
        ("warm", "must not begin with warm"),
        ("warm-loans", "must not begin with warm"),
    ],
)
def test_name_that_would_be_that_of_another_environments_resource_is_refused(
    tmp_path, name, message
):
    with pytest.raises(DeployError, match=message):
        read(tmp_path, GOOD, name)


def test_readers_of_a_warm_worker_fit_into_its_memory(tmp_path):
    found = read(tmp_path, f'{GOOD}pool = "warm"\ncpu = 2048\nmemory = 7168\nconcurrency = 7')

    assert (found.slots, found.max_workers) == (2, 4)
    assert found.reader_memory == 2048 * 2**20


def test_retention_needs_all_of_its_days(tmp_path):
    with pytest.raises(DeployError, match=r"retention\.verified_days"):
        read(tmp_path, GOOD + "retention = { picture_days = 30 }")


def test_second_engine_is_any_engine_but_the_local_one():
    allowed = get_args(Environment.model_fields["second_engine"].annotation)

    assert set(allowed) == {"", *Engine} - {Engine.LOCAL}
