"""The checks: each asks questions of a case and answers with facts, never with a decision."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from types import MappingProxyType

from docverify.case import Case
from docverify.checks.agreement import COMPARED, check_sources_agree
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
    CHECK_DIGITS,
    check_mrz_confidence,
    check_mrz_digits,
    check_mrz_format,
    check_mrz_present,
)

__all__ = ["CHECKS", "CODES", "Check", "CheckResult", "Status", "run_checks"]

CHECKS: Mapping[Check, tuple[str, ...]] = MappingProxyType(
    {
        check_file: ("file_readable",),
        check_document_detected: ("document_detected",),
        check_blur: ("image_blur",),
        check_resolution: ("image_resolution",),
        check_mrz_present: ("mrz_present",),
        check_mrz_format: ("mrz_format",),
        check_mrz_confidence: ("mrz_confidence",),
        check_mrz_digits: tuple(f"mrz_check_digit_{field}" for field in CHECK_DIGITS),
        check_date_valid: ("date_valid",),
        check_date_order: ("date_order",),
        check_age: ("age_plausible",),
        check_not_expired: ("document_expired",),
        check_specimen: ("known_specimen",),
        check_sources_agree: tuple(f"viz_mrz_match_{field}" for field in COMPARED),
        check_physical_features: ("physical_security_features",),
    }
)
"""Each check with the codes of its answers; it gives every one of them for every case."""

CODES = frozenset(chain.from_iterable(CHECKS.values()))
"""All that a policy may speak of."""


def run_checks(case: Case) -> tuple[CheckResult, ...]:
    """Ask every check about the case, in their order."""
    return tuple(result for check in CHECKS for result in check(case))
