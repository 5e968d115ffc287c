"""Checks of the dates: do they exist, do they follow each other, is the document in force?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

from docverify.case import Case
from docverify.checks.result import CheckResult, inconclusive, not_performed, passed_or_failed
from docverify.documents.mrz import FILLER
from docverify.documents.validity_terms import (
    FOR_LIFE,
    Term,
    compute_age,
    find_licence_term,
    find_longest_term,
)
from docverify.identities import Source
from docverify.policy import Consequence

MAX_AGE_YEARS = 120


def check_date_valid(case: Case) -> Iterator[CheckResult]:
    """The dates of zone or barcode are days of the calendar (Doc 9303-3, 4.7)."""
    source = case.mrz_identity if case.mrz else case.barcode_identity if case.card else None
    names = [name for name in ("birth_date", "expiry_date") if _is_asked(case, name)]
    if source is None or not names:
        yield not_performed("date_valid", "neither a zone nor a barcode with dates was read")
        return
    missing = [name for name in names if not getattr(source, name)]
    if missing == ["birth_date"] and case.mrz and FILLER in case.mrz.birth_date:
        doubt = "the birth date is not known in full"
        yield inconclusive("date_valid", doubt, source.source)
        return
    evidence = f"no such day: {', '.join(missing)}"
    yield passed_or_failed("date_valid", not missing, Consequence.REFER, evidence, source.source)


def _is_asked(case: Case, name: str) -> bool:
    """Whether zone or barcode must tell a date; a few layouts have none, or part of one."""
    if case.mrz is None or case.mrz_has(name):
        return True
    return name == "expiry_date" and "issue_month" in case.mrz.layout.parts


def check_date_order(case: Case) -> Iterator[CheckResult]:
    """Birth, issue and expiry follow in this order."""
    names = ("birth_date", "issue_date", "expiry_date")
    known = [(name, day) for name in names if (day := case.find_date(name))]
    if len(known) < 2:
        yield not_performed("date_order", "fewer than two dates are known")
        return
    wrong = [
        f"{later} is not after {earlier}"
        for (earlier, first), (later, second) in pairwise(known)
        if second <= first
    ]
    yield passed_or_failed("date_order", not wrong, Consequence.REFER, "; ".join(wrong))


def check_issue_in_past(case: Case) -> Iterator[CheckResult]:
    """The document was issued already; a day is allowed for the sake of time zones.

    A barcode of the future asks for a rejection, a printed date alone for a person.
    """
    issued = case.find_source("issue_date")
    if issued is None or issued.issue_date is None:
        yield not_performed("issue_date_future", "the issue date is not known", "issue_date")
        return
    future = issued.issue_date > _later(case.today, case.policy.max_issue_days_ahead)
    if future and case.is_doubtful(issued.source, "issue_date"):
        yield inconclusive("issue_date_future", "in the future, if it was read right")
        return
    evidence = "the issue date is in the future"
    severity = _certainty(issued.source)
    yield passed_or_failed("issue_date_future", not future, severity, evidence, issued.source)


def _certainty(source: Source) -> Consequence:
    """Ask for a person where print alone tells: its label may be that of another date."""
    return Consequence.REFER if source is Source.VIZ else Consequence.REJECT


def check_validity_period(case: Case) -> Iterator[CheckResult]:
    """The document is valid for no longer than its issuer is known to grant.

    Where no rule of the issuer is known, a usual bound stands, and passing it is only noted; so it
    is for licences, whose issuers' published samples pass what lists say of their terms.
    """
    issued, expiry, term = case.find_date("issue_date"), _said_expiry(case), _term(case)
    if issued is None or expiry is None or term is None:
        why = "issue date, expiry date and kind of document are needed"
        yield not_performed("validity_period", why)
        return
    severity = Consequence.REFER if term.is_known and case.mrz else Consequence.NOTE
    evidence = f"valid for more than the {term.years} years that are known or usual"
    latest = _later(issued, case.policy.max_excess_validity_days)
    years_before = (expiry.year - term.years, expiry.month, expiry.day)
    holds = term.years >= FOR_LIFE or years_before <= (latest.year, latest.month, latest.day)
    yield passed_or_failed("validity_period", holds, severity, evidence)


def _said_expiry(case: Case) -> date | None:
    """Return the day that is written somewhere, and not reckoned from the longest term."""
    reckoned = case.mrz is not None and not case.mrz_has("expiry_date")
    return (
        case.barcode_identity.expiry_date or case.viz_identity.expiry_date
        if reckoned
        else case.find_date("expiry_date")
    )


def _term(case: Case) -> Term | None:
    issuer = case.card.issuer if case.card else None
    if issuer:
        return find_licence_term(issuer.code)
    if case.mrz is None:
        return None
    born, issued = case.find_date("birth_date"), case.find_date("issue_date")
    age = compute_age(issued, born) if born and issued else None
    return find_longest_term(case.kind, case.mrz.issuing_state, age)


def check_age(case: Case) -> Iterator[CheckResult]:
    """The holder's age is possible: at most 120 years."""
    born = case.find_date("birth_date")
    if born is None:
        yield not_performed("age_plausible", "the birth date is not known", "birth_date")
        return
    possible = 0 <= compute_age(case.today, born) <= MAX_AGE_YEARS
    evidence = "not born yet, or older than 120 years"
    yield passed_or_failed("age_plausible", possible, Consequence.REFER, evidence)


def check_of_age(case: Case) -> Iterator[CheckResult]:
    """The holder is as old as the policy asks of an applicant.

    What zone or barcode tells asks for a rejection, a printed date alone for a person.
    """
    born = case.find_source("birth_date")
    if born is None or born.birth_date is None:
        yield not_performed("applicant_underage", "the birth date is not known", "birth_date")
        return
    old_enough = compute_age(case.today, born.birth_date) >= case.policy.min_age
    if not old_enough and case.is_doubtful(born.source, "birth_date"):
        yield inconclusive("applicant_underage", "too young, if it was read right", born.source)
        return
    evidence, severity = "the holder is younger than the policy asks", _certainty(born.source)
    yield passed_or_failed("applicant_underage", old_enough, severity, evidence, born.source)


def check_not_expired(case: Case) -> Iterator[CheckResult]:
    """The document is in force on the day of the judgement; the last day counts."""
    found = case.find_source("expiry_date")
    if found is None or found.expiry_date is None:
        yield not_performed("document_expired", "the expiry date is not known", "expiry_date")
        return
    in_force = found.expiry_date >= case.today
    if not in_force and case.is_doubtful(found.source, "expiry_date"):
        doubt = "the expiry date has passed, if it was read right"
        yield inconclusive("document_expired", doubt, found.source)
        return
    evidence = "the expiry date has passed"
    yield passed_or_failed("document_expired", in_force, Consequence.REJECT, evidence)


def check_expires_soon(case: Case) -> Iterator[CheckResult]:
    """The document stays in force for as long as the policy asks."""
    expiry = case.find_date("expiry_date")
    if expiry is None or expiry < case.today:
        why = "it has expired" if expiry else "the expiry date is not known"
        yield not_performed("expiring_soon", why, "expiry_date")
        return
    days = case.policy.min_days_before_expiry
    holds = expiry >= _later(case.today, days)
    evidence = f"expires within {days} days"
    yield passed_or_failed("expiring_soon", holds, Consequence.NOTE, evidence)


def _later(day: date, days: int) -> date:
    return min(day, date.max - timedelta(days=days)) + timedelta(days=days)
