"""All sides of a document, drawn from its data and its design."""

from __future__ import annotations

from benchmarks.corpus.designs import Design, Sheet, draw_side, field_texts
from benchmarks.corpus.licence_sheets import draw_back, draw_front, licence_texts
from benchmarks.corpus.mrzs import Lines
from benchmarks.corpus.papers import Paper


def sheets(paper: Paper, chosen: Design, mrz: Lines, payload: str) -> list[Sheet]:
    """Draw all sides of a document."""
    if paper.jurisdiction:
        front = (
            draw_front(paper, paper.layout, chosen)
            if paper.layout
            else draw_side(paper, chosen, "licence", (), portrait=True)
        )
        return [front, draw_back(paper, chosen, payload)]
    if paper.kind == "TD1":
        front = draw_side(paper, chosen, "TD1", (), portrait=True)
        return [front, draw_side(paper, chosen, "back", mrz, portrait=False)]
    return [draw_side(paper, chosen, "book", mrz, portrait=True)]


def printed_text(paper: Paper, chosen: Design, name: str) -> str:
    """Return a field as it is printed."""
    if paper.layout:
        return licence_texts(paper, paper.layout.dates)[name]
    return field_texts(paper, chosen)[name][1]
