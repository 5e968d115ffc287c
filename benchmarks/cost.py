"""Cost and duration of documents on ECS, from measured figures and published limits.

    python -m benchmarks.cost [--documents 1000000] [--chunk 200] [--containers 50] [--plan pro]

A chunk of 1 means one container for each document, as for single uploads; a larger one is a
backfill. The assumptions are in benchmarks/assumptions.json, each with its source and date; the
measured figures are in benchmarks/results, from `benchmarks.speed` and `benchmarks.service`.
`--with NAME=VALUE` changes an assumption.
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
from docverify.evaluation.tables import Table

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
    """A price, a limit, a choice or an estimate, with its source."""

    name: str
    value: float | str
    unit: str
    kind: str
    source: str
    date: str


@dataclass(frozen=True)
class Measured:
    """The measured resources for one document.

    Attributes:
        start_seconds: start of a container until its reader is ready.
        document_seconds: reading and deciding.
        requests_run: requests to Prefect's API for a document in its own container.
        requests_chunk: requests for each further document of a chunk.
        lines_run: log lines for a document in its own container.
        lines_chunk: log lines for each further document of a chunk.
        document_bytes: size of a file.
        record_bytes: size of its record, with indexes.
        records_second: documents that PostgreSQL records per second with one core.
        events_run: events for a document in its own container.
        events_chunk: events for each further document of a chunk.
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
    events_run: float = 0
    events_chunk: float = 0


@dataclass(frozen=True)
class Plan:
    """A number of documents, and their distribution over containers.

    Attributes:
        documents: all of them.
        chunk: documents in each container.
        containers: containers that run at the same time.
        plan: plan of Prefect Cloud, one of PLANS.
        months: how long files and records are stored.
    """

    documents: int
    chunk: int = 1
    containers: int = 50
    plan: str = "pro"
    months: float = 1.0

    def __post_init__(self) -> None:
        """Raise ValueError for impossible numbers or an unknown plan."""
        if min(self.documents, self.chunk, self.containers) < 1 or self.months < 0:
            raise ValueError("documents, chunk and containers must be at least 1, months 0")
        if self.plan not in PLANS:
            raise ValueError(f"the plan must be one of {', '.join(PLANS)}")

    @property
    def starts(self) -> int:
        """Number of containers that are started in total."""
        return math.ceil(self.documents / self.chunk)

    @property
    def longest(self) -> int:
        """Number of documents in the fullest container."""
        return min(self.chunk, self.documents)


@dataclass(frozen=True)
class Estimate:
    """Cost and duration of a plan.

    Attributes:
        costs: USD for each item.
        seconds: duration for each possible bottleneck.
        life: seconds of the fullest container, which come after any wait for a limit.
    """

    costs: Mapping[str, float]
    seconds: Mapping[str, float]
    life: float

    @property
    def cost(self) -> float:
        """Total in USD."""
        return sum(self.costs.values())

    @property
    def time(self) -> float:
        """Duration in seconds, which is that of the bottleneck."""
        return compute_time(self.seconds, self.life)

    @property
    def bound_by(self) -> str:
        """Name of the bottleneck."""
        return max(self.seconds, key=lambda name: self.seconds[name])


def assumptions() -> tuple[Assumption, ...]:
    """Load the assumptions."""
    return tuple(Assumption(**each) for each in json.loads(ASSUMPTIONS.read_text("utf-8")))


def values(changed: Values | None = None) -> Values:
    """Return the numeric assumptions by name, with changes; raise ValueError for unknown names."""
    known = {each.name: each.value for each in assumptions() if isinstance(each.value, float | int)}
    if unknown := set(changed or {}) - set(known):
        raise ValueError(f"benchmarks/assumptions.json has no {', '.join(sorted(unknown))}")
    return known | dict(changed or {})


