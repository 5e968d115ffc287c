"""Comparison of the names of two sources (Doc 9303-3, 4.6)."""

from dataclasses import replace

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from docverify.documents.misread_names import contains_name, is_same_name
from docverify.documents.mrz import parse_mrz
from docverify.documents.name_words import ABSENT_NAMES, jaro_winkler
from docverify.documents.names import (
    NameComparison,
    PersonName,
    compare_names,
    is_partial_name,
    score_name,
    split_name,
)
from docverify.documents.transliteration import TRANSLITERATIONS, transliterate
from docverify.policy import STANDARD


def similarity(printed: str, mrz_name: str, *, truncated: bool = False) -> float:
    return score_name(printed, mrz_name, truncated=truncated)


@pytest.mark.parametrize(
    ("letter", "forms"), [pytest.param(*item, id=item[0]) for item in TRANSLITERATIONS.items()]
)
def test_every_spelling_of_the_standard_is_accepted(letter: str, forms: tuple[str, ...]):
    assert {similarity(f"BA{letter}TO", f"BA{form}TO") for form in forms} == {1.0}


@pytest.mark.parametrize(
    ("printed", "mrz_name"),
    [
        pytest.param("JEAN-BASTIEN", "JEAN BASTIEN", id="hyphen separates"),
        pytest.param("O'SHANDREY", "OSHANDREY", id="apostrophe disappears"),
        pytest.param("O’SHANDREY", "OSHANDREY", id="curly apostrophe"),  # noqa: RUF001
        pytest.param("ST. CLAIR", "ST CLAIR", id="dot disappears"),
        pytest.param("SMITH, JONES", "SMITH JONES", id="comma separates"),
        pytest.param("Groß", "GROSS", id="sharp s"),
        pytest.param("Mu\u0308ller", "MUELLER", id="letter and mark separate"),
        pytest.param("MARIA ANNA", "ANNA MARIA", id="another order"),
        pytest.param("ANNAMARIA", "ANNA MARIA", id="lost blank"),
        pytest.param("ÖZGÜR GÜLTÜRK ÜNLÜ", "OZGUR GULTURK UNLU", id="many letters, the same way"),
    ],
)
def test_two_spellings_of_one_name_score_1(printed: str, mrz_name: str):
    assert similarity(printed, mrz_name) == 1.0


@pytest.mark.parametrize(
    ("printed", "mrz_name"),
    [
        pytest.param("ERIKSSON", "SVENSSON", id="another name"),
        pytest.param("MERIDIAN", "KESTERWIN", id="nothing in common"),
        pytest.param("", "MERIDIAN", id="nothing printed"),
    ],
)
def test_different_names_score_below_the_policy_threshold(printed: str, mrz_name: str):
    assert similarity(printed, mrz_name) < STANDARD.min_name_similarity


def test_name_with_a_misread_letter_is_similar_but_not_equal():
    assert STANDARD.min_name_similarity <= similarity("HOLLINGSBROOK", "HOLLINGSBR0OK") < 1.0


@pytest.mark.parametrize(
    ("printed", "mrz_name"),
    [
        pytest.param("THEODOSIA ROSALIND MAEVE", "THEODOSIA ROSALIND MAE", id="cut at the end"),
        pytest.param("CHARLES EDWARD DEE", "CHARLES E D", id="cut to initials"),
        pytest.param("BENNELONG WOOLOOMOOLOO WARRANDYTE", "BENNELONG WOOLOOM W", id="both"),
        pytest.param("ANNA MARIA LUISA", "ANNA MARIA", id="names dropped"),
    ],
)
def test_truncated_name_matches_if_its_words_begin_the_printed_ones(printed: str, mrz_name: str):
    assert similarity(printed, mrz_name, truncated=True) == 1.0
    assert similarity(printed, mrz_name, truncated=False) < 1.0


@pytest.mark.parametrize(
    ("printed", "mrz_name"),
    [
        pytest.param("ANNA MARIA", "ANNA MAJA", id="another name"),
        pytest.param("ANNA MARIA", "ANNA M L", id="more names than printed"),
        pytest.param("CHARLES EDWARD", "E C B", id="another initial"),
    ],
)
def test_truncation_does_not_excuse_another_name(printed: str, mrz_name: str):
    assert similarity(printed, mrz_name, truncated=True) < 1.0


