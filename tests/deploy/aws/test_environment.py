"""An environment's file is checked before anything is asked of AWS; what is wrong is named."""

import pytest

from deploy.aws.environment import ENVIRONMENTS, read_environment
from deploy.aws.errors import DeployError

GOOD = 'region = "eu-west-1"\n'


def read(tmp_path, text: str, name: str = "staging"):
    (tmp_path / f"{name}.toml").write_text(text)
    return read_environment(name, tmp_path)


@pytest.mark.parametrize("file", sorted(ENVIRONMENTS.glob("*.toml")), ids=lambda file: file.stem)
def test_every_environment_of_the_project_is_good(file):
    assert read_environment(file.stem).name == file.stem


def test_production_has_the_names_of_the_documentation_and_others_their_own(tmp_path):
    assert read(tmp_path, GOOD, "production").suffix == ""
    assert read(tmp_path, GOOD).suffix == "-staging"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("regoin = 1", "regoin"),
        ('region = "Ireland"', "region"),
        ("cpu = 300", "cpu: Fargate and a document need one of"),
        ("memory = 1024", "memory: with cpu 1024, 2048 to 8192 in steps of 1024"),
        ('bucket = "Not A Bucket"', "bucket"),
        ('secrets = ["DATABASE_URL", "not a variable"]', "secrets.1"),
        ("secrets = []", "secrets: DATABASE_URL must be among them"),
        ('subnets = ["subnet-0a"]', "vpc: name the one that the subnets are in"),
        ('vpc = "vpc-0a"\nsecurity_groups = ["sg-0a"]', "subnets"),
        ('gateway = "https://example.com/notifications"', "gateway: Prefect Cloud has webhooks"),
        ('gateway = "ftp://example.com"', "gateway"),
        ('notification = "slack"', "notification"),
        ('name = "production"', "name: must be staging"),
        ("log_days = 2", "log_days"),
        ("= 1", "is not TOML"),
    ],
)
def test_what_is_wrong_is_named_by_its_key(tmp_path, line, said):
    text = line if line.startswith("region") else GOOD + line
    with pytest.raises(DeployError) as raised:
        read(tmp_path, text)

    assert said in str(raised.value)
    assert "staging.toml" in str(raised.value)


def test_a_file_that_cannot_be_opened_is_explained(tmp_path):
    (tmp_path / "folder.toml").mkdir()

    with pytest.raises(DeployError, match="can't be read: Is a directory"):
        read_environment("folder", tmp_path)


def test_no_value_is_repeated(tmp_path):
    """Somebody may have put a password where none belongs."""
    with pytest.raises(DeployError) as raised:
        read(tmp_path, GOOD + 'variables = { "DATABASE URL" = "postgresql://u:hunter2@h/d" }')

    assert "hunter2" not in str(raised.value)


def test_an_environment_that_there_is_not_is_named_with_those_that_there_are():
    with pytest.raises(DeployError, match=r"production.*staging"):
        read_environment("prodution")


def test_retention_needs_all_of_its_days(tmp_path):
    with pytest.raises(DeployError, match=r"retention\.verified_days"):
        read(tmp_path, GOOD + "retention = { picture_days = 30 }")
