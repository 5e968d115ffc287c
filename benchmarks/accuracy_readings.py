"""Readings of the corpus for the accuracy benchmark: planned, drawn, read and stored.

Reading takes nearly all of the time, and deciding a stored reading takes milliseconds. So each
reading is stored with its labels, an interrupted run continues where it stopped, and after a change
of the rules all documents are decided again at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from benchmarks.corpus.attacks import ATTACKS, FORGERIES
from benchmarks.corpus.controls import CONTROLS
from benchmarks.corpus.documents import Sample, genuine_sample, sample_of_class, truth_json
from docverify.evaluation.truth import Truth, parse_json_truths
from docverify.page import Reading
from docverify.reading import wire
from docverify.reading.local import read

GENUINE = ""
"""The class of genuine documents in all captures."""
FORGERIES_PER_EDIT = 4
"""Edits of one value were measured often, so they get a quarter of the documents."""


@dataclass(frozen=True)
class Planned:
    """A document to measure: a class of the corpus and a number within it."""

    class_name: str
    number: int

    def draw(self, seed: int) -> Sample:
        """Draw the document."""
        if self.class_name == GENUINE:
            return genuine_sample(seed, self.number)
        return sample_of_class(seed, self.class_name, self.number)


def plan_documents(genuine: int = 230, each: int = 25) -> list[Planned]:
    """Return the documents to measure: genuine ones, and `each` of every forgery and control.

    The classes take turns, so that the first documents of the plan are of all classes.
    """
    forgeries = [attack.name for attack in FORGERIES]
    controls = [control.name for control in CONTROLS]
    edits = [attack.name for attack in ATTACKS if attack not in FORGERIES]
    planned: list[Planned] = []
    for turn in range(each):
        first, last = (genuine * step // each for step in (turn, turn + 1))
        planned += [Planned(GENUINE, number) for number in range(first, last)]
        names = [*forgeries, *controls]
        if turn % FORGERIES_PER_EDIT == 0:
            names += edits
        planned += [
            Planned(name, turn if name not in edits else turn // FORGERIES_PER_EDIT)
            for name in names
        ]
    return planned


def read_documents(
    planned: list[Planned], seed: int, folder: Path
) -> Iterator[tuple[Truth, Reading]]:
    """Yield labels and reading of each document, in order; read those that `folder` lacks."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in planned:
        reading = find_reading(one, seed, folder)
        name, labels = reading.stem, reading.with_suffix(".labels")
        if not reading.exists():
            drawn = one.draw(seed)
            labels.write_text(truth_json({name: drawn.truth}), "utf-8")
            partial = reading.with_suffix(".partial")
            partial.write_text(wire.write(read(drawn.content)), "utf-8")
            partial.rename(reading)
        yield (
            parse_json_truths(labels.read_text("utf-8"))[name],
            wire.read(reading.read_text("utf-8")),
        )


def find_reading(one: Planned, seed: int, folder: Path) -> Path:
    """Return the file for the reading of a document."""
    name = sha256(f"{seed}:{one.class_name}:{one.number}".encode()).hexdigest()[:16]
    return folder / f"{name}.json"
