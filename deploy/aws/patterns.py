"""Forms of the values of an environment's file, as AWS accepts them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

OWNER_TAG = "docverify:environment"
CORE = 1024  # CPU units
GIB = 1024
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
FARGATE_MEMORY: Mapping[int, range] = {
    1024: range(2 * GIB, 8 * GIB + 1, GIB),
    2048: range(4 * GIB, 16 * GIB + 1, GIB),
    4096: range(8 * GIB, 30 * GIB + 1, GIB),
    8192: range(16 * GIB, 60 * GIB + 1, 4 * GIB),
}

#: Job variables that have their own key, or that would override the task definition.
OWN_JOB_VARIABLES = frozenset(
    {
        *("cluster", "cpu", "env", "execution_role_arn", "image", "labels", "memory", "secrets"),
        *("network_configuration", "task_definition_arn", "task_role_arn", "vpc_id"),
        *("prefect_api_auth_string_secret_arn", "prefect_api_key_secret_arn"),
    }
)
#: A name with such an ending would clash with a name of another environment.
ENDINGS = (
    *("boundary", "desk", "dispatcher", "execution", "migrations", "pool", "services", "task"),
    "worker",
)
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,18}[a-z0-9]$")]
#: Secrets Manager allows 512 characters for the name of a secret.
VariableName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$", max_length=255)]
Arn = Annotated[str, Field(pattern=r"^$|^arn:aws[a-z-]*:[a-z]+:[a-z0-9-]*:\d{12}:[\w+=,.@/-]+$")]
SecretArn = Annotated[
    str, Field(pattern=r"^$|^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@!-]+$")
]
DatabaseUserArn = Annotated[
    str, Field(pattern=r"^$|^arn:aws[a-z-]*:rds-db:[a-z0-9-]+:\d{12}:dbuser:[\w-]+/[\w.-]+$")
]
SubnetId = Annotated[str, Field(pattern=r"^subnet-[0-9a-f]+$")]
TagText = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[\w .:/=+@-]+$")]
