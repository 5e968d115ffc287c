"""From facts to one decision."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docverify import PIPELINE_VERSION
from docverify.checks import CheckResult, Status
from docverify.documents.kinds import POLICY_KEYS
from docverify.policy import DEMONSTRATION, STANDARD, Consequence, Policy
from docverify.verdict import Outcome, decide, judge
from tests.support.check_results import EMPTY, OWN_POLICIES, RESULTS, badness, result
from tests.support.readings import PRINTED, TODAY, page, passport, reading, refused, with_letter

MANDATORY = frozenset({"date_order", "image_blur"})
OWN = Policy("own", "7", mandatory=dict.fromkeys(POLICY_KEYS, MANDATORY))


def passed(*codes: str) -> list[CheckResult]:
    return [result(Status.PASSED, code) for code in codes]


@given(st.lists(RESULTS), RESULTS, OWN_POLICIES)
def test_one_more_failed_check_never_improves_the_outcome(
    results: list[CheckResult], another: CheckResult, policy: Policy
):
    failed = replace(another, status=Status.FAILED)

    assert badness(decide([*results, failed], policy)) >= badness(decide(results, policy))


@given(st.lists(RESULTS), st.sampled_from(Status), OWN_POLICIES, st.data())
def test_check_that_fails_instead_never_improves_the_outcome(
    results: list[CheckResult], status: Status, policy: Policy, data: st.DataObject
):
    before = data.draw(RESULTS.map(lambda each: replace(each, status=status)))
    failed = replace(before, status=Status.FAILED)

    assert badness(decide([*results, failed], policy)) >= badness(
        decide([*results, before], policy)
    )


@given(st.lists(RESULTS), OWN_POLICIES, st.randoms(use_true_random=False))
def test_order_of_the_results_does_not_matter(results: list[CheckResult], policy: Policy, random):
    shuffled = list(results)
    random.shuffle(shuffled)
    first, second = decide(results, policy), decide(shuffled, policy)

    assert second == replace(first, results=tuple(shuffled))
    assert second.summary == first.summary
    assert second.applicant_message == first.applicant_message


@given(st.lists(RESULTS), OWN_POLICIES)
def test_document_is_verified_exactly_if_it_has_no_reasons(
    results: list[CheckResult], policy: Policy
):
    verdict = decide(results, policy)

    assert (verdict.outcome is Outcome.VERIFIED) == (verdict.reasons == ())


@given(st.lists(RESULTS), OWN_POLICIES)
def test_each_reason_alone_gives_the_same_outcome(results: list[CheckResult], policy: Policy):
    policy = replace(policy, weights={})
    verdict = decide(results, policy)
    reasons = policy.mandatory["unknown"] & set(verdict.reasons)
    lax = replace(policy, mandatory=dict.fromkeys(POLICY_KEYS, reasons))

    for reason in verdict.reasons:
        alone = [each for each in results if each.code == reason]
        assert decide(alone, lax).outcome is verdict.outcome


@given(st.lists(RESULTS, unique_by=lambda each: each.code), OWN_POLICIES)
def test_without_its_reasons_a_document_has_a_better_outcome(
    results: list[CheckResult], policy: Policy
):
    verdict = decide(results, policy)
    kept = [each for each in results if each.code not in verdict.reasons]
    better = decide([*kept, *passed(*verdict.reasons)], policy)

    assert verdict.outcome is Outcome.VERIFIED or badness(better) < badness(verdict)


@given(st.lists(RESULTS), OWN_POLICIES)
def test_summary_never_calls_a_document_authentic(results: list[CheckResult], policy: Policy):
    summary = decide(results, policy).summary.lower()

    assert [word for word in ("authentic", "genuine", "real", "valid") if word in summary] == []


def test_all_mandatory_checks_passed_is_verified():
    verdict = decide(passed(*MANDATORY), OWN)

    assert (verdict.outcome, verdict.reasons) == (Outcome.VERIFIED, ())


@pytest.mark.parametrize("status", [Status.INCONCLUSIVE, Status.NOT_PERFORMED])
def test_mandatory_check_without_an_answer_refers(status: Status):
    verdict = decide([result(status, "date_order"), *passed("image_blur")], OWN)

    assert (verdict.outcome, verdict.reasons) == (Outcome.REFERRED, ("date_order",))


@pytest.mark.parametrize("status", [Status.INCONCLUSIVE, Status.NOT_PERFORMED])
def test_another_check_without_an_answer_changes_nothing(status: Status):
    assert decide([result(status), *passed(*MANDATORY)], OWN).outcome is Outcome.VERIFIED


def test_missing_mandatory_checks_refer_and_are_named():
    verdict = decide([], OWN)

    assert (verdict.outcome, verdict.reasons) == (Outcome.REFERRED, ("date_order", "image_blur"))


@pytest.mark.parametrize(
    ("severity", "outcome"),
    [
        (Consequence.NOTE, Outcome.VERIFIED),
        (Consequence.REFER, Outcome.REFERRED),
        (Consequence.RESUBMIT, Outcome.RESUBMIT),
        (Consequence.REJECT, Outcome.REJECTED),
    ],
)
def test_failed_check_has_the_consequence_that_it_asks_for(severity: Consequence, outcome: Outcome):
    failed = result(Status.FAILED, severity=severity)

    assert decide([failed, *passed(*MANDATORY)], OWN).outcome is outcome


@pytest.mark.parametrize(
    ("consequence", "outcome"),
    [
        (Consequence.NOTE, Outcome.VERIFIED),
        (Consequence.REFER, Outcome.REFERRED),
        (Consequence.RESUBMIT, Outcome.RESUBMIT),
        (Consequence.REJECT, Outcome.REJECTED),
    ],
)
@pytest.mark.parametrize("severity", Consequence)
def test_policy_overrides_what_a_check_asks_for(
    severity: Consequence, consequence: Consequence, outcome: Outcome
):
    policy = replace(OWN, consequences={"own_check": consequence})
    failed = result(Status.FAILED, severity=severity)

    assert decide([failed, *passed(*MANDATORY)], policy).outcome is outcome


def test_mandatory_check_that_fails_refers_even_if_it_asks_for_nothing():
    failed = result(Status.FAILED, "date_order", Consequence.NOTE)

    assert decide([failed, *passed("image_blur")], OWN).reasons == ("date_order",)


def test_worst_consequence_decides_and_only_its_checks_are_the_reasons():
    verdict = decide(
        [
            result(Status.FAILED, "a", Consequence.REFER),
            result(Status.FAILED, "b", Consequence.REJECT),
            result(Status.FAILED, "c", Consequence.RESUBMIT),
            result(Status.FAILED, "d", Consequence.REJECT),
            result(Status.PASSED, "e", Consequence.REJECT),
        ],
        OWN,
    )

    assert (verdict.outcome, verdict.reasons) == (Outcome.REJECTED, ("b", "d"))


def test_verdict_names_its_policy_and_its_pipeline():
    verdict = decide([], OWN)

    assert (verdict.policy_name, verdict.policy_version) == ("own", "7")
    assert verdict.pipeline_version == PIPELINE_VERSION


def test_summary_counts_the_answers_and_gives_the_reasons():
    verdict = decide(
        [
            *passed("a", "b"),
            result(Status.FAILED, "c"),
            result(Status.NOT_PERFORMED, "d"),
        ],
        EMPTY,
    )

    assert verdict.summary == (
        "Referred: of 4 checks 2 passed, 1 failed, 1 not performed. Reasons: c."
    )


def test_summary_has_doubts_and_the_remark_of_the_policy():
    policy = replace(EMPTY, remark="a remark")
    verdict = decide([result(Status.INCONCLUSIVE)], policy)

    assert verdict.summary == (
        "Verified: of 1 checks 0 passed, 0 failed, 1 inconclusive, 0 not performed. (a remark)"
    )


@pytest.mark.parametrize(
    ("of", "today", "outcome", "reasons"),
    [
        pytest.param(reading(page()), TODAY, Outcome.VERIFIED, (), id="right"),
        pytest.param(
            reading(page()),
            date(2033, 9, 15),
            Outcome.REJECTED,
            ("document_expired",),
            id="expired",
        ),
        pytest.param(
            reading(page(doubtful=[(1, 35)])),
            TODAY,
            Outcome.REFERRED,
            ("mrz_confidence",),
            id="doubtful",
        ),
        pytest.param(
            reading(page(sharpness=1)), TODAY, Outcome.RESUBMIT, ("image_blur",), id="blurred"
        ),
        pytest.param(
            reading(page(passport(state="UTO"))),
            TODAY,
            Outcome.REJECTED,
            ("known_specimen",),
            id="specimen",
        ),
        pytest.param(
            reading(page(with_letter(passport(), 1, 9, "9"))),
            TODAY,
            Outcome.REJECTED,
            ("mrz_check_digit_document_number",),
            id="wrong digit",
        ),
        pytest.param(
            reading(page(printed={**PRINTED, "birth_date": "12 APR 2000"})),
            TODAY,
            Outcome.REJECTED,
            ("viz_mrz_match_birth_date",),
            id="altered printed text",
        ),
        pytest.param(
            refused(), TODAY, Outcome.RESUBMIT, ("corrupt_file", "file_readable"), id="damaged file"
        ),
    ],
)
def test_reading_gets_a_verdict(of, today: date, outcome: Outcome, reasons: tuple[str, ...]):
    verdict = judge(of, today=today, policy=STANDARD)

    assert (verdict.outcome, verdict.reasons) == (outcome, reasons)


def test_demonstration_lets_specimens_through():
    verdict = judge(reading(page(passport(state="UTO"))), today=TODAY, policy=DEMONSTRATION)

    assert verdict.outcome is Outcome.VERIFIED
    assert verdict.count(Status.FAILED) == 1
