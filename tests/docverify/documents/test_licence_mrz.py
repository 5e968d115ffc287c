"""MRZs of European licences in lines of text."""

import pytest

from docverify.case import open_case
from docverify.documents.licence_mrz import find_licence_mrz
from docverify.documents.mrz_layouts import MrzFormat
from docverify.policy import STANDARD, Consequence
from tests.support.check_rows import FAILED, NOT_PERFORMED, PASSED
from tests.support.licences import dutch, french, licence
from tests.support.readings import TODAY, page, passport, reading, results

SWISS = ("BCD123F<<", "FACHE305142128097<<900412<<<<<", "MERIDIAN<<LOUISE<ANN<<<<<<<<<<")
QUOTE = "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}"  # A reader takes it for a filler.


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ((french(),), MrzFormat.FRA_DL),
        (
            (french().replace("<", "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}"),),
            MrzFormat.FRA_DL,
        ),
        ((dutch(),), MrzFormat.ISO_DL),
        ((" ".join(dutch()),), MrzFormat.ISO_DL),
        (SWISS, MrzFormat.CHE_DL),
        (("B 03.05.2008", *SWISS, "12."), MrzFormat.CHE_DL),
    ],
)
def test_mrz_of_a_licence_is_found_in_lines_of_text(lines, found):
    assert find_licence_mrz(lines)[1].format is found


@pytest.mark.parametrize(
    "lines",
    [
        (french()[:-1] + "X",),
        (french().replace("5", "6", 1),),
        (dutch()[:-1],),
        ("D1QQQ" + dutch()[5:],),
        SWISS[1:],
        passport(),
        ("A SENTENCE OF THIRTY CHARACTERS",),
    ],
)
def test_other_text_is_no_mrz_of_a_licence(lines):
    assert find_licence_mrz(lines) is None


@pytest.mark.parametrize(
    ("mrz", "printed", "code", "status"),
    [
        ((french(),), {}, "document_number", PASSED),
        ((french(),), {}, "expiry_date", PASSED),
        ((french(),), {}, "surname", PASSED),
        ((french(),), {"surname": "KESTERWIN"}, "surname", FAILED),
        ((french(),), {"expiry_date": "14.09.2034"}, "expiry_date", FAILED),
        ((french(),), {}, "given_names", NOT_PERFORMED),
        ((french(),), {}, "birth_date", NOT_PERFORMED),
        ((dutch(),), {"document_number": "5094911165"}, "document_number", PASSED),
        ((dutch(),), {"document_number": "5094911166"}, "document_number", FAILED),
        (SWISS, {"document_number": "305142128097"}, "birth_date", PASSED),
        (SWISS, {"birth_date": "13.04.1990"}, "birth_date", FAILED),
        (SWISS, {}, "given_names", PASSED),
    ],
)
def test_what_the_mrz_of_a_licence_has_is_compared(mrz, printed, code, status):
    found = results(reading(*licence(*mrz, **printed)))[f"viz_mrz_match_{code}"]

    assert found.status is status


def test_missing_given_names_of_a_french_licence_are_not_asked_for():
    found = results(reading(*licence(french())))["viz_mrz_match_given_names"]

    assert (found.applies, found.severity) == (False, Consequence.REFER)


def test_mrz_of_a_passport_goes_before_a_line_of_text():
    pages = (page(), licence(french())[1])

    case = open_case(reading(*pages), today=TODAY, policy=STANDARD)

    assert case.mrz.format is MrzFormat.TD3
