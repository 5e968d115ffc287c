"""Print of somebody else on the document, next to values that agree with the MRZ."""

from dataclasses import replace

import pytest

from docverify.checks import Status
from docverify.layout.sides import find_viz_lines_over_edge
from docverify.page import Box, Line, Portrait
from tests.support.framed_pages import SCALE, at, framed, status
from tests.support.readings import (
    PRINTED,
    SURE,
    line,
    page,
    passport,
    reading,
    results,
    td1,
)

BIRTH_DATE, NUMBER = "viz_mrz_match_birth_date", "viz_mrz_match_document_number"
SURNAME, GIVEN_NAMES = "viz_mrz_match_surname", "viz_mrz_match_given_names"


def without(*names: str) -> dict[str, str]:
    return {name: text for name, text in PRINTED.items() if name not in names}


def test_names_without_a_label_agree_where_no_other_name_is_printed():
    shown = framed(without("surname"), at("MERIDIAN", 500, 20))

    assert status(shown, SURNAME) is Status.PASSED


def test_name_without_a_label_is_doubtful_where_another_name_is_printed():
    shown = framed(without("surname"), at("MERIDIAN", 1050, 20), at("OKONKWO", 1050, 60))

    assert status(shown, SURNAME) is Status.INCONCLUSIVE


@pytest.mark.parametrize("text", ["PASSPORT", "REPUBLIC OF KENYA", "12 Main Street", "MERIDIAM"])
def test_titles_states_addresses_and_misread_names_are_no_other_name(text):
    shown = framed(without("surname"), at("MERIDIAN", 1050, 20), at(text, 1050, 60))

    assert status(shown, SURNAME) is Status.PASSED


def test_names_below_the_birth_date_are_places_and_authorities():
    shown = framed(without("surname"), at("MERIDIAN", 500, 20), at("LANTERN BAY", 500, 660))

    assert status(shown, SURNAME) is Status.PASSED


def test_missing_given_names_do_not_agree_where_a_name_is_printed_without_a_label():
    lines = passport(name="MERIDIAN")
    one_name = without("given_names")

    assert status(framed(one_name, lines=lines), GIVEN_NAMES) is Status.PASSED
    shown = framed(one_name, at("LOUISE", 500, 60), lines=lines)
    assert status(shown, GIVEN_NAMES) is Status.INCONCLUSIVE


@pytest.mark.parametrize("text", ["K X 1 2 3 4 5 6 1", "KX 123 456 1", "123456789", "800101"])
def test_number_without_a_label_is_doubtful_where_other_figures_are_printed(text):
    shown = framed(without("document_number"), at("QX7182035", 1050, 350), at(text, 1050, 450))

    assert status(shown, NUMBER) is Status.INCONCLUSIVE


@pytest.mark.parametrize("text", ["2014", "172 cm", "REV 1234567", "QX 7182035"])
def test_few_figures_words_and_the_same_number_are_no_other_figures(text):
    shown = framed(without("document_number"), at("QX7182035", 1050, 350), at(text, 1050, 450))

    assert status(shown, NUMBER) is Status.PASSED


def test_second_name_under_the_same_label_is_a_conflict():
    other = [at("Surname", 800, 20), at("OKONKWO", 800, 45)]

    assert status(framed(PRINTED, *other), "viz_values_agree") is Status.FAILED


@pytest.mark.parametrize("name", ["MERIDIAN", "MERIDIAM", "МЕРИДИАН"])
def test_name_printed_twice_is_no_conflict(name):
    other = [at("Surname", 800, 20), at(name, 800, 45)]

    assert status(framed(PRINTED, *other), "viz_values_agree") is Status.PASSED


def test_date_next_to_the_label_of_another_date_is_unexplained():
    shown = framed(PRINTED, at("14 SEP 2023", 720, 525))

    assert status(shown, "unexplained_print") is Status.FAILED


def test_date_that_was_read_with_doubt_is_unexplained():
    shown = framed(PRINTED, at("14 SEP 2021", 900, 300, confidence=0.6))

    assert status(shown, "unexplained_print") is Status.FAILED


