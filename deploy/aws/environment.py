"""Settings of an environment: a TOML file of deploy/environments/, validated when it is read."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from deploy.aws.desk_settings import Desk
from deploy.aws.environment_errors import describe_errors
from deploy.aws.errors import DeployError
from deploy.aws.patterns import (
    CORE,
    ENDINGS,
    FARGATE_MEMORY,
    OWN_JOB_VARIABLES,
    OWNER_TAG,
    Arn,
    DatabaseUserArn,
    Name,
    SecretArn,
    SubnetId,
    TagText,
    VariableName,
)
from docverify.page import Engine
from docverify.policy_file import SECOND_ENGINES, is_policy_allowed
from services.worker.queues import DEFAULT_QUEUE
from tasks.engines.reader_memory import MIB, find_reader_memory

ENVIRONMENTS = Path(__file__).parents[1] / "environments"
#: The environment whose names in Prefect have no suffix.
PRODUCTION = "production"
POLICIES_ALLOWED = "DOCVERIFY_POLICIES_ALLOWED"
READER_MEMORY = "DOCVERIFY_READER_MEMORY"
WARM = "warm"
#: Memory in MiB of a warm worker. For each slot: a process that is replaced at 1 GiB, and a reader
#: that may use 2 GB; and once the worker itself and the slot of maintenance.
SLOT_MEMORY, SLOT_PROCESS_MEMORY, WORKER_MEMORY = 3072, 1024, 1024
MAX_NAME_LENGTHS = {"role": 64, "policy": 128}  # of IAM
MAX_TAGS = 50  # of one AWS resource, with the one that marks the owner


class Retention(BaseModel):
    """Days that personal data is kept, named as the parameters of the flow `retention`.

    All are set or none. Without them, the nightly retention counts and purges nothing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    picture_days: int = Field(ge=1)
    verified_days: int = Field(ge=1)
    rejected_days: int = Field(ge=1)
    resubmit_days: int = Field(ge=1)


