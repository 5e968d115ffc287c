"""A verdict as a page for people: codes and statuses, never a value of a person."""

from __future__ import annotations

from docverify.checks import Status
from docverify.verdict import Verdict

STATUS_LABELS = {
    Status.FAILED: "✗ failed",
    Status.INCONCLUSIVE: "? inconclusive",
    Status.NOT_PERFORMED: "· not performed",
    Status.PASSED: "✓ passed",
}
"""In the order in which people want to see them."""


def render_verdict(verdict: Verdict) -> str:
    """Write the decision on one line, what an applicant may be told, then the table of checks."""
    rows = (
        f"| `{result.code}` | {STATUS_LABELS[result.status]} | {_cell(result.evidence)} |"
        for result in sorted(
            verdict.results, key=lambda each: list(STATUS_LABELS).index(each.status)
        )
    )
    return "\n".join(
        (
            f"**{verdict.summary}**",
            "",
            f"Policy {verdict.policy_name} {verdict.policy_version}, "
            f"pipeline {verdict.pipeline_version}. "
            "Passed checks are consistent with a genuine document; they do not prove one.",
            "",
            f"The applicant may be told: {verdict.applicant_message}",
            "",
            "| check | status | evidence |",
            "| --- | --- | --- |",
            *rows,
        )
    )


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "&#124;")
