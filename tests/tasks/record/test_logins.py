"""Logins that rotate: a secret of RDS, and tokens of RDS instead of a password."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import boto3
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from deploy.local.postgres_server import run_postgres
from tasks.errors import SetupError, WorldError
from tasks.record.connection import database as connect_to_record
from tasks.record.connection import find_login, retention_transaction, transaction
from tasks.record.logins import TokenLogin, aws_client, parse_secret
from tests.support.postgres import debian_postgres

SECRET = "docverify-database"


@pytest.fixture(autouse=True)
def _forget(aws):
    find_login.cache_clear()
    aws_client.cache_clear()
    yield
    find_login.cache_clear()
    aws_client.cache_clear()


@pytest.fixture(name="server", scope="module")
def _server() -> Iterator[str]:
    with run_postgres() as url:
        yield url


@contextmanager
def stored_secret(**content: object) -> Iterator[str]:
    """Store a secret; yield its ARN."""
    client = boto3.client("secretsmanager")
    name = f"{SECRET}-{uuid4()}"
    arn: str = client.create_secret(Name=name, SecretString=json.dumps(content))["ARN"]
    try:
        yield arn
    finally:
        client.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)


def change_password(password: str) -> None:
    """Change the password of the record's user, as the rotation of RDS does."""
    with transaction() as connection:
        connection.execute(text(f"ALTER USER CURRENT_USER PASSWORD '{password}'"))


def without_password(url: str, user: str = "") -> str:
    changed = make_url(url)._replace(password=None)
    return (changed.set(username=user) if user else changed).render_as_string()


def name_user() -> str:
    with transaction() as connection:
        return str(connection.scalar(text("SELECT current_user")))


@pytest.fixture(name="secret")
def _secret(server, monkeypatch):
    password = make_url(server).password
    with stored_secret(username="postgres", password=password) as arn:
        monkeypatch.setenv("DATABASE_URL", without_password(server, "of-the-url"))
        monkeypatch.setenv("DOCVERIFY_DATABASE_SECRET", arn)
        yield arn
        monkeypatch.setenv("DATABASE_URL", server)
        monkeypatch.delenv("DOCVERIFY_DATABASE_SECRET")


def test_user_and_password_are_those_of_the_secret(secret):
    assert name_user() == "postgres"


def test_password_that_was_rotated_is_read_again(secret, server):
    assert name_user() == "postgres"
    password = make_url(server).password
    change_password("rotated")
    boto3.client("secretsmanager").put_secret_value(
        SecretId=secret, SecretString=json.dumps({"username": "postgres", "password": "rotated"})
    )

    assert name_user() == "postgres"

    change_password(password)
    boto3.client("secretsmanager").put_secret_value(
        SecretId=secret, SecretString=json.dumps({"username": "postgres", "password": password})
    )
    assert name_user() == "postgres"


def test_rotation_that_is_under_way_is_waited_for(secret, server):
    assert name_user() == "postgres"
    change_password("not yet in the secret")
    try:
        with pytest.raises(WorldError, match="refuses the user or the password") as caught:
            name_user()
    finally:
        with pytest.MonkeyPatch.context() as changed:
            changed.delenv("DOCVERIFY_DATABASE_SECRET")
            url = make_url(server).set(password="not yet in the secret")
            changed.setenv("DATABASE_URL", url.render_as_string(hide_password=False))
            change_password(make_url(server).password)
    assert caught.value.code == "28P01"
    assert name_user() == "postgres"


def test_secret_that_does_not_exist_is_explained(server, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", server)
    monkeypatch.setenv("DOCVERIFY_DATABASE_SECRET", "no-such-secret")

    with pytest.raises(SetupError, match="secretsmanager:GetSecretValue") as caught:
        name_user()
    assert caught.value.code == "ResourceNotFoundException"


def test_aws_that_does_not_answer_is_the_fault_of_the_world(server, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", server)
    monkeypatch.setenv("DOCVERIFY_DATABASE_SECRET", "any")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")

    with pytest.raises(WorldError, match="Secrets Manager does not answer"):
        name_user()


@pytest.mark.parametrize(
    "content",
    ["canary", "[]", "null", '"canary"', '{"password": ""}', '{"password": 1}', "{}"],
)
def test_secret_of_another_form_is_refused_without_its_content(content):
    with pytest.raises(SetupError, match="is not JSON with a `password`") as caught:
        parse_secret(content)
    assert "canary" not in str(caught.value)


def test_secret_without_a_user_leaves_that_of_the_url():
    assert parse_secret('{"password": "p", "engine": "postgres"}') == {"password": "p"}


def test_secret_and_tokens_together_are_refused(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://u@h/d")
    monkeypatch.setenv("DOCVERIFY_DATABASE_SECRET", "any")
    monkeypatch.setenv("DOCVERIFY_DATABASE_IAM", "true")

    with pytest.raises(SetupError, match="DOCVERIFY_DATABASE_IAM"):
        connect_to_record()


def test_token_names_host_port_and_user():
    parameters = {"host": "db.example", "port": 5433, "user": "run", "sslmode": "verify-full"}

    token = TokenLogin().complete(parameters)["password"]

    asked = parse_qs(urlsplit(f"https://{token}").query)
    assert token.startswith("db.example:5433/?")
    assert (asked["Action"], asked["DBUser"]) == (["connect"], ["run"])
    assert asked["X-Amz-Expires"] == ["900"]


@pytest.mark.parametrize("mode", [None, "disable", "allow", "prefer"])
def test_token_is_never_sent_unencrypted(mode):
    parameters = {"host": "db.example", "user": "run"} | ({"sslmode": mode} if mode else {})

    with pytest.raises(SetupError, match="needs an encrypted connection"):
        TokenLogin().complete(parameters)


@pytest.fixture(name="rds")
def _rds(monkeypatch):
    """A server that takes a token as RDS does, for each connection a new one."""
    tokens = []

    def make_token(**asked):
        tokens.append(f"token-{len(tokens)}-{asked['DBUsername']}")
        return "the-token"

    with debian_postgres(certificates=True) as (url, certificates):
        monkeypatch.setenv("DATABASE_URL", url)
        with transaction() as connection:
            connection.execute(text("CREATE USER run PASSWORD 'the-token'"))
        query = {"sslmode": "verify-full", "sslrootcert": str(certificates.root)}
        changed = make_url(without_password(url, "run")).update_query_dict(query)
        monkeypatch.setenv("DATABASE_URL", changed.render_as_string())
        monkeypatch.setenv("DOCVERIFY_DATABASE_IAM", "true")
        monkeypatch.setattr(aws_client("rds"), "generate_db_auth_token", make_token)
        yield tokens


def test_each_connection_has_a_token_of_its_own(rds, monkeypatch):
    assert [name_user(), name_user()] == ["run", "run"]
    monkeypatch.setenv(
        "DOCVERIFY_RETENTION_DATABASE_URL", connect_to_record().url.render_as_string()
    )
    with retention_transaction() as connection:
        assert connection.scalar(text("SELECT current_user")) == "run"

    assert rds == ["token-0-run", "token-1-run", "token-2-run"]


@pytest.mark.slow
def test_refused_token_is_our_fault(rds, monkeypatch):
    monkeypatch.setattr(aws_client("rds"), "generate_db_auth_token", lambda **_: "refused")

    with pytest.raises(SetupError, match="refuses the user or the password"):
        name_user()