def measured() -> Measured:
    """Read the measured figures; raise KeyError if a benchmark never ran."""
    start, service, size = (results.load(name) for name in ("start", "service", "stages"))
    metered = results.load("metered") or service["metered"]
    run, chunk, many = (metered[name] for name in ("run", "chunk", "in_chunk"))
    alone, has_events = metered.get("chunk_of_one", run), "connections" in run  # earlier: no events
    processes = ("import the flow", "reader process, until it is ready")
    return Measured(
        start_seconds=sum(start["seconds"][each]["cpu"] for each in processes),
        document_seconds=median(each["whole"]["cpu"] for each in service["backfill"]),
        requests_run=run["requests"],
        requests_chunk=(chunk["requests"] - alone["requests"]) / (many - 1),
        lines_run=run["lines"],
        lines_chunk=(chunk["lines"] - alone["lines"]) / (many - 1),
        document_bytes=sum(size["bytes"]) / len(size["bytes"]),
        record_bytes=service["record"]["bytes"],
        records_second=1 / service["record"]["cpu"],
        events_run=run["events"] if has_events else 0,
        events_chunk=(chunk["events"] - alone["events"]) / (many - 1) if has_events else 0,
    )


def estimate(plan: Plan, found: Measured, given: Values) -> Estimate:
    """Estimate the cost and the duration of a plan."""
    life = container_seconds(plan.longest, found, given)
    seconds = {WORK: math.ceil(plan.starts / plan.containers) * life}
    seconds |= compute_limits(plan, found, given)
    costs = dict(compute_costs(plan, found, given, compute_time(seconds, life)))
    return Estimate(costs, seconds, life)


def compute_time(seconds: Mapping[str, float], life: float) -> float:
    """Compute the duration: all the work, or the tightest limit plus the life of one container."""
    limited = max(value for name, value in seconds.items() if name != WORK)
    return max(seconds[WORK], limited + life)


def container_seconds(documents: int, found: Measured, given: Values) -> float:
    """Compute how many seconds a container needs for this many documents, one after the other."""
    work = found.start_seconds + documents * found.document_seconds
    return given["pull_seconds"] + work / given["core"]


def compute_limits(plan: Plan, found: Measured, given: Values) -> Iterator[tuple[str, float]]:
    """Yield the seconds that each limit alone takes until the last container may continue."""
    requests, lines = count_metered(plan, found)
    lines += count_events(plan, found)
    records = found.records_second * given["database_cores"]
    late = max(0.0, plan.starts - given["container_burst"])
    yield "ECS starts", late / given["container_starts"]
    yield "Prefect requests", requests / given[f"{plan.plan}_requests"] * MINUTE
    yield "Prefect log lines and events", lines / given[f"{plan.plan}_lines"] * MINUTE
    yield "PostgreSQL", plan.documents / records
    yield "S3 reads", plan.documents * given["gets_each"] / given["gets"]


def count_metered(plan: Plan, found: Measured) -> tuple[float, float]:
    """Count Prefect requests and log lines; further documents of a chunk need fewer."""
    further = plan.documents - plan.starts
    requests = plan.starts * found.requests_run + further * found.requests_chunk
    return requests, plan.starts * found.lines_run + further * found.lines_chunk


def count_events(plan: Plan, found: Measured) -> float:
    """Count Prefect's events, which its plans count together with log lines."""
    return plan.starts * found.events_run + (plan.documents - plan.starts) * found.events_chunk


def compute_costs(
    plan: Plan, found: Measured, given: Values, time: float
) -> Iterator[tuple[str, float]]:
    """Yield each cost in USD by its name."""
    hours = compute_billed_seconds(plan, found, given) / HOUR
    lines = count_metered(plan, found)[1]
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


def compute_billed_seconds(plan: Plan, found: Measured, given: Values) -> float:
    """Compute the billed seconds; the last container may have fewer documents."""
    rest = plan.documents - (plan.starts - 1) * plan.chunk
    sizes = {plan.chunk: plan.starts - 1, rest: 1}
    if rest == plan.chunk:
        sizes = {rest: plan.starts}
    return sum(
        count * max(given["least_seconds"], container_seconds(size, found, given))
        for size, count in sizes.items()
    )


