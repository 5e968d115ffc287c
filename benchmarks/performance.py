"""The page about speed and cost: `python -m benchmarks.performance` writes docs/performance.md.

It is written from what is kept in benchmarks/results; each table names the command that measures
it anew. `make bench` of a machine that nobody else uses gives the same ratios and smaller seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import median
from typing import Any

from benchmarks import cost, reading, recognisers, results
from benchmarks.environments import ROOT
from benchmarks.peers import NAMES
from benchmarks.reading import grouped
from benchmarks.speed import JUDGE, NETWORKS, SETTLED, STAGES, WHOLE, quantiles, slope
from docverify.evaluation.metrics import Cell, Table, render_table

PAGE = ROOT / "docs" / "performance.md"
README = ROOT / "README.md"
INTRODUCTION = """\
# Speed and cost

How fast documents are read and judged, what the pipeline adds, and what that comes to on AWS.

The machine on which this was measured has two cores and was shared with others, who used it fully.
So what can be said in processor time is: seconds of one core, for the processes that do the work,
which hardly depend on who else is there. Where a figure is time by the clock, it says so; there,
bare and whole took turns, and only their ratio means much: where many more processes wait than
there are cores (the load is told), a second of work takes as many seconds as processes share a
core. One reader has one core and one thread.

Each table names the command that measures it anew; `python -m benchmarks.performance` then writes
this page from what is kept in `benchmarks/results`. The documents are made up, as those of
[accuracy.md](accuracy.md)."""
STAGE_WORDS = {
    "retrieve": "retrieve from S3",
    "claim": "claim",
    "read": "read, in the reader process",
    "judge": "look for others, judge",
    "record": "record in PostgreSQL",
    "publish": "publish artifact and event",
}
OF_COST = """\
## What it costs on AWS

