"""Names in the size of the holder's, next to labels that explain everything else."""

from dataclasses import replace

import pytest

from docverify.checks import Status
from docverify.documents.labels import find_segments
from docverify.page import Box, Line
from tests.support.framed_pages import at, framed, status
from tests.support.readings import FRONT, PRINTED, SURE, licence, passport, reading, results

LABELS = at("Place of birth", 800, 300, height=14), at("Authority", 800, 400, height=14)
VALUES = at("LANTERN BAY", 800, 320), at("OFFICE OF LANTERN BAY", 800, 420)


def explained(*more: Line) -> Status:
    return status(framed(PRINTED, *more), "unexplained_print")


def test_values_below_labels_or_right_of_them_are_no_other_names():
    assert explained(*LABELS, *VALUES) is Status.PASSED
    aside = at("LANTERN BAY", 1010, 298), at("OFFICE OF LANTERN BAY", 1010, 398)
    assert explained(*LABELS, *aside) is Status.PASSED


@pytest.mark.parametrize(("left", "top"), [(1000, 560), (1010, 298), (640, 640)])
@pytest.mark.parametrize(
    "name", ["AMARA OKONKWO", "OKONKWO", "Amara Okonkwo", "Bearer: AMARA OKONKWO", "LOUISE OKONKWO"]
)
def test_a_name_in_the_size_of_the_holders_needs_a_label_of_its_own(name, left, top):
    assert explained(*LABELS, *VALUES, at(name, left, top)) is Status.FAILED


def test_smaller_print_needs_no_label():
    assert explained(*LABELS, *VALUES, at("AMARA OKONKWO", 1000, 560, height=14)) is Status.PASSED


def test_a_value_may_have_a_second_line():
    assert explained(*LABELS, *VALUES, at("GRANADA", 800, 345)) is Status.PASSED


@pytest.mark.parametrize(
    ("label", "expected"), [("Date of entry", Status.FAILED), ("Remarks", Status.PASSED)]
)
def test_labels_of_dates_explain_no_name(label, expected):
    more = at(label, 1000, 540, height=14), at("AMARA OKONKWO", 1000, 560)

    assert explained(*LABELS, *VALUES, *more) is expected


def test_a_misread_label_explains_one_value_of_those_whose_labels_are_missing():
    misread, value = at("Plaoo ol birlh", 800, 300, height=14), at("LANTERN BAY", 800, 320)

    assert explained(misread, value, LABELS[1], VALUES[1]) is Status.PASSED
    assert explained(misread, value, at("AMARA OKONKWO", 800, 345), LABELS[1]) is Status.FAILED
    assert explained(value, LABELS[1], VALUES[1]) is Status.FAILED


def test_names_at_the_head_count_only_below_the_name_of_a_state():
    assert explained(at("THE NINE HARBOURS", 1000, 20)) is Status.PASSED
    assert explained(at("KENYA", 1000, 20), at("AMARA OKONKWO", 1000, 60)) is Status.FAILED
    assert explained(at("LANTERN TELECOM", 1000, 5), at("KENYA", 1000, 30)) is Status.PASSED


def test_cyrillic_names_that_were_read_as_latin_letters_are_the_holders():
    printed, lines = PRINTED | {"surname": "NESTERENKO"}, passport(name="NESTERENKO<<LOUISE<ANN")

    shown = framed(printed, at("HECTEPEHKO", 1000, 200), lines=lines)
    assert status(shown, "unexplained_print") is Status.PASSED


@pytest.mark.parametrize(
    ("text", "expected"), [("AMARA OKONKWO", Status.FAILED), ("Amara Okonkwo", Status.PASSED)]
)
def test_a_name_on_a_licence_has_no_label_and_a_signature_is_in_small_letters(text, expected):
    front = licence(front=[*FRONT, "", text])

    assert results(reading(front))["unexplained_print"].status is expected


@pytest.mark.parametrize(
    "label",
    [
        "Place and date of birth",
        "Date et lieu de naissance",
        "Luogo e data di nascita",
        "Geburtstag und Geburtsort",
        "LUGAR Y FECHA DE EXPEDICIÓN",
        "País de nacimiento",
    ],
)
def test_a_label_of_a_place_and_a_date_explains_one_line_of_each(label):
    printed = {key: text for key, text in PRINTED.items() if key != "birth_date"}
    date_and_place = (
        at(label, 800, 300, height=14),
        at("LANTERN BAY", 800, 345),
        at(PRINTED["birth_date"], 800, 320),
    )

    assert status(framed(printed, *date_and_place), "unexplained_print") is Status.PASSED
    more = at("AMARA OKONKWO", 1000, 560)
    assert status(framed(printed, *date_and_place, more), "unexplained_print") is Status.FAILED


