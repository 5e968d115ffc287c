"""Which permission a call needs, and what a policy allows.

https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from string import Template
from typing import Any

from deploy.local.isolation import ROOT
from tests.support.aws_calls import Call

ACCOUNT = "123456789012"
REGION = "eu-west-1"
Conditions = dict[str, dict[str, str | list[str]]]
IAM = ROOT / "deploy" / "iam"

# Permissions whose name differs from the operation's.
NAMES = {
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:PutBucketNotificationConfiguration": "s3:PutBucketNotification",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
}
# Services whose permissions have another prefix.
PREFIXES = {"elbv2": "elasticloadbalancing"}
# Additional permissions of calls with tags.
TAGGING = {
    "cloudwatch:PutMetricAlarm": "cloudwatch:TagResource",
    "ec2:CreateSecurityGroup": "ec2:CreateTags",
    "ecs:CreateService": "ecs:TagResource",
    "elasticloadbalancing:CreateListener": "elasticloadbalancing:AddTags",
    "elasticloadbalancing:CreateLoadBalancer": "elasticloadbalancing:AddTags",
    "elasticloadbalancing:CreateTargetGroup": "elasticloadbalancing:AddTags",
    "ecr:CreateRepository": "ecr:TagResource",
    "ecs:CreateCluster": "ecs:TagResource",
    "ecs:RegisterTaskDefinition": "ecs:TagResource",
    "ecs:RunTask": "ecs:TagResource",
    "iam:CreatePolicy": "iam:TagPolicy",
    "iam:CreateRole": "iam:TagRole",
    "iam:CreateUser": "iam:TagUser",
    "logs:CreateLogGroup": "logs:TagResource",
    "secretsmanager:CreateSecret": "secretsmanager:TagResource",
    "sns:CreateTopic": "sns:TagResource",
    "sqs:CreateQueue": "sqs:TagQueue",
}
TAGS = ("tags", "Tags", "TagSpecifications")
# This request needs no permission.
FREE = {"sts:GetCallerIdentity"}


def policy(file: str, name: str) -> dict[str, Any]:
    """Return a policy of deploy/iam with the names of an environment."""
    text = (IAM / f"{file}.json").read_text()
    values = {
        "account": ACCOUNT,
        "boundary": boundary(name),
        "bucket": f"docverify-{name}-{ACCOUNT}",
        "database_secret": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:rds!db-1-a",
        "database_user": f"arn:aws:rds-db:{REGION}:{ACCOUNT}:dbuser:db-1/docverify_run",
        "environment": name,
        "kms_key": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1",
        "name": f"docverify-{name}",
        "partition": "aws",
        "prefix": "inbox/",
        "region": REGION,
        "secret": "DATABASE_URL",
    }
    return json.loads(Template(text).substitute(values))


def boundary(name: str) -> str:
    """Return the ARN of the policy that limits what the script of an environment creates."""
    return f"arn:aws:iam::{ACCOUNT}:policy/docverify-{name}-boundary"


@dataclass(frozen=True)
class Needed:
    """A permission, its resource if the call names one, and what conditions may ask for."""

    action: str
    resource: str
    context: frozenset[tuple[str, str]] = frozenset()


def needed(calls: Iterable[Call]) -> set[Needed]:
    """Return the permissions of calls in their order.

    A role keeps the boundary it was given, and a security group its tags.
    """
    boundaries: dict[str, str] = {}
    groups: dict[str, frozenset[tuple[str, str]]] = {}
    return {
        replace(each, context=each.context | _tags_of_group(call, groups))
        for call in calls
        for each in _with_boundary(call, boundaries)
    }


def _tags_of_group(
    call: Call, groups: dict[str, frozenset[tuple[str, str]]]
) -> frozenset[tuple[str, str]]:
    """Return the tags of the security group that a call changes."""
    if call.operation == "CreateSecurityGroup":
        (specification,) = call.parameters["TagSpecifications"]
        groups[call.answer["GroupId"]] = frozenset(
            (f"aws:ResourceTag/{tag['Key']}", tag["Value"]) for tag in specification["Tags"]
        )
    (changed, *_) = call.parameters.get("Resources") or [call.parameters.get("GroupId", "")]
    return groups.get(changed, frozenset())


def _with_boundary(call: Call, boundaries: dict[str, str]) -> Iterator[Needed]:
    """Yield what a call needs, with the boundary of the role or user that it changes."""
    holder = call.parameters.get("RoleName") or call.parameters.get("UserName")
    if call.service != "iam" or not holder:
        yield from _needed(call)
        return
    if "PermissionsBoundary" in call.parameters:
        boundaries[holder] = call.parameters["PermissionsBoundary"]
    known = boundaries.get(holder)
    context = frozenset({("iam:PermissionsBoundary", known)} if known else ())
    for each in _needed(call):
        yield replace(each, context=each.context | context)


def _needed(call: Call) -> Iterator[Needed]:
    name = f"{PREFIXES.get(call.service, call.service)}:{call.operation}"
    action = NAMES.get(name, name)
    if action in FREE:
        return
    resource = _resource(call.service, call.parameters)
    yield Needed(_of_version(action, call.parameters), resource, _context(call))
    if name == "ec2:CreateSecurityGroup":
        yield Needed(action, _arn("ec2", f"vpc/{call.parameters['VpcId']}"))
    if name in TAGGING and {*TAGS} & call.parameters.keys():
        created = {(f"{each}:CreateAction", call.operation) for each in ("ec2", "ecs")}
        yield Needed(TAGGING[name], _tagged(call, resource), _context(call) | created)
    to_ecs = frozenset({("iam:PassedToService", "ecs-tasks.amazonaws.com")})
    if name == "ecs:RegisterTaskDefinition":
        for role in ("taskRoleArn", "executionRoleArn"):
            if role in call.parameters:
                yield Needed("iam:PassRole", call.parameters[role], to_ecs)
    if name == "ecs:RunTask":
        # ECS asks for them although the definition names the roles.
        family = call.parameters["taskDefinition"].rpartition("/")[2].partition(":")[0]
        for kind in ("execution", "task"):
            yield Needed("iam:PassRole", _arn("iam", f"role/{family}-{kind}", ""), to_ecs)


def _context(call: Call) -> frozenset[tuple[str, str]]:
    """Return the values that conditions may ask for."""
    if call.service == "ecs" and call.operation == "RunTask":
        cluster = call.parameters["cluster"]
        return frozenset({("ecs:cluster", _arn("ecs", f"cluster/{cluster}"))})
    if call.service == "application-autoscaling":
        namespace = call.parameters["ServiceNamespace"]
        return frozenset({("application-autoscaling:service-namespace", namespace)})
    if call.service == "ec2" and call.operation == "CreateSecurityGroup":
        (specification,) = call.parameters["TagSpecifications"]
        return frozenset(
            (f"aws:RequestTag/{tag['Key']}", tag["Value"]) for tag in specification["Tags"]
        )
    if call.service == "iam" and call.operation == "CreateServiceLinkedRole":
        return frozenset({("iam:AWSServiceName", call.parameters["AWSServiceName"])})
    return frozenset()


def _of_version(action: str, parameters: dict[str, Any]) -> str:
    """Return the name of the permission; S3 has separate ones for versions."""
    if action in ("s3:GetObject", "s3:DeleteObject") and parameters.get("VersionId"):
        return f"{action}Version"
    return action


def _tagged(call: Call, resource: str) -> str:
    if call.operation == "RunTask":
        return _arn("ecs", f"task/{call.parameters['cluster']}/0")
    if call.operation == "CreateListener":
        return resource.replace(":loadbalancer/", ":listener/")
    if call.operation == "RegisterTaskDefinition":
        return _arn("ecs", f"task-definition/{call.parameters['family']}:1")
    return resource


def _arn(service: str, resource: str, region: str = REGION) -> str:
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{resource}"


def _resource(service: str, parameters: dict[str, Any]) -> str:
    """Return the resource of a call; "*" if it names none, such as a list request."""
    found = parameters.get
    if service == "s3":
        key = f"/{found('Key')}" if found("Key") else ""
        return f"arn:aws:s3:::{found('Bucket')}{key}"
    if service == "secretsmanager":
        return _arn(service, f"secret:{found('SecretId') or found('Name')}-AbCdEf")
    if service == "sqs":
        name = found("QueueName") or found("QueueUrl", "").rpartition("/")[2]
        return _arn(service, name)
    if service == "sns":
        topic = found("TopicArn") or found("ResourceArn")
        return topic or (_arn(service, found("Name")) if found("Name") else "*")
    if service == "iam":
        return _of_iam(parameters)
    if service == "ecr":
        name = found("repositoryName") or "".join(found("repositoryNames", ()))
        return found("resourceArn") or (_arn(service, f"repository/{name}") if name else "*")
    if service == "logs":
        name = found("logGroupName")
        return found("resourceArn") or (_arn(service, f"log-group:{name}") if name else "*")
    if service == "cloudwatch":
        return _of_cloudwatch(parameters)
    if service == "application-autoscaling":
        return _arn(service, "scalable-target/0")
    if service == "elbv2":
        return _of_load_balancer(parameters)
    if service == "ec2":
        has_group = {"GroupId", "GroupName", "Resources"} & parameters.keys()
        return _arn(service, f"security-group/{found('GroupId', 'sg-0')}") if has_group else "*"
    return _of_ecs(parameters) if service == "ecs" else "*"


def _of_cloudwatch(parameters: dict[str, Any]) -> str:
    name = parameters.get("AlarmName") or next(iter(parameters.get("AlarmNames", ())), None)
    if name:
        return _arn("cloudwatch", f"alarm:{name}")
    board = parameters.get("DashboardName") or next(iter(parameters.get("DashboardNames", ())), "")
    if board:
        return _arn("cloudwatch", f"dashboard/{board}", region="")
    return str(parameters.get("ResourceARN", "*"))


def _of_iam(parameters: dict[str, Any]) -> str:
    for key, kind in (("UserName", "user"), ("RoleName", "role")):
        if key in parameters:
            return _arn("iam", f"{kind}/{parameters[key]}", region="")
    for key in ("PolicyArn", "PolicySourceArn"):
        if key in parameters:
            return str(parameters[key])
    return _arn("iam", f"policy/{parameters['PolicyName']}", region="")


def _of_load_balancer(parameters: dict[str, Any]) -> str:
    """Return the resource of a call to the load balancer; calls that list name none."""
    if "Name" in parameters:
        kind = "targetgroup" if "TargetType" in parameters else "loadbalancer/app"
        return _arn("elasticloadbalancing", f"{kind}/{parameters['Name']}/0")
    for key in ("ListenerArn", "LoadBalancerArn", "TargetGroupArn"):
        if key in parameters:
            return str(parameters[key])
    return str(parameters["ResourceArns"][0]) if "ResourceArns" in parameters else "*"


def _of_ecs(parameters: dict[str, Any]) -> str:
    if "resourceArn" in parameters:
        return str(parameters["resourceArn"])
    service = parameters.get("serviceName") or parameters.get("service")
    service = service or "".join(parameters.get("services", ()))
    if service:
        return _arn("ecs", f"service/{parameters['cluster']}/{service}")
    if "taskDefinition" in parameters and "cluster" in parameters:
        return str(parameters["taskDefinition"])
    name = parameters.get("clusterName") or parameters.get("cluster")
    name = name or "".join(parameters.get("clusters", ()))
    return _arn("ecs", f"cluster/{name}") if name else "*"


def statements(policy: dict[str, Any]) -> Iterator[tuple[list[str], list[str], Conditions]]:
    """Yield the actions, resources and conditions of each statement."""
    for statement in policy["Statement"]:
        assert statement["Effect"] == "Allow"
        conditions = statement.get("Condition", {})
        yield _listed(statement["Action"]), _listed(statement["Resource"]), conditions


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def allows(policy: dict[str, Any], wanted: Needed) -> bool:
    """Return whether a policy allows what is wanted; a condition without a value refuses."""
    return any(
        any(fnmatchcase(wanted.action, action) for action in actions)
        and any(fnmatchcase(wanted.resource, pattern) for pattern in resources)
        and _holds(conditions, dict(wanted.context))
        for actions, resources, conditions in statements(policy)
    )


def _holds(conditions: Conditions, context: dict[str, str]) -> bool:
    """Return whether every condition holds; all operators of our policies compare text."""
    assert conditions.keys() <= {"StringEquals", "StringLike", "ArnEquals"}
    return all(
        key in context and any(fnmatchcase(context[key], value) for value in _listed(values))
        for asked in conditions.values()
        for key, values in asked.items()
    )


def allowed_actions(policy: dict[str, Any]) -> set[str]:
    return {action for actions, _, _ in statements(policy) for action in actions}
