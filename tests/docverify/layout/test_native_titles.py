"""Titles of States in scripts other than Latin, and in further languages."""

import pytest

from docverify.documents.states import load_native_names
from docverify.layout.native_titles import find_native_titles, names_native_title
from docverify.layout.state_names import find_state_names
from docverify.policy import STANDARD
from docverify.verdict import judge
from tests.support.readings import TODAY, line, page, reading


def test_each_native_name_is_the_title_of_its_own_state():
    names = [(code, name) for code, each in load_native_names().items() for name in each]

    assert [name for code, name in names if find_native_titles(name.upper()) != {code}] == []


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("ΕΛΛΗΝΙΚΗ ΔΗΜΟΚΡΑΤΙΑ", {"GRC"}),
        ("КЫРГЫЗ РЕСПУБЛИКАСЫ / КЫРГЫЗСКАЯ РЕСПУБЛИКА", {"KGZ"}),
        ("МОНГОЛ УЛС", {"MNG"}),
        ("МОНГОЛ УЛС / РОССИЯ", {"MNG", "RUS"}),
        ("МОНГОЛ УЛС ИВАНОВ", set()),
        ("МОНГОЛ УЛС / ИВАНОВ", set()),
        ("MONGOL ULS", set()),
    ],
)
def test_only_a_line_of_nothing_but_titles_is_one(text: str, codes: set[str]):
    assert find_native_titles(text) == codes


def test_title_of_another_state_explains_nothing():
    assert names_native_title("МОНГОЛ УЛС", ["MNG"])
    assert not names_native_title("МОНГОЛ УЛС", ["GRC"])
    assert not names_native_title("МОНГОЛ УЛС / РОССИЯ", ["MNG"])


@pytest.mark.parametrize("title", ["ΕΛΛΗΝΙΚΗ ΔΗΜΟΚΡΑΤΙΑ", "РОССИЙСКАЯ ФЕДЕРАЦИЯ"])
@pytest.mark.parametrize(("top", "reason"), [(5, "issuer_agrees"), (560, "unexplained_print")])
def test_document_with_the_title_of_another_state_is_referred(title: str, top: int, reason: str):
    title_line = line(title, top=top, left=500)

    verdict = judge(reading(page(more=[title_line])), today=TODAY, policy=STANDARD)

    assert verdict.reasons == (reason,)


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("RÉPUBLIQUE D'AFRIQUE DU SUD", "ZAF"),
        ("RÉPUBLIQUE DE CORÉE", "KOR"),
        ("CONFOEDERATIO HELVETICA", "CHE"),
        ("KIBRIS CUMHURİYETİ", "CYP"),
        ("REPIBLIK AYITI", "HTI"),
        ("UMBUSO WESWATINI", "SWZ"),
    ],
)
def test_titles_in_further_languages_name_their_state(title: str, code: str):
    assert find_state_names(title) == {code}
