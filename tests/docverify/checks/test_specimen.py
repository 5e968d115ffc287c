"""The check for published samples."""

import pytest

from docverify.checks.specimen import check_specimen
from docverify.documents.code_tables import load_table
from docverify.documents.languages import WordList, find_words
from docverify.documents.mrz import compute_check_digit
from docverify.identities import Source
from docverify.page import Box, Line, Page
from tests.support.check_rows import (
    FAILED,
    NOT_PERFORMED,
    NOTHING,
    PASSED,
    REFER,
    REJECT,
    Row,
    assert_complete,
    assert_holds,
    params,
)
from tests.support.readings import SURE, aamva, licence, line, page, passport, reading, results


def card(state: str, number: str, surname: str) -> Page:
    """Return the page of a card with a number of any length."""
    short, rest = number[:9].replace(" ", "<").ljust(9, "<"), number[9:]
    digit = "<" if rest else compute_check_digit(short)
    rest += compute_check_digit(short + rest) if rest else ""
    first = f"I<{state:<<3}{short}{digit}{rest}".ljust(30, "<")
    name = surname.replace(" ", "<").ljust(30, "<")
    return page((first, "9004122F3309149ATA<<<<<<<<<<<0", name), {})


def barcode(issuer: str, number: str, surname: str) -> Page:
    return licence(aamva(f"ANSI {issuer}100001", DAQ=number, DCS=surname), ())


def across(word: str) -> Line:
    """Print a word across the page, in letters twice as high as the others."""
    return Line(word, SURE, Box(0, 900, 500, 940))


CODE = "known_specimen"
SPECIMENS = load_table("specimens")
DOCUMENTS = [row for row in SPECIMENS["documents"] if row[2] is not None]
SIMPLE_NAMES = [name for name in SPECIMENS["names"] if name.isascii() and " " not in name]

ANSWERS = [
    Row("nothing known", CODE, PASSED, page()),
    Row("a licence", CODE, PASSED, licence()),
    Row("of Utopia", CODE, FAILED, page(passport(state="UTO")), REJECT),
    *(Row(" ".join(row), CODE, FAILED, card(*row), REJECT) for row in DOCUMENTS),
    *(Row(" ".join(row), CODE, FAILED, barcode(*row), REJECT) for row in SPECIMENS["cards"]),
    *(
        Row(word, CODE, FAILED, page(more=[line(f"– {word.lower()} 1", top=900)]), REFER)  # noqa: RUF001
        for word in sorted(find_words(WordList.SPECIMEN_MARKS))
    ),
    *(Row(name, CODE, FAILED, card("ATA", "QX7182035", name), REFER) for name in SIMPLE_NAMES),
    Row("another surname", CODE, FAILED, card("NLD", "SPECI2014", "JANSEN"), REFER),
    Row("another State", CODE, PASSED, card("ATA", "SPECI2014", "DE BRUIJN")),
    Row("another issuer", CODE, PASSED, barcode("636015", "247725", "FLOWERS")),
    Row("a sentence", CODE, PASSED, page(more=[line("VOID IF ALTERED OR MUTILATED", top=900)])),
    Row("part of a word", CODE, PASSED, page(more=[line("VOIDABLE", top=900)])),
    Row("on another page", CODE, FAILED,
        reading(page(), page(None, {}, more=[line("SPECIMEN", top=0)])), REFER),
    *(Row(text, CODE, FAILED, page(more=[line(text, top=900)]), REFER)
      for text in ("SAMPLE: please do not copy", "SAMPLE RETURN TO ISSUER", "MUSTER DO NOT USE",
                   "SPECIMEN IF FOUND RETURN")),
    *(Row(f"across, {word}", CODE, FAILED, page(more=[across(word)]), REFER)
      for word in ("USTER", "PECIMEN", "SAMPIE")),
    *(Row(f"across, {word}", CODE, PASSED, page(more=[across(word)]))
      for word in ("MALI", "ID", "PASSPORT", "DIOV")),
    *(Row(f"in small print, {word}", CODE, PASSED, page(more=[line(word, top=900)]))
      for word in ("OID", "USTER")),
    Row("a misread letter", CODE, FAILED, page(more=[line("SPECIMEM", top=900)]), REFER),
    Row("nothing read", CODE, NOT_PERFORMED, NOTHING),
]  # fmt: skip


@pytest.mark.parametrize("row", params(ANSWERS))
def test_check_gives_the_expected_result(row: Row):
    assert_holds(row)


def test_table_covers_every_result():
    assert_complete(ANSWERS, check_specimen)


def test_evidence_has_both_signs_of_a_specimen():
    told = results(reading(card("UTO", "L898902C3", "ERIKSSON")))[CODE]

    assert told.evidence == (
        "UTO (Utopia) is used only on specimens; "
        "issuing state, document number and surname are those of a published specimen"
    )


def test_certain_sign_of_a_specimen_comes_from_mrz_or_barcode():
    certain = results(reading(page(passport(state="UTO"))))[CODE]
    possible = results(reading(page(more=[line("SPECIMEN", top=900)])))[CODE]
    by_barcode = results(reading(barcode("604426", "247725", "FLOWERS")))[CODE]

    assert certain.sources == (Source.MRZ,)
    assert possible.sources == (Source.MRZ, Source.VIZ)
    assert by_barcode.sources == (Source.BARCODE,)


@pytest.mark.parametrize("word", ["VOID", "OID", "VOI", "V0ID", "VOIDD"])
def test_void_across_the_page_marks_an_invalid_document_and_no_specimen(word):
    found = results(reading(page(more=[across(word)])))

    assert (found["invalidity_mark"].status, found[CODE].status) == (FAILED, PASSED)


@pytest.mark.parametrize("word", ["MALI", "ID", "PASSPORT", "DIOV"])
def test_other_large_words_do_not_mark_a_document_as_invalid(word):
    assert results(reading(page(more=[across(word)])))["invalidity_mark"].status is PASSED


def test_condition_in_small_print_does_not_mark_a_document_as_invalid():
    found = results(reading(page(more=[line("VOID IF ALTERED OR MUTILATED", top=900)])))

    assert (found["invalidity_mark"].status, found[CODE].status) == (PASSED, PASSED)
