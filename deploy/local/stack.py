"""The whole service on this machine, with an embedded server in place of each one in production."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import boto3
from botocore.client import BaseClient
from prefect.client.orchestration import SyncPrefectClient
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from deploy.aws import s3_to_sns
from deploy.local.alert_receiver import BLOCK, run_alert_receiver
from deploy.local.aws_server import EmbeddedAws, aws
from deploy.local.child_server import LOOPBACK, free_port, run_server, temporary_folder
from deploy.local.fingerprint_key import VARIABLE as KEY_VARIABLE
from deploy.local.fingerprint_key import find_key, make_key
from deploy.local.gateway_server import run_gateway
from deploy.local.isolation import child_environment
from deploy.local.postgres_server import create_database, database_server
from deploy.local.prefect_server import EmbeddedPrefect, prefect_server
from deploy.prefect_objects import automations
from deploy.prefect_objects.deployments import RUN_SETTINGS
from docverify.policy import STANDARD
from tasks.errors import SetupError
from tasks.migrations import migrate
from tasks.record.connection import MIGRATION_SECONDS, connect

BUCKET = "applicant-documents"
PREFIX = "inbox/"
TOPIC = "document-uploads"
POLL_SECONDS = {"PREFECT_WORKER_QUERY_SECONDS": "1", "PREFECT_RUNNER_POLL_FREQUENCY": "1"}


@dataclass(frozen=True)
class Service:
    """The running service.

    Attributes:
        aws: The server of S3 and SNS.
        prefect: The Prefect server.
        database_url: URL of the database with the verdicts.
        bucket: Bucket of the uploads.
        prefix: Prefix of their keys.
        alerts_url: Page with the alerts that the automations sent.
        fingerprint_key: Key with which earlier documents are found.
    """

    aws: EmbeddedAws
    prefect: EmbeddedPrefect
    database_url: str
    bucket: str = BUCKET
    prefix: str = PREFIX
    alerts_url: str = ""
    fingerprint_key: str = field(default_factory=make_key, repr=False)

    @property
    def addresses(self) -> Mapping[str, str]:
        """Variables with the address and credentials of every server, and the place of uploads."""
        return {
            **self.aws.environment,
            **self.prefect.environment,
            "DATABASE_URL": self.database_url,
            KEY_VARIABLE: self.fingerprint_key,
            "DOCVERIFY_ALLOWED_UPLOADS": f"{self.bucket}/{self.prefix}",
            "DOCVERIFY_POLICIES_ALLOWED": "",  # all, so that the demo may accept specimens
        }

    @property
    def environment(self) -> Mapping[str, str]:
        """Environment of a process that takes part and imports our modules."""
        return {**child_environment(), **self.addresses, **RUN_SETTINGS, **POLL_SECONDS}


@contextmanager
def run_stack(policy: str, progress: Callable[[str], None] = print) -> Iterator[Service]:
    """Start every server and the service; stop them when the block ends."""
    progress("PostgreSQL")
    with database_server() as url:
        check_database(url)
        key = find_key(os.environ)
        record = url if os.environ.get("DATABASE_URL") else create_own_database(url, "docverify")
        progress("S3 and SNS")
        with aws() as cloud:
            progress("Prefect server")
            with prefect_server(create_own_database(url, "docverify_prefect")) as prefect:
                progress("gateway and deployment")
                service = Service(cloud, prefect, record, fingerprint_key=key)
                with run_service(service, policy) as running:
                    yield running


@contextmanager
def run_service(parts: Service, policy: str = STANDARD.name) -> Iterator[Service]:
    """Serve the deployments on running servers, and start a run for every upload."""
    migrate(connect(parts.database_url, statement_seconds=MIGRATION_SECONDS))
    s3, sns = aws_client(parts.aws, "s3"), aws_client(parts.aws, "sns")
    # Before the gateway, which must know the topic that it accepts.
    topic_arn = s3_to_sns.create_topic(sns, TOPIC, parts.bucket)
    with (
        run_gateway(parts.prefect, [topic_arn]) as endpoint,
        serve_deployments(parts, policy),
        run_alert_receiver(parts.prefect.api_url) as alerts,
    ):
        scope = automations.Scope(notification=BLOCK)
        with SyncPrefectClient(parts.prefect.api_url) as client:
            for file in automations.files(scope):
                automations.apply(client, file, scope)
        s3_to_sns.connect_bucket(
            s3,
            sns,
            bucket=parts.bucket,
            topic_arn=topic_arn,
            prefix=parts.prefix,
            endpoint=endpoint,
        )
        yield replace(parts, alerts_url=alerts)


def check_database(url: str) -> None:
    """Connect once; raise SetupError if that fails.

    The message does not repeat the error of the driver, which may contain the URL's password.
    """
    try:
        connect(url).connect().close()
    except (SQLAlchemyError, ValueError):
        raise SetupError(
            "DATABASE_URL cannot be reached: check that the server is running, and check the URL's "
            "host, port, user, password, database and options"
        ) from None


def create_own_database(url: str, name: str) -> str:
    """Create a database on the server; raise SetupError if the user may not."""
    try:
        return create_database(url, name)
    except DBAPIError:
        raise SetupError(
            f"cannot create the database {name} on the server of DATABASE_URL: "
            "grant the URL's user the right to create databases"
        ) from None


def aws_client(cloud: EmbeddedAws, name: str) -> BaseClient:
    """Return a boto3 client of the embedded AWS, independent of this user's environment."""
    environment = cloud.environment
    return boto3.client(
        name,
        endpoint_url=cloud.endpoint_url,
        region_name=environment["AWS_DEFAULT_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )


@contextmanager
def serve_deployments(parts: Service, policy: str) -> Iterator[None]:
    """Run `python -m deploy.serve` without schedules until the block ends."""
    port = free_port()
    command = [sys.executable, "-m", "deploy.serve", "--policy", policy, "--reconcile-every", "0"]
    with temporary_folder("deployment") as folder:
        environment = {
            **parts.environment,
            "PREFECT_WORKER_WEBSERVER_HOST": LOOPBACK,
            "PREFECT_WORKER_WEBSERVER_PORT": str(port),
            # Prefect creates a folder there that other users of the machine cannot write to.
            "TMPDIR": str(folder),
        }
        health = f"{LOOPBACK}:{port}/health"
        with run_server(command, health=health, environment=environment, folder=folder):
            yield
