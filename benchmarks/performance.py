"""The performance page: `python -m benchmarks.performance` writes docs/performance.md.

The page is built from the results in benchmarks/results; each table names the command that repeats
its measurement. On an idle machine, `make bench` gives the same ratios and fewer seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import median
from typing import Any

from benchmarks import cost, reading, recognisers, results
from benchmarks.environments import ROOT
from benchmarks.notes import format_note
from benchmarks.peers import NAMES
from benchmarks.prefect_page import build_metered_tables
from benchmarks.reading import grouped
from benchmarks.speed import JUDGE, NETWORKS, SETTLED, STAGES, WHOLE, quantiles, slope
from benchmarks.warm_page import build_warm_tables, list_warm_targets
from docverify.evaluation.tables import Cell, Table, render_table

PAGE = ROOT / "docs" / "performance.md"
README = ROOT / "README.md"
INTRODUCTION = """\
# Speed and cost

How fast documents are read and decided, what the pipeline adds, and what it all costs on AWS.

These measurements were made on a machine with two cores that other programs kept busy at the same
time. Where possible, figures are therefore processor time: seconds of one core, for the processes
that do the work, which hardly depend on other programs. Wall-clock times are marked as such. For
those, the bare and the whole measurement alternate, and only their ratio is meaningful: under load
(each table names it), a second of work takes as many seconds as there are processes per core. One
reader uses one core and one thread.

Each table names the command that repeats the measurement; `python -m benchmarks.performance` then
writes this page from the results in `benchmarks/results`. The documents are synthetic, as in
[accuracy.md](accuracy.md)."""
STAGE_WORDS = {
    "retrieve": "retrieve from S3",
    "claim": "claim",
    "read": "read, in the reader process",
    "judge": "find duplicates, decide",
    "record": "record in PostgreSQL",
    "publish": "publish artifact and event",
}
COST_INTRODUCTION = """\
## What it costs on AWS

`python -m benchmarks.cost --documents 1000000 --chunk 200 --containers 50 --plan pro` computes any
other plan, `--with NAME=VALUE` changes an assumption. Prices are list prices in USD for one month
of storage and of one database, without taxes and without the price of the Prefect Cloud plan.

A container reads one document after another on one vCPU. The time is that of the work, or of the
tightest limit plus one container; a simulation that starts the containers one by one gives the same
time (`tests/benchmarks/test_cost.py`). Where Prefect's request limit is the bound, set
`concurrency` low enough to stay below it: waiting containers cost money, which is not counted here.
For a larger database, use `--with database_cores=8 --with database_hour=PRICE`. Prefect's plans
count events together with log lines, and so does this estimate."""


def main() -> None:
    """Write the page and the README's table."""
    PAGE.write_text(build_page(), "utf-8")
    results.write_block(README, "performance", build_headline())


def build_page() -> str:
    """Build the page from all stored results."""
    speed = map(render_table, (build_targets(), *build_reading_tables(), *build_service_tables()))
    costs = map(render_table, build_cost_tables())
    return "\n\n".join((INTRODUCTION, *speed, COST_INTRODUCTION, *costs)) + "\n"


def build_headline() -> str:
    """Build the summary for the README."""
    given, found = cost.values(), cost.measured()
    alone, chunked = (
        cost.estimate(cost.Plan(1_000_000, chunk), found, given) for chunk in (1, 200)
    )
    rows = (
        *((what, got) for what, _, got in list_targets()),
        (
            "a million documents on AWS: one per container; 200 per container",
            f"{alone.cost:,.0f} USD; {chunked.cost:,.0f} USD",
        ),
    )
    table = "".join(f"| {what} | {got} |\n" for what, got in rows)
    return f"| speed and cost | measured |\n| --- | --- |\n{table}"


def build_targets() -> Table:
    """Compare the figures with the project's targets."""
    return Table("Targets", ("what", "target", "measured"), tuple(list_targets()))


