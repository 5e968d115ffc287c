"""All sources of a file are about one person."""

import gzip
import json
from dataclasses import replace
from datetime import date
from itertools import permutations
from pathlib import Path

import pytest

from docverify.checks import Status
from docverify.checks.persons import check_single_person
from docverify.page import MrzReading, Page, Reading
from docverify.policy import STANDARD
from docverify.reading import wire
from docverify.verdict import judge
from tests.support.check_rows import (
    FAILED,
    NOT_PERFORMED,
    PASSED,
    REFER,
    Row,
    assert_complete,
    assert_holds,
    params,
)
from tests.support.readings import (
    PRINTED,
    UNSURE,
    aamva,
    confidences,
    licence,
    line,
    page,
    passport,
    reading,
    refused,
    results,
    td1,
    with_letter,
)

OTHER = passport(name="OKAFOR<<BRUNO", number="HK1672110", birth="710310")
SECOND_DOCUMENT = passport(number="HK1672110")
STORED = Path(__file__).parents[1] / "written_by_version_4" / "readings.json.gz"


def with_second_mrz(lines: tuple[str, ...]) -> Reading:
    """Return a page with its own MRZ and another one below it."""
    other = MrzReading(lines, confidences(lines), lines, 20)
    return reading(replace(page(), other_mrzs=(other,)))


def print_only(**changes: str) -> Page:
    return page(None, {**PRINTED, **changes})


FORGER = {"surname": "FORGER", "given_names": "JOHN"}

ANSWERS = [
    Row("a passport", "single_person", PASSED, page()),
    Row("an MRZ alone", "single_person", NOT_PERFORMED, page(printed={})),
    Row("no page", "single_person", NOT_PERFORMED, refused()),
    Row("a second MRZ of the holder", "single_person", PASSED, with_second_mrz(SECOND_DOCUMENT)),
    Row("a second MRZ of another", "single_person", FAILED, with_second_mrz(OTHER), REFER),
    Row("another's MRZ with a misread number", "single_person", FAILED,
        with_second_mrz(with_letter(OTHER, 1, 0, "X")), REFER),
    Row("another MRZ, misread", "single_person", PASSED,
        with_second_mrz(with_letter(with_letter(OTHER, 1, 0, "X"), 1, 14, "9"))),
    Row("both sides of a card", "single_person", PASSED, reading(page(td1(), {}), page(None))),
    Row("a page of another, same number", "single_person", FAILED,
        reading(page(), print_only(**FORGER)), REFER),
    Row("a page of another, read with doubt", "single_person", PASSED,
        reading(page(), page(None, {**PRINTED, **FORGER}, printed_confidence=UNSURE))),
    Row("a page with another number and birth date", "single_person", FAILED,
        reading(page(), page(None, {"document_number": "HK1672110", "birth_date": "10 MAR 1971"}))),
    Row("a page with another number", "single_person", PASSED,
        reading(page(), print_only(document_number="HK1672110"))),
    Row("a cut name", "single_person", PASSED,
        reading(page(passport(name="MERIDIAN<<LOUISE<ANN<KATHARINA<MAGDALENA")),
                print_only(given_names="LOUISE ANN KATHARINA MAGDALENA SOPHIE"))),
    Row("a transliterated name", "single_person", PASSED,
        reading(page(passport(name="MUELLER<<LOUISE<ANN"), {}), print_only(surname="MÜLLER"))),
    Row("a barcode of the holder", "single_person", PASSED, reading(page(), licence())),
    Row("a barcode of another", "single_person", FAILED,
        reading(page(), licence(aamva(DCS="OKAFOR", DAC="BRUNO")))),
]  # fmt: skip


@pytest.mark.parametrize("row", params(ANSWERS))
def test_check_gives_the_expected_result(row: Row):
    assert_holds(row)


def test_table_covers_every_result():
    assert_complete(ANSWERS, check_single_person)


def test_evidence_names_no_person():
    found = results(with_second_mrz(OTHER))["single_person"]

    assert found.evidence == "the file names two different persons"


@pytest.mark.parametrize(
    "pages",
    [
        (page(), print_only(**FORGER)),
        (page(), page(OTHER)),
        (page(td1(), {}), page(None), page(None, {})),
        (licence(front=()), licence(b"")),
    ],
)
def test_order_of_pages_changes_nothing(pages: tuple[Page, ...]):
    found = [results(reading(*order)) for order in permutations(pages)]

    assert all(each == found[0] for each in found)


def test_order_of_pages_changes_nothing_in_stored_readings():
    day, shuffled = date(2026, 11, 26), 0
    for stored in json.loads(gzip.decompress(STORED.read_bytes())).values():
        of = wire.read(json.dumps(stored))
        turned = replace(of, pages=of.pages[::-1])
        shuffled += len(of.pages) > 1
        verdict, again = (judge(each, today=day, policy=STANDARD) for each in (of, turned))
        assert verdict.results == again.results

    assert shuffled


@pytest.mark.parametrize("added", [page(OTHER), print_only(**FORGER), page(OTHER, {})])
def test_added_person_never_verifies_a_document(added: Page):
    for order in permutations((page(), added)):
        assert results(reading(*order))["single_person"].status is Status.FAILED


@pytest.mark.parametrize(
    ("name", "expected"), [("IRINA VOLKOVA", Status.FAILED), ("LOUISE ANN MERIDIAN", Status.PASSED)]
)
def test_whole_name_next_to_a_surname_and_given_names_is_that_of_the_same_person(name, expected):
    shown = page(more=[line("Name", top=800), line(name, top=825)])

    assert results(reading(shown))["single_person"].status is expected
