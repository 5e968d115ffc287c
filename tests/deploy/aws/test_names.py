"""The names of everything that the script makes fit the limits of AWS, whatever the environment."""

from typing import Any, cast

import pytest

from deploy.aws.environment import Environment
from deploy.aws.steps import (
    dead_letters,
    desk_groups,
    logs,
    pool,
    roles,
    secrets,
    services,
    task_definition,
    topic,
)
from deploy.aws.target import Target

ACCOUNT = "123456789012"
LONGEST = "a" * 20
VARIABLE = "A" * 255

# https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html
LIMITS = {
    "load balancer and target group": 32,
    "bucket": 63,
    "role": 64,
    "user": 64,
    "queue": 80,
    "policy": 128,
    "security group": 255,
    "task definition": 255,
    "service": 255,
    "topic": 256,
    "repository": 256,
    "log group": 512,
    "secret": 512,
}


@pytest.fixture
def target() -> Target:
    environment = Environment(
        name=LONGEST,
        region="eu-west-1",
        pool="warm",
        memory=4096,
        secrets=("DATABASE_URL", VARIABLE),
        desk={  # type: ignore[arg-type]
            "url": "https://desk.example.com",
            "certificate": f"arn:aws:acm:eu-west-1:{ACCOUNT}:certificate/1",
            "allowed": ["10.0.0.0/8"],
            "oidc_issuer": "https://id.example.com",
            "oidc_client_id": "desk",
        },
    )
    nothing = cast(Any, None)  # No name is asked for.
    return Target(environment, nothing, nothing, ACCOUNT, "aws")


def list_names(target: Target) -> dict[str, list[str]]:
    """Return the names that the script gives, by what has them."""
    return {
        "load balancer and target group": [target.name],
        "repository": [target.name],
        "bucket": [target.bucket],
        "role": [*roles.wanted_roles(target)],
        "user": [pool.user(target)],
        "queue": [dead_letters.name(target)],
        "policy": [roles.split_arn(roles.boundary(target))[1]],
        "security group": [
            desk_groups.name(target, kind) for kind in (desk_groups.BALANCER, desk_groups.DESK)
        ],
        "task definition": [task_definition.migrations_family(target)],
        "service": services.list_names(target),
        "topic": [topic.name(target)],
        "log group": [logs.name(target)],
        "secret": [secrets.secret_id(target, each) for each in secrets.wanted_secrets(target)],
    }


@pytest.mark.parametrize("kind", LIMITS)
def test_longest_name_of_an_environment_fits(target, kind):
    names = list_names(target)[kind]

    assert names
    assert max(map(len, names)) <= LIMITS[kind]


def test_longer_name_of_an_environment_is_refused():
    with pytest.raises(ValueError, match="name"):
        Environment(name=f"{LONGEST}a", region="eu-west-1")
