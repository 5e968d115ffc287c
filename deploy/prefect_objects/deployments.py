"""The deployments: each flow once, for this machine and for AWS.

To deploy another flow, add its entry to `DEPLOYMENTS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from prefect import Flow
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.schedules import Cron, Schedule

from flows.backfill import backfill, backfill_chunk
from flows.daily_report import daily_report
from flows.document_verification import document_verification
from flows.reconciliation import reconciliation
from flows.redecision import redecision
from flows.retention import retention
from flows.retry_parked import retry_parked
from flows.review import review
from services.worker.queues import DEFAULT_QUEUE, MAINTENANCE_QUEUE

#: Settings of every run. Prefect Cloud meters requests and log lines, so a run sends its log lines
#: in batches, and logs no successful task.
RUN_SETTINGS: Mapping[str, str] = {
    "PREFECT_LOGGING_TO_API_BATCH_INTERVAL": "15",
    "PREFECT_LOGGING_LOGGERS_PREFECT_TASK_RUNS_LEVEL": "WARNING",
}
#: Parameters of the flow `retention`: days after which it purges. All are chosen, or none.
RETENTION_DAYS = ("picture_days", "verified_days", "rejected_days", "resubmit_days")

#: One run at a time, for a flow with a schedule. A run that meets another one is cancelled: the
#: next scheduled run does the same work, so runs that wait would only pile up.
ONE_OR_CANCEL = ConcurrencyLimitConfig(
    limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW
)
#: One run at a time, for a flow that only people start. A second run waits for the first one:
#: it has its own parameters, and would not be started again.
ONE_THEN_NEXT = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.ENQUEUE)


@dataclass(frozen=True)
class FlowDeployment:
    """How one flow is deployed.

    Attributes:
        flow: The flow.
        name: Name of the deployment, without the suffix of an environment.
        description: Text in the Prefect UI.
        cron: Its schedule in UTC; empty if only people or flows start it.
        scheduled_parameters: Parameters of the scheduled runs that differ from the form's.
        concurrency: Maximum number of runs at a time, and what happens to further ones; None for no
            limit.
        chosen: Parameters that the environment sets: `policy`, `engine`.
        takes_retention: Whether the environment's retention days are parameters of its schedule.
        queue: Queue of a warm pool that its runs wait in. Maintenance has its own worker, so
            that documents never keep it waiting.
    """

    flow: Flow[..., Any]
    name: str
    description: str
    cron: str = ""
    scheduled_parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)
    concurrency: ConcurrencyLimitConfig | None = field(default=None, hash=False)
    chosen: tuple[str, ...] = ()
    takes_retention: bool = False
    queue: str = DEFAULT_QUEUE

    @property
    def entrypoint(self) -> str:
        """Where a run imports the flow from: `MODULE.FUNCTION`."""
        return f"{self.flow.fn.__module__}.{self.flow.fn.__name__}"

    def parameters(self, choices: Mapping[str, str]) -> dict[str, Any]:
        """Return the parameters that its runs begin with, given the environment's choices."""
        return {name: choices[name] for name in self.chosen if name in choices}

    def schedule(self, days: Mapping[str, int] | None) -> Schedule | None:
        """Return its schedule with the parameters.

        `days` are the environment's retention days. Without them retention only counts, because an
        operator must choose the days before anything is purged.
        """
        if not self.cron:
            return None
        purging = {**days, "dry_run": False} if days and self.takes_retention else {}
        return Cron(self.cron, parameters={**self.scheduled_parameters, **purging})


DOCUMENT_VERIFICATION = FlowDeployment(
    document_verification,
    "document-verification-deployment",
    "Verifies each document that is uploaded to the bucket.",
    chosen=("policy", "engine"),
)
REDECISION = FlowDeployment(
    redecision,
    "redecision-deployment",
    "Decides recorded documents again under a policy, without reading them again.",
    concurrency=ONE_THEN_NEXT,
    chosen=("policy",),
)
RECONCILIATION = FlowDeployment(
    reconciliation,
    "reconciliation-deployment",
    "Finds uploads without a verdict and starts a run for each.",
    cron="*/15 * * * *",
    # No limit: a run that died would hold it, and only reconciliation ends such runs. It looks for
    # another run itself, after it has ended the stale ones.
    queue=MAINTENANCE_QUEUE,
)
BACKFILL = FlowDeployment(
    backfill,
    "backfill-deployment",
    "Verifies every document of a bucket or prefix that has no verdict yet.",
    concurrency=ONE_THEN_NEXT,
    chosen=("policy", "engine"),
)
BACKFILL_CHUNK = FlowDeployment(
    backfill_chunk,
    "backfill-chunk-deployment",
    "Verifies a range of keys; backfill starts it.",
    chosen=("policy", "engine"),
)
REVIEW = FlowDeployment(
    review,
    "review-deployment",
    "Shows a referred document and lets a person decide it in a form.",
)
RETENTION = FlowDeployment(
    retention,
    "retention-deployment",
    "Purges personal data whose retention period has ended.",
    cron="40 0 * * *",
    concurrency=ONE_OR_CANCEL,
    takes_retention=True,
    queue=MAINTENANCE_QUEUE,
)
RETRY_PARKED = FlowDeployment(
    retry_parked,
    "retry-parked-deployment",
    "Starts failed uploads again.",
    cron="*/20 * * * *",
    # A parked upload waits for a person who fixes its cause: no schedule starts it again.
    scheduled_parameters={"which": "due"},
    concurrency=ONE_OR_CANCEL,
    queue=MAINTENANCE_QUEUE,
)
DAILY_REPORT = FlowDeployment(
    daily_report,
    "daily-report-deployment",
    "Shows the outcomes, failures and slowest stages of a day.",
    cron="5 0 * * *",  # after the day that it reports has ended
    queue=MAINTENANCE_QUEUE,
)

DEPLOYMENTS = (
    DOCUMENT_VERIFICATION,
    REDECISION,
    RECONCILIATION,
    BACKFILL,
    BACKFILL_CHUNK,
    REVIEW,
    RETENTION,
    RETRY_PARKED,
    DAILY_REPORT,
)
