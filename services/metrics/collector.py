"""The metrics of the record, which are measured when Prometheus asks for them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from time import monotonic

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from tasks.errors import EdgeError
from tasks.record.measurements import METRICS, Measured, Measurement, VerdictTally, measure_record

PREFIX = "docverify_"
FRESH_SECONDS = 5.0
"""Scrapes at the same time, or shortly after each other, share one measurement."""


class RecordCollector(Collector):
    """Measures the record; a metric also shows whether the database answers."""

    def __init__(self, fresh_seconds: float = FRESH_SECONDS) -> None:
        """Measure nothing yet."""
        self.fresh_seconds = fresh_seconds
        self.tally = VerdictTally()
        self.lock = threading.Lock()
        self.measured_at: float | None = None
        self.found: list[Metric] = []

    def describe(self) -> Iterable[Metric]:
        """Return nothing: a registry would measure everything to learn the names."""
        return []

    def collect(self) -> Iterable[Metric]:
        """Return the metrics of the record."""
        with self.lock:
            at = self.measured_at
            if at is None or monotonic() - at >= self.fresh_seconds:
                self.found = list(self.measure())
                self.measured_at = monotonic()
            return self.found

    def measure(self) -> Iterator[Metric]:
        """Measure now."""
        started = monotonic()
        try:
            measured = measure_record(self.tally)
        except EdgeError:
            measured = None
        yield build_gauge("record_up", "Whether the database answers.", int(measured is not None))
        yield build_gauge(
            "record_scrape_seconds", "Seconds of this measurement.", monotonic() - started
        )
        if measured:
            yield from build_families(measured.measurements)
            yield build_unmeasured(measured)


def build_families(measurements: Iterable[Measurement]) -> Iterator[Metric]:
    """Build one metric for all measurements of a name."""
    by_name: dict[str, list[Measurement]] = {}
    for each in measurements:
        by_name.setdefault(each.name, []).append(each)
    for name, same in by_name.items():
        labels = list(same[0].labels)
        kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
        family = kind(PREFIX + name, METRICS[name], labels=labels)
        for each in same:
            family.add_metric([each.labels[label] for label in labels], each.value)
        yield family


def build_unmeasured(measured: Measured) -> Metric:
    """Build the metric that names what the database user may not read."""
    text = "Groups of metrics that may not be read, or that took too long."
    family = GaugeMetricFamily(f"{PREFIX}unmeasured", text, labels=["group"])
    for group in measured.unmeasured:
        family.add_metric([group], 1)
    return family


def build_gauge(name: str, text: str, value: float) -> Metric:
    """Build a metric without labels."""
    return GaugeMetricFamily(PREFIX + name, text, value=value)
