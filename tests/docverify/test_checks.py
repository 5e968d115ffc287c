"""Every check, with every answer that it can give."""

from dataclasses import replace
from datetime import date
from typing import NamedTuple

import pytest

from docverify.case import Source, open_case
from docverify.checks import Status, run_checks
from docverify.mrz import check_digit
from docverify.policy import STANDARD, Consequence
from docverify.reading import Page, Reading
from docverify.tables import table
from tests.docverify.readings import (
    PRINTED,
    SURE,
    TODAY,
    UNSURE,
    line,
    page,
    passport,
    reading,
    refused,
    results,
    with_letter,
)

PASSED, FAILED = Status.PASSED, Status.FAILED
INCONCLUSIVE, NOT_PERFORMED = Status.INCONCLUSIVE, Status.NOT_PERFORMED
NOTHING = page(None, {})
NO_ZONE = page(None)
VISA = tuple(line[:36] for line in with_letter(passport(), 0, 0, "V"))
UNKNOWN_BIRTH = page(
    passport(birth="<<<<<<"), {k: v for k, v in PRINTED.items() if k != "birth_date"}
)


def printed(**values: str) -> Page:
    return page(printed={**PRINTED, **values})


def without(*names: str) -> dict[str, str]:
    return {name: value for name, value in PRINTED.items() if name not in names}


def wrong_digit(column: int) -> tuple[str, ...]:
    """Give the passport another digit at a column of its second line."""
    digit = str((int(passport()[1][column]) + 1) % 10)
    return with_letter(passport(), 1, column, digit)


class Row(NamedTuple):
    """One answer: what the check with `code` says about a reading."""

    why: str
    code: str
    status: Status
    of: Page | Reading
    today: date = TODAY


NUMBER, BIRTH, EXPIRY, PERSONAL, COMPOSITE = 9, 19, 27, 42, 43  # columns of check digits
DIGIT = "mrz_check_digit_"
MATCH = "viz_mrz_match_"
NAME_PLACES = [(0, column) for column in range(5, 44)]

