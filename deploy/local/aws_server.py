"""S3 and SNS on this machine: moto's server, and the variables that lead boto3 to it."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from deploy.local.child_server import LOOPBACK, free_port, run_server, temporary_folder
from deploy.local.isolation import child_environment


@dataclass(frozen=True)
class EmbeddedAws:
    """A running server of moto; its data is gone when it ends.

    Attributes:
        port: Port on loopback.
    """

    port: int

    @property
    def endpoint_url(self) -> str:
        """URL of all its services."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def environment(self) -> Mapping[str, str]:
        """Variables that lead boto3 to this server, and not to a real account of this user."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": "embedded",
            "AWS_SECRET_ACCESS_KEY": "embedded",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


@contextmanager
def aws(port: int | None = None) -> Iterator[EmbeddedAws]:
    """Run moto's server on the port, or on a free one."""
    server = EmbeddedAws(port or free_port())
    command = [
        sys.executable,
        "-m",
        "deploy.local.moto_server",
        "-H",
        LOOPBACK,
        "-p",
        str(server.port),
    ]
    health = f"{LOOPBACK}:{server.port}/moto-api/data.json"
    environment = {**child_environment(), **server.environment}
    with (
        temporary_folder("aws") as folder,
        run_server(command, health=health, environment=environment, folder=folder),
    ):
        yield server
