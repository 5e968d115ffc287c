"""Laws of all checks together, for whatever was read."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docverify.applicant import Applicant
from docverify.case import Case, open_case
from docverify.checks import CHECKS, CODES, CheckResult, Status, run_checks
from docverify.documents.dates import parse_dates
from docverify.page import (
    Barcode,
    Box,
    Engine,
    FieldText,
    Line,
    MrzReading,
    Page,
    Provenance,
    Quality,
    Reading,
    Refusal,
)
from docverify.policy import POLICIES, STANDARD
from docverify.report import render_verdict
from docverify.verdict import FROM_BEST, decide, judge
from tests.support.readings import (
    FRONT,
    LABELS,
    PRINTED,
    SURE,
    TODAY,
    aamva,
    french_card,
    licence,
    page,
    passport,
    reading,
    refused,
    results,
    td1,
    with_letter,
)
from tests.support.thoroughness import examples

SHARE = st.floats(0, 1)
WORDS = st.sampled_from(
    [*LABELS.values(), *PRINTED.values(), *FRONT, "SPECIMEN", "Name:", "12.31.2099", "PESEL"]
)
TEXTS = st.text(max_size=30) | WORDS
BOXES = st.builds(
    lambda left, top, width, height: Box(left, top, left + width, top + height),
    *(st.integers(0, 900),) * 2,
    *(st.integers(0, 300),) * 2,
)
LINES = st.builds(Line, TEXTS, SHARE, BOXES)
KNOWN_ZONES = [
    *(passport(), td1(), french_card(), passport(state="UTO", birth="<<<<<<"), td1(code="XX")),
    *(td1(state="POL", optional="90041212348"), ("D1NLD150949111659TVGD57GR81QX2",)),
    ("CBA321D<<", "FACHE305142128097<<740101<<<<<", "MERIDIAN<<LOUISE<<<<<<<<<<<<<<"),
    ("D1FRA13AA000026181231MARTIN<<9",),
    tuple(each[:36] for each in with_letter(passport(), 0, 0, "V")),
]
ZONE_CHARACTERS = st.sampled_from("ABOQSZ012589<<<- é")


@st.composite
def mrz_lines(draw: st.DrawFn) -> tuple[str, ...]:
    """Draw an MRZ with a few characters changed, or lines of any shape."""
    if draw(st.integers(0, 3)) == 0:
        return tuple(draw(st.lists(st.text(ZONE_CHARACTERS, max_size=46), max_size=5)))
    lines = draw(st.sampled_from(KNOWN_ZONES))
    for _ in range(draw(st.integers(0, 3))):
        row = draw(st.integers(0, len(lines) - 1))
        column = draw(st.integers(0, len(lines[row]) - 1))
        lines = with_letter(lines, row, column, draw(ZONE_CHARACTERS))
    return lines


@st.composite
def mrz_readings(draw: st.DrawFn) -> MrzReading:
    """Draw a confidence for each character, or any number of them."""
    lines = draw(mrz_lines())
    rows = tuple(tuple(draw(st.sampled_from((SURE, 0.4))) for _ in line) for line in lines)
    if draw(st.integers(0, 4)) == 0:
        rows = tuple(map(tuple, draw(st.lists(st.lists(SHARE, max_size=46), max_size=4))))
    return MrzReading(lines, rows, lines, draw(st.floats(0, 40)), draw(st.booleans()))


PAYLOADS = st.binary(max_size=80) | st.sampled_from(
    [aamva(), aamva(DBB="11242008", DBA="02301990"), aamva("ANSI 999999120001", DAQ=None), b"%^"]
)
BARCODES = st.builds(
    Barcode, st.sampled_from(["PDF417", "PDF417", "QRCode", "\n"]), PAYLOADS, BOXES
)
QUALITIES = st.builds(
    Quality,
    st.floats(0, 2000),
    *(st.none() | SHARE,),
    *(st.none() | st.floats(0, 255),) * 3,
    st.none() | st.integers(0, 9),
    st.none() | SHARE,
)
FIELDS = st.dictionaries(
    st.sampled_from([*LABELS, "full_name", "national_number", "own"]),
    st.builds(FieldText, TEXTS, SHARE),
)
PAGES = st.builds(
    Page,
    st.just(1000),
    st.just(700),
    st.lists(LINES, max_size=12).map(tuple),
    st.none() | mrz_readings(),
    QUALITIES,
    st.lists(BARCODES, max_size=2).map(tuple),
    FIELDS,
)
PROVENANCES = st.builds(
    Provenance,
    st.sampled_from(["JPEG", "PDF", ""]),
    st.none() | st.tuples(*(st.sampled_from([512, 1024, 1536, 0]),) * 2),
    st.lists(TEXTS | st.just("GIMP"), max_size=2).map(tuple),
    st.booleans(),
    st.lists(st.sampled_from(["png-prompt"]), max_size=1).map(tuple),
    st.booleans(),
    st.integers(0, 3),
    st.none() | st.floats(-10, 10),
)
REFUSALS = st.builds(Refusal, st.text(max_size=9), st.text(max_size=9))
READINGS = st.builds(
    Reading,
    st.sampled_from(Engine),
    st.lists(PAGES, max_size=2).map(tuple),
    st.none() | REFUSALS,
    st.none() | PROVENANCES,
)
APPLICANTS = st.none() | st.builds(
    Applicant,
    st.none() | TEXTS,
    st.none() | st.dates(),
    st.lists(st.sampled_from(["name", "birth_date"]), unique=True).map(tuple),
)
DAYS = st.just(TODAY) | st.dates(date(1990, 1, 1))
PRESETS = st.sampled_from(list(POLICIES.values()))
CASES = st.builds(
    lambda of, today, policy, applicant: open_case(
        of, today=today, policy=policy, applicant=applicant
    ),
    *(READINGS, DAYS, PRESETS, APPLICANTS),
)


@examples(200)
@given(CASES)
def test_every_check_answers_exactly_what_it_declares(case: Case):
    for check, answers in CHECKS.items():
        given = tuple(check(case))

        assert tuple(each.code for each in given) == answers.codes
        for each in given:
            assert each.status is not Status.FAILED or each.severity in answers.consequences
            assert each.status is not Status.INCONCLUSIVE or answers.doubts
            assert bool(each.evidence) == (each.status is not Status.PASSED)


@examples(200)
@given(READINGS, DAYS, PRESETS, APPLICANTS)
def test_every_reading_gets_a_verdict(of: Reading, today: date, policy, applicant):
    verdict = judge(of, today=today, policy=policy, applicant=applicant)

    assert len(verdict.results) == len(CODES)
    assert render_verdict(verdict).startswith(f"**{verdict.outcome.title()}: of ")


@given(CASES, st.sampled_from(sorted(CODES)))
def test_one_more_failure_never_improves_a_reading(case: Case, code: str):
    answers = next(each for each in CHECKS.values() if code in each.codes)
    before = run_checks(case)
    verdicts = [
        decide([*before, *more], case.policy, case.kind)
        for more in (
            (),
            *((CheckResult(code, Status.FAILED, each),) for each in answers.consequences),
        )
    ]
    ranks = [FROM_BEST.index(each.outcome) for each in verdicts]

    assert min(ranks) == ranks[0]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("A" * 1_000_000, id="one word"),
        pytest.param("Surname: " + "AB CD " * 160_000, id="a value", marks=pytest.mark.slow),
        pytest.param(
            "Name: " + "Ы É " * 250_000, id="letters to transliterate", marks=pytest.mark.slow
        ),
        pytest.param("Date of birth: " + "1 " * 500_000, id="numbers"),
        pytest.param("Surname " * 125_000, id="labels"),
    ],
)
def test_text_of_a_megabyte_gets_a_verdict(text: str):
    of = replace(page(), lines=(Line(text, SURE, Box(0, 0, 900, 20)),))
    applicant = Applicant("Louise Ann Meridian")

    assert judge(reading(of), today=TODAY, policy=STANDARD, applicant=applicant).results


CANARY_LINES = {
    "surname": "XERXESSON",
    "given_names": "OLYMPIADA",
    "document_number": "ZJ5529184",
    "nationality": "WESTERLANDISH",
    "birth_date": "27 OCT 1958",
    "sex": "M",
    "issue_date": "30 DEC 2039",
    "expiry_date": "05 FEB 2041",
}
CANARY_CARD = aamva(
    **{"DCS": "ODDERSHAW", "DAC": "VALDEMAR", "DAD": "QUILLON", "DAQ": "W4418267"},
    **{"DBB": "03171961", "DBD": "09231999", "DBA": "06292003", "DAG": "77 FERNHOLLOW"},
    **{"DAI": "TREVANION", "DAK": "902213456", "DCF": "DISCR71KX", "DCU": "JR", "DDE": "T"},
)
CANARY_APPLICANT = Applicant("Bartholomea Yngvarsdottir", date(1947, 5, 26))
CANARY = replace(
    reading(
        replace(
            page(
                td1(
                    **{"name": "ZANZIBARO<<QUINTUS", "number": "WQ8837261", "birth": "730619"},
                    **{"expiry": "180827", "state": "POL", "optional": "73061955555"},
                ),
                CANARY_LINES,
            ),
            barcodes=(Barcode("PDF417", CANARY_CARD, Box(0, 0, 9, 9)),),
            fields={
                "surname": FieldText("MONTAGNARD", SURE),
                "full_name": FieldText("ELSPETH MONTAGNARD", SURE),
                "birth_date": FieldText("1933-02-14", SURE),
            },
        ),
        page(None, {}),
    ),
    provenance=Provenance(
        "JPEG", (512, 512), ("Photoshop of Gwendolyn",), ai_marks=("png-prompt",)
    ),
)
VALUES = [
    *("ZANZIBARO", "QUINTUS", "WQ8837261", "730619", "180827", "1973", "2018", "73061955555"),
    *("XERXESSON", "OLYMPIADA", "ZJ5529184", "WESTERLAND", "OCT", "1958", "2039", "2041"),
    *("ODDERSHAW", "VALDEMAR", "QUILLON", "W4418267", "1961", "1999", "2003", "FERNHOLLOW"),
    *("TREVANION", "90221", "DISCR71KX", "BARTHOLOMEA", "YNGVARS", "1947", "GWENDOLYN"),
    *("MONTAGNARD", "ELSPETH", "1933"),
]
SPEAKING = [
    pytest.param(CANARY, id="everything is wrong"),
    pytest.param(replace(CANARY, pages=CANARY.pages[1:]), id="an empty page"),
    pytest.param(
        replace(CANARY, pages=(replace(CANARY.pages[0], mrz=None),)), id="a licence of another"
    ),
    pytest.param(replace(CANARY, pages=(replace(CANARY.pages[0], barcodes=()),)), id="no barcode"),
]


@pytest.mark.parametrize("of", SPEAKING)
def test_no_output_has_a_value_of_a_person(of: Reading):
    case = open_case(of, today=TODAY, policy=STANDARD, applicant=CANARY_APPLICANT)
    verdict = judge(of, today=TODAY, policy=STANDARD, applicant=CANARY_APPLICANT)
    told = [repr(verdict.results), repr(verdict), repr(case), repr(of), repr(CANARY_APPLICANT)]
    told += [verdict.summary, verdict.applicant_message, render_verdict(verdict)]

    assert [value for value in VALUES if value in " ".join(told).upper()] == []


def test_canaries_are_read():
    """Otherwise the test above would hold for nothing."""
    case = open_case(CANARY, today=TODAY, policy=STANDARD, applicant=CANARY_APPLICANT)

    assert [case.mrz_identity.surname, case.barcode_identity.surname] == ["ZANZIBARO", "ODDERSHAW"]
    assert (case.viz_identity.surname, case.viz_identity.document_number) == (
        "MONTAGNARD",
        "ZJ5529184",
    )
    assert case.viz_identity.issue_date in parse_dates("30 DEC 2039")
    failed = [r for r in run_checks(case) if r.status is Status.FAILED]
    assert len(failed) >= 10


@pytest.mark.parametrize(
    "of", [page(), page(td1()), licence()], ids=["passport", "card", "licence"]
)
def test_correct_document_fails_no_check(of: Page):
    given = results(reading(of))

    assert {each.status for each in given.values()} == {Status.PASSED, Status.NOT_PERFORMED}


def test_unreadable_file_performs_no_other_check():
    given = [
        each for each in results(refused()).values() if each.status is not Status.NOT_PERFORMED
    ]

    assert [(each.code, each.status) for each in given] == [("file_readable", Status.FAILED)]
