"""The checks of the document as a whole: its kind, its issuer, its other print."""

from dataclasses import replace

import pytest

from docverify.checks.layout import (
    check_document_identified,
    check_issuer_agrees,
    check_portrait_present,
    check_print_explained,
    check_title_agrees,
)
from docverify.page import Box, Line, MrzReading, Page, Portrait
from tests.support.check_rows import (
    FAILED,
    INCONCLUSIVE,
    NO_MRZ,
    NOT_PERFORMED,
    NOTHING,
    PASSED,
    REFER,
    RESUBMIT,
    Row,
    assert_complete,
    assert_holds,
    params,
)
from tests.support.readings import (
    FRONT,
    PRINTED,
    SURE,
    UNSURE,
    aamva,
    confidences,
    licence,
    line,
    page,
    passport,
    reading,
    results,
    td1,
    titled,
    with_letter,
)

NO_ISSUE_DATE = {name: text for name, text in PRINTED.items() if name != "issue_date"}
UNLABELLED = {name: PRINTED[name] for name in ("surname", "given_names")}


def extra(*texts: str, printed=PRINTED, confidence: float = SURE) -> Page:
    """A page with lines away from every label."""
    lines = [
        Line(text, confidence, Box(600, 100 * number, 800, 100 * number + 20))
        for number, text in enumerate(texts)
    ]
    return page(printed=printed, more=lines)


def seen(shown: Page, *portraits: Portrait) -> Page:
    """A page on which portraits were searched."""
    return replace(shown, portraits=portraits)


def two_titles(other: str, *, height: float = 20) -> Page:
    """A passport with another title above its own."""
    second = replace(line(other, top=-90), box=Box(0, -90, 200, height - 90))
    return page(more=[second, line("PASSPORT", top=-60)])


PORTRAIT = Portrait(Box(20, 100, 220, 360), 0.9)
NOT_SEARCHED = replace(page(), portraits=None)
VISA = with_letter(passport(), 0, 0, "V")
ANSWERS = [
    Row("labels of fields", "document_identified", PASSED, page()),
    Row("a licence", "document_identified", PASSED, licence()),
    Row("a title alone", "document_identified", PASSED, titled("PASSPORT", printed={})),
    Row("an issuer alone", "document_identified", PASSED, titled("AUSTRALIA", printed={})),
    Row("an MRZ on a letter", "document_identified", FAILED, titled("INVOICE", printed={}), REFER),
    Row("no MRZ and no barcode", "document_identified", NOT_PERFORMED, NO_MRZ),
    Row("nothing", "document_identified", NOT_PERFORMED, NOTHING),
    Row("a portrait", "portrait_present", PASSED, seen(page(), PORTRAIT)),
    Row("no portrait in a passport", "portrait_present", FAILED, seen(page()), REFER),
    Row("the back of a card", "portrait_present", FAILED, seen(page(td1())), RESUBMIT),
    Row("the back of a licence", "portrait_present", FAILED, seen(licence()), RESUBMIT),
    Row(
        "a name glued to its label",
        "portrait_present",
        PASSED,
        seen(licence(front=["LNMERIDIAN", *FRONT[:4], *FRONT[6:]]), PORTRAIT),
    ),
    Row("a visa", "portrait_present", NOT_PERFORMED, seen(titled("VISA", VISA))),
    Row("the engine did not look", "portrait_present", NOT_PERFORMED, NOT_SEARCHED),
    Row("nothing", "portrait_present", FAILED, seen(page(None, printed={})), REFER),
    Row("the title names the issuer", "issuer_agrees", PASSED, titled("AUSTRALIA PASSPORT")),
    Row("the title names another", "issuer_agrees", FAILED, titled("REPUBLIC OF KENYA"), REFER),
    Row(
        "the issuer was misread",
        "issuer_agrees",
        INCONCLUSIVE,
        titled("REPUBLIC OF KENYA", doubtful=[(0, 3)]),
    ),
    Row("the title names no issuer", "issuer_agrees", NOT_PERFORMED, page()),
    Row("no MRZ", "issuer_agrees", NOT_PERFORMED, NO_MRZ),
    Row("every date has a field", "unexplained_print", PASSED, page()),
    Row("another date", "unexplained_print", FAILED, extra("03 MAY 1971"), REFER),
    Row("another number", "unexplained_print", FAILED, extra("RW5422058"), REFER),
    Row("the holder's date again", "unexplained_print", PASSED, extra("12 APR 1990")),
    Row("the document's number again", "unexplained_print", PASSED, extra("QX7182035")),
    Row("a number of another form", "unexplained_print", PASSED, extra("47110815-4711")),
    Row(
        "a date that may be misread",
        "unexplained_print",
        PASSED,
        extra("03 MAY 1971", confidence=UNSURE),
    ),
    Row(
        "one date that may be the date of issue",
        "unexplained_print",
        PASSED,
        extra("15 SEP 2023", printed=NO_ISSUE_DATE),
    ),
    Row(
        "two dates that may be the date of issue",
        "unexplained_print",
        FAILED,
        extra("15 SEP 2023", "16 SEP 2022", printed=NO_ISSUE_DATE),
    ),
    Row(
        "a date before the holder's birth",
        "unexplained_print",
        FAILED,
        extra("03 MAY 1971", printed=NO_ISSUE_DATE),
    ),
    Row(
        "another MRZ", "unexplained_print", FAILED, extra("P<AUSOKONKWO<<GRACE<<<<<<<<<<<<<"), REFER
    ),
    Row(
        "the document's MRZ, read twice",
        "unexplained_print",
        PASSED,
        extra("P<ATAMERIDIAN<<LOUISE<ANN<<<<<<<"),
    ),
    Row("nothing", "unexplained_print", NOT_PERFORMED, NOTHING),
    Row("a passport", "title_agrees", PASSED, titled("PASSPORT")),
    Row("a visa", "title_agrees", PASSED, titled("VISA", VISA)),
    Row("a visa's code on a passport", "title_agrees", FAILED, titled("PASSPORT", VISA), REFER),
    Row("a visa's code on a card", "title_agrees", FAILED, titled("IDENTITY CARD", VISA), REFER),
    Row(
        "a visa on a passport's page",
        "title_agrees",
        PASSED,
        page(VISA, more=[line("VISA", top=-90), line("PASSPORT", top=-60)]),
    ),
    Row("a visa's title on a passport", "title_agrees", FAILED, titled("VISA"), REFER),
    Row("a library card's second title", "title_agrees", FAILED, two_titles("LIBRARY CARD"), REFER),
    Row("a licence's second title", "title_agrees", FAILED, two_titles("DRIVING LICENCE"), REFER),
    Row("a visa's second title", "title_agrees", PASSED, two_titles("VISA")),
    Row("a small second title", "title_agrees", PASSED, two_titles("LIBRARY CARD", height=8)),
    Row(
        "a sentence with a title",
        "title_agrees",
        PASSED,
        two_titles("SHOW YOUR DRIVING LICENCE TO THE OFFICER TOO"),
    ),
    Row("a library card", "title_agrees", FAILED, titled("LIBRARY CARD"), REFER),
    Row(
        "a licence's title on a card",
        "title_agrees",
        FAILED,
        titled("DRIVING LICENCE", td1()),
        REFER,
    ),
    Row("a title of two kinds", "title_agrees", PASSED, titled("PASSPORT VISA")),
    Row("a passport card", "title_agrees", PASSED, titled("PASSPORT", td1(code="IP"))),
    Row("only the label of a number", "title_agrees", NOT_PERFORMED, page(VISA)),
    Row("no MRZ", "title_agrees", NOT_PERFORMED, NO_MRZ),
]


