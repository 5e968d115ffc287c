"""The checks against what the applicant stated."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from docverify.applicant import Applicant, parse_applicant
from docverify.checks.applicant import check_applicant_birth_date, check_applicant_name
from docverify.documents import name_words
from docverify.documents.names import PersonName, compare_names
from docverify.identities import Source
from docverify.page import Page
from docverify.policy import POLICIES, STANDARD, Consequence, Policy
from docverify.verdict import Outcome, judge
from tests.support.check_rows import (
    FAILED,
    INCONCLUSIVE,
    NOT_PERFORMED,
    NOTHING,
    PASSED,
    REFER,
    REJECT,
    Row,
    assert_complete,
    assert_holds,
    params,
)
from tests.support.readings import (
    PRINTED,
    TODAY,
    UNSURE,
    aamva,
    licence,
    line,
    page,
    passport,
    reading,
    results,
)

NAME, BIRTH = "applicant_data_match_name", "applicant_data_match_birth_date"
BORN, OTHER_DAY = date(1990, 4, 12), date(1990, 4, 13)
WHOLE = page(None, {}, more=[line("Name: LOUISE ANN MERIDIAN", top=0)])
FOREIGN = page(None, {}, more=[line("Name: 张三", top=0)])
NAME_PLACES = [(0, column) for column in range(5, 44)]


def named(name: str) -> Applicant:
    return Applicant(name=name)


def row(why, status, name: str | None, of: Page, asks=None) -> Row:
    return Row(why, NAME, status, of, asks, TODAY, named(name) if name else None)


def born(why, status, day: date | None, of: Page, asks=None, name=None) -> Row:
    return Row(why, BIRTH, status, of, asks, TODAY, Applicant(name=name, birth_date=day))


ANSWERS = [
    row("the same", PASSED, "Louise Ann Meridian", page()),
    row("surname first", PASSED, "Meridian, Louise Ann", page()),
    row("no middle name", PASSED, "Louise Meridian", page()),
    row("a title", PASSED, "Dr. Louise Ann Meridian", page()),
    row("of a barcode", PASSED, "Louise Ann Meridian", licence()),
    row("as printed", PASSED, "Renée Müller", page(
        passport(name="MUELLER<<RENEE"), {**PRINTED, "surname": "MÜLLER", "given_names": "RENÉE"}
    )),
    row("printed in one line", PASSED, "Louise Ann Meridian", WHOLE),
    row("a married name", INCONCLUSIVE, "Louise Ann Kesterwin", page()),
    row("a nickname", INCONCLUSIVE, "Lou Meridian", page()),
    row("initials", INCONCLUSIVE, "L M", page()),
    row("an initial and the surname", INCONCLUSIVE, "L Meridian", page()),
    row("an initial of a middle name", PASSED, "Louise A. Meridian", page()),
    row("a surname that the MRZ alone has", INCONCLUSIVE, "Meridian", page(
        passport(name="MERIDIAN")
    )),
    row("the only name", PASSED, "Meridian", page(passport(name="MERIDIAN"), {})),
    row("another next to the only name", INCONCLUSIVE, "Louise Meridian", page(
        passport(name="MERIDIAN"), {}
    )),
    row("a given name with another letter", INCONCLUSIVE, "Louisa Ann Meridian", page()),
    row("a short surname with another letter", INCONCLUSIVE, "Louise Liu", page(
        passport(name="LI<<LOUISE"), {}
    )),
    row("a long surname with another letter", PASSED, "Louise Meridiam", page()),
    row("another in one line", INCONCLUSIVE, "Louisa Ann Meridian", WHOLE),
    row("a double name", PASSED, "Louise Meridian-Kesterwin", page()),
    row("many given names", PASSED, "A B C D E F G H Meridian", page(
        passport(name="MERIDIAN<<A<B<C<D<E<F<G<H"), {}
    )),
    row("a name alone", INCONCLUSIVE, "Meridian", page()),
    row("blanks", FAILED, " ", page()),
    row("another", FAILED, "Paula Wyckham", page(), REFER),
    row("another in a barcode", FAILED, "Paula Wyckham", licence()),
    row("another, misread", INCONCLUSIVE, "Paula Wyckham", page(
        printed={}, doubtful=NAME_PLACES
    )),
    row("another, misread in print", INCONCLUSIVE, "Paula Wyckham", page(
        None, printed_confidence=UNSURE
    )),
    row("not given", NOT_PERFORMED, None, page()),
    row("no name read", INCONCLUSIVE, "Louise Ann Meridian", NOTHING),
    row("no Latin name", INCONCLUSIVE, "Louise Ann Meridian", FOREIGN),
    Row("unreadable", NAME, INCONCLUSIVE, page(), applicant=Applicant(unreadable=("name",))),
    Row("only a day given", NAME, NOT_PERFORMED, page(), applicant=Applicant(birth_date=BORN)),
    born("the same", PASSED, BORN, page()),
    born("of a barcode", PASSED, BORN, licence()),
    born("another", FAILED, OTHER_DAY, page(), REFER),
    born("another, of another name", FAILED, OTHER_DAY, page(), REJECT, "Paula Wyckham"),
    born("another, of the same name", FAILED, OTHER_DAY, page(), REFER, "Louise Meridian"),
    born("another, misread", INCONCLUSIVE, OTHER_DAY, page(doubtful=[(1, 13)])),
    born("not given", NOT_PERFORMED, None, page()),
    born("not read", INCONCLUSIVE, BORN, NOTHING),
    Row("unreadable", BIRTH, INCONCLUSIVE, page(), applicant=Applicant(unreadable=("birth_date",))),
    Row("nothing given", BIRTH, NOT_PERFORMED, page()),
]  # fmt: skip


@pytest.mark.parametrize("row", params(ANSWERS))
def test_check_gives_the_expected_result(row: Row):
    assert_holds(row)


def test_table_covers_every_result():
    assert_complete(ANSWERS, check_applicant_name, check_applicant_birth_date)


def likeness(surname: str, given_names: str) -> float:
    return compare_names(
        PersonName(surname, given_names), PersonName("MERIDIAN", "LOUISE ANN")
    ).score


@pytest.mark.parametrize(
    ("more", "status"), [(0.0, PASSED), (0.0001, INCONCLUSIVE)], ids=["as alike", "less alike"]
)
def test_name_as_similar_as_the_policy_requires_is_the_same(more: float, status):
    policy = replace(STANDARD, min_name_similarity=likeness("Meridiam", "Louise") + more)
    answers = results(reading(page()), policy=policy, applicant=named("Louise Meridiam"))

    assert answers[NAME].status is status


@pytest.mark.parametrize(
    ("more", "status"), [(0.0, INCONCLUSIVE), (0.0001, FAILED)], ids=["as alike", "less alike"]
)
def test_name_as_similar_as_the_lower_threshold_may_be_the_same(more: float, status):
    given = "Louise Ann Kesterwin"
    policy = replace(STANDARD, min_name_resemblance=likeness("Kesterwin", "Louise Ann") + more)
    answers = results(reading(page()), policy=policy, applicant=named(given))

    assert answers[NAME].status is status


def test_most_similar_source_is_named():
    of = reading(page(printed={**PRINTED, "surname": "KESTERWIN"}))
    answers = results(of, applicant=named("Louise Ann Kesterwin"))

    assert answers[NAME].sources == (Source.APPLICANT, Source.VIZ)


def test_name_truncated_in_a_barcode_is_the_same_name():
    of = reading(licence(aamva(DCS="MERID", DDE="T"), ()))

    assert results(of, applicant=named("Louise Ann Meridian"))[NAME].status is PASSED


NOTED = replace(
    STANDARD,
    consequences={**STANDARD.consequences, **dict.fromkeys((NAME, BIRTH), Consequence.NOTE)},
)


@pytest.mark.parametrize("policy", [*POLICIES.values(), NOTED], ids=[*POLICIES, "noted"])
@pytest.mark.parametrize(
    ("name", "day", "reason"),
    [
        pytest.param("Paula Wyckham", None, NAME, id="another name"),
        pytest.param("Louise Ann Kesterwin", None, NAME, id="a similar name"),
        pytest.param("Louise\u200b Meridian", None, NAME, id="an invisible character"),
        pytest.param("x" * 201, None, NAME, id="a name that is too long"),
        pytest.param(None, "1990-04-13", BIRTH, id="another day"),
        pytest.param(None, "12.04.1990", BIRTH, id="a day in another form"),
    ],
)
def test_applicant_data_that_does_not_match_refers_under_every_policy(
    policy: Policy, name: str | None, day: str | None, reason: str
):
    verdict = judge(
        reading(page()), today=TODAY, policy=policy, applicant=parse_applicant(name, day)
    )

    assert (verdict.outcome, verdict.reasons) == (Outcome.REFERRED, (reason,))


def test_unreadable_applicant_data_names_the_field_and_the_form():
    of = reading(page())
    name = results(of, applicant=parse_applicant("4711", None))[NAME].evidence
    day = results(of, applicant=parse_applicant(None, "02.04.1957"))[BIRTH].evidence

    assert "name" in name
    assert "at most 200 characters" in name
    assert "birth date" in day
    assert "YYYY-MM-DD" in day


ACCENTED = "ÄÖÜÄ ÖÜÄÖ ÜÄÖÜ ÅØÆÅ ÑÄÖÜ ÄÖÜÑ ÖÜÑÄ ÜÑÄÖ"


@pytest.mark.parametrize("given", [ACCENTED, " ".join(reversed(ACCENTED.split())), "ÄÖÜ " * 40])
def test_work_for_long_names_with_many_spellings_is_bounded(given, monkeypatch):
    """Compared in all their meanings and spellings, eight words each took four million scores."""
    compared = Counter()
    score_words = name_words.score_words

    def count(*pair, truncated):
        compared["words"] += 1
        return score_words(*pair, truncated=truncated)

    monkeypatch.setattr(name_words, "score_words", count)
    of = reading(page(None, {}, more=[line(f"Name: {ACCENTED[:-1]}X", top=0)]))

    assert results(of, applicant=Applicant(given.strip()[:200], None, ()))[NAME]
    assert 0 < compared["words"] < 400_000


def test_long_names_in_another_order_are_still_the_same():
    words = "MARÍA JOSÉ DE LA CRUZ GARCÍA MUÑOZ"
    of = reading(page(None, {}, more=[line(f"Name: {words}", top=0)]))
    turned = "GARCÍA MUÑOZ MARÍA JOSÉ DE LA CRUZ"

    assert results(of, applicant=Applicant(turned, None, ()))[NAME].status is PASSED