ANSWERS = [
    Row("a picture", "file_readable", PASSED, page()),
    Row("a damaged file", "file_readable", FAILED, refused()),
    Row("a zone", "document_detected", PASSED, page(printed={})),
    Row(
        "two labelled fields", "document_detected", PASSED, page(None, without(*list(PRINTED)[2:]))
    ),
    Row("one labelled field", "document_detected", FAILED, page(None, without(*list(PRINTED)[1:]))),
    Row("no page", "document_detected", NOT_PERFORMED, refused()),
    Row("just sharp", "image_blur", PASSED, page(sharpness=60)),
    Row("blurred", "image_blur", FAILED, page(sharpness=59.9)),
    Row("no page", "image_blur", NOT_PERFORMED, refused()),
    Row("just large", "image_resolution", PASSED, page(pitch=8)),
    Row("tiny", "image_resolution", FAILED, page(pitch=7.9)),
    Row("no zone", "image_resolution", NOT_PERFORMED, NO_ZONE),
    Row("no page", "image_resolution", NOT_PERFORMED, refused()),
    Row("a zone", "mrz_present", PASSED, page()),
    Row("print alone", "mrz_present", FAILED, NO_ZONE),
    Row("a zone of no format", "mrz_present", FAILED, page(("P<ATA",), {})),
    Row("no document", "mrz_present", NOT_PERFORMED, NOTHING),
    Row("characters in place", "mrz_format", PASSED, page()),
    Row("a letter in a date", "mrz_format", FAILED, page(with_letter(passport(), 1, 13, "O"))),
    Row("no zone", "mrz_format", NOT_PERFORMED, NO_ZONE),
    Row("all read well", "mrz_confidence", PASSED, page()),
    Row("one read badly", "mrz_confidence", INCONCLUSIVE, page(doubtful=[(0, 43)])),
    Row("no zone", "mrz_confidence", NOT_PERFORMED, NO_ZONE),
    *(
        row
        for field, column in {
            "document_number": NUMBER,
            "birth_date": BIRTH,
            "expiry_date": EXPIRY,
            "personal_number": PERSONAL,
            "composite": COMPOSITE,
        }.items()
        for row in (
            Row("right", DIGIT + field, PASSED, page()),
            Row("wrong", DIGIT + field, FAILED, page(wrong_digit(column))),
            Row(
                "misread",
                DIGIT + field,
                INCONCLUSIVE,
                page(wrong_digit(column), doubtful=[(1, column)]),
            ),
            Row("no zone", DIGIT + field, NOT_PERFORMED, NO_ZONE),
        )
    ),
    Row("a visa", DIGIT + "personal_number", NOT_PERFORMED, page(VISA)),
    Row("a visa", DIGIT + "composite", NOT_PERFORMED, page(VISA)),
    Row("days", "date_valid", PASSED, page()),
    Row("30 February", "date_valid", FAILED, page(passport(birth="900230"))),
    Row("no expiry", "date_valid", FAILED, page(passport(expiry="<<<<<<"))),
    Row("neither", "date_valid", FAILED, page(passport(birth="<<<<<<", expiry="<<<<<<"))),
    Row("birth unknown", "date_valid", INCONCLUSIVE, UNKNOWN_BIRTH),
    Row("day of birth unknown", "date_valid", INCONCLUSIVE, page(passport(birth="9004<<"))),
    Row("no zone", "date_valid", NOT_PERFORMED, NO_ZONE),
    Row("in order", "date_order", PASSED, page()),
    Row("issued before birth", "date_order", FAILED, printed(issue_date="11 APR 1990")),
    Row("issued after expiry", "date_order", FAILED, printed(issue_date="15 SEP 2033")),
    Row("issued tomorrow", "date_order", FAILED, printed(issue_date="24 NOV 2026")),
    Row("issued today", "date_order", PASSED, printed(issue_date="23 NOV 2026")),
    Row("issued at birth", "date_order", FAILED, printed(issue_date="12 APR 1990")),
    Row("birth and expiry", "date_order", PASSED, page(printed=without("issue_date"))),
    Row("another birth in print", "date_order", PASSED, printed(birth_date="12 APR 2025")),
    Row("another expiry in print", "date_order", PASSED, printed(expiry_date="12 APR 2020")),
    Row("no zone", "date_order", PASSED, NO_ZONE),
    Row("one date", "date_order", NOT_PERFORMED, page(None, {"birth_date": "12 APR 1990"})),
    Row("36 years", "age_plausible", PASSED, page()),
    Row("120 years", "age_plausible", PASSED, page(None, {"birth_date": "01 JAN 1906"})),
    Row("born this year", "age_plausible", PASSED, page(passport(birth="260101"))),
    Row("121 years", "age_plausible", FAILED, page(None, {"birth_date": "31 DEC 1905"})),
    Row("born next year", "age_plausible", FAILED, page(None, {"birth_date": "01 JAN 2027"})),
    Row("birth unknown", "age_plausible", NOT_PERFORMED, UNKNOWN_BIRTH),
    Row("in force", "document_expired", PASSED, page()),
    Row("last day", "document_expired", PASSED, page(), date(2033, 9, 14)),
    Row("expired yesterday", "document_expired", FAILED, page(), date(2033, 9, 15)),
    Row("in print only", "document_expired", FAILED, NO_ZONE, date(2033, 9, 15)),
    Row("misread", "document_expired", INCONCLUSIVE, page(doubtful=[(1, 21)]), date(2033, 9, 15)),
    Row(
        "misread in print",
        "document_expired",
        INCONCLUSIVE,
        page(None, printed_confidence=UNSURE),
        date(2033, 9, 15),
    ),
    Row("no date", "document_expired", NOT_PERFORMED, NOTHING),
    Row("nothing known", "known_specimen", PASSED, page()),
    Row("Utopia", "known_specimen", FAILED, page(passport(state="UTO"))),
    Row("a word across it", "known_specimen", FAILED, page(more=[line("*SPECIMEN*", top=900)])),
    Row("part of a word", "known_specimen", PASSED, page(more=[line("VOIDABLE", top=900)])),
    Row("nothing read", "known_specimen", NOT_PERFORMED, NOTHING),
    *(
        row
        for field, other in {
            "document_number": "QX7182036",
            "birth_date": "13 APR 1990",
            "expiry_date": "14 SEP 2034",
            "surname": "KESTERWIN",
            "given_names": "PAULA JUNE",
            "sex": "M",
        }.items()
        for row in (
            Row("the same", MATCH + field, PASSED, page()),
            Row("another", MATCH + field, FAILED, printed(**{field: other})),
            Row(
                "another, misread",
                MATCH + field,
                INCONCLUSIVE,
                page(printed={**PRINTED, field: other}, printed_confidence=UNSURE),
            ),
            Row("not printed", MATCH + field, NOT_PERFORMED, page(printed=without(field))),
            Row("no zone", MATCH + field, NOT_PERFORMED, NO_ZONE),
        )
    ),
    Row("blanks", MATCH + "document_number", PASSED, printed(document_number="QX 718-2035")),
    Row("O for 0", MATCH + "document_number", INCONCLUSIVE, printed(document_number="QX7182O35")),
    Row(
        "a Cyrillic twin",
        MATCH + "document_number",
        INCONCLUSIVE,
        printed(document_number="Q\N{CYRILLIC CAPITAL LETTER HA}7182035"),
    ),
    Row("one letter misread", MATCH + "surname", INCONCLUSIVE, printed(surname="MERIDIAM")),
    Row("part of a long name", MATCH + "given_names", INCONCLUSIVE, printed(given_names="LOUISE")),
    Row(
        "a longer name", MATCH + "given_names", INCONCLUSIVE, printed(given_names="LOUISE ANNABEL")
    ),
    Row("another name", MATCH + "given_names", FAILED, printed(given_names="HARRIET JOY")),
    Row(
        "a longer name, cut in the zone",
        MATCH + "given_names",
        PASSED,
        page(
            passport(name="MERIDIAN<<LOUISE<ANNABEL<CLEMENTINE<ROS"),
            {**PRINTED, "given_names": "LOUISE ANNABEL CLEMENTINE ROSALIND"},
        ),
    ),
    Row("another script", MATCH + "surname", PASSED, printed(surname="МЕРИДИАН")),
    Row("another name in it", MATCH + "surname", INCONCLUSIVE, printed(surname="ПЕТРОВ")),
    Row("no Latin form", MATCH + "surname", NOT_PERFORMED, printed(surname="张")),
    Row(
        "zone misread",
        MATCH + "surname",
        INCONCLUSIVE,
        page(printed={**PRINTED, "surname": "KESTERWIN"}, doubtful=NAME_PLACES),
    ),
    Row("a picture", "physical_security_features", NOT_PERFORMED, page()),
    Row("no page", "physical_security_features", NOT_PERFORMED, refused()),
]