@pytest.mark.parametrize(
    "label",
    [
        "Nom du père",
        "Nom et prénoms du père",
        "Father's name / Nom du père",
        "APELLIDOS Y NOMBRES DEL PADRE",
        "APELLIDOS Y NOMBRES DEL CÓNYUGE",
        "Prénom de la tante",
    ],
)
def test_words_in_small_letters_continue_a_label_and_are_not_its_value(label):
    shown = at(label, 1000, 540, height=14), at("AMARA OKONKWO", 1000, 560)

    assert explained(*LABELS, *VALUES, *shown) is Status.PASSED


@pytest.mark.parametrize(
    "label", ["Gewog", "Kebele ya mji", "Tempat bekerja", "VILLAGE", "EMPLOYEE OF:"]
)
def test_print_that_looks_like_an_unknown_label_explains_one_line(label):
    shown = at(label, 1000, 540, height=14), at("LANTERN TELECOM", 1000, 560)

    assert explained(*LABELS, *VALUES, *shown) is Status.PASSED
    second = at("AMARA OKONKWO", 1000, 590)
    assert explained(*LABELS, *VALUES, *shown, second) is Status.FAILED


@pytest.mark.parametrize("label", ["Holder's rank", "Rank of holder", "Beruf des Inhabers"])
def test_label_of_something_of_the_holder_explains_its_value(label):
    shown = at(label, 1000, 540, height=14), at("CAPTAIN", 1000, 560)

    assert explained(*LABELS, *VALUES, *shown) is Status.PASSED


@pytest.mark.parametrize(
    "label", ["AMARA", "Louise Ann", "1984", "Holder:", "BEARER:", "Passport of", "Proud owner"]
)
def test_a_name_a_figure_and_words_for_the_holder_are_no_label_of_the_line_below(label):
    shown = at(label, 1000, 540, height=14), at("AMARA OKONKWO", 1000, 560)

    assert explained(*LABELS, *VALUES, *shown) is Status.FAILED


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        *(("Gven nams", Status.FAILED), ("Nombre y apelido", Status.FAILED)),
        *(("Mothr name", Status.PASSED), ("Former names", Status.PASSED)),
        *(("Plce of wrk", Status.PASSED), ("Village name", Status.PASSED)),
    ],
)
def test_a_misspelt_label_of_a_name_explains_no_other_name(label, expected):
    shown = at(label, 1000, 540, height=14), at("AMARA OKONKWO", 1000, 560)

    assert explained(*LABELS, *VALUES, *shown) is expected


def test_an_unknown_label_is_smaller_than_its_value():
    shown = at("Gewog", 1000, 535), at("AMARA OKONKWO", 1000, 560)

    assert explained(*LABELS, *VALUES, *shown) is Status.FAILED


def test_words_for_places_are_labels_in_any_size_and_in_the_same_line():
    shown = at("PARISH", 900, 560), at("LANTERN BAY", 1110, 560)

    assert explained(*LABELS, *VALUES, *shown) is Status.PASSED
    for text in ("VILLAGE: LANTERN BAY", "Village: LANTERN", "Mother: AMARA OKONKWO"):
        assert explained(*LABELS, *VALUES, at(text, 1000, 560)) is Status.PASSED
    assert explained(*LABELS, *VALUES, at("PARISH", 900, 560)) is Status.FAILED


@pytest.mark.parametrize("place", ["WARD", "LAND", "PARISH"])
def test_a_word_for_a_place_above_a_name_of_its_size_is_a_name_too(place):
    shown = at(place, 1000, 535), at("AMARA OKONKWO", 1000, 560)

    assert explained(*LABELS, *VALUES, *shown) is Status.FAILED


