"""No policy of deploy/iam/ leads to more rights than it grants: each known way is tried.

The ways are those that are published for IAM: new policy versions, attached policies, other
principals' keys and passwords, changed trust, removed boundaries, and roles passed to a service.
"""

import json

import pytest

from deploy.aws.steps.roles import KINDS
from deploy.aws.steps.secrets import DESK_CLIENT, DESK_URL
from tests.support.permissions import ACCOUNT, IAM, Needed, allows, boundary, policy

NAME = "production"
PRINCIPALS = (
    *("deployer", "deployer-services", "submitter", "task", "execution", "services"),
    *("desk", "textract", "kms", "database_secret", "database_user"),
)
#: The two policies of whoever deploys.
DEPLOYERS = {"deployer", "deployer-services"}
#: Policies that the boundary gets only if the environment names what they are about.
CHOSEN = {"kms", "database_secret", "database_user"}


def arn(resource: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:{resource}"


OWN_ROLE = arn(f"role/docverify-{NAME}-task")
OWN_ROLES = [
    arn(f"role/docverify-{NAME}-{kind}") for kind in ("worker", "desk", "execution", "services")
]
OWN_USER = arn(f"user/docverify-{NAME}-pool")
DOCUMENT = f"arn:aws:s3:::docverify-{NAME}-{ACCOUNT}/inbox/a"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
SECRETS = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:docverify/{NAME}"
GROUP = f"arn:aws:ec2:eu-west-1:{ACCOUNT}:security-group/sg-0"
OWNER = "aws:ResourceTag/docverify:environment"
CREATING = frozenset({("ec2:CreateAction", "CreateSecurityGroup")})
BALANCING = f"arn:aws:elasticloadbalancing:eu-west-1:{ACCOUNT}"
OTHER_BOUNDARY = frozenset({("iam:PermissionsBoundary", ADMINISTRATOR)})
BOUNDED = frozenset({("iam:PermissionsBoundary", boundary(NAME))})


def to_service(service: str) -> frozenset[tuple[str, str]]:
    return frozenset({("iam:PassedToService", f"{service}.amazonaws.com")})


ESCALATIONS = {
    "change the boundary": Needed("iam:CreatePolicyVersion", boundary(NAME)),
    "go back to an older boundary": Needed("iam:SetDefaultPolicyVersion", boundary(NAME)),
    "delete the boundary": Needed("iam:DeletePolicy", boundary(NAME)),
    "change any policy": Needed("iam:CreatePolicyVersion", arn("policy/any")),
    "create a policy": Needed("iam:CreatePolicy", arn("policy/any")),
    "create a policy of our name": Needed("iam:CreatePolicy", arn(f"policy/docverify-{NAME}-x")),
    "remove a role's boundary": Needed("iam:DeleteRolePermissionsBoundary", OWN_ROLE, BOUNDED),
    "remove a user's boundary": Needed("iam:DeleteUserPermissionsBoundary", OWN_USER, BOUNDED),
    "give a role another boundary": Needed(
        "iam:PutRolePermissionsBoundary", OWN_ROLE, OTHER_BOUNDARY
    ),
    "give a user another boundary": Needed(
        "iam:PutUserPermissionsBoundary", OWN_USER, OTHER_BOUNDARY
    ),
    "create a role without a boundary": Needed("iam:CreateRole", OWN_ROLE),
    "create a role with another boundary": Needed("iam:CreateRole", OWN_ROLE, OTHER_BOUNDARY),
    "create another role": Needed("iam:CreateRole", arn("role/any"), BOUNDED),
    "create a user without a boundary": Needed("iam:CreateUser", OWN_USER),
    "create a user with another boundary": Needed("iam:CreateUser", OWN_USER, OTHER_BOUNDARY),
    "create another user": Needed("iam:CreateUser", arn("user/any"), BOUNDED),
    "write a policy of an unbounded role": Needed("iam:PutRolePolicy", OWN_ROLE),
    "write a policy of another role": Needed("iam:PutRolePolicy", arn("role/any"), BOUNDED),
    "write a policy of an unbounded user": Needed("iam:PutUserPolicy", OWN_USER),
    "write a policy of another user": Needed("iam:PutUserPolicy", arn("user/any"), BOUNDED),
    "write a policy of a group": Needed("iam:PutGroupPolicy", arn("group/any")),
    "attach a policy to a role": Needed("iam:AttachRolePolicy", OWN_ROLE, BOUNDED),
    "attach a policy to a user": Needed("iam:AttachUserPolicy", OWN_USER, BOUNDED),
    "attach a policy to a group": Needed("iam:AttachGroupPolicy", arn("group/any")),
    "join a group": Needed("iam:AddUserToGroup", arn("group/any")),
    "trust somebody else": Needed("iam:UpdateAssumeRolePolicy", OWN_ROLE, BOUNDED),
    "become another role": Needed("sts:AssumeRole", arn("role/any")),
    "create a key of another user": Needed("iam:CreateAccessKey", arn("user/any")),
    "set a password": Needed("iam:CreateLoginProfile", OWN_USER),
    "change a password": Needed("iam:UpdateLoginProfile", arn("user/any")),
    "pass another role to ECS": Needed("iam:PassRole", arn("role/any"), to_service("ecs-tasks")),
    **{
        f"pass a role to {service}": Needed("iam:PassRole", OWN_ROLE, to_service(service))
        for service in (
            *("ec2", "lambda", "glue", "cloudformation", "codebuild", "sagemaker", "ssm"),
            *("datapipeline", "states", "scheduler", "events", "batch", "apprunner"),
        )
    },
    **{
        f"{way} of {role.rpartition('-')[2]}": Needed(action, role, context)
        for role in OWN_ROLES
        for way, action, context in (
            ("attach a policy to the role", "iam:AttachRolePolicy", BOUNDED),
            ("write a policy of the unbounded role", "iam:PutRolePolicy", frozenset()),
            ("trust somebody else with the role", "iam:UpdateAssumeRolePolicy", BOUNDED),
            ("remove the boundary", "iam:DeleteRolePermissionsBoundary", BOUNDED),
            ("pass the role to EC2", "iam:PassRole", to_service("ec2")),
        )
    },
    "be a service in another cluster": Needed(
        "ecs:CreateService", f"arn:aws:ecs:eu-west-1:{ACCOUNT}:service/other/docverify-{NAME}-desk"
    ),
    "change another service": Needed(
        "ecs:UpdateService", f"arn:aws:ecs:eu-west-1:{ACCOUNT}:service/docverify-{NAME}/other"
    ),
    "open another security group": Needed(
        "ec2:AuthorizeSecurityGroupIngress", GROUP, frozenset({(OWNER, "other")})
    ),
    "open a security group without an owner": Needed("ec2:AuthorizeSecurityGroupIngress", GROUP),
    "become the owner of a security group": Needed("ec2:CreateTags", GROUP),
    "become the owner of a machine": Needed(
        "ec2:CreateTags", f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/i-0", CREATING
    ),
    "create a security group of another owner": Needed(
        "ec2:CreateSecurityGroup",
        GROUP,
        frozenset({("aws:RequestTag/docverify:environment", "other")}),
    ),
    "send the traffic of another load balancer elsewhere": Needed(
        "elasticloadbalancing:ModifyListener", f"{BALANCING}:listener/app/other/0/0"
    ),
    "scale something else": Needed(
        "application-autoscaling:RegisterScalableTarget",
        f"arn:aws:application-autoscaling:eu-west-1:{ACCOUNT}:scalable-target/0",
        frozenset({("application-autoscaling:service-namespace", "dynamodb")}),
    ),
    "make another service's role": Needed(
        "iam:CreateServiceLinkedRole",
        arn("role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot"),
        frozenset({("iam:AWSServiceName", "spot.amazonaws.com")}),
    ),
    "change a function": Needed("lambda:UpdateFunctionCode", "*"),
    "enter a container": Needed("ecs:ExecuteCommand", "*"),
    "change another environment's secret": Needed(
        "secretsmanager:PutSecretValue",
        f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:docverify/other/DATABASE_URL-AbCdEf",
    ),
    "delete documents": Needed("s3:DeleteObject", DOCUMENT),
    "delete old versions of documents": Needed("s3:DeleteObjectVersion", DOCUMENT),
}
DEFINITION = f"arn:aws:ecs:eu-west-1:{ACCOUNT}:task-definition"
CLUSTER = frozenset({("ecs:cluster", f"arn:aws:ecs:eu-west-1:{ACCOUNT}:cluster/docverify-{NAME}")})
OF_THE_KEY = {
    "run an image of its choice": Needed("ecs:RegisterTaskDefinition", "*"),
    "run another definition": Needed("ecs:RunTask", f"{DEFINITION}/other:1", CLUSTER),
    "run the warm worker's definition": Needed(
        "ecs:RunTask", f"{DEFINITION}/docverify-{NAME}-worker:1", CLUSTER
    ),
    "run the migrations": Needed(
        "ecs:RunTask", f"{DEFINITION}/docverify-{NAME}-migrations:1", CLUSTER
    ),
    "run the desk's definition": Needed(
        "ecs:RunTask", f"{DEFINITION}/docverify-{NAME}-desk:1", CLUSTER
    ),
    "run in another cluster": Needed("ecs:RunTask", f"{DEFINITION}/docverify-{NAME}:1"),
    "read a secret": Needed(
        "secretsmanager:GetSecretValue",
        f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:docverify/{NAME}/DATABASE_URL-AbCdEf",
    ),
    "read a document": Needed("s3:GetObject", DOCUMENT),
    "read a log": Needed("logs:GetLogEvents", f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:*"),
    "write an image": Needed(
        "ecr:PutImage", f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/docverify-{NAME}"
    ),
}


@pytest.mark.parametrize("principal", [*PRINCIPALS, "boundary"])
def test_no_policy_allows_a_known_way_to_more_rights(principal):
    allowed = policy(principal, NAME)
    assert [way for way, wanted in ESCALATIONS.items() if allows(allowed, wanted)] == []


def test_key_of_the_push_pool_starts_only_the_registered_definition():
    allowed = policy("submitter", NAME)
    assert [way for way, wanted in OF_THE_KEY.items() if allows(allowed, wanted)] == []
    assert allows(allowed, Needed("ecs:RunTask", f"{DEFINITION}/docverify-{NAME}:1", CLUSTER))


@pytest.mark.parametrize(
    "secret", ["DOCVERIFY_OWNER_DATABASE_URL", DESK_URL, DESK_CLIENT, "PREFECT_API_KEY"]
)
def test_run_with_a_swapped_role_reads_no_secret_that_a_run_does_not_have(secret):
    """RunTask takes another role of the container, if whoever calls it may pass that role."""
    key, to_ecs = policy("submitter", NAME), to_service("ecs-tasks")
    wanted = Needed("secretsmanager:GetSecretValue", f"{SECRETS}/{secret}-AbCdEf")
    passed = [
        kind
        for kind in KINDS
        if allows(key, Needed("iam:PassRole", arn(f"role/docverify-{NAME}-{kind}"), to_ecs))
    ]
    assert passed == ["task", "execution"]
    assert [kind for kind in passed if allows(policy(kind, NAME), wanted)] == []
    assert allows(policy("services", NAME), wanted)


@pytest.mark.parametrize("principal", sorted({*PRINCIPALS} - {*DEPLOYERS, *CHOSEN}))
def test_boundary_takes_no_right_from_what_the_script_creates(principal):
    limit = policy("boundary", NAME)
    for statement in policy(principal, NAME)["Statement"]:
        actions, resources = statement["Action"], statement["Resource"]
        for action in [actions] if isinstance(actions, str) else actions:
            for resource in [resources] if isinstance(resources, str) else resources:
                asked = statement.get("Condition", {}).values()
                context = frozenset(pair for each in asked for pair in each.items())
                assert allows(limit, Needed(action, resource, context)), action


def test_a_way_that_is_open_is_found():
    """The table finds what the first version of the policies allowed."""
    first = json.loads((IAM / "deployer.json").read_text())
    first["Statement"] = [
        {
            "Effect": "Allow",
            "Action": ["iam:AttachUserPolicy", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"],
            "Resource": [OWN_ROLE, OWN_USER],
        }
    ]
    assert {way for way, wanted in ESCALATIONS.items() if allows(first, wanted)} == {
        "attach a policy to a user",
        "write a policy of an unbounded role",
        "trust somebody else",
    }