def list_targets() -> Iterator[tuple[str, str, str]]:
    """Yield the measurement, its target and the figure, for each stored result."""
    stages, large, service = (results.load(name) for name in ("stages", "large", "service"))
    if stages:
        yield (
            "processor time of a whole document compared with its networks alone",
            "at most 1.3",
            f"{compute_ratio(load_stages(stages), WHOLE, NETWORKS):.2f}",
        )
    if large:
        late = quantiles([each[WHOLE] + each[JUDGE] for each in load_stages(large)])[1]
        yield "12-megapixel photo, read and decided, p95", "at most 2 s", f"{late:.2f} s"
    if turns := results.load("scaling").get("rounds"):
        by_cpu, by_clock = compute_scaling(turns)
        measured = f"{by_cpu:.2f} by processor time, {by_clock:.2f} by wall clock"
        yield "throughput of two processes compared with one", "at least 1.8", measured
    if memory := results.load("memory"):
        grown = f"{slope(memory['resident']):+.1f} KB per document"
        yield f"memory over {memory['resident'][-1][0]} documents", "flat", grown
    if service:
        yield (
            "time that the pipeline adds in a backfill",
            "at most 10 %",
            format_overhead(service["backfill"]),
        )
        clock, cpu = (compute_added(service["single"], kind) for kind in ("clock", "cpu"))
        added = f"{clock:.2f} s by wall clock, {cpu:.2f} s of processor time"
        yield "time that the pipeline adds to a single warm run", "at most 0.5 s", added
        run = (results.load("metered") or service["metered"])["run"]
        yield "requests to Prefect's API per document", "at most 18", str(run["requests"])
        yield "log lines per document", "at most 10", str(run["lines"])
    yield from list_warm_targets()


def compute_ratio(rows: Sequence[Mapping[str, float]], one: str, other: str) -> float:
    """Compute the ratio of two stages over all documents."""
    return sum(each[one] for each in rows) / sum(each[other] for each in rows)


def compute_scaling(turns: Sequence[Mapping[str, float]]) -> tuple[float, float]:
    """Return the throughput of two readers compared with one: by processor time, best by clock."""
    by_cpu = 2 * median(each["one_cpu"] / each["two_cpu"] for each in turns)
    return by_cpu, max(each["one_clock"] / each["two_clock"] for each in turns)


def format_overhead(rounds: Sequence[Mapping[str, Mapping[str, float]]]) -> str:
    """Format the time that the pipeline adds to a backfill, in percent."""
    cpu, clock = (
        median(each["whole"][kind] / each["bare"][kind] - 1 for each in rounds)
        for kind in ("cpu", "clock")
    )
    return f"{100 * cpu:+.0f} % of processor time, {100 * clock:+.0f} % by wall clock"


def compute_added(rounds: Sequence[Mapping[str, Mapping[str, float]]], kind: str) -> float:
    """Compute the median time that the pipeline adds, in seconds."""
    return median(each["whole"][kind] - each["bare"][kind] for each in rounds)


def build_reading_tables() -> Iterator[Table]:
    """Build the tables on reading that have stored results."""
    if stages := results.load("stages"):
        yield build_stages("Stages of a document, seconds of processor time", stages)
    if large := results.load("large"):
        yield build_stages("Stages of a 12-megapixel photo, seconds of processor time", large)
    if stored := results.load(recognisers.STORED):
        yield build_networks(stored)
    if outcomes := reading.stored():
        yield build_readers(outcomes)
    if scaling := results.load("scaling"):
        yield build_scaling(scaling)
    if start := results.load("start"):
        yield build_start(start)
    if memory := results.load("memory"):
        yield build_memory(memory)


def load_stages(kept: Mapping[str, Any]) -> list[dict[str, float]]:
    """Return the seconds of each document by the current names of the stages."""
    return [
        {results.current_name(stage): seconds for stage, seconds in each.items()}
        for each in kept["seconds"]
    ]


