"""What a person may decide about a document, and for which reasons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from docverify.verdict import Outcome

Decision = Literal[Outcome.VERIFIED, Outcome.REJECTED, Outcome.RESUBMIT]
Reason = Literal[
    "details_confirmed",
    "original_seen",
    "picture_not_usable",
    "side_missing",
    "document_altered",
    "document_not_accepted",
    "document_expired",
    "not_the_applicant",
    "other",
]
"""Codes, so that no personal data gets into Prefect; only the command line accepts a free note."""

REASONS: Mapping[Decision, tuple[Reason, ...]] = {
    Outcome.VERIFIED: ("details_confirmed", "original_seen", "other"),
    Outcome.REJECTED: (
        *("document_altered", "document_not_accepted", "document_expired"),
        *("not_the_applicant", "other"),
    ),
    Outcome.RESUBMIT: ("picture_not_usable", "side_missing", "other"),
}
"""The reasons for each decision; the database allows the same ones."""


def find_problem(outcome: str, reason: str) -> str:
    """Return what is wrong with a person's decision, and what to do; empty if it is allowed."""
    allowed = {str(each): reasons for each, reasons in REASONS.items()}
    if outcome not in allowed:
        return f"the outcome must be one of {', '.join(allowed)}"
    reasons = allowed[outcome]
    if reason in reasons:
        return ""
    fitting = [each for each, others in allowed.items() if reason in others]
    instead = f", or {reason} for the outcome {' or '.join(fitting)}" if fitting else ""
    return (
        f"a decision needs a reason: for the outcome {outcome}, give one of "
        f"{', '.join(reasons)}{instead}"
    )


def describe_reasons() -> str:
    """Return which reasons each decision may have, in one sentence for a form or a help text."""
    return "; ".join(f"{outcome}: {', '.join(reasons)}" for outcome, reasons in REASONS.items())
