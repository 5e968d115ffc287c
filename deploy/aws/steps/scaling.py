"""The number of warm workers: it follows the runs that wait.

Each worker writes a line to its log once a minute, which CloudWatch reads as the metric
RunsWaitingPerWorker. Application Auto Scaling keeps its average near a target. The processor time
of the workers would not work: it shows that they are busy, but not how many more are needed.
"""

from __future__ import annotations

from typing import Any

from deploy.aws.comparison import find_differences
from deploy.aws.plan import Finding, differs, done, missing, not_needed
from deploy.aws.steps import services
from deploy.aws.target import Target
from services.worker.backlog import DIMENSION, NAMESPACE, PER_WORKER

POLICY = "backlog"
DIMENSION_OF_ECS = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}
#: Runs that may wait for one slot: about half a minute of work.
WAITING_PER_SLOT = 10
SCALE_OUT_SECONDS, SCALE_IN_SECONDS = 60, 300


def check(target: Target) -> Finding:
    """Check the limits and the policy of the scaling."""
    if not target.environment.is_warm:
        return not_needed("the pool is not warm")
    found = find_scalable(target)
    if found is None:
        return missing(resource(target))
    policy = find_policy(target) or {}
    wrong = [*find_differences(limits(target), found)]
    wrong += find_differences(
        describe_policy(target), policy.get("TargetTrackingScalingPolicyConfiguration", {})
    )
    if wrong:
        return differs(", ".join(wrong))
    return done("{MinCapacity} to {MaxCapacity} workers".format(**limits(target)))


def apply(target: Target) -> None:
    """Register the service as scalable, and give it the policy."""
    scaling = target.aws("application-autoscaling")
    which = {**DIMENSION_OF_ECS, "ResourceId": resource(target)}
    scaling.register_scalable_target(**which, **limits(target))
    scaling.put_scaling_policy(
        **which,
        PolicyName=POLICY,
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=describe_policy(target),
    )


def destroy(target: Target) -> str:
    """End the scaling; with it, AWS removes the alarms that it made."""
    scaling = target.aws("application-autoscaling")
    which = {**DIMENSION_OF_ECS, "ResourceId": resource(target)}
    if find_scalable(target) is None:
        return "did not exist"
    if find_policy(target):
        scaling.delete_scaling_policy(**which, PolicyName=POLICY)
    scaling.deregister_scalable_target(**which)
    return resource(target)


def resource(target: Target) -> str:
    """Return the name of the worker's service for Application Auto Scaling."""
    return f"service/{target.name}/{services.name(target, services.WORKER.kind)}"


def limits(target: Target) -> dict[str, int]:
    """Return the smallest and largest number of workers."""
    environment = target.environment
    return {"MinCapacity": environment.workers, "MaxCapacity": environment.max_workers}


def describe_policy(target: Target) -> dict[str, Any]:
    """Return the policy in the form of Application Auto Scaling."""
    return {
        "TargetValue": float(WAITING_PER_SLOT * target.environment.slots),
        "CustomizedMetricSpecification": {
            "Namespace": NAMESPACE,
            "MetricName": PER_WORKER,
            "Dimensions": [{"Name": DIMENSION, "Value": target.environment.name}],
            "Statistic": "Average",
        },
        "ScaleOutCooldown": SCALE_OUT_SECONDS,
        "ScaleInCooldown": SCALE_IN_SECONDS,
    }


def find_scalable(target: Target) -> dict[str, Any] | None:
    """Return what Application Auto Scaling knows of the service; None if it does not scale it."""
    answer = target.aws("application-autoscaling").describe_scalable_targets(
        **DIMENSION_OF_ECS, ResourceIds=[resource(target)]
    )
    found: list[dict[str, Any]] = answer["ScalableTargets"]
    return found[0] if found else None


def find_policy(target: Target) -> dict[str, Any] | None:
    """Return the policy of the scaling; None without one."""
    answer = target.aws("application-autoscaling").describe_scaling_policies(
        **DIMENSION_OF_ECS, ResourceId=resource(target)
    )
    found: list[dict[str, Any]] = answer["ScalingPolicies"]
    return next((each for each in found if each["PolicyName"] == POLICY), None)
