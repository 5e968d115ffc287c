"""How often a second engine would be asked, and what that saves.

    python -m benchmarks.second_engine [--documents 120] [--seed 1] [--price 1.50]

Documents of the corpus are read by the engine `local`, and the rule of `docverify.second_engine`
decides for each whether a policy with a second engine would ask it. The second engine itself is
not called. The price is an assumption: US dollars per thousand pages.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from benchmarks.corpus.documents import Sample, samples
from benchmarks.corpus.papers import TODAY
from docverify.case import open_case
from docverify.evaluation.metrics import Share
from docverify.evaluation.tables import Cell, Table, render_table
from docverify.page import Engine
from docverify.policy import STANDARD
from docverify.reading.local import read
from docverify.second_engine import Doubt, find_doubt
from docverify.verdict import Outcome, judge

POLICY = replace(STANDARD, name="second-engine", second_engine=Engine.GOOGLE_VISION)


@dataclass(frozen=True)
class Measured:
    """One document: its class, pages, doubt, and its outcome without a second engine."""

    label: str
    pages: int
    doubt: Doubt | None
    outcome: Outcome


def main() -> None:
    """Read the corpus and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--price", type=float, default=1.50, help="USD for a thousand pages")
    options = parser.parse_args()
    found = [measured(each) for each in samples(options.seed, options.documents)]
    print(render_table(by_class(found)))
    print(render_table(by_outcome(found)))
    print(costs(found, options.price))


def measured(sample: Sample) -> Measured:
    """Read one document, and decide it by the local engine's reading alone."""
    reading = read(sample.content)
    found = find_doubt(open_case(reading, today=TODAY, policy=POLICY))
    outcome = judge(reading, today=TODAY, policy=STANDARD).outcome
    return Measured(_label(sample), len(reading.pages), found, outcome)


def _label(sample: Sample) -> str:
    if sample.truth["attack"]:
        return "attack"
    return "genuine and legible" if sample.truth["legible"] else "illegible"


def by_class(found: Iterable[Measured]) -> Table:
    """Build the table of how often each class needs the second engine, and why."""
    rows = (_row(label, own) for label, own in _groups(found, "label"))
    head = ("class", "documents", "asked", *Doubt)
    return Table("How often a second engine is asked", head, tuple(rows))


def by_outcome(found: Iterable[Measured]) -> Table:
    """Build the same table by the outcome of the local engine's reading alone."""
    rows = (_row(outcome, own) for outcome, own in _groups(found, "outcome"))
    head = ("outcome without it", "documents", "asked", *Doubt)
    return Table("By the outcome of the local engine alone", head, tuple(rows))


def _groups(found: Iterable[Measured], name: str) -> Iterator[tuple[str, list[Measured]]]:
    every = list(found)
    for value in sorted({str(getattr(each, name)) for each in every}):
        yield value, [each for each in every if str(getattr(each, name)) == value]
    yield "all", every


def _row(label: str, own: list[Measured]) -> tuple[Cell, ...]:
    doubts = Counter(each.doubt for each in own)
    asked = Share(len(own) - doubts[None], len(own))
    return label, len(own), asked, *(doubts[each] for each in Doubt)


def costs(found: list[Measured], price: float) -> str:
    """Build the table of costs per thousand documents: a cloud engine for all, or in doubt."""
    thousand = price * 1000 / 1000 / len(found)
    pages = sum(each.pages for each in found) * thousand
    asked = sum(each.pages for each in found if each.doubt) * thousand
    return (
        f"At {price:.2f} USD for 1000 pages, 1000 documents cost {pages:.2f} USD if a cloud "
        f"engine reads all of them, {asked:.2f} USD if it reads only the doubtful ones."
    )


if __name__ == "__main__":
    main()
