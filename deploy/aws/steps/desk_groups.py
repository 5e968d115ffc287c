"""The security groups of the review desk, which decide who reaches the load balancer and the desk.

The networks in `allowed` reach the load balancer by HTTPS, and only the load balancer reaches the
port of the desk.
"""

from __future__ import annotations

import time
from typing import Any

from botocore.exceptions import ClientError

from deploy.aws.errors import DeployError, NotYet
from deploy.aws.plan import Finding, differs, done, missing, not_needed
from deploy.aws.steps import network
from deploy.aws.target import Target, from_tag_list, to_tag_list

BALANCER, DESK = "balancer", "desk"
HTTPS_PORT, PORT = 443, 8500
REMOVAL_SECONDS = 600.0  # until AWS has removed what used a group
PAUSE_SECONDS = 5.0
#: Protocol, first and last port, and the network or the group that may reach them.
Rule = tuple[str, int, int, str]
SOURCES = {
    "IpRanges": "CidrIp",
    "Ipv6Ranges": "CidrIpv6",
    "PrefixListIds": "PrefixListId",
    "UserIdGroupPairs": "GroupId",
}


def check(target: Target) -> Finding:
    """Check the networks and groups that can reach the load balancer and the desk."""
    if target.environment.desk is None:
        return not_needed("no desk")
    names = [name(target, kind) for kind in (BALANCER, DESK)]
    found = {each: find_group(target, each) for each in names}
    absent = [each for each, group in found.items() if group is None]
    if absent:
        return missing(", ".join(absent))
    wrong = [
        name(target, kind)
        for kind in (BALANCER, DESK)
        if read_rules(found[name(target, kind)] or {}).keys() != wanted_rules(target, kind)
    ]
    return differs(f"rules of {', '.join(wrong)}") if wrong else done(", ".join(names))


def apply(target: Target) -> None:
    """Create the groups, and give them exactly the wanted rules."""
    ec2 = target.aws("ec2")
    for kind in (BALANCER, DESK):
        which = name(target, kind)
        found = find_group(target, which) or create_group(target, which)
        wanted, present = wanted_rules(target, kind), read_rules(found)
        extra = [present[rule] for rule in present.keys() - wanted]
        absent = [describe_rule(rule) for rule in wanted - present.keys()]
        if extra:
            ec2.revoke_security_group_ingress(GroupId=found["GroupId"], IpPermissions=extra)
        if absent:
            ec2.authorize_security_group_ingress(GroupId=found["GroupId"], IpPermissions=absent)


def destroy(target: Target) -> str:
    """Remove the groups that this environment owns; that of the desk first, which names the other.

    A load balancer and a container leave their group some minutes after they were removed.
    """
    removed = []
    for kind in (DESK, BALANCER) if network.find_vpcs(target) else ():
        found = find_group(target, name(target, kind))
        if found and is_owned(target, found):
            delete_group(target, found)
            removed.append(name(target, kind))
    return ", ".join(removed) or "did not exist"


def name(target: Target, kind: str) -> str:
    """Return the name of a group."""
    return f"{target.name}-{kind}"


def find_id(target: Target, kind: str) -> str:
    """Return the id of a group; raise NotYet if it does not exist."""
    found = find_group(target, name(target, kind))
    if found is None:
        raise NotYet(f"the security group {name(target, kind)}")
    return str(found["GroupId"])


def find_group(target: Target, which: str) -> dict[str, Any] | None:
    """Return EC2's description of a group of the VPC; None if it does not exist."""
    wanted = [
        {"Name": "group-name", "Values": [which]},
        {"Name": "vpc-id", "Values": [network.find_vpc(target)]},
    ]
    found: list[dict[str, Any]]
    found = target.aws("ec2").describe_security_groups(Filters=wanted)["SecurityGroups"]
    return found[0] if found else None


def create_group(target: Target, which: str) -> dict[str, Any]:
    """Create a group without rules."""
    tags = {"ResourceType": "security-group", "Tags": to_tag_list(target.tags)}
    target.aws("ec2").create_security_group(
        GroupName=which,
        Description=f"docverify, review desk of {target.environment.name}",
        VpcId=network.find_vpc(target),
        TagSpecifications=[tags],
    )
    return find_group(target, which) or {}


def delete_group(target: Target, found: dict[str, Any]) -> None:
    """Delete a group, and wait for what still uses it; raise DeployError if that takes too long."""
    deadline = time.monotonic() + REMOVAL_SECONDS
    while True:
        try:
            target.aws("ec2").delete_security_group(GroupId=found["GroupId"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "DependencyViolation":
                raise
            if time.monotonic() > deadline:
                raise DeployError(
                    f"the security group {found['GroupName']} is still in use: remove what uses "
                    "it, which the EC2 console shows under Network interfaces"
                ) from None
            time.sleep(PAUSE_SECONDS)
        else:
            return


def is_owned(target: Target, found: dict[str, Any]) -> bool:
    """Return whether this environment created a group."""
    return target.owns(from_tag_list(found.get("Tags", [])))


def wanted_rules(target: Target, kind: str) -> set[Rule]:
    """Return what can reach a group; raise NotYet without the load balancer's group."""
    desk = target.environment.desk
    if kind == BALANCER:
        networks = desk.allowed if desk else ()
        return {("tcp", HTTPS_PORT, HTTPS_PORT, each) for each in networks}
    return {("tcp", PORT, PORT, find_id(target, BALANCER))}


def read_rules(found: dict[str, Any]) -> dict[Rule, dict[str, Any]]:
    """Return what can reach a group, each with EC2's permission for it."""
    rules: dict[Rule, dict[str, Any]] = {}
    for each in found.get("IpPermissions", ()):
        ports = {key: each[key] for key in ("IpProtocol", "FromPort", "ToPort") if key in each}
        where = (each["IpProtocol"], each.get("FromPort", -1), each.get("ToPort", -1))
        for kind, key in SOURCES.items():
            for source in each.get(kind, ()):
                rules[(*where, source[key])] = {**ports, kind: [{key: source[key]}]}
    return rules


def describe_rule(rule: Rule) -> dict[str, Any]:
    """Return a rule in the form of EC2."""
    protocol, first, last, source = rule
    kind = "UserIdGroupPairs" if source.startswith("sg-") else "IpRanges"
    return {
        "IpProtocol": protocol,
        "FromPort": first,
        "ToPort": last,
        kind: [{SOURCES[kind]: source}],
    }