@pytest.mark.parametrize(
    ("printed", "mrz_name", "expected"),
    [
        ("BENNELONG", "BENNELONG WARRANDYTE", True),
        ("BENNELONG WARRANDYTE", "WARRANDYTE", True),
        ("MÜLLER", "MUELLER SCHMIDT", True),
        ("BENNELONG WARRANDYTE", "BENNELONG WARNAMBOOL", False),
        ("MERIDIAN", "KESTERWIN", False),
    ],
)
def test_name_is_partial_if_another_has_all_its_words(printed: str, mrz_name: str, expected: bool):
    assert is_partial_name(printed, mrz_name) is expected


@given(st.text(), st.text("ABC ", min_size=1), st.booleans())
def test_any_two_names_can_be_compared(printed: str, mrz_name: str, truncated: bool):
    assert 0.0 <= similarity(printed, mrz_name, truncated=truncated) <= 1.0


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ ", min_size=1).filter(str.strip))
def test_every_name_matches_itself(name: str):
    assume(not ABSENT_NAMES & set(name.split()))
    assert similarity(name, name) == 1.0


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # Winkler 1990 and the table of the US Bureau of the Census.
        ("MARTHA", "MARHTA", 0.961),
        ("DWAYNE", "DUANE", 0.840),
        ("DIXON", "DICKSONX", 0.813),
        ("JONES", "JOHNSON", 0.832),
        ("SHACKLEFORD", "SHACKELFORD", 0.982),
        ("DUNNINGHAM", "CUNNIGHAM", 0.896),
        ("NICHLESON", "NICHULSON", 0.956),
        ("ABROMS", "ABRAMS", 0.922),
        ("A", "B", 0.0),
        ("A", "", 0.0),
        ("", "", 1.0),
    ],
)
def test_jaro_winkler_has_its_known_values(first: str, second: str, expected: float):
    assert jaro_winkler(first, second) == pytest.approx(expected, abs=0.0006)


words = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", max_size=12)


@given(words, words)
def test_jaro_winkler_is_symmetric_and_bounded(first: str, second: str):
    assert 0.0 <= jaro_winkler(first, second) == jaro_winkler(second, first) <= 1.0
    assert (jaro_winkler(first, second) == 1.0) is (first == second)


DOE = PersonName("DOE", "JOHN ADAM")


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        pytest.param(DOE, DOE, NameComparison(1.0), id="the same"),
        pytest.param(
            DOE,
            PersonName("Doe", "Adam John"),
            NameComparison(1.0),
            id="given names in another order",
        ),
        pytest.param(DOE, PersonName("DOE", "JOHN"), NameComparison(0.97), id="no middle name"),
        pytest.param(DOE, PersonName("DOE", "JOHN A"), NameComparison(0.975), id="initial"),
        pytest.param(DOE, PersonName("DOE", "JOHN B"), NameComparison(0.5), id="another initial"),
        pytest.param(
            DOE, PersonName("JOHN ADAM", "DOE"), NameComparison(0.95, swapped=True), id="swapped"
        ),
        pytest.param(DOE, PersonName("", "JOHN ADAM DOE"), NameComparison(1.0), id="not separated"),
        pytest.param(DOE, PersonName("DOE"), NameComparison(0.6), id="no given name"),
        pytest.param(
            PersonName("DOE"),
            PersonName("DOE ROE"),
            NameComparison(0.9),
            id="second surname",
        ),
        pytest.param(
            PersonName("GRÖN", "ZOË"),
            PersonName("GROEN", "ZOE"),
            NameComparison(1.0),
            id="transliterated",
        ),
        pytest.param(
            PersonName("ИВАНОВ", "СЕРГЕЙ"),
            PersonName("IVANOV", "SERGEI"),
            NameComparison(1.0),
            id="in another script",
        ),
        pytest.param(
            PersonName("DOE JR", "JOHN"),
            PersonName("DOE", "JOHN SR."),
            NameComparison(0.84),
            id="father and son",
        ),
        pytest.param(
            PersonName("DOE", "JOHN Jr."),
            PersonName("DOE JUNIOR", "JOHN"),
            NameComparison(1.0),
            id="junior",
        ),
        pytest.param(
            PersonName("DOE III", "JOHN"), PersonName("DOE", "JOHN"), NameComparison(1.0), id="III"
        ),
        pytest.param(
            PersonName("DOE", "Dr. JOHN"),
            PersonName("DOE", "JOHN"),
            NameComparison(1.0),
            id="title",
        ),
        pytest.param(
            PersonName("DOE", "NONE"), PersonName("DOE", ""), NameComparison(1.0), id="NONE"
        ),
        pytest.param(
            PersonName("DR", "MR"), PersonName("DR", "MR"), NameComparison(1.0), id="only titles"
        ),
        pytest.param(PersonName(), PersonName(), NameComparison(0.0), id="no name"),
        pytest.param(DOE, PersonName(), NameComparison(0.0), id="one without a name"),
    ],
)
def test_names_are_compared(first: PersonName, second: PersonName, expected: NameComparison):
    found = compare_names(first, second)

    assert found.score == pytest.approx(expected.score)
    assert replace(found, score=expected.score) == expected