@pytest.mark.parametrize("row", params(ANSWERS))
def test_the_check_answers(row: Row):
    assert_holds(row)


def test_the_table_has_every_answer():
    assert_complete(
        ANSWERS,
        check_document_identified,
        check_issuer_agrees,
        check_portrait_present,
        check_print_explained,
        check_title_agrees,
    )


@pytest.mark.parametrize("title", ["REPUBLIC OF CHINA", "CHINA"])
def test_taiwan_may_call_itself_china(title):
    found = results(reading(titled(title, passport(state="TWN"))))

    assert found["issuer_agrees"].status is PASSED


def test_a_residence_permit_may_name_the_nationality_of_its_holder():
    card = td1(code="IR", state="D<<", nationality="KEN")

    found = results(reading(page(card, more=[line("KENYA", top=-60)])))

    assert found["issuer_agrees"].status is PASSED


def printed_at(height: float, *texts: str) -> Page:
    """A passport whose values have no labels; the given ones are printed in another size."""
    rows = [
        Line(text, SURE, Box(100, 60 * number, 300, 60 * number + 20))
        for number, text in enumerate(["PASSPORT", "ATA", "F", "LANTERN BAY"])
    ]
    own = [
        Line(text, SURE, Box(400, 60 * number, 600, 60 * number + height))
        for number, text in enumerate(texts)
    ]
    return replace(page(printed={}), lines=(*rows, *own))


VALUES = ("MERIDIAN", "LOUISE ANN", "QX7182035", "12 APR 1990", "14 SEP 2033")


def test_a_value_without_a_label_is_found_in_print_of_the_usual_size():
    found = results(reading(printed_at(20, *VALUES)))

    assert found["viz_mrz_match_surname"].status is PASSED
    assert found["viz_mrz_match_birth_date"].status is PASSED


def test_small_print_is_not_evidence_for_a_value_without_a_label():
    found = results(reading(printed_at(12, *VALUES)))

    assert found["viz_mrz_match_surname"].status is NOT_PERFORMED
    assert found["viz_mrz_match_birth_date"].status is NOT_PERFORMED


