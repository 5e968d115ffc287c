"""Checks of the dates: do they exist, do they follow each other, is the document in force?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from docverify.case import Case, Source
from docverify.checks.result import CheckResult, Status, not_performed, passed_or_failed
from docverify.mrz import FILLER
from docverify.policy import Consequence

MAX_AGE_YEARS = 120


def check_date_valid(case: Case) -> Iterator[CheckResult]:
    """The dates of the zone are days of the calendar (Doc 9303-3, 4.7)."""
    if case.mrz is None:
        yield not_performed("date_valid", "no machine readable zone was read")
        return
    missing = [name for name in ("birth_date", "expiry_date") if not getattr(case.zone, name)]
    if missing == ["birth_date"] and FILLER in case.mrz.birth_date:
        unknown = "the birth date is not known in full"
        yield CheckResult(
            "date_valid", Status.INCONCLUSIVE, sources=(Source.MRZ,), evidence=unknown
        )
        return
    evidence = f"no such day: {', '.join(missing)}"
    yield passed_or_failed("date_valid", not missing, Consequence.REFER, evidence, Source.MRZ)


def check_date_order(case: Case) -> Iterator[CheckResult]:
    """Birth, issue and expiry follow in this order, and the issue is not in the future."""
    known = list(_known_days(case))
    if len(known) < 2:
        yield not_performed("date_order", "fewer than two dates are known")
        return
    wrong = [
        f"{later} is not after {earlier}"
        for (earlier, first), (later, second) in pairwise(known)
        if second <= first
    ]
    if case.viz.issue_date and case.viz.issue_date > case.today:
        wrong.append("issue_date is in the future")
    yield passed_or_failed("date_order", not wrong, Consequence.REFER, "; ".join(wrong))


def _known_days(case: Case) -> Iterator[tuple[str, date]]:
    days = {
        "birth_date": case.zone.birth_date or case.viz.birth_date,
        "issue_date": case.viz.issue_date,
        "expiry_date": case.zone.expiry_date or case.viz.expiry_date,
    }
    yield from ((name, day) for name, day in days.items() if day)


def check_age(case: Case) -> Iterator[CheckResult]:
    """The holder's age is possible: at most 120 years."""
    born = case.zone.birth_date or case.viz.birth_date
    if born is None:
        yield not_performed("age_plausible", "the birth date is not known", "birth_date")
        return
    possible = 0 <= case.today.year - born.year <= MAX_AGE_YEARS
    evidence = "not born yet, or older than 120 years"
    yield passed_or_failed("age_plausible", possible, Consequence.REFER, evidence)


def check_not_expired(case: Case) -> Iterator[CheckResult]:
    """The document is in force on the day of the judgement; the last day counts."""
    expiry = case.zone.expiry_date or case.viz.expiry_date
    if expiry is None:
        yield not_performed("document_expired", "the expiry date is not known", "expiry_date")
        return
    in_force = expiry >= case.today
    if not in_force and _expiry_confidence(case) < case.policy.min_confidence:
        doubt = "the expiry date has passed, if it was read right"
        yield CheckResult("document_expired", Status.INCONCLUSIVE, evidence=doubt)
        return
    evidence = "the expiry date has passed"
    yield passed_or_failed("document_expired", in_force, Consequence.REJECT, evidence)


def _expiry_confidence(case: Case) -> float:
    if case.zone.expiry_date:
        return case.mrz_confidence("expiry_date")
    return case.printed["expiry_date"].confidence
