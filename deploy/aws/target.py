"""The target of a deployment: one environment in one AWS account and one Prefect workspace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from prefect.client.base import ServerType
from prefect.client.orchestration import SyncPrefectClient

from deploy.aws.environment import Environment
from deploy.aws.errors import DeployError
from deploy.aws.patterns import OWNER_TAG
from deploy.local.isolation import ROOT

CONFIRMATION_SECONDS = 60.0


@dataclass(frozen=True)
class Target:
    """One environment, and the clients of the account and workspace that it is deployed to.

    Attributes:
        environment: The environment's settings.
        session: Session of boto3 in the environment's region.
        prefect: Client of the Prefect workspace.
        account: Number of the AWS account.
        partition: Partition of AWS: `aws`, `aws-cn`, `aws-us-gov`, `aws-eusc`.
        allow_dirty: Whether an image may be built from uncommitted changes.
        accept_base: Whether the base image may have another digest than its lock.
        image: Tag of an image that was pushed before; empty for the image of this clone.
        clone: Folder of the clone whose image is deployed.
        confirmation_seconds: How long to wait for the confirmation of the subscription.
    """

    environment: Environment
    session: boto3.Session = field(repr=False)
    prefect: SyncPrefectClient = field(repr=False)
    account: str
    partition: str
    allow_dirty: bool = False
    image: str = ""
    clone: Path = ROOT
    confirmation_seconds: float = CONFIRMATION_SECONDS
    accept_base: bool = False
    _clients: dict[str, BaseClient] = field(default_factory=dict, repr=False)

    def aws(self, service: str) -> BaseClient:
        """Return the client of an AWS service; it is created once."""
        if service not in self._clients:
            config = Config(retries={"mode": "standard", "max_attempts": 5})
            self._clients[service] = self.session.client(service, config=config)
        return self._clients[service]

    @property
    def name(self) -> str:
        """Name of everything in AWS, or its prefix."""
        return self.environment.aws_name

    @property
    def bucket(self) -> str:
        """Name of the bucket; bucket names are unique across all AWS accounts."""
        return self.environment.bucket or f"{self.name}-{self.account}"

    @property
    def tags(self) -> dict[str, str]:
        """Tags of everything; the first one marks what deploy.py may change and remove."""
        return {OWNER_TAG: self.environment.name, **self.environment.tags}

    @property
    def is_cloud(self) -> bool:
        """Whether the workspace is on Prefect Cloud."""
        return self.prefect.server_type == ServerType.CLOUD

    def prefect_name(self, name: str) -> str:
        """Return the name that an object has in Prefect for this environment."""
        return name + self.environment.suffix

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource in this account and region."""
        region = "" if service == "iam" else self.environment.region
        return f"arn:{self.partition}:{service}:{region}:{self.account}:{resource}"

    def owns(self, tags: Mapping[str, str]) -> bool:
        """Return whether a resource with these tags was created for this environment."""
        return tags.get(OWNER_TAG) == self.environment.name


def to_tag_list(
    tags: Mapping[str, str], key: str = "Key", value: str = "Value"
) -> list[dict[str, str]]:
    """Return tags in the form that most AWS services take: a list of key and value."""
    return [{key: name, value: text} for name, text in tags.items()]


def from_tag_list(
    tags: list[dict[str, Any]], key: str = "Key", value: str = "Value"
) -> dict[str, str]:
    """Return the tags of a list of key and value, the form that most AWS services return."""
    return {tag[key]: tag[value] for tag in tags}


def connect(
    environment: Environment,
    prefect: SyncPrefectClient,
    *,
    allow_dirty: bool = False,
    image: str = "",
    clone: Path = ROOT,
    confirmation_seconds: float = CONFIRMATION_SECONDS,
    accept_base: bool = False,
) -> Target:
    """Connect to the AWS account; raise DeployError without valid credentials."""
    try:
        session = boto3.Session(region_name=environment.region)
        identity = session.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        is_answer = isinstance(error, ClientError)
        code = error.response["Error"]["Code"] if is_answer else type(error).__name__
        raise DeployError(
            f"No valid AWS credentials ({code}): run `aws sso login` or `aws configure`, or set "
            "AWS_PROFILE"
        ) from None
    _, partition, *_ = identity["Arn"].split(":")
    account = identity["Account"]
    return Target(
        environment,
        session,
        prefect,
        account,
        partition,
        allow_dirty,
        image,
        clone,
        confirmation_seconds,
        accept_base,
    )
