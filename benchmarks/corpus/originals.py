"""A document before its capture: the data of each source and its design; and a class of attacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from benchmarks.corpus.aamva import payload
from benchmarks.corpus.captures import FOR_ATTACKS, Capture, capture_sides
from benchmarks.corpus.designs import Design, Sheet
from benchmarks.corpus.mrzs import WIDTHS, Lines, build_mrz
from benchmarks.corpus.papers import Paper
from benchmarks.corpus.sides import sheets

Retouch = Callable[[list[Sheet], Random], list[Sheet]]
Finish = Callable[[bytes], tuple[str, bytes]]
"""Changes the content of a file; also returns its suffix."""
WITH_MRZ = tuple(WIDTHS)
LICENCES = ("US licence", "Canadian licence")
ALL = WITH_MRZ + LICENCES


@dataclass(frozen=True)
class Document:
    """The data of a document by source, and its capture; in a genuine document, all sources agree.

    Attributes:
        original: The document whose drawing is retouched; None for this document.
        retouch: Changes the drawn sides; None if nothing is changed.
        finish: Changes the file; None if nothing is changed.
        labelled: Printed fields whose labels differ from `printed`.
    """

    printed: Paper
    mrz: Lines
    coded: Paper | None
    design: Design
    capture: Capture
    applicant: dict[str, str]
    original: Document | None = None
    retouch: Retouch | None = None
    finish: Finish | None = None
    labelled: dict[str, str] = field(default_factory=dict)

    @property
    def payload(self) -> str:
        """Return the payload of its barcode, empty if it has none."""
        return payload(self.coded.card) if self.coded else ""

    def file(self, chance: Random) -> tuple[str, bytes, dict[str, list[list[float]]]]:
        """Draw and capture it; return suffix, content and boxes."""
        source = self.original or self
        drawn = sheets(source.printed, source.design, source.mrz, source.payload)
        if self.retouch:
            drawn = self.retouch(drawn, chance)
        file = capture_sides(self.capture, drawn, chance)
        if self.finish:
            return *self.finish(file.content), file.boxes
        return file.suffix, file.content, file.boxes


def genuine(paper: Paper, design: Design, capture: Capture) -> Document:
    """Return a document with the same data in every source."""
    holder = paper.person
    names = f"{holder.given_names} {holder.surname}".strip()
    return Document(
        paper,
        () if paper.jurisdiction else build_mrz(paper.entries),
        paper if paper.jurisdiction else None,
        design,
        capture,
        {"name": names, "birth_date": holder.birth_date.isoformat()},
    )


Change = Callable[[Document, Random], Document]
ShownBy = Literal["data", "file", "image"]


@dataclass(frozen=True)
class Attack:
    """A class of attacks on these kinds of documents; `shown_by` is what could reveal it."""

    name: str
    shown_by: ShownBy
    change: Change
    kinds: tuple[str, ...] = ALL
    captures: tuple[Capture, ...] = FOR_ATTACKS


def choose(*changes: Change) -> Change:
    """Choose one of several changes for each document."""

    def change(one: Document, chance: Random) -> Document:
        return chance.choice(changes)(one, chance)

    return change