def test_truncated_name_matches_only_if_truncation_is_allowed():
    whole, cut = (
        PersonName("BENNELONG WOOLOOMOOLOO", "DINGO POTOROO"),
        PersonName("BENNELONG WOOLOOM", "DINGO P"),
    )

    assert compare_names(whole, cut, truncated=True) == NameComparison(1.0)
    assert compare_names(whole, whole, truncated=True) == NameComparison(1.0)
    assert compare_names(whole, cut).score < 1.0


@pytest.mark.parametrize(
    ("first", "second", "least", "most"),
    [
        # Below 0.85 a person must look; below 0.60 the names are different.
        pytest.param(DOE, PersonName("DOE", "JANE"), 0.60, 0.85, id="another given name, similar"),
        pytest.param(DOE, PersonName("DOE", "MARY"), 0.00, 0.60, id="another given name"),
        pytest.param(DOE, PersonName("SMITH", "JOHN ADAM"), 0.00, 0.60, id="another surname"),
        pytest.param(DOE, PersonName("SMITH", "MARY ANN"), 0.00, 0.60, id="another person"),
        pytest.param(
            PersonName("ERIKSSON", "ANNA"), PersonName("SVENSSON", "ANNA"), 0, 0.85, id="ending"
        ),
        pytest.param(
            PersonName("KIM", "MIN"), PersonName("LEE", "MIN"), 0.00, 0.60, id="short names"
        ),
        pytest.param(
            PersonName("NGUYEN", "VAN AN"), PersonName("NGUYEN", "THI BA"), 0, 0.85, id="Vietnamese"
        ),
        pytest.param(
            PersonName("GARCIA", "JOSE"), PersonName("GARCIA", "JUAN"), 0.0, 0.85, id="Spanish"
        ),
        pytest.param(PersonName("ALI", "OMAR"), PersonName("ALI", "AMAL"), 0.0, 0.85, id="Arabic"),
        pytest.param(
            PersonName("IVANOV", "IVAN"), PersonName("PETROV", "IVAN"), 0.0, 0.85, id="Russian"
        ),
    ],
)
def test_names_of_different_persons_score_low(first, second, least: float, most: float):
    assert least <= compare_names(first, second).score < most


def test_full_name_is_split_at_its_comma():
    assert split_name("DOE, JOHN A") == PersonName("DOE", "JOHN A")
    assert split_name(" JOHN A DOE ") == PersonName("", "JOHN A DOE")


def test_repr_of_name_does_not_contain_it():
    assert repr(DOE) == "PersonName()"


people = st.builds(
    PersonName,
    *2 * [st.text("ABCDEÉÖÜÅÑß -'.ИЩΑΥم", max_size=14) | st.sampled_from(["DOE", "JR", "NONE"])],
)


@given(people, people)
def test_comparing_is_symmetric_and_bounded(first: PersonName, second: PersonName):
    one, other = compare_names(first, second), compare_names(second, first)

    assert one == other
    assert 0.0 <= one.score <= 1.0


@given(people)
def test_name_scores_1_with_itself(name: PersonName):
    words = " ".join(transliterate(f"{name.surname} {name.given_names}")).split()
    assume(set(words) - ABSENT_NAMES)

    assert compare_names(name, name).score == 1.0


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
parts = st.lists(st.text(LETTERS + "ÉÖÜÅÑØßÇ'", min_size=1, max_size=14), min_size=1, max_size=4)


