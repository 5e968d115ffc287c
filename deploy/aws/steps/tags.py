"""The tags of every resource that the script created, as the environment's file lists them.

A tag that is removed from the file stays on the resources, because the script cannot know who set
it. AWS keeps no tags of a subscription, a notification, a policy within a role, or an access key,
and a container keeps those that it started with. The boundary is the administrator's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from deploy.aws import service
from deploy.aws.plan import Finding, differs, done, not_needed
from deploy.aws.steps import (
    bucket,
    cluster,
    dead_letters,
    desk_balancer,
    desk_groups,
    logs,
    monitoring,
    network,
    pool,
    repository,
    roles,
    secrets,
    services,
    task_definition,
    topic,
)
from deploy.aws.target import Target, from_tag_list, to_tag_list

Tags = Mapping[str, str]


@dataclass(frozen=True)
class TaggedResource:
    """A resource of AWS that exists and has tags.

    Attributes:
        name: Its name in the report.
        tags: The tags that it has.
        write: Adds tags to it, and replaces those of the same keys.
    """

    name: str
    tags: Tags
    write: Callable[[Tags], Any]


def check(target: Target) -> Finding:
    """Compare the tags of what this environment owns with its file."""
    owned = list(find_owned(target))
    if not owned:
        return not_needed("nothing is created yet")
    wrong = [each.name for each in owned if not has_tags(each, target.tags)]
    if wrong:
        return differs(", ".join(wrong))
    return done(f"{len(target.tags)} on {len(owned)} resources")


def apply(target: Target) -> None:
    """Give the file's tags to everything that this environment owns."""
    for each in find_owned(target):
        if not has_tags(each, target.tags):
            each.write(target.tags)


def destroy(_target: Target) -> str:
    """Do nothing, because tags are removed together with their resources."""
    return "removed with what has them"


def has_tags(resource: TaggedResource, wanted: Tags) -> bool:
    """Return whether a resource has all wanted tags; it may have others."""
    return wanted.items() <= resource.tags.items()


def find_owned(target: Target) -> Iterator[TaggedResource]:
    """Yield each resource that this environment created."""
    kinds = (find_storage, find_messaging, find_secrets, find_identities, find_ecs, find_alarms)
    for find in (*kinds, find_desk):
        for each in find(target):
            if target.owns(each.tags):
                yield each


def find_storage(target: Target) -> Iterator[TaggedResource]:
    """Yield the bucket, the repository of the image and the log group."""
    s3, ecr, logging = target.aws("s3"), target.aws("ecr"), target.aws("logs")
    if bucket.exists(target):
        present = bucket.read_tags(target)
        yield TaggedResource(
            "bucket",
            present,
            # S3 replaces all tags of a bucket at once.
            lambda tags: s3.put_bucket_tagging(
                Bucket=target.bucket, Tagging={"TagSet": to_tag_list({**present, **tags})}
            ),
        )
    found = repository.find_repository(target)
    if found:
        arn = found["repositoryArn"]
        yield TaggedResource(
            "repository",
            from_tag_list(ecr.list_tags_for_resource(resourceArn=arn)["tags"]),
            lambda tags: ecr.tag_resource(resourceArn=arn, tags=to_tag_list(tags)),
        )
    if logs.find_group(target):
        group = logs.arn(target)
        yield TaggedResource(
            "logs",
            logging.list_tags_for_resource(resourceArn=group)["tags"],
            lambda tags: logging.tag_resource(resourceArn=group, tags=dict(tags)),
        )


def find_messaging(target: Target) -> Iterator[TaggedResource]:
    """Yield the topic and the dead-letter queue."""
    sns, sqs = target.aws("sns"), target.aws("sqs")
    if topic.read_attributes(target):
        arn = topic.arn(target)
        yield TaggedResource(
            "topic",
            from_tag_list(sns.list_tags_for_resource(ResourceArn=arn)["Tags"]),
            lambda tags: sns.tag_resource(ResourceArn=arn, Tags=to_tag_list(tags)),
        )
    if dead_letters.read_attributes(target):
        url = dead_letters.url(target)
        yield TaggedResource(
            "dead-letters",
            sqs.list_queue_tags(QueueUrl=url).get("Tags", {}),
            lambda tags: sqs.tag_queue(QueueUrl=url, Tags=dict(tags)),
        )


