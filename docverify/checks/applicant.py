"""Checks of the document against what the applicant said of themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from docverify.case import Case
from docverify.checks.result import (
    CheckResult,
    Status,
    inconclusive,
    not_performed,
    passed_or_failed,
)
from docverify.documents.names import PersonName, compare_names, split_name
from docverify.documents.transliteration import transliterate
from docverify.identities import NAMES, Source
from docverify.policy import Consequence

MAX_WORDS = 8  # Before or after so many, a name is parted.
NOT_GIVEN = "the applicant's {} was not given with the upload"
UNREADABLE = "the applicant's {} was given in no form that can be compared"


def check_applicant_name(case: Case) -> Iterator[CheckResult]:
    """The applicant's name is that of the document; married names and nicknames need a person."""
    code = "applicant_data_match_name"
    names = dict(_names(case))
    given = case.applicant.name if case.applicant else None
    if given is None or not names:
        yield _not_compared(case, code, "name", given is not None)
        return
    scores = {source: _likeness(given, each, case) for source, each in names.items()}
    best = max(scores, key=scores.__getitem__)
    policy, sources = case.policy, (Source.APPLICANT, best)
    doubtful = all(_is_doubtful_name(case, source) for source in names)
    if scores[best] >= policy.min_name_similarity:
        yield CheckResult(code, Status.PASSED, sources=sources)
    elif scores[best] >= policy.min_name_resemblance:
        yield inconclusive(code, "the names are alike, not the same", *sources)
    elif doubtful:
        yield inconclusive(code, "another name, if it was read right", *sources)
    else:
        evidence = "the document is of another name"
        yield passed_or_failed(code, False, Consequence.REFER, evidence, *sources)


def _names(case: Case) -> Iterator[tuple[Source, tuple[PersonName, ...]]]:
    whole = case.printed.get("full_name")
    if whole and any(transliterate(whole.text)):
        yield Source.VIZ, tuple(_partings(whole.text))
    for each in case.identities:
        if each.surname or each.given_names:
            yield each.source, (each.name,)


def _is_doubtful_name(case: Case, source: Source) -> bool:
    return any(case.is_doubtful(source, name) for name in NAMES)


def _likeness(given: str, names: Sequence[PersonName], case: Case) -> float:
    truncated = bool(case.mrz and case.mrz.name_truncated)
    pairs = product(_partings(given), names)
    return max(compare_names(*pair, truncated=truncated).score for pair in pairs)


def _partings(text: str) -> Iterator[PersonName]:
    """Yield the names that a text may mean; without a comma, surname last or first.

    Compared as a whole, the given names would outweigh another surname.
    """
    words = text.split()
    if "," in text or len(words) < 2:
        yield split_name(text)
        return
    for at in range(1, min(len(words), MAX_WORDS)):
        first, last = " ".join(words[:at]), " ".join(words[at:])
        yield PersonName(last, first)
        yield PersonName(first, last)


def check_applicant_birth_date(case: Case) -> Iterator[CheckResult]:
    """The applicant's birth date is that of the document.

    Another day asks for a person; with another name as well, for a rejection.
    """
    code = "applicant_data_match_birth_date"
    holder = case.find_source("birth_date")
    given = case.applicant.birth_date if case.applicant else None
    if given is None or holder is None:
        yield _not_compared(case, code, "birth_date", given is not None)
        return
    if holder.birth_date == given:
        sources = (Source.APPLICANT, holder.source)
        yield CheckResult(code, Status.PASSED, field="birth_date", sources=sources)
        return
    if case.is_doubtful(holder.source, "birth_date"):
        yield inconclusive(code, "another day, if it was read right", Source.APPLICANT)
        return
    another = any(each.status is Status.FAILED for each in check_applicant_name(case))
    severity = Consequence.REJECT if another else Consequence.REFER
    evidence = "the document has another birth date"
    yield passed_or_failed(code, False, severity, evidence, Source.APPLICANT, holder.source)


def _not_compared(case: Case, code: str, field: str, was_given: bool) -> CheckResult:
    if case.applicant and field in case.applicant.unreadable:
        return inconclusive(code, UNREADABLE.format(field), Source.APPLICANT)
    why = "the document does not tell" if was_given else NOT_GIVEN.format(field)
    return not_performed(code, why, field)
