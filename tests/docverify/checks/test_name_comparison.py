"""Names of the MRZ and the barcode compared with printed names, in the ways that issuers print."""

from collections.abc import Sequence

import pytest

from docverify.checks import Status
from docverify.page import Line
from tests.support.readings import PRINTED, aamva, licence, line, page, passport, reading, results

NAMES = ("viz_mrz_match_surname", "viz_mrz_match_given_names")
REST = {name: text for name, text in PRINTED.items() if name not in ("surname", "given_names")}


def name_lines(*texts: str) -> tuple[Line, ...]:
    """Print lines of names close to each other, below the other fields."""
    return tuple(line(text, top=1000 + 25 * row) for row, text in enumerate(texts))


def statuses(name: str, lines: Sequence[Line], *, state: str = "ATA") -> tuple[Status, ...]:
    found = results(reading(page(passport(name=name, state=state), REST, more=lines)))
    return tuple(found[code].status for code in NAMES)


BOTH_PASSED = (Status.PASSED, Status.PASSED)


@pytest.mark.parametrize(
    "lines",
    [
        ("Surname", "[a] MERIDIAN", "[b] GABLER", "Given names", "LOUISE ANN"),
        ("Surname", "(a) MERIDIAN", "Given names", "LOUISE ANN"),
        ("Surname", "MERIDIAN GEB. GABLER", "Given names", "LOUISE ANN"),
        ("Surname", "MERIDIAN", "née GABLER", "Given names", "LOUISE ANN"),
        ("Surname", "MERIDIAN e/v GABLER", "Given names", "LOUISE ANN"),
    ],
)
def test_name_at_birth_is_no_part_of_the_surname(lines: tuple[str, ...]):
    assert statuses("MERIDIAN<<LOUISE<ANN", name_lines(*lines)) == BOTH_PASSED


def test_name_at_birth_in_the_mrz_is_another_surname():
    lines = name_lines("Surname", "[a] MERIDIAN", "[b] GABLER", "Given names", "LOUISE ANN")

    assert statuses("GABLER<<LOUISE<ANN", lines)[0] is Status.FAILED


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        pytest.param("<<LOUISE<ANN", ("Surname", "", "Given names", "LOUISE ANN"), id="blank"),
        pytest.param("LOUISE<ANN", ("Surname", "", "Given names", "LOUISE ANN"), id="other label"),
        pytest.param("<<LOUISE", ("Surname", "LOUISE", "Given names", ""), id="surname's label"),
        pytest.param("LOUISE", ("Surname", "LOUISE", "Given names", "XXX"), id="XXX in print"),
        pytest.param("LOUISE<<FNU", ("Surname", "LOUISE", "Given names", "FNU"), id="FNU in both"),
        pytest.param("LOUISE<<FNU", ("Surname", "LOUISE"), id="FNU in the MRZ only"),
        pytest.param("LNU<<LOUISE", ("Surname", "LNU", "Given names", "LOUISE"), id="LNU in both"),
        pytest.param("LOUISE", ("Name", "LOUISE"), id="one label for the whole name"),
        pytest.param("LOUISE", ("Surname", "LOUISE", "Given names", "LOUISE"), id="both labels"),
    ],
)
def test_one_name_is_the_same_under_either_label(name: str, lines: tuple[str, ...]):
    printed = tuple(each for each in name_lines(*lines) if each.text)

    assert statuses(name, printed) == BOTH_PASSED


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("<<LOUISE<ANN", ("Surname", "MERIDIAN", "Given names", "LOUISE ANN")),
        ("<<LOUISE<ANN", ("MERIDIAN", "Given names", "LOUISE ANN")),
        ("LOUISE<<FNU", ("Surname", "MERIDIAN", "Given names", "LOUISE")),
    ],
)
def test_surname_that_the_mrz_omits_does_not_match(name: str, lines: tuple[str, ...]):
    assert Status.PASSED not in statuses(name, name_lines(*lines))[:1]