def write_in_mrz(surname: str, given: str, width: int) -> str:
    """Write a name as Doc 9303-3, 4.6 requires; cut it at the end if it is too long."""
    return f"{surname}<<{given}".replace(" ", "<").ljust(width, "<")[:width]


choices = st.integers(0, 15)


@given(parts, parts, choices, choices)
@example(["AAAÖÖ", "AAAAAAAAAAAÅÖ"], ["A", "A", "UNAVAILABLE"], 0, 0)
def test_name_in_mrz_is_the_printed_name(
    surname: list[str], given_names: list[str], surname_form: int, given_form: int
):
    """In every transliteration, also if the MRZ is too short and cuts the name."""
    printed = PersonName(" ".join(surname), "-".join(given_names))
    surname_forms = list(transliterate(printed.surname))
    given_forms = list(transliterate(printed.given_names))
    forms = [
        surname_forms[surname_form % len(surname_forms)],
        given_forms[given_form % len(given_forms)],
    ]
    assume(all(forms))
    # Issuers cut so that the last position has a letter, which shows that the name was cut.
    assume(len("<<".join(forms)) <= 39 or write_in_mrz(*forms, 39)[-1] != "<")
    mrz = parse_mrz(
        (f"P<QUA{write_in_mrz(*forms, 39)}", "QX7182035<QUA9004122F3309149<<<<<<<<<<<<<<<0")
    )

    name = PersonName(mrz.surname, mrz.given_names)
    assume(not ABSENT_NAMES & set(f"{name.surname} {name.given_names}".split()))
    assert compare_names(printed, name, truncated=mrz.name_truncated).score == 1.0


@pytest.mark.parametrize(
    ("printed", "mrz_name", "expected"),
    [
        pytest.param("Ql", "QI", True, id="I as a small L"),
        pytest.param("0Z", "OZ", True, id="O as 0"),
        pytest.param("PHI1IP", "PHILIP", False, id="a digit in place of two letters"),
        pytest.param("SOREN", "SOEREN", True, id="Ø without its stroke"),
        pytest.param("MULLER OHLER", "MUELLER OEHLER", True, id="Ü and Ö without their dots"),
        pytest.param("ASGARDH", "AASGAARDH", True, id="Å without its ring"),
        pytest.param("GOETZ", "GOTZ", False, id="letters that the other name lacks"),
        pytest.param("ANN LOUISE", "LOUISE ANN", True, id="another order"),
        pytest.param("ANNLOUISE", "ANN LOUISE", True, id="lost blank"),
        pytest.param("JOHN A", "ALBERT JOHN", True, id="initial"),
        pytest.param("JOHN ALBERT", "JOHN A", True, id="initial in the MRZ"),
        pytest.param("JOHN B", "JOHN ALBERT", False, id="another initial"),
        pytest.param("J", "JOHN", False, id="an initial alone"),
        pytest.param("Dr. ANN", "ANN", True, id="title"),
        pytest.param("ANN", "ANN LOUISE", False, id="one name fewer"),
        pytest.param("ANNE", "ANN", False, id="one letter more"),
        pytest.param("张", "ZHANG", False, id="no Latin spelling"),
        pytest.param("ANN", "", False, id="nothing to compare"),
    ],
)
def test_misread_printed_name_is_the_same(printed, mrz_name, expected):
    assert is_same_name(printed, mrz_name) is expected


def test_cut_word_for_a_missing_name_is_not_another_name():
    assert is_same_name("ANN UNAVAILABLE", "ANN UNAVAIL", truncated=True)
    assert score_name("ANN UNAVAILABLE", "ANN UNAVAIL", truncated=True) == 1.0
    assert score_name("ANN UNAVAILABLE", "ANN UNAVAIL", truncated=False) < 1.0


def test_cut_name_is_the_same_as_the_whole_one():
    assert is_same_name("WOOLOOMOOLOO ANN", "WOOLOO", truncated=True)
    assert not is_same_name("WOOLOOMOOLOO ANN", "WOOLOO")
    assert not is_same_name("KESTERWIN", "WOOLOO", truncated=True)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("DOE", True), ("ALBERT JOHN", True), ("ROE", False), ("JOHN A", False), ("", False)],
)
def test_line_contains_a_name_if_it_has_all_its_words(name: str, expected: bool):
    assert contains_name("JOHN ALBERT DOE", name) is expected
