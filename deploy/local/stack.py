"""The whole service on this machine: every part that production has, embedded, on loopback."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import boto3
from botocore.client import BaseClient
from prefect.client.orchestration import SyncPrefectClient
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from deploy.aws import s3_to_sns
from deploy.local.aws_server import EmbeddedAws, aws
from deploy.local.child_server import LOOPBACK, free_port, run_server, temporary_folder
from deploy.local.gateway_server import run_gateway
from deploy.local.isolation import child_environment
from deploy.local.postgres_server import create_database, database_server
from deploy.local.prefect_server import EmbeddedPrefect, prefect_server
from deploy.prefect_objects import automations
from deploy.prefect_objects.catalogue import RUN_SETTINGS
from docverify.policy import STANDARD
from tasks.errors import SetupError
from tasks.migrations import migrate
from tasks.record.connection import connect

BUCKET = "applicant-documents"
PREFIX = "inbox/"
TOPIC = "document-uploads"


@dataclass(frozen=True)
class Service:
    """The running service, and where its parts are."""

    aws: EmbeddedAws
    prefect: EmbeddedPrefect
    database_url: str
    bucket: str = BUCKET
    prefix: str = PREFIX

    @property
    def addresses(self) -> Mapping[str, str]:
        """Where every server is, with its credentials, and where uploads come from."""
        return {
            **self.aws.environment,
            **self.prefect.environment,
            "DATABASE_URL": self.database_url,
            "DOCVERIFY_ALLOWED_UPLOADS": f"{self.bucket}/{self.prefix}",
        }

    @property
    def environment(self) -> Mapping[str, str]:
        """What a process needs to take part, and to find our modules."""
        poll = {"PREFECT_RUNNER_POLL_FREQUENCY": "1"}
        return {**child_environment(), **self.addresses, **RUN_SETTINGS, **poll}


@contextmanager
def run_stack(policy: str, progress: Callable[[str], None] = print) -> Iterator[Service]:
    """Start every server and the service on them; stop all when the block ends."""
    progress("PostgreSQL")
    with database_server() as url:
        check_database(url)
        record = url if os.environ.get("DATABASE_URL") else _database(url, "docverify")
        progress("S3 and SNS")
        with aws() as cloud:
            progress("Prefect server")
            with prefect_server(_database(url, "docverify_prefect")) as prefect:
                progress("gateway and deployment")
                with run_service(Service(cloud, prefect, record), policy) as running:
                    yield running


@contextmanager
def run_service(parts: Service, policy: str = STANDARD.name) -> Iterator[Service]:
    """Serve the deployment on servers that run, and lead every upload to it."""
    migrate(connect(parts.database_url))
    s3, sns = aws_client(parts.aws, "s3"), aws_client(parts.aws, "sns")
    # Before the gateway starts, which must know whom to believe.
    topic_arn = s3_to_sns.create_topic(sns, TOPIC, parts.bucket)
    with run_gateway(parts.prefect, [topic_arn]) as endpoint, _deployment(parts, policy):
        with SyncPrefectClient(parts.prefect.api_url) as client:
            automations.apply(client, automations.DOCUMENT_VERIFICATION)
        s3_to_sns.connect_bucket(
            s3,
            sns,
            bucket=parts.bucket,
            topic_arn=topic_arn,
            prefix=parts.prefix,
            endpoint=endpoint,
        )
        yield parts


def check_database(url: str) -> None:
    """Connect once; raises SetupError, without what the URL says, when that cannot be done.

    Drivers quote a URL that they do not understand, with its password.
    """
    try:
        connect(url).connect().close()
    except (SQLAlchemyError, ValueError):
        raise SetupError(
            "DATABASE_URL leads to no database: check that the server runs, and the URL's host, "
            "port, user, password, database and options"
        ) from None


def _database(url: str, name: str) -> str:
    try:
        return create_database(url, name)
    except DBAPIError:
        raise SetupError(
            f"the server of DATABASE_URL did not create the database {name}: "
            "let the URL's user create databases"
        ) from None


def aws_client(cloud: EmbeddedAws, name: str) -> BaseClient:
    """Return a boto3 client of the embedded AWS, whatever this user's environment says."""
    environment = cloud.environment
    return boto3.client(
        name,
        endpoint_url=cloud.endpoint_url,
        region_name=environment["AWS_DEFAULT_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )


@contextmanager
def _deployment(parts: Service, policy: str) -> Iterator[None]:
    port = free_port()
    command = [sys.executable, "-m", "deploy.serve", "--policy", policy, "--reconcile-every", "0"]
    with temporary_folder("deployment") as folder:
        environment = {
            **parts.environment,
            "PREFECT_RUNNER_SERVER_HOST": LOOPBACK,
            "PREFECT_RUNNER_SERVER_PORT": str(port),
            # Prefect leaves a folder there that the next user of the machine may not write to.
            "TMPDIR": str(folder),
        }
        health = f"{LOOPBACK}:{port}/health"
        with run_server(command, health=health, environment=environment, folder=folder):
            yield