@pytest.mark.parametrize("text", ["TON QUAN", "HOUSE BRANCH", "CHA THUONG"])
def test_single_words_of_labels_of_other_things_explain_no_name(text):
    assert explained(*LABELS, *VALUES, at(text, 1000, 560)) is Status.FAILED


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Remarks", Status.PASSED),
        ("DOMICILIO", Status.PASSED),
        ("FILIAÇÃO / FILIATION", Status.PASSED),
        ("Authority", Status.FAILED),
    ],
)
def test_remarks_addresses_and_parents_have_more_than_two_lines(label, expected):
    shown = (
        at(label, 1000, 540, height=14),
        at("LANTERN BAY", 1000, 560),
        at("OKONKWO STREET", 1000, 604),
        at("AMARA OKONKWO", 1000, 629),
    )

    assert explained(*LABELS, *VALUES, *shown) is expected
    assert explained(*LABELS, *VALUES, *shown, at("AMARA OKONKWO", 700, 640)) is Status.FAILED


def test_a_place_may_be_right_of_its_date():
    shown = at("Date and place of birth", 800, 300, height=14), at("12 APR 1990", 800, 320)

    place = at("LANTERN BAY", 1016, 320)
    assert explained(*shown, place) is Status.PASSED
    assert explained(*shown, place, at("AMARA OKONKWO", 1000, 560)) is Status.FAILED
    assert explained(*shown, at("AMARA OKONKWO", 1100, 320)) is Status.FAILED
    below = at("LANTERN BAY", 800, 345)
    assert explained(*shown, below, at("AMARA OKONKWO", 1016, 320)) is Status.FAILED


@pytest.mark.parametrize("surname", ["DANTON", "PATERNITI", "MATHER", "PARENTE", "GUARDIA"])
def test_a_surname_that_resembles_the_word_for_a_relative_is_no_label(surname):
    printed, lines = PRINTED | {"surname": surname}, passport(name=f"{surname}<<LOUISE<ANN")

    assert status(framed(printed, lines=lines), "unexplained_print") is Status.PASSED
    assert not any(each.name for each in find_segments(surname))


def test_label_of_no_height_explains_a_line_without_an_error():
    flat = at("Place of birth", 800, 300, height=0)

    assert explained(flat, at("LANTERN BAY", 800, 302)) is Status.PASSED


@pytest.mark.parametrize("word", ["WOREDA", "KEBELE", "THANA", "GRAMA NILADHARI", "TRIBE / CLAN"])
def test_a_word_for_a_place_labels_the_line_below_it_if_all_labels_are_as_large(word):
    large = [replace(each, box=replace(each.box, bottom=each.box.top + 20)) for each in LABELS]
    values = [at("LANTERN BAY", 800, 324), at("OFFICE OF LANTERN BAY", 800, 424)]
    unknown = at(word, 1000, 536), at("WESTERN GABLES", 1000, 560)

    assert explained(*large, *values, *unknown) is Status.PASSED
    name = at("JANE", 1000, 536), at("AMARA OKONKWO", 1000, 560)
    assert explained(*large, *values, *name) is Status.FAILED


def test_a_word_for_a_place_is_before_its_value_where_all_labels_are():
    behind = [
        at("Place of birth LANTERN BAY", 800, 300),
        at("Authority OFFICE OF LANTERN BAY", 800, 340),
        at("Nationality GRANADAN", 800, 380),
        at("Profession TEACHER", 800, 420),
    ]
    printed = {key: PRINTED[key] for key in ("surname", "given_names")}
    place, name = at("WOREDA LIDETA", 800, 460), at("MARDEN LIDETA", 800, 460)

    assert status(framed(printed, *behind, place), "unexplained_print") is Status.PASSED
    assert status(framed(printed, *behind, name), "unexplained_print") is Status.FAILED


def test_a_value_behind_its_label_continues_in_the_next_line():
    label = Line("Authority: OFFICE OF THE GOVERNOR", SURE, Box(800, 300, 1130, 320))
    below_label, below_value = at("GRANADA HARBOUR", 800, 324), at("GRANADA HARBOUR", 910, 324)

    assert explained(label, below_label) is Status.PASSED
    assert explained(label, below_value) is Status.PASSED
    assert explained(label, at("AMARA OKONKWO", 1000, 560)) is Status.FAILED
    short = replace(label, text="Authority: HARBOUR")
    assert explained(short, below_label) is Status.FAILED
    begun = replace(label, text="Authority: NEW")
    assert explained(begun, below_label) is Status.PASSED


@pytest.mark.parametrize("label", ["Names of parents", "Filiation", "Filiation: JOHN MERIDIAN"])
def test_each_parent_has_a_line(label):
    first = at("JOHN MERIDIAN", 800, 320), at("AMARA OKONKWO", 800, 343)
    second = at("MARY OKONKWO", 800, 366)

    assert explained(at(label, 800, 297), *first, second) is Status.PASSED
    assert explained(at(label, 800, 297), *first, at("MARY OKONKWO", 1000, 560)) is Status.FAILED


