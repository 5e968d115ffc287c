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

from deploy import automation, trigger_chain
from deploy.embedded_aws import EmbeddedAws, aws
from deploy.embedded_gateway import gateway_server
from deploy.embedded_postgres import create_database, database_server
from deploy.embedded_prefect import EmbeddedPrefect, prefect_server, without_prefect
from deploy.embedded_server import LOOPBACK, free_port, serving, temporary_folder
from deploy.serve import FRUGAL
from docverify.policy import STANDARD
from tasks.migrations import migrate
from tasks.postgres import connect

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
    def environment(self) -> Mapping[str, str]:
        """What a process needs to take part: the addresses and credentials of every server."""
        return {
            **without_prefect(os.environ),
            **self.aws.environment,
            **self.prefect.environment,
            **FRUGAL,
            "DATABASE_URL": self.database_url,
            "DOCVERIFY_ALLOWED_UPLOADS": f"{self.bucket}/{self.prefix}",
            "PREFECT_RUNNER_POLL_FREQUENCY": "1",
        }


@contextmanager
def everything(policy: str, progress: Callable[[str], None] = print) -> Iterator[Service]:
    """Start every server and the service on them; stop all when the block ends."""
    progress("PostgreSQL")
    with database_server() as url:
        record = url if os.environ.get("DATABASE_URL") else create_database(url, "docverify")
        progress("S3 and SNS")
        with aws() as cloud:
            progress("Prefect server")
            with prefect_server(create_database(url, "docverify_prefect")) as prefect:
                progress("gateway and deployment")
                with service(Service(cloud, prefect, record), policy) as running:
                    yield running


@contextmanager
def service(parts: Service, policy: str = STANDARD.name) -> Iterator[Service]:
    """Serve the deployment on servers that run, and lead every upload to it."""
    migrate(connect(parts.database_url))
    with gateway_server(parts.prefect, [topic(parts)]) as endpoint, _deployment(parts, policy):
        with SyncPrefectClient(parts.prefect.api_url) as client:
            automation.apply(client, automation.DOCUMENT_VERIFICATION)
        trigger_chain.create(
            client_of(parts.aws, "s3"),
            client_of(parts.aws, "sns"),
            bucket=parts.bucket,
            topic=TOPIC,
            prefix=parts.prefix,
            endpoint=endpoint,
        )
        yield parts


def topic(parts: Service) -> str:
    """Create the topic before the gateway starts, which must know whom to believe."""
    return trigger_chain.create_topic(client_of(parts.aws, "sns"), TOPIC, parts.bucket)


def client_of(cloud: EmbeddedAws, name: str) -> BaseClient:
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
    environment = {
        **parts.environment,
        "PREFECT_RUNNER_SERVER_HOST": LOOPBACK,
        "PREFECT_RUNNER_SERVER_PORT": str(port),
    }
    with (
        temporary_folder("deployment") as folder,
        serving(
            [sys.executable, "-m", "deploy.serve", "--policy", policy],
            health=f"{LOOPBACK}:{port}/health",
            environment=environment,
            folder=folder,
        ),
    ):
        yield
