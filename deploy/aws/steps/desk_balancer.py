"""The load balancer of the review desk: it terminates TLS; people sign in at the desk itself.

The load balancer could also sign people in, but its tokens have a format that only AWS uses. The
desk checks the tokens of any provider of OpenID Connect, so nothing here depends on it.
"""

from __future__ import annotations

from typing import Any

from deploy.aws.comparison import find_differences
from deploy.aws.errors import DeployError, NotYet
from deploy.aws.plan import Finding, differs, done, missing, not_needed
from deploy.aws.steps import desk_groups, network
from deploy.aws.steps.desk_groups import HTTPS_PORT, PORT
from deploy.aws.target import Target, from_tag_list, to_tag_list

SERVICE = "elbv2"
#: TLS 1.2 and 1.3.
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
HEALTH_PATH = "/health"
IDLE_SECONDS = 60
ATTRIBUTES = {
    "idle_timeout.timeout_seconds": str(IDLE_SECONDS),
    "routing.http.drop_invalid_header_fields.enabled": "true",
}
INTERNAL, PUBLIC = "internal", "internet-facing"
Description = dict[str, Any]


def check(target: Target) -> Finding:
    """Check the load balancer, its group of targets and its listener."""
    if target.environment.desk is None:
        return not_needed("no desk")
    balancer, group = find_balancer(target), read_target_group(target)
    if balancer is None or group is None:
        return missing(target.name)
    check_scheme(target, balancer)
    attributes = target.aws(SERVICE).describe_load_balancer_attributes(
        LoadBalancerArn=balancer["LoadBalancerArn"]
    )
    found = {
        **balancer,
        "subnets": [zone["SubnetId"] for zone in balancer["AvailabilityZones"]],
        "securityGroups": balancer["SecurityGroups"],
        **from_tag_list(attributes["Attributes"]),
        **group,
        **(find_listener(target, balancer) or {}),
    }
    wrong = list(find_differences(describe_balancer(target), found))
    wrong += find_differences(describe_target_group(), found)
    wrong += find_differences(describe_listener(target, group["TargetGroupArn"]), found)
    if wrong:
        return differs(f"{target.name}: {', '.join(wrong)}")
    return done(f"{target.name}, at {balancer['DNSName']}")


def apply(target: Target) -> None:
    """Create the load balancer, or bring it to the same state."""
    elb, wanted = target.aws(SERVICE), describe_balancer(target)
    group, balancer = ensure_target_group(target), find_balancer(target)
    subnets, groups = wanted["subnets"], wanted["securityGroups"]
    if balancer is None:
        answer = elb.create_load_balancer(
            Name=target.name,
            Type="application",
            Scheme=wanted["Scheme"],
            Subnets=subnets,
            SecurityGroups=groups,
            Tags=to_tag_list(target.tags),
        )
        balancer = answer["LoadBalancers"][0]
    else:
        check_scheme(target, balancer)
    arn = balancer["LoadBalancerArn"]
    if {each["SubnetId"] for each in balancer["AvailabilityZones"]} != {*subnets}:
        elb.set_subnets(LoadBalancerArn=arn, Subnets=subnets)
    if {*balancer["SecurityGroups"]} != {*groups}:
        elb.set_security_groups(LoadBalancerArn=arn, SecurityGroups=groups)
    elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=to_tag_list(ATTRIBUTES))
    listener, found = describe_listener(target, group), find_listener(target, balancer)
    if found is None:
        elb.create_listener(LoadBalancerArn=arn, **listener, Tags=to_tag_list(target.tags))
    else:
        elb.modify_listener(ListenerArn=found["ListenerArn"], **listener)


def destroy(target: Target) -> str:
    """Remove the load balancer and its group of targets if this environment owns them."""
    elb, balancer, group = target.aws(SERVICE), find_balancer(target), read_target_group(target)
    removed = False
    if balancer and is_owned(target, balancer["LoadBalancerArn"]):
        listener = find_listener(target, balancer)
        if listener:
            elb.delete_listener(ListenerArn=listener["ListenerArn"])
        elb.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])
        removed = True
    if group and is_owned(target, group["TargetGroupArn"]):
        elb.delete_target_group(TargetGroupArn=group["TargetGroupArn"])
        removed = True
    return target.name if removed else "did not exist"