def test_a_place_follows_a_preposition():
    assert explained(at("à", 800, 300, height=14), at("LANTERN BAY", 800, 320)) is Status.PASSED
    assert explained(at("à LANTERN BAY", 800, 300)) is Status.PASSED
    assert explained(at("LANTERN BAY", 800, 300)) is Status.FAILED


def test_unknown_labels_as_large_as_all_others_label_capitals_below_them():
    large = [replace(each, box=replace(each.box, bottom=each.box.top + 20)) for each in LABELS]
    values = [at("LANTERN BAY", 800, 324), at("OFFICE OF LANTERN BAY", 800, 424)]
    unknown = at("Headman", 1000, 536), at("AMOS GABLE", 1000, 560)

    assert explained(*large, *values, *unknown) is Status.PASSED
    assert explained(*LABELS, *VALUES, *unknown) is Status.FAILED
    holder = at("Holder", 1000, 536), at("AMOS GABLE", 1000, 560)
    assert explained(*large, *values, *holder) is Status.FAILED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Headman AMOS GABLE", Status.PASSED),
        ("Headman: AMOS GABLE", Status.PASSED),
        ("Real AMOS GABLE", Status.FAILED),
        ("Real: AMOS GABLE", Status.FAILED),
        ("Mère AMARA OKONKWO", Status.PASSED),
        ("Bearer AMOS GABLE", Status.FAILED),
        ("Passport of AMOS GABLE", Status.FAILED),
        ("AMOS GABLE", Status.FAILED),
    ],
)
def test_words_for_places_and_relatives_are_before_their_values_where_labels_are(text, expected):
    behind = [
        at("Place of birth LANTERN BAY", 800, 300),
        at("Authority OFFICE OF LANTERN BAY", 800, 340),
        at("Nationality GRANADAN", 800, 380),
        at("Profession TEACHER", 800, 420),
    ]
    printed = {key: PRINTED[key] for key in ("surname", "given_names")}

    shown = framed(printed, *behind, at(text, 800, 460))
    assert status(shown, "unexplained_print") is expected


def test_boxes_of_two_lines_of_a_value_may_overlap():
    label, value = at("Authority", 800, 300, height=14), at("DIRECTION OF LIBERTIES", 800, 316)

    assert explained(label, value, at("AND LEGAL AFFAIRS", 800, 325)) is Status.PASSED


@pytest.mark.parametrize(
    ("text", "state", "expected"),
    [
        ("LOUISE ANN GABLE QIZI", "AZE", Status.PASSED),
        ("MERIDIAN LOUISE ANN GABLE QIZI", "AZE", Status.PASSED),
        ("LOUISE ANN GABLE QIZI", "AUS", Status.FAILED),
        ("GABLE QIZI", "AZE", Status.FAILED),
        ("MERIDIAN AMARA OKONKWO QIZI", "AZE", Status.FAILED),
        ("LOUISE ANN AMARA OKONKWO OGLU", "AZE", Status.FAILED),
    ],
)
def test_a_patronymic_is_one_word_behind_the_given_names_in_some_states(text, state, expected):
    shown = framed(PRINTED, *LABELS, *VALUES, at(text, 1000, 560), lines=passport(state=state))

    assert status(shown, "unexplained_print") is expected


@pytest.mark.parametrize("word", ["FATHER", "TUTOR", "CHIEF", "HEADMAN", "TRIBE", "CLAN", "CASTE"])
def test_a_name_behind_a_word_for_a_person_in_capitals_is_another_name(word):
    named = at(f"{word}: AMARA OKONKWO", 1000, 560)

    assert explained(*LABELS, *VALUES, named) is Status.FAILED


def test_a_name_behind_a_word_for_a_relative_is_another_name_in_the_column_of_names():
    assert explained(*LABELS, *VALUES, at("Father: AMARA OKONKWO", 500, 560)) is Status.FAILED
    assert explained(*LABELS, *VALUES, at("Father: AMARA OKONKWO", 1000, 560)) is Status.PASSED
    assert explained(*LABELS, *VALUES, at("TRIBE: LANTERN", 1000, 560)) is Status.PASSED


def test_a_name_at_birth_with_its_mark_is_the_holders():
    assert explained(*LABELS, *VALUES, at("[b] GABLE", 1000, 560)) is Status.PASSED
