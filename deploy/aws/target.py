"""Where a deployment goes: one environment in one AWS account and one Prefect workspace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from prefect.client.base import ServerType
from prefect.client.orchestration import SyncPrefectClient

from deploy.aws.environment import Environment
from deploy.aws.errors import DeployError

OWNER_TAG = "docverify:environment"


@dataclass(frozen=True)
class Target:
    """The environment, and the clients of where it is put."""

    environment: Environment
    session: boto3.Session = field(repr=False)
    prefect: SyncPrefectClient = field(repr=False)
    account: str
    partition: str
    allow_dirty: bool = False
    image: str = ""
    """Tag of an image that was pushed before; empty for the image of this clone."""
    _clients: dict[str, BaseClient] = field(default_factory=dict, repr=False)

    def aws(self, service: str) -> BaseClient:
        """Return this deployment's client of an AWS service."""
        if service not in self._clients:
            config = Config(retries={"mode": "standard", "max_attempts": 5})
            self._clients[service] = self.session.client(service, config=config)
        return self._clients[service]

    @property
    def name(self) -> str:
        """Name, or start of the name, of everything in AWS."""
        return self.environment.aws_name

    @property
    def bucket(self) -> str:
        """Name of the bucket, which must be unique in all of AWS."""
        return self.environment.bucket or f"{self.name}-{self.account}"

    @property
    def tags(self) -> dict[str, str]:
        """Tags of everything: the first says that it is ours to change and to remove."""
        return {OWNER_TAG: self.environment.name, **self.environment.tags}

    @property
    def is_cloud(self) -> bool:
        """Whether the workspace is Prefect Cloud's."""
        return self.prefect.server_type == ServerType.CLOUD

    def prefect_name(self, name: str) -> str:
        """Return this environment's name of something in Prefect."""
        return name + self.environment.suffix

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of something in this account and region."""
        region = "" if service == "iam" else self.environment.region
        return f"arn:{self.partition}:{service}:{region}:{self.account}:{resource}"

    def owns(self, tags: Mapping[str, str]) -> bool:
        """Whether something with these tags was made for this environment."""
        return tags.get(OWNER_TAG) == self.environment.name


def to_tag_list(
    tags: Mapping[str, str], key: str = "Key", value: str = "Value"
) -> list[dict[str, str]]:
    """Write tags as most services of AWS want them."""
    return [{key: name, value: text} for name, text in tags.items()]


def from_tag_list(
    tags: list[dict[str, Any]], key: str = "Key", value: str = "Value"
) -> dict[str, str]:
    """Read tags as most services of AWS give them."""
    return {tag[key]: tag[value] for tag in tags}


def connect(
    environment: Environment,
    prefect: SyncPrefectClient,
    *,
    allow_dirty: bool = False,
    image: str = "",
) -> Target:
    """Ask AWS who we are there; raises DeployError when it does not know us."""
    try:
        session = boto3.Session(region_name=environment.region)
        identity = session.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise DeployError(
            f"AWS does not know who asks ({_code(error)}): run `aws sso login` or `aws configure`, "
            "or set AWS_PROFILE"
        ) from None
    _, partition, *_ = identity["Arn"].split(":")
    account = identity["Account"]
    return Target(environment, session, prefect, account, partition, allow_dirty, image)


def _code(error: BotoCoreError | ClientError) -> str:
    if isinstance(error, ClientError):
        return str(error.response["Error"]["Code"])
    return type(error).__name__