def of(row: Row) -> Reading:
    return row.of if isinstance(row.of, Reading) else reading(row.of)


@pytest.mark.parametrize("row", [pytest.param(row, id=f"{row.code}: {row.why}") for row in ANSWERS])
def test_a_check_answers(row: Row):
    result = results(of(row), today=row.today)[row.code]

    assert result.status is row.status


def test_no_check_has_an_answer_that_is_not_in_the_table():
    """All readings of the table together give each check's answers, and no other."""
    given = {
        (result.code, result.status)
        for row in ANSWERS
        for result in results(of(row), today=row.today).values()
    }

    assert given == {(row.code, row.status) for row in ANSWERS}


def test_every_reading_gets_an_answer_to_every_question_once():
    questions = {row.code for row in ANSWERS}
    given = [
        [r.code for r in run_checks(open_case(of(row), today=row.today, policy=STANDARD))]
        for row in ANSWERS
    ]

    assert [codes for codes in given if sorted(codes) != sorted(questions)] == []


def test_a_right_document_passes_every_check_that_a_picture_allows():
    left = {
        code for code, result in results(reading(page())).items() if result.status is not PASSED
    }

    assert left == {"physical_security_features"}


CANARY = page(
    passport(name="ZANZIBARO<<QUINTUS", number="WQ8837261", birth="730619", expiry="180827"),
    {
        "surname": "XERXESSON",
        "given_names": "OLYMPIADA",
        "document_number": "ZJ5529184",
        "birth_date": "27 OCT 1958",
        "sex": "M",
        "issue_date": "30 DEC 2039",
        "expiry_date": "05 FEB 2041",
    },
    more=[line("SPECIMEN MUSTERMANN", top=900)],
)
VALUES = [
    *("ZANZIBARO", "QUINTUS", "WQ8837261", "730619", "180827", "1973", "2018", "ATA"),
    *("XERXESSON", "OLYMPIADA", "ZJ5529184", "OCT", "1958", "2039", "2041", "MUSTERMANN"),
]


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, id=f"{row.code}: {row.why}")
        for row in [Row("everything is wrong", "all", FAILED, CANARY), *ANSWERS]
    ],
)
def test_evidence_holds_no_value_of_a_holder(row: Row):
    values = [*VALUES, *PRINTED.values(), "MERIDIAN", "LOUISE", "1990", "2033"]
    told = " ".join(each.evidence for each in results(of(row), today=row.today).values())

    assert [value for value in values if len(value) > 1 and value in told] == []


