"""A verdict as a page for people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docverify import PIPELINE_VERSION
from docverify.checks import CheckResult, Status
from docverify.documents.kinds import POLICY_KEYS
from docverify.policy import DEMONSTRATION, STANDARD, Policy
from docverify.report import STATUS_LABELS, render_verdict
from docverify.verdict import Verdict, decide, judge
from tests.support.readings import PRINTED, TODAY, page, passport, reading, refused

EMPTY = Policy("own", "7", mandatory=dict.fromkeys(POLICY_KEYS, frozenset()))


def table(verdict: Verdict) -> list[list[str]]:
    """Split the rows of the report's table into cells at every pipe, as Markdown does."""
    rows = render_verdict(verdict).splitlines()[6:]
    return [[cell.strip() for cell in row.split("|")[1:-1]] for row in rows]


def test_decision_comes_first_then_policy_and_pipeline():
    verdict = judge(reading(page()), today=TODAY, policy=DEMONSTRATION)
    decision, blank, policy, *_ = render_verdict(verdict).splitlines()

    assert decision == f"**{verdict.summary}**"
    assert blank == ""
    assert policy.startswith(f"Policy demonstration 3, pipeline {PIPELINE_VERSION}. ")
    assert policy.endswith("not that it is genuine.")


def test_text_for_the_applicant_has_a_line_of_its_own():
    verdict = judge(refused(), today=TODAY, policy=STANDARD)

    assert render_verdict(verdict).splitlines()[4] == (
        f"Text for the applicant: {verdict.applicant_message}"
    )


def test_every_check_has_a_row_with_its_answer_and_its_evidence():
    verdict = judge(reading(page()), today=TODAY, policy=STANDARD)
    heading, ruler, *rows = table(verdict)

    assert heading == ["check", "status", "evidence"]
    assert ruler == ["---"] * 3
    assert sorted(rows) == sorted(
        [f"`{each.code}`", STATUS_LABELS[each.status], each.evidence] for each in verdict.results
    )


def test_failed_checks_come_before_passed_ones():
    results = [CheckResult(f"{number}", status) for number, status in enumerate(Status)]
    shown = [row[1] for row in table(decide(results, EMPTY))[2:]]

    assert shown == ["✗ failed", "? inconclusive", "· not performed", "✓ passed"]


def test_every_status_has_a_label():
    assert set(STATUS_LABELS) == set(Status)


@pytest.mark.parametrize(
    "evidence", ["a | b", "a \\| b", "a\nb", "a\r\n| b | c |\n\n# d", "a\u2028b"]
)
def test_evidence_cannot_break_the_table(evidence: str):
    result = CheckResult("own_check", Status.FAILED, evidence=evidence)

    assert [len(row) for row in table(decide([result], EMPTY))] == [3, 3, 3]


@given(st.lists(st.text()))
def test_every_result_is_one_row_of_three_cells_whatever_its_evidence(evidence: list[str]):
    results = [CheckResult("own_check", Status.FAILED, evidence=each) for each in evidence]

    assert [len(row) for row in table(decide(results, EMPTY))] == [3] * (2 + len(evidence))


@pytest.mark.parametrize(
    "of",
    [
        pytest.param(reading(page()), id="right"),
        pytest.param(reading(page(passport(name="KESTERWIN<<PAULA"))), id="conflict"),
        pytest.param(reading(page(None)), id="no MRZ"),
        pytest.param(refused(), id="damaged file"),
    ],
)
def test_report_holds_no_value_of_the_holder(of):
    report = render_verdict(judge(of, today=TODAY, policy=STANDARD))
    values = (
        "MERIDIAN",
        "LOUISE",
        "KESTERWIN",
        "PAULA",
        "1990",
        "2033",
        PRINTED["document_number"],
    )

    assert [value for value in values if value in report] == []