def find_secrets(target: Target) -> Iterator[TaggedResource]:
    """Yield the secrets."""
    client = target.aws("secretsmanager")
    for name in secrets.wanted_secrets(target):
        found = secrets.describe_secret(target, name)
        if found and secrets.is_usable(found):
            which = secrets.secret_id(target, name)
            yield TaggedResource(
                f"secret {name}",
                from_tag_list(found.get("Tags", [])),
                lambda tags, which=which: client.tag_resource(  # type: ignore[misc]
                    SecretId=which, Tags=to_tag_list(tags)
                ),
            )


def find_identities(target: Target) -> Iterator[TaggedResource]:
    """Yield the roles, and the user of a push pool."""
    iam = target.aws("iam")
    for name in roles.wanted_roles(target) if target.environment.in_containers else ():
        role = roles.find_role(target, name)
        if role:
            yield TaggedResource(
                f"role {name}",
                from_tag_list(role.get("Tags", [])),
                lambda tags, name=name: iam.tag_role(  # type: ignore[misc]
                    RoleName=name, Tags=to_tag_list(tags)
                ),
            )
    if target.environment.pool == "ecs:push" and pool.user_exists(target):
        user = pool.user(target)
        yield TaggedResource(
            f"user {user}",
            from_tag_list(iam.list_user_tags(UserName=user)["Tags"]),
            lambda tags: iam.tag_user(UserName=user, Tags=to_tag_list(tags)),
        )


def find_ecs(target: Target) -> Iterator[TaggedResource]:
    """Yield the cluster, the services, and the newest revision of each task definition."""
    ecs = target.aws("ecs")
    found = {"cluster": cluster.find_cluster(target)}
    arns = {"cluster": "clusterArn"}
    kept = services.list_names(target)
    for name in kept:
        found[f"service {name}"] = service.find_service(target, name)
        arns[f"service {name}"] = "serviceArn"
    families = [target.name, task_definition.migrations_family(target), *kept]
    for family in families if target.environment.in_containers else ():
        found[f"task definition {family}"] = read_definition(target, family)
        arns[f"task definition {family}"] = "taskDefinitionArn"
    for name, description in found.items():
        if description:
            arn = description[arns[name]]
            yield TaggedResource(
                name,
                from_tag_list(description.get("tags", []), "key", "value"),
                lambda tags, arn=arn: ecs.tag_resource(  # type: ignore[misc]
                    resourceArn=arn, tags=to_tag_list(tags, "key", "value")
                ),
            )


def read_definition(target: Target, family: str) -> dict[str, Any] | None:
    """Return ECS's description of the newest revision with its tags; None without one."""
    ecs = target.aws("ecs")
    try:
        found = ecs.describe_task_definition(taskDefinition=family, include=["TAGS"])
    except ecs.exceptions.ClientException:
        return None
    return {**found["taskDefinition"], "tags": found.get("tags", [])}


def find_alarms(target: Target) -> Iterator[TaggedResource]:
    """Yield the alarms; a dashboard has no tags."""
    cloudwatch = target.aws("cloudwatch")
    for name, alarm in monitoring.find_alarms(target).items():
        arn = alarm["AlarmArn"]
        yield TaggedResource(
            f"alarm {name}",
            from_tag_list(cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"]),
            lambda tags, arn=arn: cloudwatch.tag_resource(  # type: ignore[misc]
                ResourceARN=arn, Tags=to_tag_list(tags)
            ),
        )


def find_desk(target: Target) -> Iterator[TaggedResource]:
    """Yield the security groups, the load balancer, its listener and its group of targets."""
    if target.environment.desk is None or not network.find_vpcs(target):
        return
    ec2, elb = target.aws("ec2"), target.aws(desk_balancer.SERVICE)
    for kind in (desk_groups.BALANCER, desk_groups.DESK):
        group = desk_groups.find_group(target, desk_groups.name(target, kind))
        if group:
            which = group["GroupId"]
            yield TaggedResource(
                f"security group {group['GroupName']}",
                from_tag_list(group.get("Tags", [])),
                lambda tags, which=which: ec2.create_tags(  # type: ignore[misc]
                    Resources=[which], Tags=to_tag_list(tags)
                ),
            )
    balancer, targets = desk_balancer.find_balancer(target), desk_balancer.read_target_group(target)
    listener = desk_balancer.find_listener(target, balancer) if balancer else None
    found = {
        "load balancer": (balancer or {}).get("LoadBalancerArn"),
        "listener": (listener or {}).get("ListenerArn"),
        "target group": (targets or {}).get("TargetGroupArn"),
    }
    for name, arn in found.items():
        if arn:
            yield TaggedResource(
                name,
                desk_balancer.read_tags(target, arn),
                lambda tags, arn=arn: elb.add_tags(  # type: ignore[misc]
                    ResourceArns=[arn], Tags=to_tag_list(tags)
                ),
            )
