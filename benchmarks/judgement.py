"""Cost of a decision: parsing, all checks and the outcome, compared with two other parsers.

    python -m benchmarks.judgement [--documents 100000]

The specimens are read once; then each reading is decided over and over on one core. The peers only
parse the lines of the MRZ and check their digits.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import cycle, islice
from statistics import median
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from benchmarks.environments import ROOT, python_of, variables
from docverify.documents.mrz import parse_mrz
from docverify.page import Reading
from docverify.policy import DEMONSTRATION
from docverify.reading import local
from docverify.verdict import judge

TODAY = date(2026, 1, 1)
ROUNDS = 200
Value = TypeVar("Value")
PARSERS = ("mrz", "passporteye")


def main() -> None:
    """Decide the specimens' readings, and print the table."""
    arguments = _arguments()
    console = Console()
    readings = list(_readings())
    mrzs = [page.mrz.lines for reading in readings for page in reading.pages if page.mrz]
    whole = median(_microseconds(_judge, readings))
    rows = {
        "docverify: parse, all checks, decide": whole,
        "docverify: parse": median(_microseconds(parse_mrz, mrzs)),
    }
    rows |= {f"{peer}: parse": _peer(peer, mrzs) for peer in PARSERS}
    table = Table("what", "median µs", "x the whole judgement", title=f"{len(readings)} specimens")
    for what, cost in rows.items():
        table.add_row(what, f"{cost:.0f}", f"{cost / whole:.2f}")
    console.print(table)
    if arguments.documents:
        console.print(_flat_memory(readings, arguments.documents))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compare decisions with the parsers of peers.")
    parser.add_argument(
        "--documents", type=int, default=0, help="judge so many and watch the memory"
    )
    return parser.parse_args()


def _readings() -> Iterator[Reading]:
    truths = json.loads((ROOT / "specimens" / "truth.json").read_text("utf-8"))
    for name, truth in truths.items():
        if truth["mrz"]:
            yield local.read((ROOT / "specimens" / name).read_bytes())


def _judge(reading: Reading) -> object:
    return judge(reading, today=TODAY, policy=DEMONSTRATION)


def _microseconds(work: Callable[[Value], object], values: Sequence[Value]) -> list[float]:
    costs = []
    for value in islice(cycle(values), ROUNDS * len(values)):
        started = time.perf_counter()
        work(value)
        costs.append((time.perf_counter() - started) * 1e6)
    return costs


def _peer(peer: str, mrzs: Sequence[Sequence[str]]) -> float:
    done = subprocess.run(
        [str(python_of(peer)), "-m", f"benchmarks.parsers.{peer}", str(ROUNDS)],
        cwd=ROOT,
        env=variables(peer),
        input=json.dumps(mrzs),
        capture_output=True,
        text=True,
        check=True,
    )
    return float(median(json.loads(done.stdout)))


def _flat_memory(readings: Sequence[Reading], count: int) -> str:
    documents = cycle(readings)
    for reading in islice(documents, 1000):
        _judge(reading)
    before, started = _peak_mb(), time.process_time()
    for reading in islice(documents, count):
        _judge(reading)
    seconds, grown = time.process_time() - started, _peak_mb() - before
    return f"{count} documents judged in {seconds:.0f} s; the peak of memory grew by {grown:.1f} MB"


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
