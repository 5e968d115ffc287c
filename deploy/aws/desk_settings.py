"""Settings of the review desk of an environment: its table `desk`."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from deploy.aws.patterns import FARGATE_MEMORY, GIB, Arn, SubnetId, VariableName
from services.desk.settings import DeskSettings

PREFIX = "DOCVERIFY_DESK_"
SIZES = {512: range(2 * GIB, 4 * GIB + 1, GIB), **FARGATE_MEMORY}
HTTPS = r"^https://[\w.-]+(:\d+)?(/[\w./-]*)?$"
#: Settings of the desk that have their own key here, or are derived from the load balancer.
OWN = (
    *("host", "port", "url", "proxies"),
    *("sign_in", "oidc_issuer", "oidc_client_id", "oidc_client_secret"),
)


def check_network(text: str) -> str:
    """Raise ValueError unless a text is an IPv4 network, such as 10.0.0.0/8."""
    try:
        network = ip_network(text)
    except ValueError:
        raise ValueError("is not a network such as 10.0.0.0/8") from None
    if network.version != 4:
        raise ValueError("is not an IPv4 network")
    return text


Network = Annotated[str, AfterValidator(check_network)]


class Desk(BaseModel):
    """The review desk behind a load balancer that terminates TLS."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(
        pattern=r"^https://[a-z0-9.-]+$",
        examples=["https://desk.example.com"],
        description="address that people open; its name must resolve to the load balancer",
    )
    certificate: str = Field(
        pattern=r"^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[\w-]+$",
        examples=["arn:aws:acm:eu-west-1:123456789012:certificate/1234abcd"],
        description="ARN of the certificate for this name in AWS Certificate Manager",
    )
    allowed: tuple[Network, ...] = Field(
        min_length=1, description="networks from which the desk can be reached, such as 10.0.0.0/8"
    )
    oidc_issuer: str = Field(
        pattern=HTTPS,
        examples=["https://login.example.com"],
        description="issuer URL of the OpenID Connect provider",
    )
    oidc_client_id: str = Field(min_length=1, description="client id of the desk at the provider")
    public_client: bool = Field(
        default=False,
        description=(
            "whether the desk is a public client, without a secret; otherwise the script stores "
            "DOCVERIFY_DESK_OIDC_CLIENT_SECRET"
        ),
    )
    public: bool = Field(
        default=False,
        description=(
            "whether the load balancer has public addresses; otherwise it is reachable only from "
            "the VPC and networks connected to it"
        ),
    )
    subnets: tuple[SubnetId, ...] = Field(
        default=(),
        examples=["subnet-0a1b2c3d"],
        description="subnets of the load balancer, in two availability zones; empty for those of "
        "the runs",
    )
    role: Arn = Field(
        default="",
        examples=["arn:aws:iam::123456789012:role/docverify-desk"],
        description="ARN of an existing role for the desk; empty to create one",
    )
    cpu: int = Field(default=512, description="CPU units of the desk")
    memory: int = Field(
        default=4096,
        description="memory of the desk in MiB; encoding an image takes up to 2 GB",
    )
    variables: dict[VariableName, str] = Field(
        default_factory=dict,
        examples=["DOCVERIFY_DESK_CLAIM_MINUTES"],
        description="further variables DOCVERIFY_DESK_*, none of them secret",
    )

    @field_validator("variables")
    @classmethod
    def _check_variables(cls, variables: dict[str, str]) -> dict[str, str]:
        known = {f"{PREFIX}{name}".upper() for name in DeskSettings.model_fields if name not in OWN}
        wrong = sorted(variables.keys() - known)
        if wrong:
            raise ValueError(f"remove {', '.join(wrong)}; allowed are {', '.join(sorted(known))}")
        return variables

    @model_validator(mode="after")
    def _check_size(self) -> Self:
        allowed = SIZES.get(self.cpu)
        if allowed is None:
            raise ValueError(f"cpu: use one of {list(SIZES)}")
        if self.memory not in allowed:
            raise ValueError(f"memory: with cpu {self.cpu}, use {allowed[0]} to {allowed[-1]}")
        return self

    @model_validator(mode="after")
    def _check_subnets(self) -> Self:
        if len(self.subnets) == 1:
            raise ValueError("subnets: a load balancer needs two, in two availability zones")
        return self
