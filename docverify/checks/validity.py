"""Checks of the dates: they exist and are in order, and the document is valid today."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

from docverify.case import Case
from docverify.checks.result import CheckResult, inconclusive, not_performed, passed_or_failed
from docverify.checks.viz_comparison import is_computed
from docverify.documents.dates import resolve_birth_date
from docverify.documents.mrz import FILLER
from docverify.documents.validity_terms import (
    FOR_LIFE,
    Term,
    compute_age,
    find_licence_term,
    find_longest_term,
)
from docverify.identities import Identity, Source
from docverify.policy import Consequence

MAX_AGE_YEARS = 120
CENTURY_YEARS = 100  # from this age on, a child may have the same YYMMDD


def check_date_valid(case: Case) -> Iterator[CheckResult]:
    """The dates of the MRZ or the barcode exist in the calendar (Doc 9303-3, 4.7)."""
    source = case.mrz_identity if case.mrz else case.barcode_identity if case.card else None
    names = [name for name in ("birth_date", "expiry_date") if _is_required(case, name)]
    if source is None or not names:
        yield not_performed("date_valid", "neither an MRZ nor a barcode with dates was read")
        return
    missing = [name for name in names if not getattr(source, name)]
    if missing == ["birth_date"] and case.mrz and FILLER in case.mrz.birth_date:
        doubt = "the birth date is incomplete"
        yield inconclusive("date_valid", doubt, source.source)
        return
    evidence = f"not a calendar date: {', '.join(missing)}"
    yield passed_or_failed("date_valid", not missing, Consequence.REFER, evidence, source.source)


def _is_required(case: Case, name: str) -> bool:
    """Return whether MRZ or barcode must have a date; a few layouts have none, or only a month."""
    if case.mrz is None or case.mrz_has(name):
        return True
    return name == "expiry_date" and "issue_month" in case.mrz.layout.parts


def check_date_order(case: Case) -> Iterator[CheckResult]:
    """Birth date, issue date and expiry date are in this order."""
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
    """The issue date is not in the future, except by one day because of time zones.

    A date from the barcode asks for a rejection, a printed date alone for a person.
    """
    issued = case.find_source("issue_date")
    if issued is None or issued.issue_date is None:
        yield not_performed("issue_date_future", "the issue date is not known", "issue_date")
        return
    is_future = issued.issue_date > _add_days(case.today, case.policy.max_issue_days_ahead)
    if is_future and case.is_doubtful(issued.source, "issue_date"):
        yield inconclusive("issue_date_future", "the issue date is in the future, or misread")
        return
    evidence = "the issue date is in the future"
    severity = _choose_consequence(issued.source)
    yield passed_or_failed("issue_date_future", not is_future, severity, evidence, issued.source)


def _choose_consequence(source: Source) -> Consequence:
    """Return what a wrong date asks for: a printed one may be next to the label of another date."""
    return Consequence.REFER if source is Source.VIZ else Consequence.REJECT


def check_validity_period(case: Case) -> Iterator[CheckResult]:
    """The document is not valid for longer than its issuer grants.

    If the issuer's rule is not known, a usual limit applies, and exceeding it is only noted. The
    same is true for licences, because published samples exceed the terms in published lists.
    """
    issued, expiry, term = case.find_date("issue_date"), _find_expiry(case), _find_term(case)
    if issued is None or expiry is None or term is None:
        why = "issue date, expiry date or kind of document is not known"
        yield not_performed("validity_period", why)
        return
    severity = Consequence.REFER if term.is_known and case.mrz else Consequence.NOTE
    evidence = f"valid for more than {term.years} years, which is the known or usual limit"
    latest = _add_days(issued, case.policy.max_excess_validity_days)
    years_before = (expiry.year - term.years, expiry.month, expiry.day)
    passes = term.years >= FOR_LIFE or years_before <= (latest.year, latest.month, latest.day)
    yield passed_or_failed("validity_period", passes, severity, evidence)


def _find_expiry(case: Case) -> date | None:
    """Return the expiry date on the document, but not one computed from the longest term."""
    if case.mrz is None or case.mrz_has("expiry_date"):
        return case.find_date("expiry_date")
    return case.barcode_identity.expiry_date or case.viz_identity.expiry_date


def _find_term(case: Case) -> Term | None:
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
    is_possible = 0 <= compute_age(case.today, born) <= MAX_AGE_YEARS
    evidence = "the birth date is in the future, or more than 120 years ago"
    yield passed_or_failed("age_plausible", is_possible, Consequence.REFER, evidence)


def check_age_below_century(case: Case) -> Iterator[CheckResult]:
    """The holder is younger than 100 years.

    An MRZ contains only two digits of the year (Doc 9303-3, 4.8), so it cannot distinguish a holder
    of 100 years or more from a child: a failure asks for a person.
    """
    born = case.find_date("birth_date")
    if born is None:
        yield not_performed("age_over_100", "the birth date is not known", "birth_date")
        return
    passes = compute_age(case.today, born) < CENTURY_YEARS
    evidence = "100 years or older, according to the birth date"
    yield passed_or_failed("age_over_100", passes, Consequence.REFER, evidence)


def check_of_age(case: Case) -> Iterator[CheckResult]:
    """The holder has reached the age that the policy requires.

    An MRZ does not contain the century: the youngest possible age counts, regardless of the printed
    date. Because the holder may be over 100, such an age asks for a rejection only if the year is
    also printed with its century. A date from the barcode asks for a rejection, a printed date
    alone for a person.
    """
    born = case.find_source("birth_date")
    if born is None or born.birth_date is None:
        yield not_performed("applicant_underage", "the birth date is not known", "birth_date")
        return
    latest = _find_latest_birth_date(case, born) or born.birth_date
    old_enough = compute_age(case.today, latest) >= case.policy.min_age
    if not old_enough and case.is_doubtful(born.source, "birth_date"):
        yield inconclusive(
            "applicant_underage",
            "the holder is too young, or the birth date was misread",
            born.source,
        )
        return
    evidence = "the holder is younger than the policy requires"
    is_certain = born.source is Source.BARCODE or _is_year_printed(case, latest)
    is_open = not old_enough and not is_certain
    severity = Consequence.REFER if is_open else _choose_consequence(born.source)
    yield passed_or_failed("applicant_underage", old_enough, severity, evidence, born.source)


def _is_year_printed(case: Case, born: date) -> bool:
    """Return whether the printed birth date is this one, with all four digits of its year."""
    printed = case.printed.get("birth_date")
    is_same = case.viz_identity.birth_date == born
    return is_same and printed is not None and str(born.year) in printed.text


def _find_latest_birth_date(case: Case, found: Identity) -> date | None:
    """Return the latest day that the birth date may mean, regardless of the printed century."""
    if found.source is not Source.MRZ or case.mrz is None:
        return found.birth_date
    return resolve_birth_date(case.mrz.birth_date, today=case.today)


def check_not_expired(case: Case) -> Iterator[CheckResult]:
    """The document is valid on the day of the decision, including its last day.

    An expiry date that was computed from the month of issue, as for old French cards, rejects a
    document only if the printed expiry date was read, too.
    """
    found = _find_first_expiry(case)
    if found is None or found.expiry_date is None:
        yield not_performed("document_expired", "the expiry date is not known", "expiry_date")
        return
    is_valid = found.expiry_date >= case.today
    if not is_valid and case.is_doubtful(found.source, "expiry_date"):
        doubt = "the expiry date has passed, or was misread"
        yield inconclusive("document_expired", doubt, found.source)
        return
    is_printed = case.viz_identity.expiry_date is not None
    if not is_valid and not is_printed and is_computed(case, found, "expiry_date"):
        doubt = "the longest term of such a document has passed; the MRZ has no expiry date"
        yield inconclusive("document_expired", doubt, found.source)
        return
    evidence = "the expiry date has passed"
    yield passed_or_failed("document_expired", is_valid, Consequence.REJECT, evidence)


def _find_first_expiry(case: Case) -> Identity | None:
    """Return the source with the earliest expiry date: MRZ or barcode, else the printed text.

    A barcode that was added to an expired document must not hide its expiry date.
    """
    dated = [each for each in case.identities if each.expiry_date is not None]
    machine = [each for each in dated if each.source is not Source.VIZ]
    return min(machine or dated, key=lambda each: each.expiry_date or case.today, default=None)


def check_expires_soon(case: Case) -> Iterator[CheckResult]:
    """The document remains valid for at least the number of days that the policy requires."""
    expiry = case.find_date("expiry_date")
    if expiry is None or expiry < case.today:
        why = "the document has expired" if expiry else "the expiry date is not known"
        yield not_performed("expiring_soon", why, "expiry_date")
        return
    days = case.policy.min_days_before_expiry
    passes = expiry >= _add_days(case.today, days)
    evidence = f"the document expires within {days} days"
    yield passed_or_failed("expiring_soon", passes, Consequence.NOTE, evidence)


def _add_days(day: date, days: int) -> date:
    return min(day, date.max - timedelta(days=days)) + timedelta(days=days)
