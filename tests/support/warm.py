"""Settings of an environment with a warm pool and a review desk, and what AWS has of them."""

from typing import Any

import boto3

from tests.support.permissions import REGION

DESK_URL = "https://desk.example.com"


def warm_settings(desk: bool = True) -> dict[str, str]:
    """Return the lines of an environment's file; the desk's certificate is created."""
    settings = {"pool": '"warm"', "memory": "4096"}
    if desk:
        certificate = boto3.client("acm").request_certificate(DomainName="desk.example.com")
        values = (
            f'url = "{DESK_URL}"',
            f'certificate = "{certificate["CertificateArn"]}"',
            'allowed = ["10.0.0.0/8"]',
            'oidc_issuer = "https://id.example.com"',
            'oidc_client_id = "desk"',
        )
        settings["desk"] = f"{{ {', '.join(values)} }}"
    return settings


def read_service(name: str, kind: str) -> dict[str, Any] | None:
    """Return the active service of an environment; None without one."""
    found = boto3.client("ecs").describe_services(
        cluster=f"docverify-{name}", services=[f"docverify-{name}-{kind}"], include=["TAGS"]
    )["services"]
    return found[0] if found and found[0]["status"] == "ACTIVE" else None


def read_container(name: str, kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the task definition of a service, and its only container."""
    answer = boto3.client("ecs").describe_task_definition(taskDefinition=f"docverify-{name}-{kind}")
    definition = answer["taskDefinition"]
    (container,) = definition["containerDefinitions"]
    return definition, container


def read_group(name: str) -> dict[str, Any] | None:
    """Return a security group by its name; None without one."""
    where = [{"Name": "group-name", "Values": [name]}]
    found = boto3.client("ec2", region_name=REGION).describe_security_groups(Filters=where)
    return next(iter(found["SecurityGroups"]), None)


def find_balancer(name: str) -> dict[str, Any] | None:
    """Return the load balancer of an environment; None without one."""
    found = boto3.client("elbv2").describe_load_balancers()["LoadBalancers"]
    return next((each for each in found if each["LoadBalancerName"] == f"docverify-{name}"), None)
