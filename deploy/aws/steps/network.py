"""The VPC and subnets of the runs; they must exist, because deploy.py creates none."""

from __future__ import annotations

from typing import Any

from deploy.aws.errors import DeployError, NotYet
from deploy.aws.plan import Finding, done, missing, not_needed
from deploy.aws.target import Target


def check(target: Target) -> Finding:
    """Check that the VPC and the named subnets exist."""
    environment = target.environment
    if not environment.in_containers:
        return not_needed("runs are processes here")
    vpcs = find_vpcs(target)
    if not vpcs:
        return missing(environment.vpc or "a default VPC")
    subnets = ", ".join(environment.subnets) or "all of its subnets"
    return done(f"{vpcs[0]['VpcId']}, {subnets}")


def apply(target: Target) -> None:
    """Raise DeployError with what to do: deploy.py does not create a network."""
    raise DeployError(
        f"the account has no {target.environment.vpc or 'default VPC'} in "
        f"{target.environment.region}: run `aws ec2 create-default-vpc`, or name `vpc` and "
        "`subnets` in the environment's file"
    )


def destroy(_target: Target) -> str:
    """Leave the network: deploy.py did not create it."""
    return "kept unchanged"


def find_vpcs(target: Target) -> list[dict[str, Any]]:
    """Return the VPC of the environment, or one entry for each of its subnets; empty if missing."""
    environment, ec2 = target.environment, target.aws("ec2")
    if environment.subnets:
        found = ec2.describe_subnets(SubnetIds=list(environment.subnets))["Subnets"]
        return [subnet for subnet in found if subnet["VpcId"] == environment.vpc]
    wanted = {"Name": "isDefault", "Values": ["true"]}
    if environment.vpc:
        wanted = {"Name": "vpc-id", "Values": [environment.vpc]}
    vpcs: list[dict[str, Any]] = ec2.describe_vpcs(Filters=[wanted])["Vpcs"]
    return vpcs


def find_vpc(target: Target) -> str:
    """Return the id of the VPC; raise NotYet if it does not exist."""
    for each in find_vpcs(target):
        return str(each["VpcId"])
    raise NotYet("the network")


def find_subnets(target: Target) -> list[str]:
    """Return the subnets of the environment, or all of its VPC; raise NotYet without a VPC."""
    if target.environment.subnets:
        return sorted(target.environment.subnets)
    wanted = [{"Name": "vpc-id", "Values": [find_vpc(target)]}]
    found = target.aws("ec2").describe_subnets(Filters=wanted)["Subnets"]
    return sorted(str(each["SubnetId"]) for each in found)


def find_subnet_of_each_zone(target: Target) -> list[str]:
    """Return one of these subnets for each availability zone; raise NotYet without a VPC."""
    found = target.aws("ec2").describe_subnets(SubnetIds=find_subnets(target))["Subnets"]
    zones = {each["AvailabilityZone"]: str(each["SubnetId"]) for each in found}
    return sorted(zones.values())


def find_groups(target: Target) -> list[str]:
    """Return the security groups of the environment, or the VPC's own; raise NotYet without one."""
    if target.environment.security_groups:
        return sorted(target.environment.security_groups)
    wanted = [
        {"Name": "vpc-id", "Values": [find_vpc(target)]},
        {"Name": "group-name", "Values": ["default"]},
    ]
    found = target.aws("ec2").describe_security_groups(Filters=wanted)["SecurityGroups"]
    return [str(each["GroupId"]) for each in found]


def describe_network(target: Target) -> dict[str, Any]:
    """Return where the containers of a service are, in the form of ECS; raise NotYet."""
    is_public = target.environment.public_ip or not target.environment.subnets
    return {
        "subnets": find_subnets(target),
        "securityGroups": find_groups(target),
        "assignPublicIp": "ENABLED" if is_public else "DISABLED",
    }
