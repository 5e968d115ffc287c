"""Names that applicants state, compared with the names on a document."""

import re
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.corpus.people import SHAPES
from docverify.documents.names import PersonName
from docverify.documents.stated_names import has_same_words, has_stated_name
from docverify.policy import LENIENT

GIVEN_NAMES = sorted({name for _, names in SHAPES.values() for name in names if name})
PAIRS_BY_SEX = [
    *(("MARIO", "MARIA"), ("PAUL", "PAULA"), ("DANIEL", "DANIELA"), ("ANDREA", "ANDREAS")),
    *(("JEAN", "JEANNE"), ("CHRISTIAN", "CHRISTINA"), ("ALEXANDER", "ALEXANDRA")),
    *(("FRANCISCO", "FRANCISCA"), ("GABRIELE", "GABRIELA"), ("SIMON", "SIMONE")),
    *(("JOHN", "JOAN"), ("ERIK", "ERIKA"), ("OLEKSANDR", "OLEKSANDRA"), ("MICHEL", "MICHELE")),
]


def has_common_name(first: str, second: str) -> bool:
    return not set(re.split("[ -]", first)).isdisjoint(re.split("[ -]", second))


def is_stated(stated: PersonName, shown: PersonName, *, truncated: bool = False) -> bool:
    least = LENIENT.min_name_similarity
    return has_stated_name(stated, shown, min_similarity=least, truncated=truncated)


@pytest.mark.parametrize("pair", PAIRS_BY_SEX, ids="/".join)
def test_given_names_of_the_other_sex_are_not_the_same(pair: tuple[str, str]):
    for stated, shown in permutations(pair):
        assert not is_stated(PersonName("NYSTROM", stated), PersonName("NYSTROM", shown))
        assert not is_stated(PersonName("NYSTROM", stated), PersonName("NYSTROM", f"{shown} MAY"))


@pytest.mark.parametrize("shape", SHAPES)
def test_another_given_name_with_the_same_surname_is_another_person(shape: str):
    surnames, _ = SHAPES[shape]
    pairs = [pair for pair in permutations(GIVEN_NAMES, 2) if not has_common_name(*pair)]
    matched = [
        pair for pair in pairs if is_stated(*(PersonName(surnames[0], each) for each in pair))
    ]

    assert len(pairs) > 1000
    assert matched == []


@pytest.mark.parametrize(
    ("stated", "shown"),
    [
        pytest.param(("Nystrom", "Anna"), ("NYSTROM", "ANNA SOFIA"), id="middle name not stated"),
        pytest.param(("Nystrom", "Anna Sofia"), ("NYSTROM", "ANNA"), id="middle name not shown"),
        pytest.param(("Nystrom", "Sofia Anna"), ("NYSTROM", "ANNA SOFIA"), id="another order"),
        pytest.param(("Nystrom", "Anna S."), ("NYSTROM", "ANNA SOFIA"), id="initial"),
        pytest.param(("Nystrom", "Anne Marie"), ("NYSTROM", "ANNE-MARIE"), id="hyphen"),
        pytest.param(("Nystrom", "Annemarie"), ("NYSTROM", "ANNE-MARIE"), id="one word"),
        pytest.param(("Nystrom", "Zoë"), ("NYSTROM", "ZOE"), id="diacritic"),
        pytest.param(("Sørbye", "Søren"), ("SOERBYE", "SOEREN"), id="transliteration"),
        pytest.param(("Sorbye", "Soren"), ("SØRBYE", "SØREN"), id="no diacritics"),
        pytest.param(("O’Darragh", "Niall"), ("ODARRAGH", "NIALL"), id="apostrophe"),  # noqa: RUF001
        pytest.param(("Garcia", "Ana"), ("GARCIA-VEGA", "ANA"), id="first of two surnames"),
        pytest.param(("Hartwel", "Ana"), ("HARTWELL", "ANA"), id="letter of a long surname"),
        pytest.param(("Torriente", "Ana"), ("DE LA TORRIENTE", "ANA"), id="no particles"),
        pytest.param(("Dr Nystrom", "Ana"), ("NYSTROM", "ANA"), id="title"),
    ],
)
def test_another_way_to_write_a_name_is_the_same_name(
    stated: tuple[str, str], shown: tuple[str, str]
):
    assert is_stated(PersonName(*stated), PersonName(*shown))


@pytest.mark.parametrize(
    ("stated", "shown"),
    [
        pytest.param(("N", "C"), ("NYSTROM", "CHIDI"), id="initials"),
        pytest.param(("Nystrom", "C"), ("NYSTROM", "CHIDI"), id="initial of the given name"),
        pytest.param(("N", "Chidi"), ("NYSTROM", "CHIDI"), id="initial of the surname"),
        pytest.param(("Nystrom", ""), ("NYSTROM", "CHIDI"), id="surname alone"),
        pytest.param(("", "Chidi"), ("NYSTROM", "CHIDI"), id="given name alone"),
        pytest.param(("Nilsson", "Chloe"), ("NYSTROM", "CHIDI"), id="another person"),
        pytest.param(("Nystrom", "Anna Lena"), ("NYSTROM", "ANNA SOFIA"), id="other middle name"),
        pytest.param(("Liu", "Chidi"), ("LI", "CHIDI"), id="letter of a short surname"),
        pytest.param(("Van", "Chidi"), ("VAN DER WALDEN", "CHIDI"), id="particle alone"),
    ],
)
def test_part_of_a_name_or_another_name_is_not_the_same(
    stated: tuple[str, str], shown: tuple[str, str]
):
    assert not is_stated(PersonName(*stated), PersonName(*shown))


def test_name_that_the_mrz_cut_is_the_same_if_enough_of_it_is_left():
    stated = PersonName("Fernandez de Cordoba", "Maria Guadalupe")

    assert is_stated(stated, PersonName("FERNANDEZ DE CORDOBA", "MARIA GUADA"), truncated=True)
    assert is_stated(stated, PersonName("FERNANDEZ DE CORDOBA", "MAR"), truncated=True)
    assert not is_stated(stated, PersonName("FERNANDEZ DE CORDOBA", "MA"), truncated=True)
    assert not is_stated(stated, PersonName("FERNANDEZ DE CORDOBA", "MAR"))


def test_one_name_has_all_words_of_the_other():
    assert has_same_words("Suhartana", "SUHARTANA")
    assert has_same_words("De Ana", "ANA DE")
    assert not has_same_words("Budi Suhartana", "SUHARTANA")
    assert not has_same_words("S", "SUHARTANA")


words = st.lists(st.text("ABCDEFGH", min_size=1, max_size=6), min_size=1, max_size=4)


@given(words, words)
def test_every_name_is_itself(surname: list[str], given_names: list[str]):
    name = PersonName(" ".join(surname), " ".join(given_names))

    assert is_stated(name, name)


@given(words, words, words, words)
def test_either_name_may_be_the_stated_one(
    surname: list[str], given_names: list[str], other: list[str], other_given: list[str]
):
    first = PersonName(" ".join(surname), " ".join(given_names))
    second = PersonName(" ".join(other), " ".join(other_given))

    assert is_stated(first, second) is is_stated(second, first)