`python -m benchmarks.cost --documents 1000000 --chunk 200 --containers 50 --plan pro` works out any
other plan, `--with NAME=VALUE` under another assumption. Prices are list prices in USD, all for one
month of storage and of one database, without taxes and without the price of Prefect Cloud's plan.
A container reads one document after the other on one vCPU. The time is that of the work, or of the
limit that takes longest and of one container after it; in a simulation that starts the containers
one by one, they take as long (`tests/benchmarks/test_cost.py`). Where the requests of Prefect are
the limit, let `concurrency` be so low that they are not reached: containers that wait are paid for,
and not counted here. A larger database is `--with database_cores=8 --with database_hour=PRICE`.
Plans may count events together with log lines; only the lines are counted here."""


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), "utf-8")
    results.write_block(README, "performance", headline())


def page() -> str:
    """Put the page together from all that is kept."""
    speed = map(render_table, (targets(), *_of_reading(), *_of_service()))
    costs = map(render_table, _of_cost())
    return "\n\n".join((INTRODUCTION, *speed, OF_COST, *costs)) + "\n"


def headline() -> str:
    """Write what the README says first."""
    given, found = cost.values(), cost.measured()
    alone, chunked = (
        cost.estimate(cost.Plan(1_000_000, chunk), found, given) for chunk in (1, 200)
    )
    rows = (
        *((what, got) for what, _, got in _targets()),
        (
            "a million documents on AWS: a container for each; 200 in each",
            f"{alone.cost:,.0f} USD; {chunked.cost:,.0f} USD",
        ),
    )
    table = "".join(f"| {what} | {got} |\n" for what, got in rows)
    return f"| how fast, and for how much | measured |\n| --- | --- |\n{table}"


def targets() -> Table:
    """Hold what was measured against what the project aims for."""
    return Table("Targets", ("what", "target", "measured"), tuple(_targets()))


def _targets() -> Iterator[tuple[str, str, str]]:
    stages, large, service = (results.kept(name) for name in ("stages", "large", "service"))
    if stages:
        yield (
            "whole document to the networks alone, processor time",
            "at most 1.3",
            f"{_ratio(stages['seconds'], WHOLE, NETWORKS):.2f}",
        )
    if large:
        late = quantiles([each[WHOLE] + each[JUDGE] for each in large["seconds"]])[1]
        yield "photo of 12 megapixels, read and judged, p95", "at most 2 s", f"{late:.2f} s"
    if turns := results.kept("scaling").get("rounds"):
        by_cpu, by_clock = _scaling(turns)
        measured = f"{by_cpu:.2f} by processor time, {by_clock:.2f} by the clock"
        yield "two processes to one", "at least 1.8", measured
    if memory := results.kept("memory"):
        grown = f"{slope(memory['resident']):+.1f} KB a document"
        yield f"memory over {memory['resident'][-1][0]} documents", "flat", grown
    if service:
        yield "backfill over the bare loop", "at most 10 %", _over(service["backfill"])
        clock, cpu = (_added(service["single"], kind) for kind in ("clock", "cpu"))
        added = f"{clock:.2f} s by the clock, {cpu:.2f} s of processor"
        yield "a single warm run over the bare reading", "at most 0.5 s", added
        run = service["metered"]["run"]
        yield "requests to Prefect's API for a document", "at most 16", str(run["requests"])
        yield "log lines for a document", "at most 10", str(run["lines"])


def _ratio(rows: Sequence[Mapping[str, float]], one: str, other: str) -> float:
    return sum(each[one] for each in rows) / sum(each[other] for each in rows)


def _scaling(turns: Sequence[Mapping[str, float]]) -> tuple[float, float]:
    """Say how much more two readers do than one: by what each costs, and in the best round."""
    by_cpu = 2 * median(each["one_cpu"] / each["two_cpu"] for each in turns)
    return by_cpu, max(each["one_clock"] / each["two_clock"] for each in turns)


def _over(rounds: Sequence[Mapping[str, Mapping[str, float]]]) -> str:
    cpu, clock = (
        median(each["whole"][kind] / each["bare"][kind] - 1 for each in rounds)
        for kind in ("cpu", "clock")
    )
    return f"{100 * cpu:+.0f} % of processor, {100 * clock:+.0f} % by the clock"


def _added(rounds: Sequence[Mapping[str, Mapping[str, float]]], kind: str) -> float:
    return median(each["whole"][kind] - each["bare"][kind] for each in rounds)


def _of_reading() -> Iterator[Table]:
    if stages := results.kept("stages"):
        yield _stages("Stages of a document, seconds of processor", stages)
    if large := results.kept("large"):
        yield _stages("The same for photos of 12 megapixels", large)
    if zones := results.kept(recognisers.STORED):
        yield _by_network(zones)
    if outcomes := reading.stored():
        yield _beside(outcomes)
    if scaling := results.kept("scaling"):
        yield _one_and_two(scaling)
    if start := results.kept("start"):
        yield _cold(start)
    if memory := results.kept("memory"):
        yield _resident(memory)


def _note(kept: Mapping[str, Any], text: str) -> str:
    load = f", load {kept['load']} of {kept['machine'].split()[0]} cores" if "load" in kept else ""
    when = f"{kept['measured_on']}, version {kept['version']}{load}"
    return f"`{kept['command']}` ({when}). {text}".strip()


def _stages(title: str, kept: Mapping[str, Any]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    whole = sum(each[WHOLE] + each[JUDGE] for each in kept["seconds"])
    for stage in (*STAGES, JUDGE, WHOLE, NETWORKS):
        own = [each.get(stage, 0.0) for each in kept["seconds"]]
        middle, late = quantiles(own)
        rows.append((stage, f"{middle:.3f}", f"{late:.3f}", f"{100 * sum(own) / whole:.1f} %"))
    ends = [each[WHOLE] + each[JUDGE] for each in kept["seconds"]]
    rows.append(("end to end", *(f"{each:.3f}" for each in quantiles(ends)), "100 %"))
    text = (
        f"{len(ends)} documents, {1 / (sum(ends) / len(ends)):.2f} a second and core. `{WHOLE}` "
        f"is what the stages before it come to, and `{NETWORKS}` what of it the inference takes, "
        "whichever stage asks for it."
    )
    return Table(title, ("stage", "median", "p95", "share"), tuple(rows), _note(kept, text))


def _by_network(kept: Mapping[str, Any]) -> Table:
    pictures = len(kept["found"]) // len(recognisers.WAYS)
    text = (
        f"{pictures} pictures: zones as they are, and nine copies of each, turned, blurred, small "
        "and so on. What the network for OCR-B is not sure of in two looks, or whose check digits "
        "do not hold, the one for any print reads ([ocrb.md](ocrb.md))."
    )
    return replace(recognisers.table(kept["found"]), note=_note(kept, text))


def _beside(outcomes: Sequence[reading.Outcome]) -> Table:
    own = [each.cpu for each in outcomes if each.reader == "docverify"]
    rows: list[tuple[Cell, ...]] = []
    for reader, found in grouped(outcomes, "reader"):
        middle, late = quantiles([each.cpu for each in found])
        times = f"{middle / median(own):.2f}" if own else "-"
        rows.append((NAMES[reader], f"{middle:.2f}", f"{late:.2f}", times))
    text = "The peers read the zone alone; docverify reads print and barcodes as well."
    head = ("reader", "median", "p95", "x docverify")
    note = _note(results.kept(reading.STORED), text)
    return Table("Beside other readers, seconds of processor", head, tuple(rows), note)


def _one_and_two(kept: Mapping[str, Any]) -> Table:
    kinds = ("one_cpu", "two_cpu", "one_clock", "two_clock")
    rows: list[tuple[Cell, ...]] = []
    for number, turn in enumerate(kept["rounds"], 1):
        times = f"{turn['one_clock'] / turn['two_clock']:.2f}"
        rows.append((number, *(f"{turn[kind]:.2f}" for kind in kinds), times))
    by_cpu, by_clock = _scaling(kept["rounds"])
    text = (
        "Seconds a document, in turns. If a second process cost the first nothing, the two would "
        f"do twice as much: by what a document costs, they do {by_cpu:.2f} times as much where "
        f"both cores are free; by the clock of a machine that others use, {by_clock:.2f} in the "
        "best round."
    )
    head = ("round", "one: processor", "two: processor", "one: clock", "two: clock", "times")
    return Table("One process and two", head, tuple(rows), _note(kept, text))


def _cold(kept: Mapping[str, Any]) -> Table:
    rows = tuple(
        (what, f"{each['cpu']:.2f}", f"{each['clock']:.2f}")
        for what, each in kept["seconds"].items()
    )
    text = (
        f"Seconds, the best of {kept['rounds']}. A container imports the flow, and its reader "
        "process starts with the first document."
    )
    return Table("Cold start", ("what", "processor", "clock"), rows, _note(kept, text))


def _resident(kept: Mapping[str, Any]) -> Table:
    seen = kept["resident"]
    every = max(1, len(seen) // 8)
    rows = tuple((number, f"{megabytes:.0f}") for number, megabytes in seen[every - 1 :: every])
    text = (
        f"One reader process, {seen[-1][0]} small documents of changing size; the slope "
        f"after the first {SETTLED} is {slope(seen):+.2f} KB a document, the peak "
        f"{kept['peak_mb']:.0f} MB."
    )
    return Table("Memory of the reader", ("documents", "resident MB"), rows, _note(kept, text))


def _of_service() -> Iterator[Table]:
    if service := results.kept("service"):
        yield _clock(service)
        yield _added_to(service)
        yield _prefect(service)
        yield _record(service)
    if chain := results.kept("chain"):
        yield _chain(chain)


def _clock(kept: Mapping[str, Any]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for stage, words in STAGE_WORDS.items():
        seconds = kept["stages"][stage]
        rows.append((words, len(seconds), *(f"{each:.3f}" for each in quantiles(seconds))))
    text = "Seconds by the clock, as each run records them, with embedded S3 and PostgreSQL."
    head = ("stage", "documents", "median", "p95")
    return Table("Stages of the pipeline", head, tuple(rows), _note(kept, text))


def _added_to(kept: Mapping[str, Any]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for name, words in (("backfill", "backfill, a document"), ("single", "a single warm run")):
        for kind in ("cpu", "clock"):
            bare, whole = (
                median(each[side][kind] for each in kept[name]) for side in ("bare", "whole")
            )
            added = _added(kept[name], kind)
            rows.append((words, kind, f"{bare:.2f}", f"{whole:.2f}", f"{added:+.2f}"))
    text = (
        "Seconds, medians of rounds in turns; of the processor, in the flow's process and its "
        "reader. What the servers of S3, PostgreSQL and Prefect do on the same machine is in the "
        f"clock alone. {_per_core(kept)}"
    )
    head = ("what", "of", "bare reading", "whole", "added")
    return Table("What the pipeline adds", head, tuple(rows), _note(kept, text))


def _per_core(kept: Mapping[str, Any]) -> str:
    seconds = median(each["whole"]["cpu"] for each in kept["backfill"])
    return f"A backfill comes to {1 / seconds:.2f} documents a second and core."


def _prefect(kept: Mapping[str, Any]) -> Table:
    run, chunk = kept["metered"]["run"], kept["metered"]["chunk"]
    further = kept["metered"]["in_chunk"] - 1
    rows: list[tuple[Cell, ...]] = []
    for what in ("requests", "events", "lines"):
        each = f"{(chunk[what] - run[what]) / further:.1f}"
        rows.append((WORDS[what], run[what], each))
    head = ("what", "a run of its own", "each further document of a chunk")
    return Table("What Prefect meters", head, tuple(rows), _note(kept, "Counted on the wire."))


WORDS = {
    "requests": "requests to the API",
    "events": "connections for events",
    "lines": "log lines",
}


def _record(kept: Mapping[str, Any]) -> Table:
    record = kept["record"]
    rows: tuple[tuple[Cell, ...], ...] = (
        ("seconds of the server's processor to claim, keep and record", f"{record['cpu']:.4f}"),
        ("documents a second and core of the server", f"{1 / record['cpu']:.0f}"),
        ("documents a second by the clock, beside all others here", f"{record['a_second']:.1f}"),
        ("bytes of the database a document, indexes included", f"{record['bytes']:,.0f}"),
    )
    text = f"{record['writers']} connections at once, PostgreSQL on the same two cores."
    return Table("The record", ("what", "measured"), rows, _note(kept, text))


def _chain(kept: Mapping[str, Any]) -> Table:
    rows = tuple(
        (stage.removesuffix("_time"), *(each[name] for name in ("median", "95 %", "last")))
        for stage, each in kept["seconds"].items()
    )
    text = (
        f"{kept['documents']} documents put at once: seconds by the clock from the put until the "
        "run is created, started and ended. Each run is a process of this machine that imports "
        "Prefect; on ECS, the start of a container comes in its place."
    )
    head = ("until", "median", "95 %", "last")
    return Table("From the bucket to the verdict", head, rows, _note(kept, text))


def _of_cost() -> Iterator[Table]:
    if results.kept("service") and results.kept("start") and results.kept("stages"):
        found = cost.measured()
        yield cost.scales(found, cost.values())
        yield cost.sources(found)


if __name__ == "__main__":
    main()