def test_a_value_without_a_label_is_doubtful_where_another_of_its_type_is_printed():
    found = results(reading(printed_at(20, *VALUES, "03 MAY 1971", "RW5422058")))

    assert found["viz_mrz_match_birth_date"].status is INCONCLUSIVE
    assert found["viz_mrz_match_document_number"].status is INCONCLUSIVE
    assert found["viz_mrz_match_surname"].status is INCONCLUSIVE


def in_margin(*texts: str) -> Page:
    """A passport at a known scale, with lines right of the document."""
    lines = passport()
    box = Box(100, 700, 100 + 44 * 25.4, 802)
    mrz = MrzReading(lines, confidences(lines), lines, 25.4, box=box)
    more = [
        Line(text, SURE, Box(1500, 50 * at, 1700, 50 * at + 20)) for at, text in enumerate(texts)
    ]
    return replace(page(printed={}, more=more), mrz=mrz)


def test_value_in_the_margin_is_not_evidence():
    found = results(reading(in_margin(*VALUES)))

    assert found["viz_mrz_match_birth_date"].status is NOT_PERFORMED


def test_labelled_value_in_the_margin_is_not_evidence():
    found = results(reading(in_margin("Date of birth: 12 APR 1990")))

    assert found["viz_mrz_match_birth_date"].status is NOT_PERFORMED


def test_both_sides_of_a_card_in_one_image_are_its_document():
    back = td1()
    box = Box(100, 1000, 100 + 30 * 25.4, 1000 + 165)
    mrz = MrzReading(back, confidences(back), back, 25.4, box=box)

    found = results(reading(replace(page(), mrz=mrz)))

    assert found["viz_mrz_match_birth_date"].status is PASSED


def test_an_mrz_of_another_state_fails_even_with_a_changed_letter():
    lines = with_letter(passport(state="AUS"), 0, 2, "K")

    found = results(reading(titled("AUSTRALIA", lines)))

    assert found["issuer_agrees"].status is FAILED


def titled_licence(title: str) -> Page:
    """A licence with the barcode of California and a title of its own."""
    return licence(front=(title, *FRONT[2:]))


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("CALIFORNIA", PASSED),
        ("TEXAS", FAILED),
        ("WEST VIRGINIA", FAILED),
        ("DRIVER LICENSE", NOT_PERFORMED),
        ("12 TEXAS AVENUE", NOT_PERFORMED),
    ],
)
def test_the_title_of_a_licence_names_the_issuer_of_its_barcode(title, expected):
    found = results(reading(titled_licence(title)))

    assert found["issuer_agrees"].status is expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("DRIVER LICENSE", PASSED),
        ("IDENTIFICATION CARD", PASSED),
        ("VISA", FAILED),
        ("STUDENT CARD", FAILED),
    ],
)
def test_the_title_of_a_licence_is_that_of_a_card(title, expected):
    found = results(reading(titled_licence(title)))

    assert found["title_agrees"].status is expected


def test_a_large_name_of_a_state_is_a_title_wherever_it_is():
    large = Line("REPUBLIC OF KENYA", SURE, Box(0, 900, 600, 940))

    found = results(reading(page(more=[large])))

    assert found["issuer_agrees"].status is FAILED


def licence_with(text: str, *, height: float, name: str = "LN MERIDIAN") -> Page:
    """Return the licence of California with a further line below its values."""
    shown = licence(front=[name if each.startswith("LN") else each for each in FRONT])
    more = Line(text, SURE, Box(300, 300, 600, 300 + height))
    return replace(shown, lines=(*shown.lines, more))


@pytest.mark.parametrize(
    ("text", "height"),
    [
        ("STATE OF TEXAS", 20),
        ("TEXAS DRIVER LICENSE", 20),
        ("OHIO", 40),
        ("Commonwealth of Kentucky", 20),
    ],
)
def test_title_of_another_state_anywhere_on_a_licence_is_referred(text, height):
    found = results(reading(licence_with(text, height=height)))["issuer_agrees"]

    assert (found.status, found.severity) == (FAILED, REFER)


@pytest.mark.parametrize(
    ("text", "height"),
    [("TEXAS", 20), ("TEXAS CITY", 40), ("STATE OF TEXAS", 8), ("California", 40), ("FORNIA", 40)],
)
def test_town_or_small_print_is_no_title_of_another_state(text, height):
    assert results(reading(licence_with(text, height=height)))["issuer_agrees"].status is PASSED


def test_name_of_the_holder_is_no_title_of_another_state():
    shown = licence_with("GEORGIA", height=40, name="LN GEORGIA")
    payload = aamva(DCS="GEORGIA")
    codes = tuple(replace(each, payload=payload) for each in shown.barcodes)

    found = results(reading(replace(shown, barcodes=codes)))

    assert found["issuer_agrees"].status is PASSED
