"""Strictness of policies: a policy that is at least as strict never decides better."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from docverify.applicant import Applicant
from docverify.checks import CHECKS, CODES, CheckResult, Status
from docverify.documents.kinds import POLICY_KEYS, DocumentKind
from docverify.page import Engine, Portrait
from docverify.policy import (
    LENIENT,
    MANDATORY,
    POLICIES,
    STANDARD,
    STRICT,
    THRESHOLDS,
    Consequence,
    Policy,
    PolicyError,
)
from docverify.strictness import is_at_least_as_strict
from docverify.threshold_types import Stricter
from docverify.verdict import FROM_BEST, decide, judge
from tests.support.readings import (
    PRINTED,
    TODAY,
    aamva,
    french_card,
    licence,
    page,
    passport,
    reading,
    refused,
    td1,
    with_letter,
)
from tests.support.thoroughness import examples

KNOWN = sorted(CODES)
REFERRED = {"document_expired": Consequence.REFER}


def draw_threshold(key: str) -> st.SearchStrategy[float]:
    known = THRESHOLDS[key]
    ends = (known.least, known.most, *(getattr(each, key) for each in POLICIES.values()))
    return st.sampled_from(ends)


def try_to_change(policy: Policy, changes: dict[str, object]) -> Policy:
    """Return the changed policy, or the same one if the changes contradict each other."""
    try:
        return replace(policy, **changes)
    except PolicyError:
        return policy


CHANGES = st.fixed_dictionaries(
    {},
    optional={
        **{key: draw_threshold(key) for key in THRESHOLDS},
        "mandatory": st.builds(
            lambda more, fewer: {key: (MANDATORY[key] | more) - fewer for key in POLICY_KEYS},
            st.frozensets(st.sampled_from(KNOWN), max_size=2),
            st.frozensets(st.sampled_from(KNOWN), max_size=2),
        ),
        "consequences": st.dictionaries(
            st.sampled_from(KNOWN), st.sampled_from(Consequence), max_size=3
        ),
        "weights": st.dictionaries(st.sampled_from(KNOWN), st.floats(0, 0.2), max_size=3),
        "second_engine": st.sampled_from([None, Engine.TEXTRACT]),
    },
)
OTHERS = st.builds(try_to_change, st.sampled_from(list(POLICIES.values())), CHANGES)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Policy, Policy]:
    """Draw a policy that is at least as strict as another, and the other one."""
    other = draw(OTHERS)
    stricter = try_to_change(other, draw(one_change(other)))
    assume(is_at_least_as_strict(stricter, other))
    return stricter, other


def one_change(policy: Policy) -> st.SearchStrategy[dict[str, object]]:
    """Draw a change that often makes a policy stricter."""
    directed = {
        key: each for key, each in THRESHOLDS.items() if each.stricter is not Stricter.NEITHER
    }
    thresholds = st.sampled_from(sorted(directed)).flatmap(
        lambda key: draw_threshold(key).map(
            lambda value: {
                key: (max if directed[key].stricter is Stricter.HIGHER else min)(
                    value, getattr(policy, key)
                )
            }
        )
    )
    mandatory = st.sampled_from(KNOWN).map(
        lambda code: {"mandatory": {key: policy.mandatory[key] | {code} for key in POLICY_KEYS}}
    )
    consequences = st.tuples(st.sampled_from(KNOWN), st.sampled_from(Consequence)).map(
        lambda pair: {"consequences": {**policy.consequences, pair[0]: pair[1]}}
    )
    weights = st.tuples(st.sampled_from(KNOWN), st.floats(0, 0.2)).map(
        lambda pair: {"weights": {**policy.weights, pair[0]: pair[1]}}
    )
    return thresholds | mandatory | consequences | weights


RESULTS = st.lists(
    st.sampled_from(sorted(CHECKS, key=lambda check: check.__name__)).flatmap(
        lambda check: st.builds(
            CheckResult,
            st.sampled_from(CHECKS[check].codes),
            st.sampled_from(Status if CHECKS[check].consequences else [Status.NOT_PERFORMED]),
            st.sampled_from(CHECKS[check].consequences or [Consequence.NOTE]),
        )
    ),
    max_size=12,
)
SPELLINGS = ("MERIDIAN", "MERIDIEN", "MERIDIA", "LOUISE ANN", "OTHER")
READINGS = [
    reading(replace(each, portraits=(Portrait(each.lines[0].box, 0.9),)))
    for each in (
        page(),
        page(passport(state="UTO")),
        page(passport(expiry="250101"), {**PRINTED, "expiry_date": "01 JAN 2025"}),
        page(passport(expiry="261201"), {**PRINTED, "expiry_date": "01 DEC 2026"}),
        page(passport(birth="090412"), {**PRINTED, "birth_date": "12 APR 2009"}),
        page(passport(birth="120412"), {**PRINTED, "birth_date": "12 APR 1912"}),
        page(with_letter(passport(), 1, 9, "0")),
        page(sharpness=70),
        page(pitch=9),
        page(printed_confidence=0.5),
        page(doubtful=[(1, 3)]),
        page(td1()),
        page(td1(code="V<")),
        page(french_card()),
        licence(),
        licence(b""),
        licence(aamva(DCS="MERIDIEN")),
        *(page(printed={**PRINTED, "surname": surname}) for surname in SPELLINGS),
        page(passport(name="MARIO<<MARIA"), PRINTED | {"surname": "MARIA", "given_names": "MARIO"}),
    )
] + [reading(page(), page(passport(name="MERIDIEN<<LOUISE"))), reading(page(None)), refused()]
APPLICANTS = st.builds(
    Applicant,
    st.sampled_from([None, *(f"LOUISE {name}" for name in SPELLINGS), "L MERIDIAN", "ANNA BERG"]),
    st.sampled_from([None, TODAY]),
)


def is_no_better(stricter, other) -> bool:
    return FROM_BEST.index(stricter.outcome) >= FROM_BEST.index(other.outcome)


@given(pairs(), RESULTS, st.sampled_from(DocumentKind))
def test_stricter_policy_never_decides_better_on_any_results(pair, results, kind):
    stricter, other = pair

    assert is_no_better(decide(results, stricter, kind), decide(results, other, kind))


@examples(60)
@given(pairs(), st.sampled_from(READINGS), st.none() | APPLICANTS)
def test_stricter_policy_never_decides_better_on_any_reading(pair, document, applicant):
    given_too = {"today": TODAY, "applicant": applicant}
    first, second = (judge(document, policy=each, **given_too) for each in pair)

    assert is_no_better(first, second)


@pytest.mark.slow
@pytest.mark.parametrize("key", sorted(set(THRESHOLDS) - {"risk_threshold"}))
def test_threshold_of_a_stricter_policy_never_decides_better_on_the_readings(key):
    threshold = THRESHOLDS[key]
    values = {threshold.least, threshold.most, threshold.default, *numbers_between(threshold)}
    policies = [each for value in sorted(values) if (each := with_number(key, value))]
    for document in READINGS:
        outcomes = [judge(document, today=TODAY, policy=each) for each in policies]
        for first, better in zip(policies, outcomes, strict=True):
            for second, worse in zip(policies, outcomes, strict=True):
                if is_at_least_as_strict(first, second):
                    assert is_no_better(better, worse)


def numbers_between(threshold) -> list[float]:
    """Return numbers around the default, in steps that change what the checks find."""
    steps = [threshold.default * share for share in (0.9, 1.1, 3)]
    numbers = [round(each) if threshold.whole else each for each in steps]
    return [each for each in numbers if threshold.least <= each <= threshold.most]


def with_number(key: str, value: float) -> Policy | None:
    try:
        return replace(STANDARD, **{key: value})
    except PolicyError:
        return None


@given(OTHERS)
def test_policy_is_at_least_as_strict_as_itself(policy):
    assert is_at_least_as_strict(policy, policy)
    assert is_at_least_as_strict(policy, replace(policy, name="other", version="9", remark="x"))


@given(pairs(), st.data())
def test_strictness_is_transitive(pair, data):
    middle, weakest = pair
    strictest = try_to_change(middle, data.draw(one_change(middle)))
    assume(is_at_least_as_strict(strictest, middle))

    assert is_at_least_as_strict(strictest, weakest)


@given(pairs(), RESULTS, st.sampled_from(DocumentKind))
def test_policies_that_are_equally_strict_decide_alike(pair, results, kind):
    assume(is_at_least_as_strict(*reversed(pair)))
    one, other = pair

    assert [getattr(one, key) for key in THRESHOLDS] == [getattr(other, key) for key in THRESHOLDS]
    assert one.mandatory == other.mandatory
    assert decide(results, one, kind).outcome == decide(results, other, kind).outcome


def test_presets_are_ordered_and_the_demonstration_is_weaker_than_the_standard():
    order = {
        (one.name, other.name)
        for one in POLICIES.values()
        for other in POLICIES.values()
        if one is not other and is_at_least_as_strict(one, other)
    }

    assert order == {
        ("strict", "standard"),
        ("strict", "lenient"),
        ("strict", "demonstration"),
        ("standard", "lenient"),
        ("standard", "demonstration"),
    }


@pytest.mark.parametrize("key", THRESHOLDS)
def test_threshold_has_one_stricter_direction_or_must_be_equal(key):
    threshold = THRESHOLDS[key]
    low, high = (
        replace(STANDARD, consequences={}, weights={}, min_brightness=0, max_brightness=255)
        for _ in range(2)
    )
    low, high = replace(low, **{key: threshold.least}), replace(high, **{key: threshold.most})
    found = (is_at_least_as_strict(high, low), is_at_least_as_strict(low, high))

    assert (
        found
        == {
            Stricter.HIGHER: (True, False),
            Stricter.LOWER: (False, True),
            Stricter.NEITHER: (False, False),
        }[threshold.stricter]
    )


@pytest.mark.parametrize(
    "weaker",
    [
        pytest.param({"min_age": 17}, id="a threshold"),
        pytest.param({"mandatory": LENIENT.mandatory}, id="fewer mandatory checks"),
        pytest.param({"weights": {}}, id="a weight"),
        pytest.param({"consequences": REFERRED}, id="a consequence"),
        pytest.param({"risk_threshold": 0.31}, id="the risk"),
    ],
)
def test_policy_that_is_weaker_in_one_point_is_weaker(weaker):
    policy = replace(STANDARD, **weaker)

    assert not is_at_least_as_strict(policy, STANDARD)
    assert is_at_least_as_strict(STANDARD, policy)


def test_policies_that_are_each_stricter_in_one_point_cannot_be_compared():
    one, other = replace(STANDARD, min_age=21), replace(STANDARD, min_sharpness=90)

    assert not is_at_least_as_strict(one, other)
    assert not is_at_least_as_strict(other, one)


def test_consequence_that_the_check_has_anyway_changes_nothing():
    stated = replace(
        STANDARD, consequences={**STANDARD.consequences, "grayscale_copy": Consequence.REFER}
    )
    raised = replace(
        STANDARD, consequences={**STANDARD.consequences, "grayscale_copy": Consequence.RESUBMIT}
    )

    assert is_at_least_as_strict(stated, STANDARD)
    assert is_at_least_as_strict(STANDARD, stated)
    assert is_at_least_as_strict(raised, STANDARD)
    assert not is_at_least_as_strict(STANDARD, raised)


def test_other_second_engine_makes_policies_incomparable():
    asked = replace(STANDARD, second_engine=Engine.TEXTRACT)

    assert is_at_least_as_strict(replace(asked, min_age=21), asked)
    for other in (STANDARD, replace(asked, second_engine=Engine.GOOGLE_VISION)):
        assert not is_at_least_as_strict(asked, other)
        assert not is_at_least_as_strict(other, asked)


def test_second_engine_that_is_asked_in_other_cases_makes_policies_incomparable():
    asked, strict = (replace(each, second_engine=Engine.TEXTRACT) for each in (STANDARD, STRICT))

    assert not is_at_least_as_strict(strict, asked)