def simulated(plan: Plan, found: Measured, given: Values) -> float:
    """Simulate the containers one by one under all limits; return when the last one ends.

    A container starts when ECS permits another start, a place is free, and the API's budget covers
    its requests. Raises ValueError for more than a million containers.
    """
    if plan.starts > MOST_SIMULATED:
        raise ValueError("too many containers to simulate them one by one")
    life = container_seconds(plan.longest, found, given)
    requests, lines = (each / plan.starts for each in count_metered(plan, found))
    lines += count_events(plan, found) / plan.starts
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
    """Build the table of costs for several numbers of documents, chunks and containers."""
    rows = []
    for documents in SCALES:
        for chunk in (each for each in CHUNKS if each <= documents):
            for containers in CONTAINERS:
                got = estimate(Plan(documents, chunk, containers), found, given)
                each = f"{1000 * got.cost / documents:.2f}"
                row = f"{documents:,}", chunk, containers, f"{got.cost:,.0f}", each
                rows.append((*row, duration(got.time), got.bound_by))
    head = (
        "documents",
        "per container",
        "concurrent containers",
        "USD",
        "USD per thousand",
        "time",
    )
    return Table("Cost and time on ECS", (*head, "bound by"), tuple(rows))


def sources(found: Measured) -> Table:
    """Build the table of the assumptions."""
    own = [
        (name.replace("_", " "), f"{value:,.{0 if value > 100 else 2}f}", "measured", ABOVE, "")
        for name, value in vars(found).items()
    ]
    rest = [
        (each.name.replace("_", " "), format_assumption(each), each.kind, each.source, each.date)
        for each in assumptions()
    ]
    head = ("what", "value", "kind", "source", "as of")
    return Table("What the estimate is based on", head, (*own, *rest))


def format_assumption(each: Assumption) -> str:
    """Format the value of an assumption with its unit."""
    if isinstance(each.value, str):
        return each.value
    return f"{each.value:.7f}".rstrip("0").rstrip(".") + f" {each.unit}"


def duration(seconds: float) -> str:
    """Format seconds in the largest fitting unit.

    >>> duration(42), duration(5400), duration(864000)
    ('42 s', '1.5 h', '10.0 days')
    """
    if seconds < 2 * MINUTE:
        return f"{seconds:.0f} s"
    if seconds < HOUR:
        return f"{seconds / MINUTE:.0f} min"
    return f"{seconds / HOUR:.1f} h" if seconds < 72 * HOUR else f"{seconds / 24 / HOUR:.1f} days"


def main() -> None:
    """Print cost and duration of the requested plan."""
    options = build_parser().parse_args()
    given = values(dict(options.changed))
    plan = Plan(options.documents, options.chunk, options.containers, options.plan, options.months)
    found = measured()
    got = estimate(plan, found, given)
    console = Console()
    console.print(
        build_output("USD", got.costs, "{:,.2f}".format),
        build_output("time", got.seconds, duration),
    )
    console.print(
        f"{plan.documents:,} documents, {plan.chunk} in each of {plan.starts:,} containers, "
        f"{plan.containers} at once: {got.cost:,.2f} USD ({1000 * got.cost / plan.documents:.2f} "
        f"per thousand), {duration(got.time)}, bound by: {got.bound_by}"
    )
    if plan.starts <= MOST_SIMULATED:
        console.print(f"container by container: {duration(simulated(plan, found, given))}")


def build_output(title: str, rows: Mapping[str, float], write: Callable[[float], str]) -> Shown:
    """Build one table of the command's output."""
    table = Shown("what", title)
    for name, value in rows.items():
        table.add_row(name, write(value))
    return table


def build_parser() -> argparse.ArgumentParser:
    """Build the command line parser."""
    parser = argparse.ArgumentParser(description="Cost and duration of documents on ECS.")
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--chunk", type=int, default=1, help="documents per container")
    parser.add_argument("--containers", type=int, default=50, help="containers at the same time")
    parser.add_argument("--plan", choices=PLANS, default="pro", help="plan of Prefect Cloud")
    parser.add_argument("--months", type=float, default=1.0, help="months of storage")
    parser.add_argument(
        "--with",
        dest="changed",
        action="append",
        default=[],
        type=parse_change,
        metavar="NAME=VALUE",
        help="change an assumption; can be repeated",
    )
    return parser


def parse_change(text: str) -> tuple[str, float]:
    """Parse NAME=VALUE."""
    name, _, value = text.partition("=")
    return name, float(value)


if __name__ == "__main__":
    main()
