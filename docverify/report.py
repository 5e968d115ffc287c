"""A verdict as a Markdown page: codes and statuses, never a value of a person."""

from __future__ import annotations

from docverify.checks import Status
from docverify.verdict import Verdict

STATUS_LABELS = {
    Status.FAILED: "✗ failed",
    Status.INCONCLUSIVE: "? inconclusive",
    Status.NOT_PERFORMED: "· not performed",
    Status.PASSED: "✓ passed",
}
"""Labels of the statuses, most important for a reviewer first."""


def render_verdict(verdict: Verdict, drawing: str = "") -> str:
    """Write the decision in one line, the drawing, the text for the applicant, and the checks."""
    rows = (
        f"| `{result.code}` | {STATUS_LABELS[result.status]} | {_format_cell(result.evidence)} |"
        for result in sorted(
            verdict.results, key=lambda each: list(STATUS_LABELS).index(each.status)
        )
    )
    return "\n".join(
        (
            f"**{verdict.summary}**",
            "",
            *([drawing, ""] if drawing else []),
            f"Policy {verdict.policy_name} {verdict.policy_version}, "
            f"pipeline {verdict.pipeline_version}. "
            "Passed checks mean that the document is consistent, not that it is genuine.",
            "",
            f"Text for the applicant: {verdict.applicant_message}",
            "",
            "| check | status | evidence |",
            "| --- | --- | --- |",
            *rows,
        )
    )


def _format_cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "&#124;")
