"""CloudWatch: metrics from log lines, alarms and the dashboard.

Runs write JSON lines to CloudWatch Logs, and filters of the log group turn them into metrics, so no
agent is needed. docs/operations.md has a section for each alarm.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from deploy.aws.target import Target
from docverify.verdict import Outcome
from services.worker.queues import DEFAULT_QUEUE

MINUTE, QUARTER, HALF_HOUR, HOUR = 60, 900, 1800, 3600
WARM_POOLS: frozenset[str] = frozenset({"warm"})
NOT_BREACHING, BREACHING = "notBreaching", "breaching"
AT_LEAST, BELOW = "GreaterThanOrEqualToThreshold", "LessThanThreshold"
GUIDE = "See docs/operations.md, Service levels."


@dataclass(frozen=True)
class LogMetric:
    """A metric from log lines.

    Attributes:
        name: Name of the metric in the namespace of the environment.
        event: Event of the lines.
        value: Field with the value; empty to count the lines.
        where: Further condition on the fields; empty for none.
    """

    name: str
    event: str
    value: str = ""
    where: str = ""

    @property
    def pattern(self) -> str:
        """The filter pattern of CloudWatch Logs."""
        more = f" && {self.where}" if self.where else ""
        return f'{{ $.event = "{self.event}"{more} }}'

    @property
    def transformation_value(self) -> str:
        """What CloudWatch takes from each line."""
        return f"$.{self.value}" if self.value else "1"


OF_DOCUMENTS = f'$.queue = "{DEFAULT_QUEUE}"'
LOG_METRICS = (
    LogMetric("Verdicts", "verdict"),
    *(
        LogMetric(outcome.title(), "verdict", where=f'$.outcome = "{outcome}"')
        for outcome in Outcome
    ),
    LogMetric("Failures", "failure"),
    *(
        LogMetric(f"{stage.title()}Seconds", "stages", f"{stage}_seconds")
        for stage in ("retrieve", "read", "judge", "record")
    ),
    LogMetric("Missed", "service", "missed"),
    LogMetric("MissedOldestSeconds", "service", "missed_oldest_seconds"),
    LogMetric("Parked", "service", "failed_uploads_parked"),
    LogMetric("ReviewsWaiting", "service", "reviews_waiting"),
    LogMetric("ReviewsOldestSeconds", "service", "reviews_oldest_seconds"),
    LogMetric("OutboxOldestSeconds", "service", "outbox_oldest_seconds"),
    LogMetric("DeadDeliveries", "service", "deliveries_dead"),
)
WORKER_METRICS = (
    LogMetric("WorkerWaiting", "worker", "waiting", OF_DOCUMENTS),
    LogMetric("WorkerOldestSeconds", "worker", "oldest_seconds", OF_DOCUMENTS),
)


@dataclass(frozen=True)
class Alarm:
    """An alarm on one value.

    Attributes:
        name: Its name after that of the environment.
        meaning: Text of its description.
        query: The metric or the expression, as `metric` and `no_verdicts` build it.
        threshold: Value at which, or below which, it is in alarm.
        periods: How many periods in a row.
        comparison: `AT_LEAST` or `BELOW`.
        missing: How a period without data counts.
    """

    name: str
    meaning: str
    query: Mapping[str, Any]
    threshold: float = 1
    periods: int = 1
    comparison: str = AT_LEAST
    missing: str = NOT_BREACHING

    def describe(self, target: Target) -> dict[str, Any]:
        """Return the alarm in the form of CloudWatch."""
        actions = [target.environment.alarms] if target.environment.alarms else []
        return {
            "AlarmName": f"{target.name}-{self.name}",
            "AlarmDescription": f"{self.meaning} {GUIDE}",
            **self.query,
            "Threshold": float(self.threshold),
            "EvaluationPeriods": self.periods,
            "ComparisonOperator": self.comparison,
            "TreatMissingData": self.missing,
            "AlarmActions": actions,
            "OKActions": actions,
        }


def namespace(target: Target) -> str:
    """Return the namespace of the environment's own metrics."""
    return f"docverify/{target.environment.name}"


def list_log_metrics(target: Target) -> tuple[LogMetric, ...]:
    """Return the metrics from the log group of the environment; none without containers."""
    if not target.environment.in_containers:
        return ()
    return LOG_METRICS + (WORKER_METRICS if target.environment.pool in WARM_POOLS else ())


def list_alarms(target: Target) -> Iterator[Alarm]:
    """Yield the alarms of the environment; those on log lines only with containers."""
    yield Alarm(
        "dead-letters",
        "SNS could not deliver notifications of uploads.",
        dead_letters(target),
    )
    if not target.environment.in_containers:
        return

    def own(name: str, period: int, statistic: str = "Maximum") -> dict[str, Any]:
        return metric(namespace(target), name, period, statistic)

    yield Alarm(
        "no-verdicts",
        "Documents were uploaded for an hour, and none got a verdict.",
        no_verdicts(target),
        periods=2,
    )
    yield Alarm(
        "backlog",
        "Uploads have had no verdict and no run for more than 45 minutes.",
        own("Missed", QUARTER),
        periods=3,
    )
    yield Alarm(
        "queue-age",
        "An upload has waited for its verdict for more than an hour.",
        own("MissedOldestSeconds", QUARTER),
        threshold=HOUR,
    )
    yield Alarm("parked", "Uploads failed, and wait for a person.", own("Parked", QUARTER))
    yield Alarm(
        "outbox",
        "Verdicts have not been announced for half an hour.",
        own("OutboxOldestSeconds", QUARTER),
        threshold=HALF_HOUR,
        periods=2,
    )
    yield Alarm(
        "dead-deliveries",
        "The webhook refused verdicts for days; nothing sends them again.",
        own("DeadDeliveries", QUARTER),
    )
    yield Alarm(
        "reconciliation",
        "Reconciliation has not run for an hour: nothing finds missed uploads.",
        own("Missed", HOUR, "SampleCount"),
        comparison=BELOW,
        missing=BREACHING,
    )
    if target.environment.pool in WARM_POOLS:
        yield Alarm(
            "worker",
            "No warm worker has written its state for ten minutes.",
            own("WorkerWaiting", 5 * MINUTE, "SampleCount"),
            periods=2,
            comparison=BELOW,
            missing=BREACHING,
        )


