"""The printed fields of a document, found by their labels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docverify.printed import LABELS, OTHER_LABELS, PrintedValue, find_printed_fields, label_of
from docverify.reading import Line
from tests.docverify.readings import PRINTED, line, printed_lines


def texts(*lines: Line) -> dict[str, str]:
    return {name: value.text for name, value in find_printed_fields(lines).items()}


@pytest.mark.parametrize(
    ("label", "name"),
    [pytest.param(each, name, id=each) for name, labels in LABELS.items() for each in labels]
    + [pytest.param(each, "other", id=each) for each in OTHER_LABELS],
)
def test_every_label_is_known_in_any_case_and_without_its_blanks(label: str, name: str):
    assert [label_of(each) for each in (label, label.upper(), label.replace(" ", ""))] == [name] * 3


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param("Surname / Nom", "surname", id="two languages"),
        pytest.param("Nom/Surname", "surname", id="two languages, no blank"),
        pytest.param("Apellidos / Фамилия", "surname", id="one of them unknown"),
        pytest.param("Prénoms", "given_names", id="accent"),
        pytest.param("Staatsangehörigkeit", "nationality", id="umlaut"),
        pytest.param("Passport No.", "document_number", id="dot"),
        pytest.param("(3) Date of birth", "birth_date", id="number before it"),
        pytest.param("Sumame", None, id="two letters misread"),
        pytest.param("Zyrname", None, id="the first two letters misread"),
        pytest.param("Sxryame", None, id="two letters misread apart"),
        pytest.param("Surna", None, id="two letters lost"),
        pytest.param("Surnane", "surname", id="one letter misread"),
        pytest.param("Surnae", "surname", id="one letter lost"),
        pytest.param("Surnamme", "surname", id="one letter too many"),
        pytest.param("urname", "surname", id="first letter lost"),
        pytest.param("Surname / Given names", "other", id="two fields"),
        pytest.param("Date of issue / Authority", "other", id="two fields, one not compared"),
        pytest.param("Sax", None, id="too short for a misread letter"),
        pytest.param("Passport", None, id="part of a label"),
        pytest.param("Date of birthday party", None, id="more than a label"),
        pytest.param("MERIDIAN", None, id="a name"),
        pytest.param("12 AUG/AOUT 1994", None, id="a date"),
        pytest.param("", None, id="nothing"),
        pytest.param("/", None, id="nothing twice"),
    ],
)
def test_a_label_is_told_from_other_text(text: str, name: str | None):
    assert label_of(text) == name


@given(
    st.sampled_from([each for labels in LABELS.values() for each in labels if len(each) > 6]),
    st.data(),
)
def test_one_misread_letter_does_not_hide_a_long_label(label: str, data: st.DataObject):
    at = data.draw(st.integers(0, len(label) - 1))
    misread = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz"))

    assert label_of(label[:at] + misread + label[at + 1 :]) == label_of(label)


def test_a_value_stands_below_its_label():
    assert texts(*printed_lines(PRINTED)) == PRINTED


@pytest.mark.parametrize(
    "text",
    ["Surname: MERIDIAN", "Surname / Nom: MERIDIAN", "SURNAME:MERIDIAN", "Surname : MERIDIAN "],
)
def test_a_value_stands_after_the_colon_of_its_label(text: str):
    assert texts(line(text, top=0)) == {"surname": "MERIDIAN"}


def test_a_value_of_one_letter_after_a_colon_is_not_taken_for_a_misread_label():
    lines = (line("Gender: F", top=0), line("NEWTOWN", top=30))

    assert texts(*lines) == {"sex": "F"}


def test_a_label_with_a_colon_in_each_language_has_its_value_below():
    lines = (line("Surname: / Nom:", top=0), line("MERIDIAN", top=30))

    assert texts(*lines) == {"surname": "MERIDIAN"}


def test_a_second_language_may_have_a_line_of_its_own():
    lines = (line("Surname", top=0), line("Nom", top=22), line("MERIDIAN", top=44))

    assert texts(*lines) == {"surname": "MERIDIAN"}


def test_the_value_of_the_next_field_is_not_taken_for_a_missing_one():
    lines = (line("Surname", top=0), line("Given names", top=22), line("LOUISE", top=44))

    assert texts(*lines) == {"given_names": "LOUISE"}


def test_the_value_below_a_label_that_is_not_compared_is_not_taken():
    lines = (line("Surname", top=0), line("Type", top=22), line("P", top=44))

    assert texts(*lines) == {}


def test_a_line_with_label_and_value_is_not_the_value_of_the_label_above():
    lines = (line("Surname", top=0), line("Nationality: QUA", top=25))

    assert texts(*lines) == {"nationality": "QUA"}


@pytest.mark.parametrize(
    ("top", "left"),
    [
        pytest.param(71, 0, id="too far below"),
        pytest.param(30, 41, id="too far to the right"),
        pytest.param(30, -41, id="too far to the left"),
        pytest.param(9, 0, id="beside"),
        pytest.param(-30, 0, id="above"),
    ],
)
def test_a_line_elsewhere_is_not_the_value(top: float, left: float):
    assert texts(line("Surname", top=0), line("MERIDIAN", top=top, left=left)) == {}


def test_fields_may_stand_side_by_side():
    left = (line("Sex", top=0), line("F", top=25))
    right = (line("Surname", top=0, left=300), line("MERIDIAN", top=25, left=300))

    assert texts(*left, *right) == {"sex": "F", "surname": "MERIDIAN"}


@pytest.mark.parametrize(("top", "left"), [(70, 40), (10, -40)])
def test_a_value_may_stand_a_little_away_from_its_label(top: float, left: float):
    lines = (line("Surname", top=0), line("MERIDIAN", top=top, left=left))

    assert texts(*lines) == {"surname": "MERIDIAN"}


def test_the_nearest_line_below_is_the_value():
    lines = (line("Surname", top=0), line("SECOND", top=50), line("FIRST", top=25))

    assert texts(*lines) == {"surname": "FIRST"}


def test_the_first_label_of_a_field_counts():
    lines = (line("Surname: FIRST", top=0), line("Surname: SECOND", top=100))

    assert texts(*lines) == {"surname": "FIRST"}


def test_a_value_keeps_the_confidence_with_which_it_was_read():
    found = find_printed_fields([line("Sex", top=0), line(" F ", top=25, confidence=0.7)])

    assert found == {"sex": PrintedValue("F", 0.7)}


@given(
    st.lists(
        st.builds(
            line,
            st.text() | st.sampled_from(["Surname", "Sex: F", "Nom", "Type", "A"]),
            top=st.integers(-100, 100),
            left=st.integers(-50, 50),
        )
    )
)
def test_any_lines_can_be_searched(lines: list[Line]):
    assert set(find_printed_fields(lines)) <= set(LABELS)


def test_a_value_does_not_print_itself():
    assert "MERIDIAN" not in repr(PrintedValue("MERIDIAN", 0.9))
    assert "MERIDIAN" not in repr(line("MERIDIAN", top=0))