def test_fnu_on_both_sides_of_a_licence_is_the_same_name():
    front = ("LN MERIDIAN", "FN FNU", "DL D5521738", "EXP 04/12/2029", "DOB 04/12/1990")

    found = results(reading(licence(aamva(DAC="FNU", DAD="NONE"), front)))

    assert found["barcode_front_match_given_names"].status is Status.PASSED


def test_name_that_is_spelled_in_latin_letters_below_is_the_same():
    lines = name_lines("Surname", "OLIYEV", "ALIYEV", "Given names", "NORMIN RAUF QIZI", "NARMIN")

    assert statuses("ALIYEV<<NARMIN", lines) == BOTH_PASSED


def test_another_name_above_the_right_one_is_not_its_spelling():
    lines = name_lines("Surname", "GABLER", "MERIDIAN", "Given names", "LOUISE")

    assert statuses("MERIDIAN<<LOUISE", lines)[0] is Status.INCONCLUSIVE


@pytest.mark.parametrize(
    "lines",
    [
        ("NOMBRE", "MERIDIAN LOUISE ANN"),
        ("Nome", "LOUISE ANN MERIDIAN"),
        ("Given names", "MERIDIAN LOUISE ANN"),
        ("Name", "MERIDIAN, LOUISE-ANN"),
    ],
)
def test_one_label_may_have_the_whole_name(lines: tuple[str, ...]):
    assert statuses("MERIDIAN<<LOUISE<ANN", name_lines(*lines)) == BOTH_PASSED


def test_given_names_alone_do_not_contradict_a_surname_without_its_label():
    lines = name_lines("NOMBRE", "LOUISE ANN", "MERIDIAN")

    assert Status.FAILED not in statuses("MERIDIAN<<LOUISE<ANN", lines)


@pytest.mark.parametrize("printed", ["ÞORSTEINSSON", "PORSTEINSSON"])
def test_thorn_that_is_read_as_p_is_the_same_letter_in_iceland(printed: str):
    lines = name_lines("Surname", printed, "Given names", "JON")

    assert statuses("THORSTEINSSON<<JON", lines, state="ISL") == BOTH_PASSED


def test_p_is_not_a_thorn_in_other_states():
    lines = name_lines("Surname", "PIERS", "Given names", "JON")

    assert statuses("THIERS<<JON", lines)[0] is not Status.PASSED


@pytest.mark.parametrize("in_mrz", ["ALIYEV", "ELIYEV"])
def test_schwa_is_written_as_e_or_a(in_mrz: str):
    lines = name_lines("Surname", "ƏLIYEV", "Given names", "JON")

    assert statuses(f"{in_mrz}<<JON", lines) == BOTH_PASSED


def test_given_names_below_the_label_of_a_surname_that_was_not_read_are_no_other_person():
    lines = name_lines("Surname", "LOUISE ANN")

    assert statuses("MERIDIAN<<LOUISE<ANN", lines)[0] is Status.INCONCLUSIVE


def test_a_name_in_another_script_alone_is_no_other_person():
    lines = name_lines("Name", "林健聖")

    assert statuses("LIN<<CHIEN<SHENG", lines)[0] is not Status.FAILED


def test_the_surname_below_the_label_of_given_names_is_another_given_name():
    lines = name_lines("Surname", "MERIDIAN", "Given names", "MERIDIAN")

    assert statuses("MERIDIAN<<LOUISE<ANN", lines)[1] is Status.FAILED


@pytest.mark.parametrize(
    ("surname", "status"),
    [
        ("МЕРИДІАН / MERIDIAN", Status.PASSED),
        ("ΜΕΡΙΔΙΑΝ/MERIDIAN", Status.PASSED),
        ("MILLER / MERIDIAN", Status.INCONCLUSIVE),
    ],
)
def test_name_behind_a_slash_may_spell_the_one_before_it(surname: str, status: Status):
    shown = page(printed={**PRINTED, "surname": surname})

    assert results(reading(shown))["viz_mrz_match_surname"].status is status
