"""Checks of the document against what the applicant stated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import product
from statistics import mean

from docverify.applicant import MAX_NAME_LENGTH
from docverify.case import Case
from docverify.checks.name_comparison import is_name_truncated
from docverify.checks.result import (
    CheckResult,
    Status,
    inconclusive,
    not_performed,
    passed_or_failed,
)
from docverify.documents.name_words import score_words_in_all_spellings
from docverify.documents.names import (
    MISSING_GIVEN_NAME,
    MISSING_SURNAME,
    PersonName,
    compare_names,
    split_name,
)
from docverify.documents.stated_names import has_same_words, has_stated_name
from docverify.documents.transliteration import transliterate
from docverify.identities import NAMES, Identity, Source
from docverify.policy import Consequence

MAX_SPLIT_WORDS = 8  # A longer name is split only after its first word or before its last one.
MAX_COMPARED_WORDS = 64
"""Words of the stated name, in all its meanings, that are compared in all spellings."""

NOT_GIVEN = "the applicant's {} was not given with the upload"
UNREADABLE = "the applicant's {} was given in a form that cannot be compared; give it {}"
FORMS = {
    "name": f"in letters, without invisible characters, in at most {MAX_NAME_LENGTH} characters",
    "birth_date": "as YYYY-MM-DD",
}


def check_applicant_name(case: Case) -> Iterator[CheckResult]:
    """The applicant's name is the name on the document.

    Order and spelling may differ, and middle names may be missing. A married name, a nickname,
    initials and a given name that differs in one letter need a person's decision. If the stated
    name differs or cannot be compared, the document is referred under every policy.
    """
    code = "applicant_data_match_name"
    names = dict(_collect_names(case))
    stated = case.applicant.name if case.applicant else None
    if stated is None or not names:
        yield _explain_not_compared(case, code, "name", was_given=stated is not None)
        return
    scores = {source: _score(stated, each, case) for source, each in names.items()}
    best = max(scores, key=scores.__getitem__)
    policy, sources = case.policy, (Source.APPLICANT, best)
    same = [source for source in names if _is_same(stated, source, names, case)]
    is_doubtful = all(any(case.is_doubtful(source, name) for name in NAMES) for source in names)
    if same:
        best = max(same, key=scores.__getitem__)
        yield CheckResult(code, Status.PASSED, sources=(Source.APPLICANT, best))
    elif scores[best] >= policy.min_name_resemblance:
        yield inconclusive(code, "the names are similar, but not the same", *sources)
    elif is_doubtful:
        yield inconclusive(code, "the names differ, or the document was misread", *sources)
    else:
        evidence = "the document shows a different name"
        yield passed_or_failed(code, False, Consequence.REFER, evidence, *sources)


def _collect_names(case: Case) -> Iterator[tuple[Source, tuple[PersonName, ...]]]:
    whole = case.printed.get("full_name")
    if whole and any(transliterate(whole.text)):
        yield Source.VIZ, tuple(_split_in_all_ways(whole.text))
    for each in case.identities:
        if each.surname or each.given_names:
            yield each.source, (each.name,)


def _score(stated: str, names: Sequence[PersonName], case: Case) -> float:
    truncated = bool(case.mrz and case.mrz.name_truncated)
    pairs = _choose_pairs(stated, names)
    return max(compare_names(*pair, truncated=truncated).score for pair in pairs)


def _is_same(
    stated: str, source: Source, names: Mapping[Source, Sequence[PersonName]], case: Case
) -> bool:
    """Return whether the applicant's name is that of a source, as the policy requires.

    A single name is the same only if no source has a second one.
    """
    shown = names[source]
    if not any(each.surname and each.given_names for every in names.values() for each in every):
        return any(has_same_words(stated, each.surname or each.given_names) for each in shown)
    least = case.policy.min_name_similarity
    # A name in one line does not show which word is the given name, so all words must be equal.
    min_similarity = least if len(shown) == 1 else 1.0
    truncated = _is_truncated(case, source)
    return any(
        has_stated_name(*pair, min_similarity=min_similarity, truncated=truncated)
        and compare_names(*pair, truncated=truncated).score >= least
        for pair in _choose_pairs(stated, shown)
    )


def _choose_pairs(
    stated: str, names: Sequence[PersonName]
) -> Sequence[tuple[PersonName, PersonName]]:
    """Return the pairs, of a meaning of the stated name and a printed name, to compare in full.

    For long names, these are only the pairs with the most similar words: the number of all pairs,
    each in all spellings, grows with the fourth power of the number of words.
    """
    pairs = list(product(_split_in_all_ways(stated), names))
    most = max(1, MAX_COMPARED_WORDS // max(1, len(stated.split())))
    if len(pairs) <= most:
        return pairs
    # Not kept beyond this call, because names are personal data.
    score = cache(score_words_in_all_spellings)

    def estimate(pair: tuple[PersonName, PersonName]) -> float:
        one, other = pair
        return min(
            _estimate_part(one.surname, other.surname, MISSING_SURNAME, score),
            _estimate_part(one.given_names, other.given_names, MISSING_GIVEN_NAME, score),
        )

    return sorted(pairs, key=estimate, reverse=True)[:most]


def _estimate_part(
    part: str, other: str, missing_cost: float, score: Callable[[str, str], float]
) -> float:
    """Return the mean similarity of the words of one part to the nearest words of the other.

    A missing word costs as much as in `compare_names`.
    """
    few, many = sorted((part.split(), other.split()), key=len)
    if not few:
        return 0.0
    nearest = mean(max(score(word, each) for each in many) for word in few)
    return nearest - missing_cost * (len(many) - len(few))


def _is_truncated(case: Case, source: Source) -> bool:
    if source is Source.VIZ:
        return False
    return any(is_name_truncated(case, Identity(source), name) for name in NAMES)


def _split_in_all_ways(text: str) -> Iterator[PersonName]:
    """Yield the names that a text may mean; without a comma, the surname may be first or last.

    If it were compared as a whole, equal given names would outweigh a different surname.
    """
    words = text.split()
    if "," in text or len(words) < 2:
        yield split_name(text)
        return
    for at in {*range(1, min(len(words), MAX_SPLIT_WORDS)), len(words) - 1}:
        first, last = " ".join(words[:at]), " ".join(words[at:])
        yield PersonName(last, first)
        yield PersonName(first, last)


def check_applicant_birth_date(case: Case) -> Iterator[CheckResult]:
    """The applicant's birth date is the birth date on the document.

    A different date asks for a person or, if the name differs too, for a rejection. If the stated
    date differs or cannot be compared, the document is referred under every policy.
    """
    code = "applicant_data_match_birth_date"
    holder = case.find_source("birth_date")
    stated = case.applicant.birth_date if case.applicant else None
    if stated is None or holder is None:
        yield _explain_not_compared(case, code, "birth_date", was_given=stated is not None)
        return
    if holder.birth_date == stated:
        sources = (Source.APPLICANT, holder.source)
        yield CheckResult(code, Status.PASSED, field="birth_date", sources=sources)
        return
    if case.is_doubtful(holder.source, "birth_date"):
        doubt = "the birth dates differ, or the document was misread"
        yield inconclusive(code, doubt, Source.APPLICANT)
        return
    has_other_name = any(each.status is Status.FAILED for each in check_applicant_name(case))
    severity = Consequence.REJECT if has_other_name else Consequence.REFER
    evidence = "the document shows a different birth date"
    yield passed_or_failed(code, False, severity, evidence, Source.APPLICANT, holder.source)


def _explain_not_compared(case: Case, code: str, field: str, *, was_given: bool) -> CheckResult:
    name = field.replace("_", " ")
    if case.applicant and field in case.applicant.unreadable:
        return inconclusive(code, UNREADABLE.format(name, FORMS[field]), Source.APPLICANT)
    if was_given:
        return inconclusive(code, f"the {name} was not read from the document", Source.APPLICANT)
    return not_performed(code, NOT_GIVEN.format(name), field)