def build_stages(title: str, kept: Mapping[str, Any]) -> Table:
    """Build the table of the stages of a document."""
    rows: list[tuple[Cell, ...]] = []
    seconds = load_stages(kept)
    whole = sum(each[WHOLE] + each[JUDGE] for each in seconds)
    for stage in (*STAGES, JUDGE, WHOLE, NETWORKS):
        if not any(stage in each for each in seconds):  # measured before this stage existed
            continue
        own = [each.get(stage, 0.0) for each in seconds]
        middle, late = quantiles(own)
        rows.append((stage, f"{middle:.3f}", f"{late:.3f}", f"{100 * sum(own) / whole:.1f} %"))
    ends = [each[WHOLE] + each[JUDGE] for each in seconds]
    rows.append(("end to end", *(f"{each:.3f}" for each in quantiles(ends)), "100 %"))
    text = (
        f"{len(ends)} documents, {1 / (sum(ends) / len(ends)):.2f} per second and core. `{WHOLE}` "
        f"is the sum of the stages above it, and `{NETWORKS}` the share of it that inference "
        "takes, in whichever stage."
    )
    return Table(title, ("stage", "median", "p95", "share"), tuple(rows), format_note(kept, text))


def build_networks(kept: Mapping[str, Any]) -> Table:
    """Build the table of the two networks for MRZs."""
    images = len(kept["found"]) // len(recognisers.WAYS)
    text = (
        f"{images} images: MRZs as drawn, and nine copies of each (turned, blurred, small and so "
        "on). If the network for OCR-B is not certain in two readings, or check digits do not "
        "hold, the network for any printed text reads the MRZ ([ocrb.md](ocrb.md))."
    )
    return replace(recognisers.table(kept["found"]), note=format_note(kept, text))


def build_readers(outcomes: Sequence[reading.Outcome]) -> Table:
    """Build the table of processor time by reader."""
    own = [each.cpu for each in outcomes if each.reader == "docverify"]
    rows: list[tuple[Cell, ...]] = []
    for reader, found in grouped(outcomes, "reader"):
        middle, late = quantiles([each.cpu for each in found])
        times = f"{middle / median(own):.2f}" if own else "-"
        rows.append((NAMES[reader], f"{middle:.2f}", f"{late:.2f}", times))
    text = (
        "The other readers read only the MRZ; docverify also reads the printed text and barcodes."
    )
    head = ("reader", "median", "p95", "x docverify")
    note = format_note(results.load(reading.STORED), text)
    return Table(
        "Comparison with other readers, seconds of processor time", head, tuple(rows), note
    )


def build_scaling(kept: Mapping[str, Any]) -> Table:
    """Build the table of one process and two."""
    kinds = ("one_cpu", "two_cpu", "one_clock", "two_clock")
    rows: list[tuple[Cell, ...]] = []
    for number, turn in enumerate(kept["rounds"], 1):
        times = f"{turn['one_clock'] / turn['two_clock']:.2f}"
        rows.append((number, *(f"{turn[kind]:.2f}" for kind in kinds), times))
    by_cpu, by_clock = compute_scaling(kept["rounds"])
    text = (
        "Seconds per document, in alternating rounds. If a second process did not slow down the "
        f"first, the two would do twice as much. By processor time they do {by_cpu:.2f} times as "
        f"much if both cores are free; by wall clock, on a shared machine, {by_clock:.2f} times "
        "in the best round."
    )
    head = ("round", "one: processor", "two: processor", "one: clock", "two: clock", "times")
    return Table("One process and two processes", head, tuple(rows), format_note(kept, text))


def build_start(kept: Mapping[str, Any]) -> Table:
    """Build the table of a cold start."""
    rows = tuple(
        (what, f"{each['cpu']:.2f}", f"{each['clock']:.2f}")
        for what, each in kept["seconds"].items()
    )
    text = (
        f"Seconds, the best of {kept['rounds']} rounds. A container imports the flow; its reader "
        "process starts with the first document."
    )
    return Table("Cold start", ("what", "processor", "clock"), rows, format_note(kept, text))


