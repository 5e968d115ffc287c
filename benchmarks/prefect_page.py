"""The tables of docs/performance.md on what Prefect Cloud meters, and on its limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks import cost, results
from benchmarks.notes import format_note
from docverify.evaluation.tables import Cell, Table

DOCUMENTS = (1, 10, 1_000, 1_000_000)
CHUNK = 200
WORDS = {
    "requests": "requests to the API",
    "connections": "connections for events",
    "lines": "log lines",
    "events": "events",
}
CONTAINER, WARM, CHUNKED = "a container each", "warm worker", f"backfill, {CHUNK} per container"


def build_metered_tables(service: Mapping[str, Any]) -> Iterator[Table]:
    """Build the tables on what Prefect meters; earlier results have no events."""
    kept = results.load("metered")
    if not kept:
        yield build_earlier(service)
        return
    yield build_metered(kept)
    yield build_limits(kept)


def build_earlier(kept: Mapping[str, Any]) -> Table:
    """Build the table from a result of `benchmarks.service`, which counted no events."""
    run, chunk = kept["metered"]["run"], kept["metered"]["chunk"]
    further = kept["metered"]["in_chunk"] - 1
    names = {"requests": "requests", "events": "connections", "lines": "lines"}
    rows: list[tuple[Cell, ...]] = [
        (WORDS[word], run[name], f"{(chunk[name] - run[name]) / further:.1f}")
        for name, word in names.items()
    ]
    head = ("what", "one document in its own run", "each further document of a chunk")
    note = format_note(kept, "Counted in the network traffic.")
    return Table("What Prefect meters", head, tuple(rows), note)


def build_metered(kept: Mapping[str, Any]) -> Table:
    """Build the table of what a document costs of what Prefect meters."""
    ways = list_ways(kept)
    rows: list[tuple[Cell, ...]] = [
        (words, *(f"{ways[way][name]:.1f}".removesuffix(".0") for way in ways))
        for name, words in WORDS.items()
    ]
    text = (
        "Requests are counted in the network traffic, lines and events in Prefect's own API. A "
        "step that takes milliseconds has a task run, and its events, only if it fails. A warm "
        "worker also asks for runs every few seconds, regardless of the number of documents."
    )
    head = ("each document", CONTAINER, WARM, "each further one of a chunk")
    return Table("What Prefect meters", head, tuple(rows), format_note(kept, text))


def list_ways(kept: Mapping[str, Any]) -> dict[str, Mapping[str, float]]:
    """Return the metered counts per document, by the way to run."""
    alone, chunk, further = kept["chunk_of_one"], kept["chunk"], kept["in_chunk"] - 1
    each = {name: max(0.0, (chunk[name] - alone[name]) / further) for name in WORDS}
    return {CONTAINER: kept["run"], WARM: kept["warm"], CHUNKED: each}


def build_limits(kept: Mapping[str, Any]) -> Table:
    """Build the table of how long documents take at the limits of Prefect Cloud's plans."""
    given, ways = cost.values(), list_ways(kept)
    rows: list[tuple[Cell, ...]] = []
    for documents in DOCUMENTS:
        for way in ways:
            requests, lines = count(documents, way, ways)
            minutes = [
                max(requests / given[f"{plan}_requests"], lines / given[f"{plan}_lines"])
                for plan in ("hobby", "pro")
            ]
            times = (cost.duration(60 * each) for each in minutes)
            rows.append((f"{documents:,}", way, f"{requests:,.0f}", f"{lines:,.0f}", *times))
    text = (
        "The least time in which Prefect Cloud accepts the requests, and the log lines together "
        "with the events, at the limits of a plan (see the table of assumptions)."
    )
    head = ("documents", "way", "requests", "lines and events", "plan hobby", "plan pro")
    return Table("Prefect Cloud's limits", head, tuple(rows), format_note(kept, text))


def count(documents: int, way: str, ways: Mapping[str, Mapping[str, float]]) -> tuple[float, float]:
    """Return the requests, and the lines and events, of documents; a chunk has one run."""
    starts = -(-documents // CHUNK) if way == CHUNKED else documents
    run = ways[CONTAINER] if way == CHUNKED else ways[way]
    further = ways[CHUNKED]

    def add_up(*names: str) -> float:
        first = sum(run[name] for name in names) * starts
        return first + sum(further[name] for name in names) * (documents - starts)

    return add_up("requests"), add_up("lines", "events")
