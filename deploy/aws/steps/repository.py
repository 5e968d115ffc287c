"""The ECR repository of the image."""

from __future__ import annotations

import json
from typing import Any

from deploy.aws.plan import Finding, compare, missing, not_needed
from deploy.aws.target import Target, from_tag_list, to_tag_list

# Enough for a rollback; older images are removed, so that the bill does not grow.
KEPT_IMAGES = 20
LIFECYCLE_POLICY = {
    "rules": [
        {
            "rulePriority": 1,
            "description": f"keep the newest {KEPT_IMAGES}",
            "selection": {
                "tagStatus": "any",
                "countType": "imageCountMoreThan",
                "countNumber": KEPT_IMAGES,
            },
            "action": {"type": "expire"},
        }
    ]
}


def check(target: Target) -> Finding:
    """Check that tags cannot be moved and that old images are removed."""
    if not target.environment.in_containers:
        return not_needed("runs are processes here")
    found = find_repository(target)
    if found is None:
        return missing(target.name)
    properties = {
        "tag immutability": found["imageTagMutability"],
        "expiry": read_lifecycle_policy(target),
    }
    return compare(
        target.name, {"tag immutability": "IMMUTABLE", "expiry": LIFECYCLE_POLICY}, properties
    )


def apply(target: Target) -> None:
    """Create the repository, or bring it to the same state."""
    ecr, found = target.aws("ecr"), find_repository(target)
    if found is None:
        ecr.create_repository(
            repositoryName=target.name,
            imageTagMutability="IMMUTABLE",
            imageScanningConfiguration={"scanOnPush": True},
            tags=to_tag_list(target.tags),
        )
    elif found["imageTagMutability"] != "IMMUTABLE":
        ecr.put_image_tag_mutability(repositoryName=target.name, imageTagMutability="IMMUTABLE")
    text = json.dumps(LIFECYCLE_POLICY)
    ecr.put_lifecycle_policy(repositoryName=target.name, lifecyclePolicyText=text)


def destroy(target: Target) -> str:
    """Remove the repository with its images if this environment owns it."""
    ecr, found = target.aws("ecr"), find_repository(target)
    if found is None:
        return "did not exist"
    tags = ecr.list_tags_for_resource(resourceArn=found["repositoryArn"])["tags"]
    if not target.owns(from_tag_list(tags)):
        return f"kept {target.name}: deploy.py did not create it"
    ecr.delete_repository(repositoryName=target.name, force=True)
    return f"{target.name} with its images"


def find_uri(target: Target) -> str | None:
    """Return the repository's address; None if it does not exist."""
    found = find_repository(target)
    return None if found is None else str(found["repositoryUri"])


def find_repository(target: Target) -> dict[str, Any] | None:
    """Return ECR's description of the repository; None if it does not exist."""
    ecr = target.aws("ecr")
    try:
        (found,) = ecr.describe_repositories(repositoryNames=[target.name])["repositories"]
    except ecr.exceptions.RepositoryNotFoundException:
        return None
    description: dict[str, Any] = found
    return description


def read_lifecycle_policy(target: Target) -> object:
    """Return the repository's lifecycle policy; None if it has none."""
    ecr = target.aws("ecr")
    try:
        answer = ecr.get_lifecycle_policy(repositoryName=target.name)
    except ecr.exceptions.LifecyclePolicyNotFoundException:
        return None
    return json.loads(answer["lifecyclePolicyText"])
