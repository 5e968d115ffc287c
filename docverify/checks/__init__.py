"""The checks: each asks questions of a case and answers with facts, never with a decision."""

from __future__ import annotations

from docverify.case import Case
from docverify.checks.agreement import check_sources_agree
from docverify.checks.picture import (
    check_blur,
    check_document_detected,
    check_file,
    check_physical_features,
    check_resolution,
)
from docverify.checks.result import Check, CheckResult, Status
from docverify.checks.specimen import check_specimen
from docverify.checks.validity import (
    check_age,
    check_date_order,
    check_date_valid,
    check_not_expired,
)
from docverify.checks.zone import (
    check_mrz_confidence,
    check_mrz_digits,
    check_mrz_format,
    check_mrz_present,
)

__all__ = ["CHECKS", "Check", "CheckResult", "Status", "run_checks"]

CHECKS: tuple[Check, ...] = (
    check_file,
    check_document_detected,
    check_blur,
    check_resolution,
    check_mrz_present,
    check_mrz_format,
    check_mrz_confidence,
    check_mrz_digits,
    check_date_valid,
    check_date_order,
    check_age,
    check_not_expired,
    check_specimen,
    check_sources_agree,
    check_physical_features,
)


def run_checks(case: Case) -> tuple[CheckResult, ...]:
    """Ask every check about the case, in their order."""
    return tuple(result for check in CHECKS for result in check(case))