def test_date_without_a_label_is_not_that_of_the_issue_where_its_label_is_printed():
    printed = without("issue_date")
    label = at("Date of issue", 900, 300)

    assert status(framed(printed, at("15 SEP 2023", 900, 100)), "unexplained_print") is (
        Status.PASSED
    )
    shown = framed(printed, label, at("15 SEP 2023", 900, 100))
    assert status(shown, "unexplained_print") is Status.FAILED


@pytest.mark.parametrize(
    "text",
    [
        "CONVENTION OF 28 JULY 1951",
        "TRAVEL DOCUMENT (CONVENTION OF 28 SEPTEMBER 1954)",
        "TITRE DE VOYAGE (CONVENTION DU 28 JUILLET 1951)",
        "REISEAUSWEIS (ABKOMMEN VOM 28. JULI 1951)",
    ],
)
def test_date_of_the_convention_on_refugees_or_stateless_persons_is_explained(text: str):
    assert status(framed(PRINTED, at(text, 500, 20)), "unexplained_print") is Status.PASSED


@pytest.mark.parametrize("text", ["28 JULY 1951", "CONVENTION OF 28 JULY 1961"])
def test_other_date_or_no_word_for_a_convention_is_unexplained(text: str):
    assert status(framed(PRINTED, at(text, 500, 20)), "unexplained_print") is Status.FAILED


def test_date_in_the_band_of_the_mrz_is_unexplained():
    shown = framed(PRINTED, at("14 SEP 2021", 700, 720))

    assert status(shown, "unexplained_print") is Status.FAILED


@pytest.mark.parametrize(("height", "expected"), [(8, Status.NOT_PERFORMED), (12, Status.PASSED)])
def test_tiny_value_with_a_label_is_no_evidence(height, expected):
    tiny = at("Surname: MERIDIAN", 500, 20, height=height)

    assert status(framed(without("surname"), tiny), SURNAME) is expected


def test_ink_much_fainter_than_the_other_print_is_no_evidence():
    dark = [replace(each, contrast=80.0) for each in page(printed=without("surname")).lines]
    faint = [replace(each, contrast=19.0) for each in page(printed={"surname": "MERIDIAN"}).lines]
    shown = replace(page(), lines=(*dark, *(replace(each, box=low(each.box)) for each in faint)))

    assert status(shown, SURNAME) is Status.NOT_PERFORMED


def low(box: Box) -> Box:
    return Box(box.left, box.top + 900, box.right, box.bottom + 900)


def test_letter_with_the_values_of_the_mrz_does_not_complete_a_passport():
    letter = page(None)

    assert status(framed(PRINTED), SURNAME, letter) is Status.PASSED
    assert status(framed(without("surname")), SURNAME, letter) is Status.NOT_PERFORMED


def test_letter_does_not_complete_a_card():
    front, back = page(None, printed=without("surname")), page(td1(), printed={})
    front = replace(front, portraits=(PORTRAIT,))
    back, letter = replace(back, portraits=()), replace(page(None), portraits=())

    assert status(front, SURNAME, back, letter) is Status.NOT_PERFORMED


def test_other_values_on_another_page_are_still_a_conflict():
    letter = page(None, printed={"birth_date": "03 MAY 1971"})

    assert status(framed(PRINTED), "viz_values_agree", letter) is Status.FAILED


PORTRAIT = Portrait(Box(150, 100, 350, 330), 0.9)


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        pytest.param(PORTRAIT.box, Status.PASSED, id="in the VIZ"),
        pytest.param(Box(1600, 100, 1800, 330), Status.FAILED, id="outside of the document"),
        pytest.param(Box(150, 740, 250, 840), Status.FAILED, id="in the MRZ"),
        pytest.param(Box(150, 100, 700, 700), Status.FAILED, id="larger than a portrait"),
        pytest.param(Box(150, 100, 190, 150), Status.FAILED, id="smaller than a portrait"),
    ],
)
def test_portrait_counts_at_its_place_and_in_its_size(box, expected):
    shown = replace(framed(PRINTED), portraits=(Portrait(box, 0.9),))

    assert status(shown, "portrait_present") is expected


