"""Comparing what ECS and EC2 have with what is wanted."""

from typing import Any

import pytest

from deploy.aws import service
from deploy.aws.container import find_changes
from deploy.aws.steps.desk_groups import describe_rule, read_rules

WANTED: dict[str, Any] = {
    "family": "f",
    "containerDefinitions": [{"name": "prefect", "environment": [{"name": "A", "value": "1"}]}],
}
ADDED = {"revision": 3, "status": "ACTIVE", "compatibilities": ["FARGATE"]}


def found_with(**container: Any) -> dict[str, Any]:
    """Return what ECS has of the definition, with more keys in its container."""
    own = {**WANTED["containerDefinitions"][0], "cpu": 0, "mountPoints": [], **container}
    return {**WANTED, **ADDED, "containerDefinitions": [own]}


def test_what_ecs_adds_is_no_change():
    assert list(find_changes(WANTED, found_with(command=[], portMappings=[]))) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("command", ["sleep"]),
        ("healthCheck", {"command": ["CMD", "true"]}),
        ("portMappings", [{"containerPort": 22}]),
        ("stopTimeout", 5),
    ],
)
def test_what_a_definition_has_too_much_is_a_change(key, value):
    assert list(find_changes(WANTED, found_with(**{key: value}))) == [key]


def test_role_that_is_not_wanted_is_a_change():
    assert list(find_changes(WANTED, found_with() | {"taskRoleArn": "r"})) == ["taskRoleArn"]


def test_variable_that_is_not_wanted_is_a_change():
    more = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]

    assert list(find_changes(WANTED, found_with(environment=more)))


def test_every_kind_of_rule_of_a_group_is_seen_and_can_be_taken_back():
    permissions: list[dict[str, Any]] = [
        {
            "IpProtocol": "tcp",
            "FromPort": 443,
            "ToPort": 443,
            "IpRanges": [{"CidrIp": "10.0.0.0/8"}, {"CidrIp": "0.0.0.0/0"}],
            "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
        },
        {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-1", "UserId": "1"}]},
        {"IpProtocol": "udp", "FromPort": 1, "ToPort": 2, "PrefixListIds": [{"PrefixListId": "p"}]},
    ]

    rules = read_rules({"IpPermissions": permissions})

    assert set(rules) == {
        ("tcp", 443, 443, "10.0.0.0/8"),
        ("tcp", 443, 443, "0.0.0.0/0"),
        ("tcp", 443, 443, "::/0"),
        ("-1", -1, -1, "sg-1"),
        ("udp", 1, 2, "p"),
    }
    assert rules["-1", -1, -1, "sg-1"] == {
        "IpProtocol": "-1",
        "UserIdGroupPairs": [{"GroupId": "sg-1"}],
    }
    assert rules["tcp", 443, 443, "10.0.0.0/8"] == describe_rule(("tcp", 443, 443, "10.0.0.0/8"))


def test_removed_service_may_leave_the_load_balancer_before_its_containers_end():
    deregistration, kill = 300, 120  # seconds: what a target group has by default, and Fargate
    assert deregistration + kill < service.STOP_SECONDS
