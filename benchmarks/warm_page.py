"""The tables of docs/performance.md on warm processes: speed, memory, and cost on AWS."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from benchmarks import cost, results
from benchmarks.notes import format_note
from benchmarks.prefect_page import DOCUMENTS
from benchmarks.speed import slope
from benchmarks.warm import BARE, COLD, OPTIONS, RUNS_AT_A_TIME, WARM, Round, ratio
from docverify.evaluation.tables import Cell, Table

USED = 0.5
"""Share of a month in which a warm worker reads documents, which do not arrive evenly."""
MEMORY_ROWS = 8


def list_warm_targets() -> Iterator[tuple[str, str, str]]:
    """Yield the targets of warm processes with the measured figures, for each stored result."""
    if rounds := results.load("warm").get("rounds"):
        times = f"{ratio(rounds, COLD, WARM, 'clock'):.2f} times"
        yield (
            "documents a minute, warm processes compared with a process for each run",
            "at least 2.5 times",
            times,
        )
        spent = f"{ratio(rounds, WARM, BARE, 'cpu'):.2f} times"
        yield "processor time of a warm document compared with reading", "at most 1.35 times", spent
    if kept := results.load("warm_memory"):
        runs, grown = kept["resident"][-1][0], slope(kept["resident"])
        yield f"memory of a warm process over {runs} runs", "flat", f"{grown:+.1f} KB per run"


def build_warm_tables() -> Iterator[Table]:
    """Build the tables on warm processes that have stored results."""
    kept = results.load("warm")
    if kept:
        yield build_speed(kept)
    if memory := results.load("warm_memory"):
        yield build_memory(memory)
    if kept and all(map(results.load, ("service", "start", "stages"))):
        yield build_cost(kept)


def build_speed(kept: Mapping[str, Any]) -> Table:
    """Build the table that compares the ways to run."""
    rounds = kept["rounds"]
    rows: list[tuple[Cell, ...]] = []
    for way in (BARE, *OPTIONS):
        clock, cpu = (median(each[way][kind] for each in rounds) for kind in ("clock", "cpu"))
        alone = find_alone(rounds, way)
        times = f"{ratio(rounds, way, BARE, 'cpu'):.2f}"
        waited = f"{median(alone):.1f}" if alone else ""
        rows.append((way, f"{60 / clock:.1f}", f"{clock:.2f}", f"{cpu:.2f}", times, waited))
    text = (
        f"Medians of {len(rounds)} rounds of {kept['documents']} documents; the bare loop reads "
        f"one at a time, the others run {RUNS_AT_A_TIME} at a time. Documents a minute, warm "
        f"compared with a process for each run: {ratio(rounds, COLD, WARM, 'clock'):.2f} times, "
        "the median of the rounds. The last column is the time from the upload of a single "
        "document to the end of its run, polled for every second; the event and the automation "
        "take 0.1 s more."
    )
    head = (
        *("way", "documents a minute", "seconds each, clock", "seconds each, processor"),
        *("processor, compared with reading", "upload to verdict, seconds"),
    )
    return Table(
        "Warm processes and a process for each run", head, tuple(rows), format_note(kept, text)
    )


def find_alone(rounds: Sequence[Round], way: str) -> list[float]:
    """Return the seconds from upload to verdict of all rounds; none for the bare loop."""
    return [seconds for each in rounds for seconds in each[way].get("alone", ())]


def build_memory(kept: Mapping[str, Any]) -> Table:
    """Build the table of the memory of a warm process."""
    seen = kept["resident"]
    every = max(1, len(seen) // MEMORY_ROWS)
    rows = tuple((number, f"{megabytes:.0f}") for number, megabytes in seen[every - 1 :: every])
    text = (
        f"One process and its reader, {seen[-1][0]} runs of small images, and no replacement in "
        f"between (by default, a process is replaced after 200 runs). The slope is "
        f"{slope(seen):+.2f} KB per run."
    )
    return Table("Memory of a warm process", ("runs", "resident MB"), rows, format_note(kept, text))


def build_cost(kept: Mapping[str, Any]) -> Table:
    """Build the table that compares the compute cost and the latency of a month on AWS."""
    found, given = cost.measured(), cost.values()
    cpu = median(each[WARM]["cpu"] for each in kept["rounds"]) / given["core"]
    alone = find_alone(kept["rounds"], WARM)
    waited = f"{median(alone):.0f} s" if alone else ""
    started = cost.container_seconds(1, found, given)
    each = push_cost(1, found, given)
    hour = hour_cost(given)
    rows: list[tuple[Cell, ...]] = []
    for documents in DOCUMENTS:
        workers = count_workers(documents, cpu)
        warm = workers * hour * cost.HOURS_OF_MONTH
        push = push_cost(documents, found, given)
        rows.append(
            (f"{documents:,}", f"{push:,.2f}", f"{started:.0f} s", f"{warm:,.2f}", workers, waited)
        )
    text = (
        "USD a month for containers, addresses and reads of secrets; everything else costs the "
        f"same. A warm container has one vCPU, runs all month, and reads documents {USED:.0%} of "
        f"its time. From about {hour * cost.HOURS_OF_MONTH / each:,.0f} documents a month on, one "
        "warm container costs less than a container for each document. With `ecs:push`, the pull "
        "of the image is in the latency."
    )
    head = (
        *("documents a month", "push, USD", "push, upload to verdict"),
        *("warm, USD", "warm containers", "warm, upload to verdict"),
    )
    return Table("Warm worker and push pool on AWS", head, tuple(rows), format_note(kept, text))


def push_cost(documents: int, found: cost.Measured, given: cost.Values) -> float:
    """Compute what the containers of single documents cost in USD."""
    plan = cost.Plan(documents)
    hours = cost.compute_billed_seconds(plan, found, given) / cost.HOUR
    secrets = plan.starts * given["secrets_each"] * given["secret_read"]
    return hours * hour_cost(given) + secrets


def hour_cost(given: cost.Values) -> float:
    """Compute what a container costs in an hour, in USD."""
    compute = given["vcpus"] * given["vcpu_hour"] + given["memory"] * given["memory_hour"]
    return compute + given["address_hour"]


def count_workers(documents: int, seconds: float) -> int:
    """Return how many warm containers read this many documents in a month."""
    capacity = cost.HOURS_OF_MONTH * cost.HOUR * USED / seconds
    return max(1, math.ceil(documents / capacity))