def test_portrait_on_a_page_without_the_holder_is_not_that_of_a_card():
    front, back = replace(page(None), portraits=()), replace(page(td1(), printed={}), portraits=())
    selfie = replace(page(None, printed={}, more=[line("ME", top=0)]), portraits=(PORTRAIT,))

    assert status(front, "portrait_present", back, selfie) is Status.FAILED
    assert status(replace(front, portraits=(PORTRAIT,)), "portrait_present", back) is Status.PASSED


@pytest.mark.parametrize("name", ["Okonkwo", "NG"])
def test_short_and_small_lettered_names_are_other_names(name):
    shown = framed(without("surname"), at("MERIDIAN", 1050, 20), at(name, 1050, 60))

    assert status(shown, SURNAME) is Status.INCONCLUSIVE


@pytest.mark.parametrize(("height", "expected"), [(14, Status.PASSED), (20, Status.FAILED)])
def test_name_as_large_as_the_labelled_one_is_unexplained_where_names_are(height, expected):
    shown = framed(PRINTED, at("OKONKWO", 1050, 40, height=height), at("12 APR 1990", 1050, 400))

    assert status(shown, "unexplained_print") is expected


@pytest.mark.parametrize(("height", "expected"), [(14, Status.PASSED), (30, Status.FAILED)])
def test_larger_name_is_unexplained_wherever_it_is_below_the_head(height, expected):
    shown = framed(PRINTED, at("Amara Okonkwo", 1100, 600, height=height))

    assert status(shown, "unexplained_print") is expected
    assert status(framed(PRINTED, at("OSTRAVELL", 1000, 20, height=30)), "unexplained_print") is (
        Status.PASSED
    )


@pytest.mark.parametrize(
    ("label", "expected"), [("Date", Status.PASSED), ("Remarks", Status.FAILED)]
)
def test_only_labels_of_dates_explain_a_date(label, expected):
    shown = framed(PRINTED, at(label, 1050, 300), at("14 SEP 2021", 1050, 325))

    assert status(shown, "unexplained_print") is expected


def test_name_on_the_back_does_not_make_the_front_that_of_the_holder():
    front = page(None, printed=without("surname", "given_names"))
    names = {name: PRINTED[name] for name in ("surname", "given_names")}
    back = replace(page(td1(), printed=names), portraits=())

    assert status(replace(front, portraits=(PORTRAIT,)), "portrait_present", back) is Status.FAILED


def test_a_surname_above_given_names_is_another_person_wherever_names_are():
    pair = at("VOLKOVA", 920, 260), at("IRINA", 920, 310)

    assert status(framed(PRINTED, *pair), "unexplained_print") is Status.FAILED


def test_given_names_that_the_mrz_lacks_are_printed_whatever_their_letters():
    lines = passport(name="MERIDIAN")
    shown = page(lines, printed=without("given_names"))
    doubtful = replace(line("Given names LOUISE", top=150), confidence=0.5)

    found = results(reading(replace(shown, lines=(*shown.lines, doubtful))))

    assert found[GIVEN_NAMES].status is Status.FAILED


@pytest.mark.parametrize("text", ["AMARA OKONKWO: 12 AUG 1980", "OKONKWO 12.08.1980", "OKONKWO:"])
def test_name_in_front_of_a_date_or_a_colon_is_unexplained(text):
    shown = framed(PRINTED, at(text, 1100, 600, height=30))

    assert status(shown, "unexplained_print") is Status.FAILED


@pytest.mark.parametrize(
    "text",
    [
        "CHAD MILLER",
        "VIRGINIA MILLER",
        "PASSPORT OF JANE MILLER",
        "REPUBLIC OF KENYA JANE MILLER",
        "MILLER/JANE",
        "LOUISE MILLER",
        "JANE MERIDIAN",
        "Jane McDonald",
        "jane miller",
        "Ludwig van Houten",
        "J4NE M1LLER 2",
        "JANE_MILLER",
        "Date of birth: JANE MILLER",
    ],
)
def test_one_known_word_does_not_excuse_the_others_of_a_larger_line(text):
    shown = framed(PRINTED, at(text, 1100, 600, height=30))

    assert status(shown, "unexplained_print") is Status.FAILED


