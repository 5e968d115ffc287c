"""Visas together with a passport: that of their holder, or that of another person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from benchmarks.corpus.captures import capture_sides
from benchmarks.corpus.designs import Sheet, design
from benchmarks.corpus.mrzs import build_mrz
from benchmarks.corpus.originals import Document
from benchmarks.corpus.papers import TODAY, Paper, after, paper
from benchmarks.corpus.papers_with_data import open_page, write_pdf
from benchmarks.corpus.people import another
from benchmarks.corpus.sides import sheets

VISA_KINDS = ("MRV-A", "MRV-B")
VISA_YEARS = 5


def add_visa(one: Document, chance: Random) -> Document:
    """Add the holder's visa of another State to the file of a passport."""
    return _add_page(one, _issue_visa(one.printed, chance), chance)


def add_visa_of_another_person(one: Document, chance: Random) -> Document:
    """Add the visa of another person to the file of a passport."""
    holder = another(one.printed.person, chance, TODAY, licence=False)
    return _add_page(one, _issue_visa(replace(one.printed, person=holder), chance), chance)


def _issue_visa(passport: Paper, chance: Random) -> Paper:
    visa = paper(chance.choice(VISA_KINDS), chance)
    issue = max(passport.issue_date, TODAY - timedelta(days=chance.randrange(40, 1500)))
    return replace(
        visa,
        person=passport.person,
        nationality=passport.nationality,
        issue_date=issue,
        expiry_date=after(issue, VISA_YEARS),
    )


def _add_page(one: Document, visa: Paper, chance: Random) -> Document:
    """Write a PDF with the passport and the visa, one page each, in either order."""
    drawn: list[Sheet] = sheets(visa, design(visa, chance), build_mrz(visa.entries), "")
    page = capture_sides(one.capture, drawn, chance).content
    first = chance.random() < 0.3

    def finish(content: bytes) -> tuple[str, bytes]:
        pages = [page, content] if first else [content, page]
        return ".pdf", write_pdf([open_page(each) for each in pages])

    return replace(one, finish=finish)
