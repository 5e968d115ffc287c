"""The check for published sample documents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import TypedDict

from docverify.case import Case, Source
from docverify.checks.result import CheckResult, not_performed, passed_or_failed
from docverify.mrz import Mrz
from docverify.policy import Consequence

SPECIMEN_STATE = "UTO"  # Doc 9303-3, section 5: Utopia stands for no State


class PublishedSpecimens(TypedDict):
    """data/specimens.json: words printed across samples, and (state, number, surname)."""

    words: list[str]
    documents: list[list[str | None]]


@cache
def published_specimens() -> PublishedSpecimens:
    """Read the list of published specimens that ships with this package."""
    text = (files("docverify") / "data" / "specimens.json").read_text("utf-8")
    specimens: PublishedSpecimens = json.loads(text)
    return specimens


def check_specimen(case: Case) -> Iterator[CheckResult]:
    """The document is no published sample: not of state UTO, no known number, no SPECIMEN word.

    A certain sign asks for a rejection; a shared number or a word alone, for a person.
    """
    if case.mrz is None and not case.printed:
        yield not_performed("known_specimen", "nothing was read that could be compared")
        return
    certain = list(_certain_signs(case.mrz)) if case.mrz else []
    signs = certain or list(_possible_signs(case))
    severity = Consequence.REJECT if certain else Consequence.REFER
    sources = (Source.MRZ,) if certain else (Source.MRZ, Source.VIZ)
    yield passed_or_failed("known_specimen", not signs, severity, "; ".join(signs), *sources)


def _certain_signs(mrz: Mrz) -> Iterator[str]:
    if SPECIMEN_STATE in (mrz.issuing_state, mrz.nationality):
        yield "state UTO stands for no State"
    published = published_specimens()["documents"]
    if [mrz.issuing_state, mrz.document_number, mrz.surname] in published:
        yield "state, number and surname are those of a published specimen"


def _possible_signs(case: Case) -> Iterator[str]:
    mrz = case.mrz
    published = published_specimens()
    if mrz and [mrz.issuing_state, mrz.document_number] in [
        row[:2] for row in published["documents"]
    ]:
        yield "state and number are those of a published specimen"
    words = {
        word for page in case.reading.pages for line in page.lines for word in _words(line.text)
    }
    if words & set(published["words"]):
        yield "a word that marks samples is printed on it"


def _words(text: str) -> list[str]:
    return "".join(each if each.isalnum() else " " for each in text.upper()).split()
