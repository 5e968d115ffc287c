"""Comparison of policies: whether one can never give a better outcome than another.

A weaker policy must not undo what a stricter one decided. If neither of two policies is at least as
strict as the other, they cannot be compared; each then counts as weaker than the other.
"""

from __future__ import annotations

from collections.abc import Iterable

from docverify.checks import CHECKS, CODES, CheckResult, Status
from docverify.documents.kinds import POLICY_KEYS
from docverify.policy import THRESHOLDS, Consequence, Policy
from docverify.threshold_types import Stricter
from docverify.verdict import FROM_BEST, decide_result

COMPARED_WITH_VIZ = ("viz_mrz_match_", "barcode_front_match_")


def is_at_least_as_strict(policy: Policy, other: Policy) -> bool:
    """Return whether no document gets a better outcome under `policy` than under `other`.

    This is true if each threshold is equal or stricter in its own direction, the mandatory checks
    of each kind include those of the other policy, each failed check asks for at least as much,
    each weight is equal or higher, and both use the same second engine. A threshold without a
    stricter direction must be equal. Name, version and remark do not count.
    """
    return (
        _has_thresholds_of(policy, other)
        and all(policy.mandatory[key] >= other.mandatory[key] for key in POLICY_KEYS)
        and all(policy.weights.get(code, 0.0) >= each for code, each in other.weights.items())
        and all(_asks_at_least(policy, other, code) for code in _list_codes(policy, other))
        and _asks_same_engine(policy, other)
    )


def _has_thresholds_of(policy: Policy, other: Policy) -> bool:
    return all(
        _is_at_least(getattr(policy, key), getattr(other, key), threshold.stricter)
        for key, threshold in THRESHOLDS.items()
    )


def _is_at_least(value: float, other: float, stricter: Stricter) -> bool:
    if stricter is Stricter.HIGHER:
        return value >= other
    return value <= other if stricter is Stricter.LOWER else value == other


def _list_codes(policy: Policy, other: Policy) -> Iterable[str]:
    """List the codes of all checks, and those that only a policy names."""
    return CODES.union(policy.consequences, other.consequences)


def _asks_at_least(policy: Policy, other: Policy, code: str) -> bool:
    """Return whether a failed check asks for at least as much under each of its consequences.

    A policy that does not override a check follows what the check asks for in each case.
    """
    return all(
        FROM_BEST.index(decide_result(failure, policy, policy.mandatory[key]))
        >= FROM_BEST.index(decide_result(failure, other, other.mandatory[key]))
        for failure in _list_failures(code)
        for key in POLICY_KEYS
    )


def _list_failures(code: str) -> Iterable[CheckResult]:
    """List a failure of a check with each consequence that the check may ask for."""
    declared = next((each for each in CHECKS.values() if code in each.codes), None)
    severities = declared.consequences if declared else tuple(Consequence)
    return (CheckResult(code, Status.FAILED, severity) for severity in severities)


def _asks_same_engine(policy: Policy, other: Policy) -> bool:
    """Return whether both policies choose the same reading for every document.

    A different engine reads different facts, so policies with different second engines cannot be
    compared. If they name the same one, it is used in the same cases only if they compare the same
    fields with the same tolerance (see `docverify.second_engine.find_doubt`).
    """
    if policy.second_engine is not other.second_engine:
        return False
    return policy.second_engine is None or (
        policy.min_name_similarity == other.min_name_similarity
        and all(_list_compared(policy, key) == _list_compared(other, key) for key in POLICY_KEYS)
    )


def _list_compared(policy: Policy, key: str) -> set[str]:
    return {code for code in policy.mandatory[key] if code.startswith(COMPARED_WITH_VIZ)}
