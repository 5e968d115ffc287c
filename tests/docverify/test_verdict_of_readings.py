"""From readings to one decision."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docverify.checks import CODES as CHECKED
from docverify.checks import CheckResult, Status
from docverify.documents.kinds import DocumentKind
from docverify.identities import Identity, Source
from docverify.policy import LENIENT, POLICIES, STANDARD, STRICT, WEIGHTS, Consequence, Policy
from docverify.verdict import Outcome, decide, judge
from tests.support.check_results import (
    ALL_RESULTS,
    EMPTY,
    NOTHING,
    ONE,
    OWN_POLICIES,
    RESULTS,
    badness,
    result,
)
from tests.support.readings import (
    PRINTED,
    TODAY,
    french_card,
    page,
    passport,
    reading,
    refused,
    with_letter,
)


@pytest.mark.parametrize(
    ("of", "sources"),
    [
        pytest.param(reading(page()), [Source.MRZ, Source.VIZ], id="both"),
        pytest.param(reading(page(None)), [Source.VIZ], id="only printed text"),
        pytest.param(reading(page(printed={})), [Source.MRZ], id="only the MRZ"),
        pytest.param(refused(), [], id="neither"),
    ],
)
def test_verdict_has_the_identities_that_are_not_empty(of, sources: list[Source]):
    identities = judge(of, today=TODAY, policy=STANDARD).identities

    assert [each.source for each in identities] == sources


def test_repr_of_a_verdict_has_no_values():
    verdict = judge(reading(page()), today=TODAY, policy=STANDARD)

    assert verdict.identities != ()
    assert "MERIDIAN" not in repr(verdict)
    assert repr(verdict) == repr(replace(verdict, identities=(Identity(Source.VIZ),)))


def test_reasons_are_sorted_and_named_once():
    results = [result(Status.FAILED, code) for code in ("b", "c", "a", "b")]

    assert decide(results, EMPTY).reasons == ("a", "b", "c")


@given(ALL_RESULTS, st.sampled_from(DocumentKind))
def test_strict_is_never_better_than_standard_and_standard_never_better_than_lenient(
    results: list[CheckResult], kind: DocumentKind
):
    lenient, standard, strict = (
        badness(decide(results, policy, kind)) for policy in (LENIENT, STANDARD, STRICT)
    )

    assert lenient <= standard <= strict


READINGS = st.builds(
    lambda lines, doubtful, birth, confidence, sharpness, pitch: reading(
        page(
            lines,
            {**PRINTED, "birth_date": birth},
            doubtful=doubtful,
            printed_confidence=confidence,
            sharpness=sharpness,
            pitch=pitch,
        )
    ),
    st.sampled_from(
        [
            passport(),
            passport(name="MERIDIAM<<LOUISE<ANN"),
            passport(sex="M", expiry="200101"),
            with_letter(passport(), 1, 9, "9"),
            with_letter(passport(), 1, 43, "9"),
            None,
        ]
    ),
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 43)), max_size=2),
    st.sampled_from(["12 APR 1990", "12 APR 2000", "31 FEB 1990"]),
    st.sampled_from([0.5, 0.99]),
    st.sampled_from([10.0, 50.0, 80.0, 900.0]),
    st.sampled_from([5.0, 7.0, 9.0, 20.0]),
)


@given(READINGS)
def test_presets_keep_their_order_for_readings_too(of):
    """Their thresholds change the results of the checks."""
    lenient, standard, strict = (
        badness(judge(of, today=TODAY, policy=policy)) for policy in (LENIENT, STANDARD, STRICT)
    )

    assert lenient <= standard <= strict


def test_each_kind_of_document_has_its_own_mandatory_checks():
    policy = replace(EMPTY, mandatory={**NOTHING, "visa": frozenset({"date_order"})})

    assert decide([], policy, DocumentKind.VISA).reasons == ("date_order",)
    assert decide([], policy, DocumentKind.PASSPORT).outcome is Outcome.VERIFIED


def test_small_signs_refer_together_and_not_alone():
    policy = replace(EMPTY, weights={"a": 0.2, "b": 0.2}, risk_threshold=0.3)
    a, b = (result(Status.FAILED, code, Consequence.NOTE) for code in "ab")
    both = decide([a, b], policy)

    assert decide([a, a], policy).outcome is Outcome.VERIFIED
    assert (both.outcome, both.reasons) == (Outcome.REFERRED, ("a", "b"))
    assert both.risk == pytest.approx(1 - 0.8 * 0.8)
    assert both.summary.endswith("Reasons: a, b. Risk 0.36.")


def test_doubt_is_half_a_failure():
    policy = replace(EMPTY, weights={"a": 0.4})
    doubt = [result(Status.INCONCLUSIVE, "a"), result(Status.NOT_PERFORMED, "a")]

    assert decide(doubt, policy).risk == pytest.approx(0.2)


@given(st.lists(RESULTS), OWN_POLICIES)
def test_risk_alone_never_rejects(results: list[CheckResult], policy: Policy):
    noted = [replace(each, severity=Consequence.NOTE) for each in results]
    lax = replace(policy, consequences={}, mandatory=NOTHING)

    assert decide(noted, lax).outcome in (Outcome.VERIFIED, Outcome.REFERRED)


@given(ALL_RESULTS, st.sampled_from(list(POLICIES.values())), st.text(min_size=4))
def test_text_for_the_applicant_has_no_code_and_no_evidence(
    results: list[CheckResult], policy: Policy, evidence: str
):
    bare = decide(results, policy)
    told = decide([replace(each, evidence=evidence) for each in results], policy)

    assert told.applicant_message == bare.applicant_message
    assert [code for code in CHECKED if code in told.applicant_message] == []


@pytest.mark.parametrize("consequence", [Consequence.REFER, Consequence.REJECT])
def test_text_for_the_applicant_does_not_depend_on_the_findings(consequence: Consequence):
    told = {
        decide([result(Status.FAILED, code, consequence)], EMPTY).applicant_message
        for code in CHECKED
    }

    assert len(told) == 1


@pytest.mark.parametrize(
    ("codes", "advice"),
    [
        pytest.param(["file_readable"], "without a password", id="locked"),
        pytest.param(["image_blur"], "sharp", id="blurred"),
        pytest.param(["image_resolution"], "larger", id="small"),
        pytest.param(["document_detected"], "the whole side", id="cut"),
        pytest.param(["known_specimen"], "in a clear photo of the whole original", id="other"),
        pytest.param(
            ["image_resolution", "image_blur", "known_specimen"],
            "held still and in focus; in a larger photo, taken from closer.",
            id="several",
        ),
    ],
)
def test_applicant_gets_advice_for_a_new_upload(codes: list[str], advice: str):
    failed = [result(Status.FAILED, code, Consequence.RESUBMIT) for code in codes]

    assert advice in decide(failed, EMPTY).applicant_message


def test_every_weight_of_the_presets_leaves_one_doubt_alone():
    """A doubt about a check that is not mandatory has no consequence by itself."""
    assert max(WEIGHTS.values()) / 2 <= STANDARD.risk_threshold


def test_kind_of_document_is_found_in_its_mrz():
    kinds = [
        judge(each, today=TODAY, policy=STANDARD).kind for each in (reading(page()), refused())
    ]

    assert kinds == [DocumentKind.PASSPORT, DocumentKind.UNKNOWN]


def test_field_that_a_layout_never_has_is_not_missing():
    """The old French card has no expiry date, so it has no check digit and no match for it."""
    number, lines = "120675101234", french_card()
    printed = {**PRINTED, "document_number": number, "issue_date": "15 JUN 2012"}
    del printed["expiry_date"]
    card = reading(page(lines, printed))

    assert judge(card, today=TODAY, policy=STANDARD).outcome is Outcome.VERIFIED
    too_late = judge(card, today=date(2027, 7, 1), policy=STANDARD)
    assert (too_late.outcome, too_late.reasons) == (Outcome.REFERRED, ("document_expired",))


def test_field_of_the_mrz_that_is_not_printed_is_missing():
    printed = {name: text for name, text in PRINTED.items() if name != "expiry_date"}
    verdict = judge(reading(page(printed=printed)), today=TODAY, policy=STANDARD)

    assert verdict.reasons == ("viz_mrz_match_expiry_date",)


def test_mrz_without_names_is_referred_because_they_cannot_be_compared():
    """The MRZ of ISO/IEC 18013-2 has a number only: other printed names would pass."""
    lines = ("D1NLD15094962111659VV51CQ4D2F0",)
    card = reading(page(lines, {**PRINTED, "document_number": "5094962111"}))
    verdict = judge(card, today=TODAY, policy=STANDARD)

    assert verdict.outcome is Outcome.REFERRED
    assert {"viz_mrz_match_surname", "viz_mrz_match_birth_date"} <= {*verdict.reasons}


@pytest.mark.parametrize("status", [Status.FAILED, Status.INCONCLUSIVE, Status.NOT_PERFORMED])
def test_mandatory_check_is_missed_only_if_it_applies(status: Status):
    missed = result(status, "date_order", Consequence.NOTE)
    outcomes = [decide([replace(missed, applies=each)], ONE).outcome for each in (True, False)]

    assert outcomes == [Outcome.REFERRED, Outcome.VERIFIED]