class Environment(BaseModel):
    """Name, place and size of one environment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name = Field(
        description="part of every name; equal to the name of the file", examples=["staging"]
    )
    region: str = Field(
        pattern=r"^[a-z]{2,4}(-[a-z]+)+-\d$", description="the AWS region", examples=["eu-west-1"]
    )
    bucket: str = Field(
        default="",
        pattern=r"^$|^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
        examples=["docverify-production-documents"],
        description="bucket for the documents; empty for docverify-NAME-ACCOUNT",
    )
    prefix: str = Field(
        default="inbox/",
        pattern=r"^[\w/-]*$",
        examples=["inbox/"],
        description="prefix of the documents' keys; other objects are ignored",
    )
    pool: Literal["ecs:push", "ecs", "process", "warm"] = Field(
        default="ecs:push",
        description=(
            "type of the work pool; ecs:push needs Prefect Cloud; with warm, containers keep "
            "running and execute one run after another"
        ),
    )
    workers: int = Field(
        default=1,
        ge=1,
        le=100,
        description="warm only: number of containers that run even without a backlog",
    )
    gateway: str = Field(
        default="",
        pattern=r"^$|^https?://[\w.:-]+(/[\w/.-]*)?$",
        examples=["https://gateway.example.com/notifications"],
        description="self-hosted only: URL, with its path, at which SNS reaches services.gateway",
    )
    queue: str = Field(
        default="default",
        pattern=r"^[\w -]{1,60}$",
        examples=["documents"],
        description="work queue of the pool in which the runs wait",
    )
    architecture: Literal["X86_64", "ARM64"] = Field(
        default="X86_64", description="processor of the image and of the runs"
    )
    cpu: int = Field(
        default=1024,
        description="CPU units of a run, or of a warm worker, which executes one run on each core; "
        "1024 are one core",
    )
    memory: int = Field(default=2048, description="memory of a run, or of a warm worker, in MiB")
    concurrency: int = Field(
        default=50,
        ge=1,
        le=1000,
        description=(
            "maximum number of runs at the same time; a warm pool grows to as many containers as "
            "they need"
        ),
    )
    vpc: str = Field(
        default="",
        pattern=r"^$|^vpc-[0-9a-f]+$",
        examples=["vpc-0a1b2c3d"],
        description="empty for the default VPC",
    )
    subnets: tuple[SubnetId, ...] = Field(
        default=(), description="subnets of the runs; they need `vpc`", examples=["subnet-0a1b2c3d"]
    )
    security_groups: tuple[Annotated[str, Field(pattern=r"^sg-[0-9a-f]+$")], ...] = Field(
        default=(),
        description="security groups of the runs; they need `subnets`",
        examples=["sg-0a1b2c3d"],
    )
    public_ip: bool = Field(
        default=True, description="give runs in `subnets` a public IP; without NAT they need one"
    )
    policy: str = Field(
        default="standard",
        pattern=r"^[a-z0-9][a-z0-9-]{0,62}$",
        examples=["car-loans"],
        description="name of a preset, or of a policy in the folder DOCVERIFY_POLICIES of a run",
    )
    engine: Engine = Field(default=Engine.LOCAL, description="engine that reads the documents")
    second_engine: Literal.__getitem__(("", *map(str, SECOND_ENGINES))) = Field(  # type: ignore
        default="",
        description="the policy's second engine, so that runs get the right to call it",
    )
    permissions_boundary: Arn = Field(
        default="",
        examples=["arn:aws:iam::123456789012:policy/docverify-boundary"],
        description="ARN of the policy that limits every role and user that the script creates; "
        "empty for docverify-NAME-boundary",
    )
    task_role: Arn = Field(
        default="",
        examples=["arn:aws:iam::123456789012:role/docverify-run"],
        description="ARN of an existing role for the runs; empty to create one",
    )
    execution_role: Arn = Field(
        default="",
        examples=["arn:aws:iam::123456789012:role/docverify-start"],
        description=(
            "ARN of an existing role with which ECS starts runs and services; empty to create one "
            "for runs, and one for services and migrations"
        ),
    )
    kms_key: Arn = Field(
        default="",
        examples=["arn:aws:kms:eu-west-1:123456789012:key/1234abcd"],
        description="ARN of the KMS key that encrypts documents and secrets; empty for AWS's own",
    )
    database_secret: SecretArn = Field(
        default="",
        examples=["arn:aws:secretsmanager:eu-west-1:123456789012:secret:docverify-a1b2c3"],
        description=(
            "ARN of the secret that contains the user and password of the database and that RDS "
            "rotates; empty if DATABASE_URL contains them"
        ),
    )
    database_user: DatabaseUserArn = Field(
        default="",
        examples=["arn:aws:rds-db:eu-west-1:123456789012:dbuser:db-ABC123/docverify_run"],
        description=(
            "arn:aws:rds-db:…:dbuser:RESOURCE-ID/USER of the database user that logs in with IAM "
            "tokens; empty if the user has a password"
        ),
    )
    secrets: tuple[VariableName, ...] = Field(
        default=("DATABASE_URL",),
        examples=["DATABASE_URL"],
        description="variables of a run that are stored in Secrets Manager",
    )
    variables: dict[VariableName, str] = Field(
        default_factory=dict,
        examples=["DOCVERIFY_LOG_FORMAT"],
        description="further variables of a run, none of them secret",
    )
    job_variables: dict[str, Any] = Field(
        default_factory=dict,
        description="further job variables of Prefect's ECS worker, such as "
        "capacity_provider_strategy for Fargate Spot",
    )
    retention: Retention | None = Field(
        default=None,
        description=(
            "days after which the nightly retention purges data; without this table, it only counts"
        ),
    )
    log_days: Literal[1, 3, 5, 7, 14, 30, 60, 90, 180, 365] = Field(
        default=30, description="days for which log lines are kept"
    )
    alarms: Arn = Field(
        default="",
        examples=["arn:aws:sns:eu-west-1:123456789012:alarms"],
        description=(
            "ARN of the SNS topic for CloudWatch's alarms; empty: only the dashboard shows them"
        ),
    )
    notification: str = Field(
        default="",
        pattern=r"^$|^[a-z0-9-]+/[a-z0-9-]+$",
        examples=["slack-webhook/operations"],
        description=(
            "Prefect block that sends alerts, TYPE/NAME, such as slack-webhook/operations; "
            "slack-webhook and ms-teams-webhook are created from DOCVERIFY_NOTIFICATION_URL"
        ),
    )
    desk: Desk | None = Field(
        default=None, description="table with the settings of the review desk; without it, no desk"
    )
    tags: dict[TagText, TagText] = Field(
        default_factory=dict, description="tags of every AWS resource that can have tags"
    )

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str) -> str:
        if name.endswith(tuple(f"-{ending}" for ending in ENDINGS)):
            raise ValueError(
                f"must not end with -{', -'.join(ENDINGS)}, which the script uses itself"
            )
        if name.partition("-")[0] == WARM:
            raise ValueError("must not begin with warm, because the names of warm pools do")
        return name

    @field_validator("task_role", "execution_role", "permissions_boundary")
    @classmethod
    def _check_arn(cls, arn: str) -> str:
        """Check the length of the name, because AWS would refuse it only when it is used."""
        kind, _, name = arn.rpartition(":")[2].partition("/")
        limit = MAX_NAME_LENGTHS.get(kind)
        if limit and len(name.rpartition("/")[2]) > limit:
            raise ValueError(f"the name of a {kind} has at most {limit} characters")
        return arn

    @field_validator("tags")
    @classmethod
    def _check_tags(cls, tags: dict[str, str]) -> dict[str, str]:
        reserved = [key for key in tags if key.lower().startswith("aws:") or key == OWNER_TAG]
        if reserved:
            raise ValueError(f"remove {', '.join(reserved)}: AWS or the script sets it")
        if len(tags) >= MAX_TAGS:
            raise ValueError(f"at most {MAX_TAGS - 1} are allowed, because AWS allows {MAX_TAGS}")
        return tags

    @model_validator(mode="after")
    def _agree(self) -> Self:
        memory = FARGATE_MEMORY.get(self.cpu)
        if memory is None:
            raise ValueError(f"cpu: use one of {list(FARGATE_MEMORY)}, as Fargate allows")
        if self.memory not in memory:
            step = memory.step
            raise ValueError(
                f"memory: with cpu {self.cpu}, use {memory[0]} to {memory[-1]} in steps of {step}"
            )
        self._check_pool()
        self._check_reader_memory()
        if self.security_groups and not self.subnets:
            raise ValueError("subnets: security_groups need them; name the subnets too")
        if self.subnets and not self.vpc:
            raise ValueError("vpc: name the VPC of the subnets")
        if self.pool == "ecs:push" and self.gateway:
            raise ValueError("gateway: remove it; ecs:push uses the webhook of Prefect Cloud")
        taken = sorted(OWN_JOB_VARIABLES & self.job_variables.keys())
        if taken:
            raise ValueError(f"job_variables: remove {', '.join(taken)}; other keys set them")
        if not is_policy_allowed(self.policy, self.variables.get(POLICIES_ALLOWED, "")):
            raise ValueError(f"policy: {POLICIES_ALLOWED} in variables does not allow it")
        if self.database_secret and self.database_user:
            raise ValueError("database_user: remove it, or database_secret")
        if "DATABASE_URL" not in self.secrets and self.pool != "process":
            raise ValueError("secrets: add DATABASE_URL")
        return self

    def _check_reader_memory(self) -> None:
        """Raise ValueError unless a run and its reader fit into the container."""
        try:
            most = self.reader_memory
        except ValueError as error:
            raise ValueError(f"memory: {error}") from None
        chosen = self.variables.get(READER_MEMORY, str(most))
        if not chosen.isdigit() or not 0 < int(chosen) <= most:
            raise ValueError(f"variables: {READER_MEMORY} must be 1 to {most} with this memory")

    @property
    def reader_memory(self) -> int:
        """Bytes that the reader of a run may use."""
        if not self.is_warm:
            return find_reader_memory(self.memory * MIB)
        share = (self.memory - WORKER_MEMORY) // self.slots
        return (share - SLOT_PROCESS_MEMORY) * MIB

    def _check_pool(self) -> None:
        """Raise ValueError for a key that the type of the pool does not allow."""
        if self.desk and not self.in_containers:
            raise ValueError("desk: remove it; it needs a pool whose runs are containers")
        if self.pool != WARM:
            return
        if self.job_variables:
            raise ValueError("job_variables: remove them; the worker of a warm pool starts no jobs")
        if self.queue != DEFAULT_QUEUE:
            raise ValueError("queue: remove it; a warm pool has its own two queues")
        needed = WORKER_MEMORY + self.slots * SLOT_MEMORY
        if self.memory < needed:
            raise ValueError(f"memory: a warm worker with cpu {self.cpu} needs at least {needed}")
        if self.max_workers < self.workers:
            raise ValueError(
                f"workers: concurrency {self.concurrency} allows at most {self.max_workers}"
            )

    @property
    def is_warm(self) -> bool:
        """Whether runs are executed by containers that ECS keeps running."""
        return self.pool == WARM

    @property
    def has_dispatcher(self) -> bool:
        """Whether a separate program announces verdicts, such as people's decisions at the desk."""
        return self.is_warm or self.desk is not None

    @property
    def slots(self) -> int:
        """Documents that a warm worker verifies at a time: one on each core."""
        return self.cpu // CORE

    @property
    def max_workers(self) -> int:
        """Largest number of warm workers: as many as `concurrency` needs."""
        return math.ceil(self.concurrency / self.slots)

    @property
    def suffix(self) -> str:
        """Suffix of this environment's names in Prefect; empty for production."""
        return "" if self.name == PRODUCTION else f"-{self.name}"

    @property
    def aws_name(self) -> str:
        """Name of everything in AWS, or its prefix."""
        return f"docverify-{self.name}"

    @property
    def database_variables(self) -> dict[str, str]:
        """Variables that name the login of the database to a run."""
        secret = {"DOCVERIFY_DATABASE_SECRET": self.database_secret}
        return (secret if self.database_secret else {}) | (
            {"DOCVERIFY_DATABASE_IAM": "true"} if self.database_user else {}
        )

    @property
    def in_containers(self) -> bool:
        """Whether runs are in containers on ECS."""
        return self.pool != "process"


def read_environment(name: str, folder: Path = ENVIRONMENTS) -> Environment:
    """Read NAME.toml, or the file with that path; raise DeployError that names an invalid key."""
    file = Path(name) if name.endswith(".toml") else folder / f"{name}.toml"
    try:
        settings = tomllib.loads(file.read_text())
    except FileNotFoundError:
        known = ", ".join(sorted(each.stem for each in folder.glob("*.toml")))
        raise DeployError(f"{file} does not exist; the environments are {known}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DeployError(f"{file} is not valid TOML: {error}") from None
    except OSError as error:
        raise DeployError(f"{file} cannot be read: {error.strerror}") from None
    if settings.get("name", file.stem) != file.stem:
        raise DeployError(f"{file}: name: must be {file.stem}, the name of the file")
    try:
        return Environment.model_validate({"name": file.stem} | settings)
    except ValidationError as error:
        raise DeployError(f"{file}: {describe_errors(error, Environment)}") from None
