"""Logins of the database that are read whenever a connection is opened, so they can rotate."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import boto3
from botocore.client import BaseClient
from botocore.config import Config

from tasks.aws_errors import explain_aws_errors
from tasks.errors import SetupError

PROTECTED_MODES = ("require", "verify-ca", "verify-full")  # of sslmode
GIVE_UP = Config(connect_timeout=5, read_timeout=5, retries={"max_attempts": 2})
DEFAULT_PORT = 5432


class Login:
    """User and password of a connection: those of the URL."""

    def complete(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters of a connection with user and password."""
        return dict(parameters)

    def renew(self) -> bool:
        """Drop the login; return whether the next `complete` may return a different password."""
        return False


class SecretLogin(Login):
    """User and password of a secret in AWS Secrets Manager, as RDS writes and rotates it.

    The secret is read for the first connection, and again when the database refuses its password.
    """

    def __init__(self, secret_id: str) -> None:
        """Take the ARN or the name of the secret."""
        self._id = secret_id
        self._found: dict[str, str] | None = None

    def complete(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters with the secret's password, and its user if it has one."""
        found = self._found  # Another thread may renew it at the same time.
        if found is None:
            found = self._found = parse_secret(fetch_secret(self._id))
        return {**parameters, **found}

    def renew(self) -> bool:
        """Read the secret again for the next connection."""
        self._found = None
        return True


class TokenLogin(Login):
    """The user of the URL, with an RDS token instead of a password; each connection gets a new one.

    The token is signed with the credentials of the run, without a request to AWS.
    """

    def complete(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters with a token; raise SetupError if it would be sent unencrypted."""
        if parameters.get("sslmode") not in PROTECTED_MODES:
            raise SetupError(
                "DOCVERIFY_DATABASE_IAM needs an encrypted connection: add sslmode=verify-full and "
                "sslrootcert to DATABASE_URL"
            )
        host, user = parameters.get("host"), parameters.get("user")
        if not host or not user or "," in host:
            raise SetupError("DOCVERIFY_DATABASE_IAM needs one host and a user in DATABASE_URL")
        with explain_aws_errors("RDS", lambda code: SetupError(f"RDS refuses a token ({code})")):
            token = aws_client("rds").generate_db_auth_token(
                DBHostname=host, Port=int(parameters.get("port") or DEFAULT_PORT), DBUsername=user
            )
        return {**parameters, "password": token}


@cache
def aws_client(service: str, region: str | None = None) -> BaseClient:
    """Return the client of an AWS service that gives up after seconds.

    Without a region, it is that of the run.
    """
    return boto3.client(service, region_name=region, config=GIVE_UP)


def fetch_secret(secret_id: str) -> str:
    """Return the text of a secret; raise SetupError if the run may not read it."""

    def explain_refusal(code: str) -> SetupError:
        return SetupError(
            f"the secret of DOCVERIFY_DATABASE_SECRET cannot be read ({code}): check its ARN, and "
            "that the role of the run has secretsmanager:GetSecretValue on it, and kms:Decrypt if "
            "your own key encrypts it",
            code,
        )

    arn = secret_id.split(":")
    region = arn[3] if len(arn) > 3 else None
    with explain_aws_errors("Secrets Manager", explain_refusal):
        client = aws_client("secretsmanager", region)
        return str(client.get_secret_value(SecretId=secret_id).get("SecretString"))


def parse_secret(content: str) -> dict[str, str]:
    """Parse a secret as RDS writes it: JSON with `password`, and `username` if it has one."""
    try:
        found = json.loads(content)
        password = found["password"]
        user = found.get("username")
    except (ValueError, TypeError, KeyError, AttributeError):
        password = user = None
    if not (isinstance(password, str) and password and isinstance(user, str | None)):
        raise SetupError(
            "the secret of DOCVERIFY_DATABASE_SECRET is not JSON with a `password`, and a "
            "`username` if it differs from that of DATABASE_URL"
        )
    return {"password": password} | ({"user": user} if user else {})
