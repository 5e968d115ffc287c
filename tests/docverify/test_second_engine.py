"""The choice between two engines, if a policy names a second one."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docverify.case import open_case
from docverify.page import Engine, MrzReading, Provenance, Reading, SecondReading
from docverify.policy import STANDARD
from docverify.second_engine import (
    NOT_ASKED,
    Choice,
    Doubt,
    choose_second_engine,
    find_chosen_reading,
    find_doubt,
    open_chosen_case,
)
from docverify.verdict import judge
from tests.support.readings import (
    FRONT,
    PRINTED,
    SURE,
    TODAY,
    UNSURE,
    aamva,
    french_card,
    licence,
    page,
    passport,
    refused,
    td1,
)
from tests.support.readings import reading as read

VISION = Engine.GOOGLE_VISION
POLICY = replace(STANDARD, name="second", second_engine=VISION)
LETTER = (0, 7)
UNPRINTED = {name: text for name, text in PRINTED.items() if name != "expiry_date"}
ANOTHER_DAY = {**PRINTED, "birth_date": "13 APR 1990"}
WITHOUT_LAYOUT = replace(page(), mrz=replace(page().mrz, constrained=False))
OF_NO_FORMAT = replace(page(), mrz=MrzReading(("P<UTO",), ((SURE,) * 5,), ("P<UTO",), 20))
WRONG_DIGIT = page(("P<ATAMERIDIAN<<LOUISE<ANN".ljust(44, "<"), "QX71820350" + passport()[1][10:]))


def about(reading, policy=POLICY):
    return find_doubt(open_case(reading, today=TODAY, policy=policy))


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        pytest.param(read(page()), None, id="everything was read with certainty"),
        pytest.param(read(page(td1())), None, id="a card as well"),
        pytest.param(read(page(None)), Doubt.NO_MRZ, id="no MRZ"),
        pytest.param(read(), Doubt.NO_MRZ, id="nothing at all"),
        pytest.param(read(OF_NO_FORMAT), Doubt.MRZ_UNCERTAIN, id="an MRZ of no format"),
        pytest.param(read(WITHOUT_LAYOUT), Doubt.MRZ_UNCERTAIN, id="an MRZ without layout"),
        pytest.param(read(page(doubtful=[LETTER])), Doubt.MRZ_UNCERTAIN, id="an uncertain letter"),
        pytest.param(read(page((), UNPRINTED)), Doubt.FIELD_UNREAD, id="a field that is missing"),
        pytest.param(
            read(page(printed_confidence=UNSURE)), None, id="faint printed text that agrees"
        ),
        pytest.param(
            read(page((), ANOTHER_DAY, printed_confidence=UNSURE)),
            *(Doubt.FIELD_UNREAD,),
            id="faint printed text that differs",
        ),
        pytest.param(read(page((), ANOTHER_DAY)), None, id="printed text that certainly differs"),
        pytest.param(read(page(french_card(), UNPRINTED)), None, id="an MRZ without the field"),
        pytest.param(read(licence()), None, id="a licence"),
        pytest.param(
            read(licence(front=FRONT[:-2])), None, id="a licence without fields to compare"
        ),
        pytest.param(
            read(licence(front=FRONT[:2])),
            Doubt.FIELD_UNREAD,
            id="a licence's printed text not read",
        ),
        pytest.param(read(licence(b"")), None, id="a licence without its barcode"),
        pytest.param(read(licence(aamva(), ())), Doubt.FIELD_UNREAD, id="only a licence's back"),
        pytest.param(refused(), None, id="a file that cannot be opened"),
        pytest.param(read(WRONG_DIGIT), None, id="a wrong check digit, read with certainty"),
    ],
)
def test_doubt_depends_on_confidence_not_on_failures(reading, expected):
    assert about(reading) is expected


def test_field_that_is_not_mandatory_raises_no_doubt():
    lenient = replace(POLICY, mandatory={**STANDARD.mandatory, "passport": frozenset()})

    assert about(read(page((), {})), lenient) is None


@pytest.mark.parametrize(
    ("reading", "policy", "expected"),
    [
        pytest.param(read(page(None)), POLICY, VISION, id="in doubt"),
        pytest.param(read(page()), POLICY, None, id="certain"),
        pytest.param(read(page(None)), STANDARD, None, id="no second engine"),
        pytest.param(Reading(VISION, (page(None),)), POLICY, None, id="itself"),
        pytest.param(
            replace(read(page(None)), second=SecondReading(VISION)), POLICY, None, id="read before"
        ),
        pytest.param(
            replace(read(page(None)), second=SecondReading(VISION, failure="429")),
            *(POLICY, VISION),
            id="failed before",
        ),
        pytest.param(
            replace(read(page(None)), second=SecondReading(Engine.TEXTRACT)),
            *(POLICY, VISION),
            id="another one read it",
        ),
    ],
)
def test_second_engine_is_asked_once_about_a_doubtful_reading(reading, policy, expected):
    assert choose_second_engine(reading, today=TODAY, policy=policy) is expected


def chosen(first, second=None, policy=POLICY):
    reading = replace(read(first), second=second)
    case, choice = open_chosen_case(reading, today=TODAY, policy=policy)
    return case.reading, choice


def test_without_a_second_engine_there_is_no_choice():
    reading, choice = chosen(page(None), SecondReading(VISION, (page(),)), STANDARD)

    assert (reading.engine, choice) == (Engine.LOCAL, None)


def test_certain_reading_is_checked_without_asking_the_second_engine():
    reading, choice = chosen(page())

    assert reading.engine is Engine.LOCAL
    assert choice == Choice(Engine.LOCAL, VISION, Engine.LOCAL)
    assert choice.sentence == "local was certain, google-vision was not asked."


def test_more_certain_reading_is_checked():
    reading, choice = chosen(page(None), SecondReading(VISION, (page(),)))

    assert (reading.engine, reading.pages) == (VISION, (page(),))
    assert choice == Choice(Engine.LOCAL, VISION, VISION, Doubt.NO_MRZ)
    assert choice.sentence == (
        "local was uncertain (no-zone), google-vision was asked; "
        "the reading of google-vision was checked."
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(page(None), page(None), id="not more certain"),
        pytest.param(page(doubtful=[LETTER]), page(None), id="less certain"),
    ],
)
def test_first_reading_is_checked_unless_the_second_is_more_certain(first, second):
    reading, choice = chosen(first, SecondReading(VISION, (second,)))

    assert reading.pages == (first,)
    assert choice.read_by is Engine.LOCAL


@pytest.mark.parametrize(
    ("second", "failure"),
    [
        pytest.param(SecondReading(VISION, failure="429"), "429", id="it failed"),
        pytest.param(None, NOT_ASKED, id="it was not asked"),
        pytest.param(SecondReading(Engine.TEXTRACT, (page(),)), NOT_ASKED, id="another was asked"),
    ],
)
def test_first_reading_is_checked_if_the_second_engine_read_nothing(second, failure):
    reading, choice = chosen(page(None), second)

    assert reading.engine is Engine.LOCAL
    assert choice == Choice(Engine.LOCAL, VISION, Engine.LOCAL, Doubt.NO_MRZ, failure)
    assert choice.sentence == (
        f"local was uncertain (no-zone), google-vision did not read it ({failure})."
    )


def test_provenance_is_kept_with_either_reading():
    first = replace(read(page(None)), provenance=Provenance("JPEG"))
    second = replace(first, second=SecondReading(VISION, (page(),)))

    assert open_chosen_case(second, today=TODAY, policy=POLICY)[0].reading.provenance is not None


def test_verdict_names_the_uncertain_engine_and_the_one_that_read():
    reading = replace(read(page(None)), second=SecondReading(VISION, (page(),)))

    verdict = judge(reading, today=TODAY, policy=POLICY)

    assert verdict.outcome == judge(read(page()), today=TODAY, policy=STANDARD).outcome
    assert verdict.choice.read_by is VISION
    assert f" {verdict.choice.sentence}" in verdict.summary
    assert find_chosen_reading(reading, verdict.choice).pages == (page(),)


def test_verdict_on_a_certain_reading_is_unchanged():
    sure, plain = (judge(read(page()), today=TODAY, policy=each) for each in (POLICY, STANDARD))

    assert sure.summary == plain.summary
    assert (
        find_chosen_reading(read(page()), plain.choice)
        == find_chosen_reading(read(page()), sure.choice)
        == read(page())
    )


READINGS = st.sampled_from(
    [page(), page(None), page(doubtful=[LETTER]), page((), UNPRINTED), licence(), OF_NO_FORMAT]
)


@given(READINGS, READINGS)
def test_second_reading_never_adds_to_the_doubt(first, second):
    case, choice = open_chosen_case(
        replace(read(first), second=SecondReading(VISION, (second,))), today=TODAY, policy=POLICY
    )
    ranks = [None, *Doubt]

    assert ranks.index(find_doubt(case)) <= ranks.index(about(read(first)))
    assert choice.read_by is case.reading.engine