def test_a_failure_and_a_doubt_are_explained():
    unexplained = [
        result
        for row in ANSWERS
        for result in results(of(row), today=row.today).values()
        if result.status is not PASSED and not result.evidence
    ]

    assert unexplained == []


def asked(code: str, of: Page, today: date = TODAY) -> Consequence:
    result = results(reading(of), today=today)[code]
    assert result.status is FAILED
    return result.severity


@pytest.mark.parametrize(
    ("field", "other", "consequence"),
    [
        ("document_number", "QX7182036", Consequence.REJECT),
        ("birth_date", "13 APR 1990", Consequence.REJECT),
        ("expiry_date", "14 SEP 2034", Consequence.REJECT),
        ("surname", "KESTERWIN", Consequence.REJECT),
        ("given_names", "PAULA JUNE", Consequence.REFER),
        ("sex", "M", Consequence.REFER),
    ],
)
def test_a_certain_conflict_between_print_and_zone(
    field: str, other: str, consequence: Consequence
):
    assert asked(MATCH + field, printed(**{field: other})) is consequence


@pytest.mark.parametrize(
    ("field", "column"),
    [("document_number", NUMBER), ("birth_date", BIRTH), ("expiry_date", EXPIRY)],
)
def test_a_wrong_digit_that_the_print_confirms_asks_for_a_rejection(field: str, column: int):
    result = results(reading(page(wrong_digit(column))))[DIGIT + field]

    assert (result.severity, result.sources) == (Consequence.REJECT, (Source.MRZ, Source.VIZ))
    assert result.evidence == "does not hold; the print confirms the reading"


@pytest.mark.parametrize(
    ("field", "column"), [("personal_number", PERSONAL), ("composite", COMPOSITE)]
)
def test_a_wrong_digit_of_what_is_not_printed_asks_for_a_person(field: str, column: int):
    assert asked(DIGIT + field, page(wrong_digit(column))) is Consequence.REFER


def test_a_wrong_digit_that_the_print_does_not_confirm_asks_for_a_person():
    unprinted = page(wrong_digit(NUMBER), without("document_number"))

    assert asked(DIGIT + "document_number", unprinted) is Consequence.REFER


def test_a_digit_that_covers_a_misread_character_is_in_doubt():
    misread = with_letter(passport(), 1, 0, "0")
    result = results(reading(page(misread, doubtful=[(1, 0)])))[DIGIT + "composite"]

    assert result.status is INCONCLUSIVE


def test_expired_yesterday_asks_for_a_rejection():
    assert asked("document_expired", page(), date(2033, 9, 15)) is Consequence.REJECT


@pytest.mark.parametrize("code", ["image_blur", "image_resolution"])
def test_a_bad_picture_asks_for_another_one(code: str):
    assert asked(code, page(sharpness=0, pitch=0)) is Consequence.RESUBMIT


def card(state: str, number: str, surname: str) -> Page:
    """Give the page of a card with a number of any length."""
    short, rest = number[:9].replace(" ", "<").ljust(9, "<"), number[9:]
    digit = "<" if rest else check_digit(short)
    rest += check_digit(short + rest) if rest else ""
    first = f"I<{state:<<3}{short}{digit}{rest}".ljust(30, "<")
    name = surname.replace(" ", "<").ljust(30, "<")
    return page((first, "9004122F3309149ATA<<<<<<<<<<<0", name), {})


