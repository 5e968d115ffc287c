"""The step that creates the tables logs in as the environment says."""

import json
from types import SimpleNamespace
from typing import cast
from uuid import uuid4

import boto3
import pytest

from deploy.aws.environment import Environment
from deploy.aws.errors import DeployError
from deploy.aws.steps import schema
from deploy.aws.target import Target


def target_with(**keys: str) -> Target:
    environment = Environment(name="staging", region="eu-west-1", **keys)
    return cast("Target", SimpleNamespace(environment=environment))


def test_password_of_the_secret_is_used_where_the_url_has_none(aws, database):
    content = {"username": database.url.username, "password": database.url.password}
    client = boto3.client("secretsmanager")
    name = f"database-{uuid4()}"
    arn = client.create_secret(Name=name, SecretString=json.dumps(content))["ARN"]
    url = database.url._replace(password=None).render_as_string()

    found = schema.read_revision(target_with(database_secret=arn), url)

    assert found == schema.newest_revision()


def test_password_of_the_url_goes_first(database):
    arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:absent-AbCdEf"
    url = database.url.render_as_string(hide_password=False)

    found = schema.read_revision(target_with(database_secret=arn), url)

    assert found == schema.newest_revision()


def test_token_over_an_unencrypted_connection_is_refused(database):
    arn = "arn:aws:rds-db:eu-west-1:123456789012:dbuser:db-1/run"
    url = database.url._replace(password=None).render_as_string()

    with pytest.raises(DeployError, match="needs an encrypted connection"):
        schema.read_revision(target_with(database_user=arn), url)