@pytest.mark.parametrize(
    "text",
    [
        "LOUISE ANN MERIDIAN",
        "MERIDIAN-ANN",
        "MERIDlAN",
        "PASSPORT / PASSEPORT",
        "CARTE D'IDENTITÉ",
        "REPUBLIC OF ANTARCTICA",
        "WEST VIRGINIA",
        "ORGAN DONOR",
        "UNDER 21 UNTIL 2027",
        "201lb",
    ],
)
def test_larger_lines_of_explained_words_are_no_other_name(text):
    shown = framed(PRINTED, at(text, 1100, 600, height=30))

    assert status(shown, "unexplained_print") is Status.PASSED


@pytest.mark.parametrize(("height", "expected"), [(26, Status.PASSED), (32, Status.FAILED)])
def test_a_label_does_not_explain_print_much_larger_than_the_names(height, expected):
    label = at("Place of birth", 1100, 560)
    shown = framed(PRINTED, label, at("JANE MILLER", 1100, 590, height=height))

    assert status(shown, "unexplained_print") is expected


def test_name_over_the_edge_of_the_document_is_unexplained():
    right = 100 + 22 * 2.54 * SCALE + 62.5 * SCALE
    over = Line("JANE MILLER", SURE, Box(right - 200, 500, right + 90, 530))
    outside = Line("JANE MILLER", SURE, Box(right - 90, 500, right + 200, 530))

    assert status(framed(PRINTED, over), "unexplained_print") is Status.FAILED
    assert status(framed(PRINTED, outside), "unexplained_print") is Status.PASSED


@pytest.mark.parametrize(
    ("text", "expected"), [("JANE MILLER", Status.FAILED), ("MERIDIAN", Status.PASSED)]
)
def test_larger_name_up_the_side_of_the_document_is_unexplained(text, expected):
    upwards = Line(text, SURE, Box(1200, 400, 1230, 600), across=True)

    assert status(framed(PRINTED, upwards), "unexplained_print") is expected


def test_own_name_in_larger_print_does_not_excuse_another_name():
    own = at("LOUISE MERIDIAN", 1100, 480, height=60)
    shown = framed(PRINTED, own, at("JANE MILLER", 1100, 600, height=30))

    assert status(shown, "unexplained_print") is Status.FAILED


@pytest.mark.parametrize(
    ("label", "expected"),
    [("Personal No", Status.PASSED), ("Sex", Status.FAILED), ("Date of birth", Status.FAILED)],
)
def test_labels_of_names_dates_and_sexes_explain_no_number(label, expected):
    shown = framed(PRINTED, at(label, 1050, 300), at("QX7192036", 1050, 325))

    assert status(shown, "unexplained_print") is expected


@pytest.mark.parametrize("text", ["QX7192036", "3 FEB 1971"])
def test_another_number_or_date_up_the_side_is_unexplained(text):
    upwards = Line(text, SURE, Box(1200, 400, 1222, 600), across=True)

    assert status(framed(PRINTED, upwards), "unexplained_print") is Status.FAILED


def test_small_dates_up_the_side_are_of_the_printer():
    upwards = Line("3 FEB 1971", SURE, Box(1200, 400, 1210, 600), across=True)

    assert status(framed(PRINTED, upwards), "unexplained_print") is Status.PASSED


@pytest.mark.parametrize(("left", "expected"), [(1200, 1), (2400, 0)])
def test_without_a_frame_print_up_the_side_is_of_the_document_next_to_its_other_print(
    left, expected
):
    upwards = Line("JANE MILLER", SURE, Box(left, 400, left + 30, 600), across=True)
    lines = (at("MERIDIAN", 400, 400), at("LOUISE", 1300, 600), upwards)
    shown = replace(page(), width=3000, mrz=None, portraits=(), lines=lines)

    assert len(find_viz_lines_over_edge(shown)) == expected


@pytest.mark.parametrize("number", ["A07182035", "U07182035"])
def test_number_of_the_document_whose_digits_may_be_a_date_is_explained(number: str):
    shown = page(passport(state="AUS", number=number), {**PRINTED, "document_number": number})

    assert results(reading(shown))["unexplained_print"].status is Status.PASSED
