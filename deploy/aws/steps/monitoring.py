"""CloudWatch: metrics from log lines, alarms, and a dashboard."""

from __future__ import annotations

import json
from typing import Any

from deploy.aws.alarms import (
    LogMetric,
    describe_dashboard,
    list_alarms,
    list_log_metrics,
    namespace,
)
from deploy.aws.plan import Finding, differs, done, missing
from deploy.aws.steps import logs
from deploy.aws.target import Target, from_tag_list, to_tag_list


def check(target: Target) -> Finding:
    """Compare metrics, alarms and dashboard with what is declared."""
    alarms, found = wanted_alarms(target), find_alarms(target)
    if not found and read_dashboard(target) is None:
        return missing(f"{len(alarms)} alarms and the dashboard {target.name}")
    wrong = [name for name, alarm in alarms.items() if not is_same(alarm, found.get(name, {}))]
    wrong += sorted(found.keys() - alarms.keys())
    wrong += find_wrong_metrics(target)
    if read_dashboard(target) != describe_dashboard(target):
        wrong.append("dashboard")
    if wrong:
        return differs(f"{target.name}: {', '.join(wrong)}")
    return done(f"{len(alarms)} alarms, dashboard {target.name}")


def apply(target: Target) -> None:
    """Create what is missing, and bring the rest to the declared state."""
    cloudwatch = target.aws("cloudwatch")
    for each in list_log_metrics(target):
        put_log_metric(target, each)
    wanted, found = wanted_alarms(target), find_alarms(target)
    for name, alarm in wanted.items():
        if not is_same(alarm, found.get(name, {})):
            cloudwatch.put_metric_alarm(**alarm, Tags=to_tag_list(target.tags))
    if others := sorted(found.keys() - wanted.keys()):
        cloudwatch.delete_alarms(AlarmNames=others)
    body = json.dumps(describe_dashboard(target))
    cloudwatch.put_dashboard(DashboardName=target.name, DashboardBody=body)


def destroy(target: Target) -> str:
    """Remove the alarms of this environment, the dashboard, and the metrics from log lines."""
    cloudwatch, found = target.aws("cloudwatch"), find_alarms(target)
    has_dashboard = read_dashboard(target) is not None
    if not found and not has_dashboard:
        return "did not exist"
    for each in find_metrics(target):
        target.aws("logs").delete_metric_filter(logGroupName=logs.name(target), filterName=each)
    if found:
        cloudwatch.delete_alarms(AlarmNames=sorted(found))
    if has_dashboard:
        cloudwatch.delete_dashboards(DashboardNames=[target.name])
    return f"{len(found)} alarms and the dashboard {target.name}"


def wanted_alarms(target: Target) -> dict[str, dict[str, Any]]:
    """Return the declared alarms by their names."""
    described = (each.describe(target) for each in list_alarms(target))
    return {each["AlarmName"]: each for each in described}


def find_alarms(target: Target) -> dict[str, dict[str, Any]]:
    """Return the alarms that this environment owns by their names."""
    cloudwatch = target.aws("cloudwatch")
    pages = cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix=f"{target.name}-", AlarmTypes=["MetricAlarm"]
    )
    alarms = [each for page in pages for each in page["MetricAlarms"]]
    # The name of another environment may begin like the name of this one.
    return {each["AlarmName"]: each for each in alarms if owns(target, each["AlarmArn"])}


def owns(target: Target, arn: str) -> bool:
    """Return whether an alarm was created for this environment."""
    tags = target.aws("cloudwatch").list_tags_for_resource(ResourceARN=arn)["Tags"]
    return target.owns(from_tag_list(tags))


def is_same(wanted: dict[str, Any], found: dict[str, Any]) -> bool:
    """Return whether an alarm is as declared, except for what CloudWatch adds."""
    return all(contains(found.get(key), value) for key, value in wanted.items())


def contains(found: object, wanted: object) -> bool:
    """Return whether a description has everything that is wanted."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(
            contains(found.get(key), value) for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        listed = found if isinstance(found, list) else []
        return len(listed) == len(wanted) and all(map(contains, listed, wanted))
    return found == wanted


def put_log_metric(target: Target, each: LogMetric) -> None:
    """Create the filter of a metric, or bring it to the declared state."""
    target.aws("logs").put_metric_filter(
        logGroupName=logs.name(target),
        filterName=each.name,
        filterPattern=each.pattern,
        metricTransformations=[describe_transformation(target, each)],
    )


def describe_transformation(target: Target, each: LogMetric) -> dict[str, str]:
    """Return how a line becomes a metric, in the form of CloudWatch Logs."""
    return {
        "metricName": each.name,
        "metricNamespace": namespace(target),
        "metricValue": each.transformation_value,
    }


def find_metrics(target: Target) -> dict[str, dict[str, Any]]:
    """Return the filters of the log group by their names; none without the group."""
    if not target.environment.in_containers or logs.find_group(target) is None:
        return {}
    pages = (
        target.aws("logs")
        .get_paginator("describe_metric_filters")
        .paginate(logGroupName=logs.name(target))
    )
    return {each["filterName"]: each for page in pages for each in page["metricFilters"]}


def find_wrong_metrics(target: Target) -> list[str]:
    """Return the names of the metrics from log lines that are not as declared."""
    found = find_metrics(target)
    return [
        each.name
        for each in list_log_metrics(target)
        if found.get(each.name, {}).get("filterPattern") != each.pattern
        or not contains(
            found[each.name]["metricTransformations"], [describe_transformation(target, each)]
        )
    ]


def read_dashboard(target: Target) -> dict[str, Any] | None:
    """Return the content of the dashboard; None if it does not exist."""
    cloudwatch = target.aws("cloudwatch")
    try:
        body = cloudwatch.get_dashboard(DashboardName=target.name)["DashboardBody"]
    except cloudwatch.exceptions.ClientError as error:
        if error.response["Error"]["Code"] not in ("ResourceNotFound", "ResourceNotFoundException"):
            raise
        return None
    content: dict[str, Any] = json.loads(body)
    return content
