"""The status of a warm worker: its runs, its slots and the queue that it polls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import inf
from time import monotonic

from prefect.client.schemas.objects import FlowRun
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.worker.slots import SlotPool
from tasks.engines.reader_pool import CAUSES

SILENT_SECONDS = 120.0
"""A worker that has not polled for longer than this is unhealthy."""
ENDED, CRASHED, CANCELLED = "ended", "crashed", "cancelled"
ENDS = (ENDED, CRASHED, CANCELLED)


@dataclass
class WorkerStatus:
    """The counts of one queue's worker since its start.

    Attributes:
        queue: Name of the queue.
        slots: The slots of the worker.
        runs: Runs by how they left their slot; the outcome is in the record.
        reader_failures: Readers that failed, by cause.
        waiting: Runs that waited at the last poll; the server lists at most 200.
        oldest: The time for which the oldest of these was scheduled; None if none waited.
        polled_at: Time of the last poll by the monotonic clock; None before the first one.
    """

    queue: str
    slots: SlotPool
    runs: Counter[str] = field(default_factory=Counter)
    reader_failures: Counter[str] = field(default_factory=Counter)
    waiting: int = 0
    oldest: datetime | None = None
    polled_at: float | None = None

    def note_poll(self, waiting: Sequence[FlowRun]) -> None:
        """Store the result of a poll."""
        times = [each.next_scheduled_start_time for each in waiting]
        self.waiting = len(waiting)
        self.oldest = min((each for each in times if each), default=None)
        self.polled_at = monotonic()

    @property
    def poll_age(self) -> float:
        """Seconds since the last poll; infinite before the first one."""
        return inf if self.polled_at is None else monotonic() - self.polled_at

    @property
    def queue_seconds(self) -> float:
        """How long the oldest run has waited, in seconds; 0 if none waits."""
        if self.oldest is None:
            return 0.0
        return max(0.0, (datetime.now(UTC) - self.oldest).total_seconds())

    def describe(self) -> dict[str, str | float]:
        """Return the queue, what waits in it, and the busy slots."""
        return {
            "queue": self.queue,
            "waiting": self.waiting,
            "oldest_seconds": round(self.queue_seconds, 1),
            "busy": len(self.slots.busy),
        }

    def find_problem(self) -> str:
        """Return why the worker is not healthy; empty if it is."""
        if self.polled_at is None:
            return f"queue {self.queue}: not polled yet"
        if self.poll_age > SILENT_SECONDS:
            return f"queue {self.queue}: not polled for {self.poll_age:.0f} s"
        return ""


class WorkerCollector(Collector):
    """The metrics of the workers in this process."""

    def __init__(self, statuses: Sequence[WorkerStatus]) -> None:
        """Take the status of each worker."""
        self.statuses = statuses

    def find_problem(self) -> str:
        """Return why a worker is not healthy; empty if all are."""
        return "; ".join(filter(None, (each.find_problem() for each in self.statuses)))

    def describe(self) -> Iterable[Metric]:
        """Return nothing: the names are those of `collect`."""
        return []

    def collect(self) -> Iterable[Metric]:
        """Return the metrics of all queues."""
        waiting = build_gauge("queue_runs", "Runs that wait for a slot; at most 200 are listed.")
        oldest = build_gauge("queue_oldest_seconds", "How long the oldest of these has waited.")
        slots = build_gauge("worker_slots", "Processes that are kept for runs.", "state")
        started = build_counter("worker_slots_started", "Processes that were started for runs.")
        runs = build_counter("worker_runs", "Runs by how they left their process.", "end")
        failures = build_counter("reader_failures", "Readers that failed at a file.", "cause")
        for each in self.statuses:
            waiting.add_metric([each.queue], each.waiting)
            oldest.add_metric([each.queue], each.queue_seconds)
            slots.add_metric([each.queue, "busy"], len(each.slots.busy))
            slots.add_metric([each.queue, "idle"], len(each.slots.idle))
            started.add_metric([each.queue], each.slots.started)
            for end in ENDS:
                runs.add_metric([each.queue, end], each.runs[end])
            for cause in CAUSES:
                failures.add_metric([each.queue, cause], each.reader_failures[cause])
        return [waiting, oldest, slots, started, runs, failures]


def build_gauge(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    """Build a metric of each queue that grows and shrinks."""
    return GaugeMetricFamily(f"docverify_{name}", text, labels=["queue", *labels])


def build_counter(name: str, text: str, *labels: str) -> CounterMetricFamily:
    """Build a metric of each queue that only grows."""
    return CounterMetricFamily(f"docverify_{name}", text, labels=["queue", *labels])
