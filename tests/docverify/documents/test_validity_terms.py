"""The longest terms of documents."""

from datetime import date

import pytest

from docverify.documents.kinds import DocumentKind
from docverify.documents.validity_terms import (
    ANY_AGE,
    FOR_LIFE,
    TERMS,
    Term,
    compute_age,
    compute_french_card_expiry,
    compute_russian_passport_expiry,
    find_licence_term,
    find_longest_term,
)

PASSPORT = DocumentKind.PASSPORT
CARD = DocumentKind.IDENTITY_CARD


@pytest.mark.parametrize(
    ("kind", "state", "age", "term"),
    [
        (PASSPORT, "GBR", 15, Term(5, True)),
        (PASSPORT, "GBR", 16, Term(10, True)),
        (PASSPORT, "D", 23, Term(6, True)),
        (PASSPORT, "ESP", 4, Term(2, True)),
        (PASSPORT, "ESP", None, Term(10, True)),
        (PASSPORT, "RUS", 3, Term(10, True)),
        (CARD, "ESP", 70, Term(FOR_LIFE, True)),
        (CARD, "BEL", 80, Term(30, True)),
        (CARD, "QUA", 30, Term(15, False)),
        (DocumentKind.EMERGENCY_PASSPORT, "FRA", None, Term(1, False)),
        (DocumentKind.OTHER, "FRA", None, None),
    ],
)
def test_terms_depend_on_kind_issuer_and_age(
    kind: DocumentKind, state: str, age: int | None, term: Term | None
):
    assert find_longest_term(kind, state, age) == term


def test_every_age_has_a_term():
    assert {steps[-1][0] for steps in TERMS.values()} == {ANY_AGE}
    assert [steps for steps in TERMS.values() if list(steps) != sorted(steps)] == []


@pytest.mark.parametrize(
    ("jurisdiction", "term"),
    [("AZ", Term(50, True)), ("CA", Term(5, True)), ("MP", Term(8, False)), ("ZZ", Term(8, False))],
)
def test_licences_have_the_terms_of_their_state(jurisdiction: str, term: Term):
    assert find_licence_term(jurisdiction) == term


@pytest.mark.parametrize(
    ("issue_month", "born", "expiry"),
    [
        pytest.param("1506", date(1965, 12, 6), date(2030, 6, 30), id="adult"),
        pytest.param("1506", date(2000, 12, 6), date(2025, 6, 30), id="minor"),
        pytest.param("1312", date(1965, 12, 6), date(2028, 12, 31), id="adult, then prolonged"),
        pytest.param("0401", date(1965, 12, 6), date(2019, 1, 31), id="adult, first prolonged"),
        pytest.param("0312", date(1965, 12, 6), date(2013, 12, 31), id="adult, never prolonged"),
        pytest.param("1602", None, date(2031, 2, 28), id="unknown age: the longest"),
        pytest.param("9409", date(1965, 12, 6), date(2004, 9, 30), id="last century"),
        pytest.param("9413", None, None, id="no month"),
        pytest.param("94O9", None, None, id="no number"),
    ],
)
def test_old_french_cards_expire_by_month_of_issue_and_age(
    issue_month: str, born: date | None, expiry: date | None
):
    assert compute_french_card_expiry(issue_month, born, date(2026, 11, 23)) == expiry


def test_age_increases_on_the_birthday():
    born = date(2000, 2, 29)

    assert [compute_age(date(2018, month, day), born) for month, day in ((2, 28), (3, 1))] == [
        17,
        18,
    ]


@pytest.mark.parametrize(
    ("born", "issued", "expiry"),
    [
        pytest.param(date(2010, 3, 5), date(2024, 3, 20), date(2030, 6, 3), id="until 20"),
        pytest.param(date(2000, 3, 5), date(2020, 3, 5), date(2045, 6, 3), id="at 20: until 45"),
        pytest.param(date(1980, 3, 5), date(2025, 3, 4), date(2025, 6, 3), id="at 44"),
        pytest.param(date(1980, 3, 5), date(2025, 3, 5), None, id="at 45: for life"),
        pytest.param(date(2004, 2, 29), date(2024, 3, 20), date(2049, 5, 30), id="leap day"),
        pytest.param(None, date(2025, 3, 5), None, id="unknown birth date"),
        pytest.param(date(1980, 3, 5), None, None, id="unknown day of issue"),
    ],
)
def test_russian_internal_passports_expire_by_the_age_of_the_holder(
    born: date | None, issued: date | None, expiry: date | None
):
    assert compute_russian_passport_expiry(born, issued) == expiry
