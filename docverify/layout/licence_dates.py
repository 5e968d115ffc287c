"""Dates of a licence without a label: all dates together show the meaning of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import permutations

from docverify.documents.dates import build_date
from docverify.documents.validity_terms import compute_age

NAMES = ("birth_date", "issue_date", "expiry_date")
MIN_AGE_AT_ISSUE = 14
MAX_AGE_AT_ISSUE = 110
MAX_TERM_YEARS = 55  # Arizona issues until the age of 65.
AGES_WITH_OWN_DATE = (18, 19, 21)
"""Cards of young holders print the days on which they reach these ages."""

Days = Sequence[date]
"""The days that one printed date may mean."""


def assign_dates(known: Mapping[str, Days], free: Sequence[Days], *, today: date) -> dict[str, int]:
    """Return, for each field without a label, the number of the free date that it must be.

    Birth, issue and expiry are in this order, and the terms between them are plausible. A field is
    left out if more than one assignment is possible.
    """
    missing = [name for name in NAMES if name not in known]
    rest = list(_list_other_days(known, free))
    count = min(len(missing), len(rest))
    if not count:
        return {}
    possible = {
        tuple(zip(names, numbers, strict=True))
        for names in _combine(missing, count)
        for numbers in permutations(rest, count)
        if is_plausible(
            {**known, **{name: free[each] for name, each in zip(names, numbers, strict=True)}},
            today=today,
        )
    }
    return dict(possible.pop()) if len(possible) == 1 else {}


def _combine(missing: Sequence[str], count: int) -> Iterable[Sequence[str]]:
    return [names for names in permutations(missing, count) if list(names) == _in_order(names)]


def _in_order(names: Iterable[str]) -> list[str]:
    return sorted(names, key=NAMES.index)


def _list_other_days(known: Mapping[str, Days], free: Sequence[Days]) -> Iterator[int]:
    """Yield the numbers of the free dates that neither repeat another date nor mark an age.

    Cards repeat the birth date in small or raised print.
    """
    seen = [set(days) for days in known.values()]
    births = known.get("birth_date", ())
    for number, days in enumerate(free):
        is_repeated = any(own & set(days) for own in seen)
        is_age = any(day in list_days_of_ages(born) for born in births for day in days)
        if not is_repeated and not is_age:
            seen.append(set(days))
            yield number


def list_days_of_ages(born: date) -> Iterator[date]:
    """Yield the days on which a young holder reaches the ages that cards print."""
    found = (build_date(born.year + age, born.month, born.day) for age in AGES_WITH_OWN_DATE)
    return filter(None, found)


def is_plausible(dates: Mapping[str, Days], *, today: date) -> bool:
    """Return whether the dates have a meaning with a possible order and possible terms."""
    births = dates.get("birth_date", ())
    issues = dates.get("issue_date", ())
    expiries = dates.get("expiry_date", ())
    return (
        any(day < today for day in births or (date.min,))
        and any(day <= today for day in issues or (date.min,))
        and _is_possible_pair(births, issues, MIN_AGE_AT_ISSUE, MAX_AGE_AT_ISSUE)
        and _is_possible_pair(births, expiries, MIN_AGE_AT_ISSUE, MAX_AGE_AT_ISSUE)
        and _is_possible_pair(issues, expiries, 0, MAX_TERM_YEARS)
    )


def _is_possible_pair(earlier: Days, later: Days, least: int, most: int) -> bool:
    if not earlier or not later:
        return True
    return any(
        first < second and least <= compute_age(second, first) <= most
        for first in earlier
        for second in later
    )
