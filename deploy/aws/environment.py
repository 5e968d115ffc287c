"""One environment's settings: a TOML file of deploy/environments/, checked before it is used."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from deploy.aws.errors import DeployError

ENVIRONMENTS = Path(__file__).parents[1] / "environments"
# Its names in Prefect are the ones of the documentation; every other environment's get its own.
PRODUCTION = "production"
GIB = 1024
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
FARGATE_MEMORY: Mapping[int, range] = {
    1024: range(2 * GIB, 8 * GIB + 1, GIB),
    2048: range(4 * GIB, 16 * GIB + 1, GIB),
    4096: range(8 * GIB, 30 * GIB + 1, GIB),
    8192: range(16 * GIB, 60 * GIB + 1, 4 * GIB),
}

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,18}[a-z0-9]$")]
VariableName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]
TagText = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[\w .:/=+@-]+$")]


class Retention(BaseModel):
    """For how many days what is kept of people stays, as the flow `retention` names them.

    All are chosen or none: what nobody chose is counted each night, and never purged.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    picture_days: int = Field(ge=1)
    verified_days: int = Field(ge=1)
    rejected_days: int = Field(ge=1)
    resubmit_days: int = Field(ge=1)


class Environment(BaseModel):
    """What one environment is called, where it is, and how large its runs are."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name = Field(description="part of every name; the file is called the same")
    region: str = Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$", description="AWS region of everything")
    bucket: str = Field(
        default="",
        pattern=r"^$|^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
        description="where documents are put; empty for docverify-NAME-ACCOUNT",
    )
    prefix: str = Field(
        default="inbox/", pattern=r"^[\w/-]*$", description="keys below it are documents"
    )
    pool: Literal["ecs:push", "ecs", "process"] = Field(
        default="ecs:push", description="type of the work pool; ecs:push is Prefect Cloud's alone"
    )
    gateway: str = Field(
        default="",
        pattern=r"^$|^https?://[\w.:-]+(/[\w/.-]*)?$",
        description="self-hosted: the address of services.gateway that SNS reaches, with its path",
    )
    cpu: int = Field(default=1024, description="CPU units of a run: 1024 are one core")
    memory: int = Field(default=2048, description="MiB of a run")
    concurrency: int = Field(default=50, ge=1, le=1000, description="runs at the same time")
    vpc: str = Field(
        default="", pattern=r"^$|^vpc-[0-9a-f]+$", description="empty for the default VPC"
    )
    subnets: tuple[Annotated[str, Field(pattern=r"^subnet-[0-9a-f]+$")], ...] = ()
    security_groups: tuple[Annotated[str, Field(pattern=r"^sg-[0-9a-f]+$")], ...] = ()
    public_ip: bool = Field(
        default=True, description="runs in the subnets get one: without NAT they need it"
    )
    policy: str = Field(
        default="standard",
        pattern=r"^[a-z0-9][a-z0-9-]{0,62}$",
        description="a preset, or one of the folder that DOCVERIFY_POLICIES names in a run",
    )
    engine: Literal["local", "google-vision", "textract"] = "local"
    second_engine: Literal["", "google-vision", "textract"] = Field(
        default="", description="the one that the policy names, which needs the rights to be asked"
    )
    secrets: tuple[VariableName, ...] = Field(
        default=("DATABASE_URL",), description="variables of a run that Secrets Manager keeps"
    )
    variables: dict[VariableName, str] = Field(
        default_factory=dict, description="further variables of a run; nothing secret"
    )
    retention: Retention | None = Field(
        default=None,
        description="days after which the nightly retention purges; without: it counts",
    )
    log_days: Literal[1, 3, 5, 7, 14, 30, 60, 90, 180, 365] = 30
    notification: str = Field(
        default="",
        pattern=r"^$|^[a-z0-9-]+/[a-z0-9-]+$",
        description=(
            "Prefect block that tells people, TYPE/NAME: slack-webhook/operations; of the types "
            "slack-webhook and ms-teams-webhook it is made, from DOCVERIFY_NOTIFICATION_URL"
        ),
    )
    tags: dict[TagText, TagText] = Field(
        default_factory=dict, description="on everything that AWS lets us tag"
    )

    @model_validator(mode="after")
    def _agree(self) -> Self:
        memory = FARGATE_MEMORY.get(self.cpu)
        if memory is None:
            raise ValueError(f"cpu: Fargate and a document need one of {list(FARGATE_MEMORY)}")
        if self.memory not in memory:
            step = memory.step
            raise ValueError(
                f"memory: with cpu {self.cpu}, {memory[0]} to {memory[-1]} in steps of {step}"
            )
        if self.security_groups and not self.subnets:
            raise ValueError("subnets: security_groups are only used with subnets")
        if self.subnets and not self.vpc:
            raise ValueError("vpc: name the one that the subnets are in")
        if self.pool == "ecs:push" and self.gateway:
            raise ValueError("gateway: Prefect Cloud has webhooks; leave it out with ecs:push")
        if "DATABASE_URL" not in self.secrets and self.pool != "process":
            raise ValueError("secrets: DATABASE_URL must be among them")
        return self

    @property
    def suffix(self) -> str:
        """What tells this environment's names in Prefect from those of others."""
        return "" if self.name == PRODUCTION else f"-{self.name}"

    @property
    def aws_name(self) -> str:
        """Name, or start of the name, of everything in AWS."""
        return f"docverify-{self.name}"

    @property
    def in_containers(self) -> bool:
        """Whether each run is a container on ECS."""
        return self.pool != "process"


def read_environment(name: str, folder: Path = ENVIRONMENTS) -> Environment:
    """Read NAME.toml, or a file of that path; raises DeployError that names the key at fault."""
    file = Path(name) if name.endswith(".toml") else folder / f"{name}.toml"
    try:
        settings = tomllib.loads(file.read_text())
    except FileNotFoundError:
        known = ", ".join(sorted(each.stem for each in folder.glob("*.toml")))
        raise DeployError(f"there is no {file}; environments: {known}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DeployError(f"{file} is not TOML: {error}") from None
    except OSError as error:
        raise DeployError(f"{file} can't be read: {error.strerror}") from None
    if settings.get("name", file.stem) != file.stem:
        raise DeployError(f"{file}: name: must be {file.stem}, as the file is called")
    try:
        return Environment.model_validate({"name": file.stem} | settings)
    except ValidationError as error:
        raise DeployError(f"{file}: {_faults(error)}") from None


def _faults(error: ValidationError) -> str:
    """Say each key and what is wrong with it, never its value."""
    return "; ".join(
        ": ".join(filter(None, (".".join(map(str, each["loc"])), _reason(each["msg"]))))
        for each in error.errors()
    )


def _reason(message: str) -> str:
    return message.removeprefix("Value error, ")
