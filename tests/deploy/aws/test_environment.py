"""An environment's file is validated before any request to AWS; an error names the key."""

from typing import get_args

import pytest

from deploy.aws.environment import ENVIRONMENTS, Environment, read_environment
from deploy.aws.errors import DeployError
from docverify.page import Engine

GOOD = 'region = "eu-west-1"\n'


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
        ("regoin = 1", "regoin"),
        ('region = "Ireland"', "region"),
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


def test_retention_needs_all_of_its_days(tmp_path):
    with pytest.raises(DeployError, match=r"retention\.verified_days"):
        read(tmp_path, GOOD + "retention = { picture_days = 30 }")


def test_second_engine_is_any_engine_but_the_local_one():
    allowed = get_args(Environment.model_fields["second_engine"].annotation)

    assert set(allowed) == {"", *Engine} - {Engine.LOCAL}