def describe_balancer(target: Target) -> Description:
    """Return what the load balancer should be; raise NotYet without a network or its group."""
    desk = target.environment.desk
    own = sorted(desk.subnets) if desk else []
    return {
        "Scheme": PUBLIC if desk and desk.public else INTERNAL,
        "subnets": own or network.find_subnet_of_each_zone(target),
        "securityGroups": [desk_groups.find_id(target, desk_groups.BALANCER)],
        **ATTRIBUTES,
    }


def check_scheme(target: Target, balancer: Description) -> None:
    """Raise DeployError if the load balancer would have to change from private to public."""
    if balancer["Scheme"] != describe_balancer(target)["Scheme"]:
        raise DeployError(
            "desk.public: AWS cannot change it for an existing load balancer. Run the script with "
            "`--only desk --destroy` and with `--only desk-balancer --destroy`, then deploy"
        )


def describe_target_group() -> Description:
    """Return how the load balancer checks the desk."""
    return {
        "HealthCheckPath": HEALTH_PATH,
        "HealthCheckProtocol": "HTTP",
        "Matcher": {"HttpCode": "200"},
    }


def describe_listener(target: Target, group: str) -> Description:
    """Return the listener in the form of the load balancer: HTTPS only."""
    desk = target.environment.desk
    return {
        "Protocol": "HTTPS",
        "Port": HTTPS_PORT,
        "SslPolicy": TLS_POLICY,
        "Certificates": [{"CertificateArn": desk.certificate if desk else ""}],
        "DefaultActions": [{"Type": "forward", "TargetGroupArn": group}],
    }


def find_balancer(target: Target) -> Description | None:
    """Return the description of the load balancer; None if it does not exist."""
    elb = target.aws(SERVICE)
    try:
        answer = elb.describe_load_balancers(Names=[target.name])
    except elb.exceptions.LoadBalancerNotFoundException:
        return None
    found: list[Description] = answer["LoadBalancers"]
    return found[0] if found else None


def find_listener(target: Target, balancer: Description) -> Description | None:
    """Return the listener for HTTPS; None without one."""
    arn = balancer["LoadBalancerArn"]
    found = target.aws(SERVICE).describe_listeners(LoadBalancerArn=arn)["Listeners"]
    return next((each for each in found if each["Port"] == HTTPS_PORT), None)


def read_target_group(target: Target) -> Description | None:
    """Return the description of the group of targets; None if it does not exist."""
    elb = target.aws(SERVICE)
    try:
        answer = elb.describe_target_groups(Names=[target.name])
    except elb.exceptions.TargetGroupNotFoundException:
        return None
    found: list[Description] = answer["TargetGroups"]
    return found[0] if found else None


def find_target_group(target: Target) -> str:
    """Return the ARN of the group of targets; raise NotYet if it does not exist."""
    found = read_target_group(target)
    if found is None:
        raise NotYet("the load balancer")
    return str(found["TargetGroupArn"])


def ensure_target_group(target: Target) -> str:
    """Create the group of targets, or bring its check to the same state, and return its ARN."""
    elb, found = target.aws(SERVICE), read_target_group(target)
    if found is None:
        answer = elb.create_target_group(
            Name=target.name,
            Protocol="HTTP",
            Port=PORT,
            VpcId=network.find_vpc(target),
            TargetType="ip",
            **describe_target_group(),
            Tags=to_tag_list(target.tags),
        )
        found = answer["TargetGroups"][0]
    else:
        elb.modify_target_group(TargetGroupArn=found["TargetGroupArn"], **describe_target_group())
    return str(found["TargetGroupArn"])


def is_owned(target: Target, arn: str) -> bool:
    """Return whether this environment created a load balancer or a group of targets."""
    return target.owns(read_tags(target, arn))


def read_tags(target: Target, arn: str) -> dict[str, str]:
    """Return the tags of a load balancer, a listener or a group of targets."""
    answer = target.aws(SERVICE).describe_tags(ResourceArns=[arn])
    return from_tag_list(answer["TagDescriptions"][0]["Tags"])
