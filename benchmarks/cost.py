"""What documents cost on ECS, and how long they take: from measured figures and published limits.

    python -m benchmarks.cost [--documents 1000000] [--chunk 200] [--containers 50] [--plan pro]

A chunk of 1 is a container for each document, as uploads come; a larger one is a backfill. The
assumptions are in benchmarks/assumptions.json, each with its source and date; what is measured is
kept by `benchmarks.speed` and `benchmarks.service` in benchmarks/results. An assumption is changed
with `--with NAME=VALUE`.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table as Shown

from benchmarks import results
from docverify.evaluation.metrics import Table

ASSUMPTIONS = Path(__file__).parent / "assumptions.json"
WORK = "work of the containers"
PLANS = ("hobby", "starter", "team", "pro")
HOUR, MINUTE, GIGABYTE = 3600, 60, 1e9
HOURS_OF_MONTH = 730
ABOVE = "the tables above"
MOST_SIMULATED = 1_000_000
SCALES = (1_000, 1_000_000, 100_000_000)
CHUNKS = (1, 50, 200, 1000)
CONTAINERS = (50, 1000)

Values = Mapping[str, float]


@dataclass(frozen=True)
class Assumption:
    """A price, a limit, a choice, or what was neither measured nor published; and whence it is."""

    name: str
    value: float | str
    unit: str
    kind: str
    source: str
    date: str


@dataclass(frozen=True)
class Measured:
    """What a document takes, as measured here; `*_run` with a container of its own.

    Seconds, bytes, requests to Prefect's API and lines of its log; `records_second` is how many
    documents PostgreSQL can record a second with one core.
    """

    start_seconds: float
    document_seconds: float
    requests_run: float
    requests_chunk: float
    lines_run: float
    lines_chunk: float
    document_bytes: float
    record_bytes: float
    records_second: float


@dataclass(frozen=True)
class Plan:
    """So many documents, so many in each container, so many containers at the same time."""

    documents: int
    chunk: int = 1
    containers: int = 50
    plan: str = "pro"
    months: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if min(self.documents, self.chunk, self.containers) < 1 or self.months < 0:
            raise ValueError("documents, chunk and containers must be at least 1, months 0")
        if self.plan not in PLANS:
            raise ValueError(f"the plan must be one of {', '.join(PLANS)}")

    @property
    def starts(self) -> int:
        """How many containers are started in all."""
        return math.ceil(self.documents / self.chunk)

    @property
    def longest(self) -> int:
        """How many documents the fullest container reads."""
        return min(self.chunk, self.documents)


@dataclass(frozen=True)
class Estimate:
    """What a plan comes to: USD by what it is paid for, seconds by what could be the bottleneck.

    `life` is that of the fullest container: what waits for a limit still has it before it.
    """

    costs: Mapping[str, float]
    seconds: Mapping[str, float]
    life: float

    @property
    def cost(self) -> float:
        """All of it, in USD."""
        return sum(self.costs.values())

    @property
    def time(self) -> float:
        """How long it takes in seconds: as long as the bottleneck."""
        return _time(self.seconds, self.life)

    @property
    def bound_by(self) -> str:
        """Name the bottleneck."""
        return max(self.seconds, key=lambda name: self.seconds[name])


def assumptions() -> tuple[Assumption, ...]:
    """Read the assumptions."""
    return tuple(Assumption(**each) for each in json.loads(ASSUMPTIONS.read_text("utf-8")))


def values(changed: Values | None = None) -> Values:
    """Return the numbers among the assumptions by their names, some of them changed."""
    known = {each.name: each.value for each in assumptions() if isinstance(each.value, float | int)}
    if unknown := set(changed or {}) - set(known):
        raise ValueError(f"no such assumption: {', '.join(sorted(unknown))}")
    return known | dict(changed or {})


def measured() -> Measured:
    """Read the measured figures; raises KeyError where a benchmark never ran."""
    start, service, size = (results.kept(name) for name in ("start", "service", "stages"))
    run, chunk, many = (service["metered"][name] for name in ("run", "chunk", "in_chunk"))
    processes = ("import the flow", "reader process, until it is ready")
    return Measured(
        start_seconds=sum(start["seconds"][each]["cpu"] for each in processes),
        document_seconds=median(each["whole"]["cpu"] for each in service["backfill"]),
        requests_run=run["requests"],
        requests_chunk=(chunk["requests"] - run["requests"]) / (many - 1),
        lines_run=run["lines"],
        lines_chunk=(chunk["lines"] - run["lines"]) / (many - 1),
        document_bytes=sum(size["bytes"]) / len(size["bytes"]),
        record_bytes=service["record"]["bytes"],
        records_second=1 / service["record"]["cpu"],
    )


def estimate(plan: Plan, found: Measured, given: Values) -> Estimate:
    """Work out what a plan costs and how long it takes."""
    life = container_seconds(plan.longest, found, given)
    seconds = {WORK: math.ceil(plan.starts / plan.containers) * life}
    seconds |= _limited(plan, found, given)
    costs = dict(_costs(plan, found, given, _time(seconds, life)))
    return Estimate(costs, seconds, life)


def _time(seconds: Mapping[str, float], life: float) -> float:
    limited = max(value for name, value in seconds.items() if name != WORK)
    return max(seconds[WORK], limited + life)


def container_seconds(documents: int, found: Measured, given: Values) -> float:
    """Say how long a container lives that reads so many documents, one after the other."""
    work = found.start_seconds + documents * found.document_seconds
    return given["pull_seconds"] + work / given["core"]


def _limited(plan: Plan, found: Measured, given: Values) -> Iterator[tuple[str, float]]:
    """Say how long each limit alone takes until the last container or document may go on."""
    requests, lines = _metered(plan, found)
    records = found.records_second * given["database_cores"]
    late = max(0.0, plan.starts - given["container_burst"])
    yield "ECS starts", late / given["container_starts"]
    yield "Prefect requests", requests / given[f"{plan.plan}_requests"] * MINUTE
    yield "Prefect log lines", lines / given[f"{plan.plan}_lines"] * MINUTE
    yield "PostgreSQL", plan.documents / records
    yield "S3 reads", plan.documents * given["gets_each"] / given["gets"]


def _metered(plan: Plan, found: Measured) -> tuple[float, float]:
    """Count requests and log lines: a run of its own has both, a document of a chunk has fewer."""
    further = plan.documents - plan.starts
    requests = plan.starts * found.requests_run + further * found.requests_chunk
    return requests, plan.starts * found.lines_run + further * found.lines_chunk


def _costs(plan: Plan, found: Measured, given: Values, time: float) -> Iterator[tuple[str, float]]:
    hours = _billed_seconds(plan, found, given) / HOUR
    lines = _metered(plan, found)[1]
    documents, records = (
        plan.documents * size / GIGABYTE for size in (found.document_bytes, found.record_bytes)
    )
    yield "vCPU", hours * given["vcpus"] * given["vcpu_hour"]
    yield "memory", hours * given["memory"] * given["memory_hour"]
    yield "addresses", hours * given["address_hour"]
    yield "S3 requests", plan.documents * (given["put"] + given["gets_each"] * given["get"])
    yield "S3 storage", documents * plan.months * given["bucket_month"]
    yield "SNS", plan.documents * (given["publish"] + given["post"])
    yield "logs", lines * given["log_bytes"] / GIGABYTE * given["log_gb"]
    yield "secrets", plan.starts * given["secrets_each"] * given["secret_read"]
    yield "PostgreSQL", max(plan.months * HOURS_OF_MONTH, time / HOUR) * given["database_hour"]
    yield "PostgreSQL storage", records * plan.months * given["database_month"]


def _billed_seconds(plan: Plan, found: Measured, given: Values) -> float:
    """Sum up what is billed: the last container may have fewer documents than the others."""
    rest = plan.documents - (plan.starts - 1) * plan.chunk
    sizes = {plan.chunk: plan.starts - 1, rest: 1}
    if rest == plan.chunk:
        sizes = {rest: plan.starts}
    return sum(
        count * max(given["least_seconds"], container_seconds(size, found, given))
        for size, count in sizes.items()
    )


def simulated(plan: Plan, found: Measured, given: Values) -> float:
    """Start one container after the other under all limits, and say when the last one ends.

    A container starts when ECS has a start for it, a place is free, and the API's budget has what
    it will ask for. Raises ValueError for more than a million containers.
    """
    if plan.starts > MOST_SIMULATED:
        raise ValueError("too many containers to start them one by one")
    life = container_seconds(plan.longest, found, given)
    requests, lines = (each / plan.starts for each in _metered(plan, found))
    budget = MINUTE * max(
        requests / given[f"{plan.plan}_requests"], lines / given[f"{plan.plan}_lines"]
    )
    ends: list[float] = []
    for number in range(plan.starts):
        start = max(0.0, number - given["container_burst"]) / given["container_starts"]
        start = max(start, number * budget)
        if len(ends) == plan.containers:
            start = max(start, heappop(ends))
        heappush(ends, start + life)
    return max(ends)


def scales(found: Measured, given: Values) -> Table:
    """Work out small, large and huge numbers of documents, with several sizes of chunk."""
    rows = []
    for documents in SCALES:
        for chunk in (each for each in CHUNKS if each <= documents):
            for containers in CONTAINERS:
                got = estimate(Plan(documents, chunk, containers), found, given)
                each = f"{1000 * got.cost / documents:.2f}"
                row = f"{documents:,}", chunk, containers, f"{got.cost:,.0f}", each
                rows.append((*row, duration(got.time), got.bound_by))
    head = ("documents", "in a container", "containers at once", "USD", "USD a thousand", "time")
    return Table("Cost and time on ECS", (*head, "bound by"), tuple(rows))


def sources(found: Measured) -> Table:
    """List what the estimate rests on."""
    own = [
        (name.replace("_", " "), f"{value:,.{0 if value > 100 else 2}f}", "measured", ABOVE, "")
        for name, value in vars(found).items()
    ]
    rest = [
        (each.name.replace("_", " "), _said(each), each.kind, each.source, each.date)
        for each in assumptions()
    ]
    head = ("what", "value", "kind", "source", "as of")
    return Table("What the estimate rests on", head, (*own, *rest))


def _said(each: Assumption) -> str:
    if isinstance(each.value, str):
        return each.value
    return f"{each.value:.7f}".rstrip("0").rstrip(".") + f" {each.unit}"


def duration(seconds: float) -> str:
    """Say seconds as a person would.

    >>> duration(42), duration(5400), duration(864000)
    ('42 s', '1.5 h', '10.0 days')
    """
    if seconds < 2 * MINUTE:
        return f"{seconds:.0f} s"
    if seconds < HOUR:
        return f"{seconds / MINUTE:.0f} min"
    return f"{seconds / HOUR:.1f} h" if seconds < 72 * HOUR else f"{seconds / 24 / HOUR:.1f} days"


def main() -> None:
    """Print what the plan that is asked for comes to."""
    options = _parser().parse_args()
    given = values(dict(options.changed))
    plan = Plan(options.documents, options.chunk, options.containers, options.plan, options.months)
    found = measured()
    got = estimate(plan, found, given)
    console = Console()
    console.print(_shown("USD", got.costs, "{:,.2f}".format), _shown("time", got.seconds, duration))
    console.print(
        f"{plan.documents:,} documents, {plan.chunk} in each of {plan.starts:,} containers, "
        f"{plan.containers} at once: {got.cost:,.2f} USD ({1000 * got.cost / plan.documents:.2f} "
        f"a thousand), {duration(got.time)}, bound by: {got.bound_by}"
    )
    if plan.starts <= MOST_SIMULATED:
        console.print(f"container by container: {duration(simulated(plan, found, given))}")


def _shown(title: str, rows: Mapping[str, float], said: Callable[[float], str]) -> Shown:
    table = Shown("what", title)
    for name, value in rows.items():
        table.add_row(name, said(value))
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="What documents cost on ECS, and how long.")
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--chunk", type=int, default=1, help="documents in a container")
    parser.add_argument("--containers", type=int, default=50, help="at the same time")
    parser.add_argument("--plan", choices=PLANS, default="pro", help="of Prefect Cloud")
    parser.add_argument("--months", type=float, default=1.0, help="for which all of it is kept")
    parser.add_argument(
        "--with",
        dest="changed",
        action="append",
        default=[],
        type=_change,
        metavar="NAME=VALUE",
        help="change an assumption; may be given more than once",
    )
    return parser


def _change(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    return name, float(value)


if __name__ == "__main__":
    main()
