"""Where in the account's network runs are started: it is there, or you make it."""

from __future__ import annotations

from typing import Any

from deploy.aws.errors import DeployError
from deploy.aws.plan import Finding, done, missing, not_needed
from deploy.aws.target import Target


def check(target: Target) -> Finding:
    """Look for the VPC, and for the subnets that are named."""
    environment = target.environment
    if not environment.in_containers:
        return not_needed("runs are processes here")
    vpcs = _vpcs(target)
    if not vpcs:
        return missing(environment.vpc or "a default VPC")
    subnets = ", ".join(environment.subnets) or "all its subnets"
    return done(f"{vpcs[0]['VpcId']}, {subnets}")


def apply(target: Target) -> None:
    """Say what to do: a network is nothing to make by the way."""
    raise DeployError(
        f"the account has no {target.environment.vpc or 'default VPC'} in "
        f"{target.environment.region}: run `aws ec2 create-default-vpc`, or name `vpc` and "
        "`subnets` in the environment's file"
    )


def destroy(_target: Target) -> str:
    """Leave it: it was there before."""
    return "left as it is"


def _vpcs(target: Target) -> list[dict[str, Any]]:
    environment, ec2 = target.environment, target.aws("ec2")
    if environment.subnets:
        found = ec2.describe_subnets(SubnetIds=list(environment.subnets))["Subnets"]
        return [subnet for subnet in found if subnet["VpcId"] == environment.vpc]
    wanted = {"Name": "isDefault", "Values": ["true"]}
    if environment.vpc:
        wanted = {"Name": "vpc-id", "Values": [environment.vpc]}
    vpcs: list[dict[str, Any]] = ec2.describe_vpcs(Filters=[wanted])["Vpcs"]
    return vpcs