def build_memory(kept: Mapping[str, Any]) -> Table:
    """Build the table of the reader's memory."""
    seen = kept["resident"]
    every = max(1, len(seen) // 8)
    rows = tuple((number, f"{megabytes:.0f}") for number, megabytes in seen[every - 1 :: every])
    text = (
        f"One reader process, {seen[-1][0]} small documents of different sizes. The slope "
        f"after the first {SETTLED} is {slope(seen):+.2f} KB per document, the peak "
        f"{kept['peak_mb']:.0f} MB."
    )
    return Table(
        "Memory of the reader", ("documents", "resident MB"), rows, format_note(kept, text)
    )


def build_service_tables() -> Iterator[Table]:
    """Build the tables on the pipeline that have stored results."""
    if service := results.load("service"):
        yield build_pipeline_stages(service)
        yield build_added(service)
        yield from build_metered_tables(service)
        yield build_record(service)
    yield from build_warm_tables()
    if chain := results.load("chain"):
        yield build_chain(chain)


def build_pipeline_stages(kept: Mapping[str, Any]) -> Table:
    """Build the table of the stages of the pipeline."""
    rows: list[tuple[Cell, ...]] = []
    for stage, words in STAGE_WORDS.items():
        seconds = kept["stages"][stage]
        rows.append((words, len(seconds), *(f"{each:.3f}" for each in quantiles(seconds))))
    text = "Seconds by wall clock, as each run records them, with embedded S3 and PostgreSQL."
    head = ("stage", "documents", "median", "p95")
    return Table("Stages of the pipeline", head, tuple(rows), format_note(kept, text))


def build_added(kept: Mapping[str, Any]) -> Table:
    """Build the table of the time that the pipeline adds to reading."""
    rows: list[tuple[Cell, ...]] = []
    for name, words in (("backfill", "backfill, per document"), ("single", "a single warm run")):
        for kind in ("cpu", "clock"):
            bare, whole = (
                median(each[side][kind] for each in kept[name]) for side in ("bare", "whole")
            )
            added = compute_added(kept[name], kind)
            rows.append((words, kind, f"{bare:.2f}", f"{whole:.2f}", f"{added:+.2f}"))
    text = (
        "Seconds, medians of alternating rounds. Processor time (cpu) is that of the flow's "
        "process and its reader; the work of the S3, PostgreSQL and Prefect servers on the same "
        f"machine counts only by wall clock. {format_per_core(kept)}"
    )
    head = ("what", "time", "reading alone", "with pipeline", "added")
    return Table("What the pipeline adds", head, tuple(rows), format_note(kept, text))


def format_per_core(kept: Mapping[str, Any]) -> str:
    """Format how many documents a backfill does."""
    seconds = median(each["whole"]["cpu"] for each in kept["backfill"])
    return f"A backfill does {1 / seconds:.2f} documents per second and core."


def build_record(kept: Mapping[str, Any]) -> Table:
    """Build the table of the record."""
    record = kept["record"]
    rows: tuple[tuple[Cell, ...], ...] = (
        (
            "seconds of the server's processor time to claim, store and record",
            f"{record['cpu']:.4f}",
        ),
        ("documents per second and core of the server", f"{1 / record['cpu']:.0f}"),
        (
            "documents per second by wall clock, with all other processes",
            f"{record['a_second']:.1f}",
        ),
        ("bytes of the database per document, with indexes", f"{record['bytes']:,.0f}"),
    )
    text = f"{record['writers']} concurrent connections, PostgreSQL on the same two cores."
    return Table("The record", ("what", "measured"), rows, format_note(kept, text))


def build_chain(kept: Mapping[str, Any]) -> Table:
    """Build the table from an upload to its verdict."""
    rows = tuple(
        (stage.removesuffix("_time"), *(each[name] for name in ("median", "95 %", "last")))
        for stage, each in kept["seconds"].items()
    )
    text = (
        f"{kept['documents']} documents uploaded at the same time: seconds by wall clock from the "
        "upload "
        "until the run is created, started and ended. Here, each run starts a process that imports "
        "Prefect; on ECS, it starts a container instead."
    )
    head = ("until", "median", "95 %", "last")
    return Table("From the bucket to the verdict", head, rows, format_note(kept, text))


def build_cost_tables() -> Iterator[Table]:
    """Build the tables of costs, if everything that they need is stored."""
    if results.load("service") and results.load("start") and results.load("stages"):
        found = cost.measured()
        yield cost.scales(found, cost.values())
        yield cost.sources(found)


if __name__ == "__main__":
    main()