def metric(
    namespace: str, name: str, period: int, statistic: str, **dimensions: str
) -> dict[str, Any]:
    """Return a metric in the form of an alarm."""
    return {
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        "Period": period,
        "Statistic": statistic,
    }


def dead_letters(target: Target) -> dict[str, Any]:
    """Return the metric of the messages in the dead-letter queue."""
    queue = f"{target.name}-dead-letters"
    name = "ApproximateNumberOfMessagesVisible"
    return metric("AWS/SQS", name, 5 * MINUTE, "Maximum", QueueName=queue)


def no_verdicts(target: Target) -> dict[str, Any]:
    """Return the expression that is 1 if there were uploads and no verdict."""
    topic = f"{target.name}-uploads"
    uploads = metric("AWS/SNS", "NumberOfMessagesPublished", HALF_HOUR, "Sum", TopicName=topic)
    verdicts = metric(namespace(target), "Verdicts", HALF_HOUR, "Sum")
    return {
        "Metrics": [
            {
                "Id": "none",
                "Expression": "IF(FILL(uploads, 0) > 0 AND FILL(verdicts, 0) == 0, 1, 0)",
                "Label": "uploads without a verdict",
                "ReturnData": True,
            },
            query_for_expression("uploads", uploads),
            query_for_expression("verdicts", verdicts),
        ]
    }


def query_for_expression(name: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return a metric in the form that an expression refers to."""
    which = {key: found[key] for key in ("Namespace", "MetricName", "Dimensions")}
    stat = {"Metric": which, "Period": found["Period"], "Stat": found["Statistic"]}
    return {"Id": name, "MetricStat": stat, "ReturnData": False}


GRAPHS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Outcomes and failures", "Sum", (*(each.title() for each in Outcome), "Failures")),
    ("Missed and parked uploads", "Maximum", ("Missed", "Parked")),
    (
        "Oldest that waits, in seconds",
        "Maximum",
        (
            *("MissedOldestSeconds", "WorkerOldestSeconds"),
            *("OutboxOldestSeconds", "ReviewsOldestSeconds"),
        ),
    ),
    (
        "Seconds of a stage, 95 %",
        "p95",
        ("RetrieveSeconds", "ReadSeconds", "JudgeSeconds", "RecordSeconds"),
    ),
    (
        "Waiting reviews, dead deliveries, waiting runs",
        "Maximum",
        ("ReviewsWaiting", "DeadDeliveries", "WorkerWaiting"),
    ),
)
"""Title, statistic and metrics of each graph of the environment's own metrics."""


def describe_dashboard(target: Target) -> dict[str, Any]:
    """Return the dashboard in the form of CloudWatch."""
    names = (f"{target.name}-{each.name}" for each in list_alarms(target))
    arns = [target.arn("cloudwatch", f"alarm:{name}") for name in names]
    alarms = {"title": "Alarms", "alarms": arns}
    widgets = [{"type": "alarm", "width": 24, "height": 3, "properties": alarms}]
    return {"widgets": [*widgets, *(describe_graph(target, *each) for each in list_graphs(target))]}


def list_graphs(target: Target) -> Iterator[tuple[str, str, list[list[str]]]]:
    """Yield the title, the statistic and the metrics of each graph of an environment."""
    known = {each.name for each in list_log_metrics(target)}
    own = namespace(target)
    topic = ["TopicName", f"{target.name}-uploads"]
    verdicts = [[own, "Verdicts"]] if known else []
    uploads = ["AWS/SNS", "NumberOfMessagesPublished", *topic]
    yield "Uploads and verdicts", "Sum", [uploads, *verdicts]
    queue = ["AWS/SQS", "ApproximateNumberOfMessagesVisible"]
    queue += ["QueueName", f"{target.name}-dead-letters"]
    failed = ["AWS/SNS", "NumberOfNotificationsFailed", *topic]
    yield "Dead letters and failed notifications", "Maximum", [queue, failed]
    for title, statistic, names in GRAPHS:
        if series := [[own, name] for name in names if name in known]:
            yield title, statistic, series


def describe_graph(
    target: Target, title: str, statistic: str, series: list[list[str]]
) -> dict[str, Any]:
    """Return a graph in the form of CloudWatch."""
    properties = {
        "title": title,
        "region": target.environment.region,
        "stat": statistic,
        "period": 5 * MINUTE,
        "metrics": series,
    }
    return {"type": "metric", "width": 12, "height": 6, "properties": properties}