SPECIMENS = [row for row in table("specimens")["documents"] if row[2] is not None]


@pytest.mark.parametrize(
    "row", [pytest.param(row, id=" ".join(map(str, row))) for row in SPECIMENS]
)
def test_a_published_specimen_asks_for_a_rejection(row: list[str]):
    result = results(reading(card(*row)))["known_specimen"]

    assert (result.status, result.severity) == (FAILED, Consequence.REJECT)


def test_a_specimen_number_with_another_surname_asks_for_a_person():
    assert asked("known_specimen", card("NLD", "SPECI2014", "JANSEN")) is Consequence.REFER


def test_the_number_of_a_specimen_of_another_state_is_no_sign():
    assert (
        results(reading(card("ATA", "SPECI2014", "DE BRUIJN")))["known_specimen"].status is PASSED
    )


@pytest.mark.parametrize("word", table("specimens")["words"])
def test_a_word_that_marks_samples_asks_for_a_person(word: str):
    marked = page(more=[line(f"– {word.lower()} 1", top=900)])  # noqa: RUF001

    assert asked("known_specimen", marked) is Consequence.REFER


def test_a_word_on_another_page_marks_a_sample_too():
    other = page(None, {}, more=[line("SPECIMEN", top=0)])

    assert results(reading(page(), other))["known_specimen"].status is FAILED


def test_both_signs_of_a_certain_specimen_are_told():
    told = results(reading(card("UTO", "L898902C3", "ERIKSSON")))["known_specimen"]

    assert told.evidence == (
        "state UTO stands for no State; state, number and surname are those of a published specimen"
    )


@pytest.mark.parametrize(
    ("code", "of"),
    [
        pytest.param(MATCH + "birth_date", printed(birth_date="13 APR 1990"), id="conflict"),
        pytest.param(DIGIT + "composite", page(wrong_digit(COMPOSITE)), id="wrong digit"),
        pytest.param("document_expired", page(passport(expiry="200101")), id="expired"),
    ],
)
def test_a_confidence_as_the_policy_asks_is_enough_for_a_failure(code: str, of: Page):
    demanding = replace(STANDARD, min_confidence=SURE)

    assert results(reading(of), policy=demanding)[code].status is FAILED


def test_a_name_as_alike_as_the_policy_asks_is_not_another_name():
    """MERIDIAM is like MERIDIAN to 0.95: one letter of eight differs, the last one."""
    of = reading(printed(surname="MERIDIAM"))
    even, more = (replace(STANDARD, min_name_similarity=least) for least in (0.95, 0.951))

    assert results(of, policy=even)[MATCH + "surname"].status is INCONCLUSIVE
    assert results(of, policy=more)[MATCH + "surname"].status is FAILED


def test_a_format_without_a_digit_is_told_from_a_page_without_a_zone():
    evidence = [results(reading(of))[DIGIT + "composite"].evidence for of in (page(VISA), NO_ZONE)]

    assert evidence == ["this format has none", "no machine readable zone was read"]


def test_a_certain_sign_of_a_specimen_comes_from_the_zone():
    certain = results(reading(page(passport(state="UTO"))))["known_specimen"]
    possible = results(reading(page(more=[line("SPECIMEN", top=900)])))["known_specimen"]

    assert certain.sources == (Source.MRZ,)
    assert possible.sources == (Source.MRZ, Source.VIZ)


def test_the_thresholds_are_those_of_the_policy():
    doubtful = page(doubtful=[(0, 43)], sharpness=10, pitch=2)
    lenient = replace(STANDARD, min_confidence=UNSURE, min_sharpness=10, min_mrz_pitch=2)
    codes = ("mrz_confidence", "image_blur", "image_resolution")

    assert [results(reading(doubtful))[code].status for code in codes] == [
        INCONCLUSIVE,
        FAILED,
        FAILED,
    ]
    assert {results(reading(doubtful), policy=lenient)[code].status for code in codes} == {PASSED}
