"""Checks that the sources (VIZ, MRZ and barcode) agree with each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations

from rapidfuzz.distance import Levenshtein

from docverify.case import Case
from docverify.checks.number_comparison import MIN_NUMBER_DIGITS
from docverify.checks.result import CheckResult, Status, not_applicable, not_performed
from docverify.checks.viz_comparison import compare_with_viz, is_computed
from docverify.documents.dates import parse_dates
from docverify.documents.kinds import DocumentKind
from docverify.documents.names import is_partial_name, score_name
from docverify.documents.transliteration import is_latin
from docverify.documents.value_shapes import has_latin_letters
from docverify.documents.visas import is_uniform_visa
from docverify.identities import NAMES, Identity, Source
from docverify.layout.printed_states import (
    OWN_NATIONALS,
    find_other_state,
    has_foreign_holder,
    is_state_printed,
)
from docverify.layout.state_names import begins_like_state, find_words_like_state
from docverify.policy import Consequence

COMPARED: Mapping[str, Consequence] = {
    "document_number": Consequence.REJECT,
    "birth_date": Consequence.REJECT,
    "expiry_date": Consequence.REJECT,
    "surname": Consequence.REJECT,
    "given_names": Consequence.REFER,
    "sex": Consequence.REFER,
    "nationality": Consequence.REFER,
    "issuing_state": Consequence.REFER,
}
"""The fields of both MRZ and VIZ, each with what a certain conflict asks for."""

IN_BARCODE: Mapping[str, Consequence] = {
    "document_number": Consequence.REJECT,
    "birth_date": Consequence.REJECT,
    "expiry_date": Consequence.REJECT,
    "issue_date": Consequence.REFER,
    "surname": Consequence.REJECT,
    "given_names": Consequence.REFER,
    "sex": Consequence.REFER,
}
"""The fields of both the barcode and the VIZ of a licence."""

SOURCE_NAMES = {Source.MRZ: "MRZ", Source.BARCODE: "barcode"}
MIN_READ = 0.5  # confidence: few texts are misread as names
OPEN = (Status.NOT_PERFORMED, Status.INCONCLUSIVE)
UNAMBIGUOUS = ("document_number", "birth_date", "expiry_date")


def check_mrz_agrees(case: Case) -> Iterator[CheckResult]:
    """The printed value and the MRZ agree (Doc 9303-3, 4.6 for names).

    A different number, date or surname asks for a rejection, any other difference for a person. A
    nationality that is not the issuer's own must be printed, because States issue passports and
    identity cards to their own people (Doc 9303-3, section 5); and if the State of the MRZ is not
    printed at all, that of others is not either.
    """
    for field, severity in COMPARED.items():
        result = _compare(case, case.mrz_identity, field, severity, "viz_mrz_match")
        is_open = result.status in OPEN and field in MISSING_STATES
        if is_open and (evidence := MISSING_STATES[field](case)):
            result = replace(result, status=Status.FAILED, evidence=evidence)
        yield result


def _find_missing_nationality(case: Case) -> str:
    """Return why the nationality of the MRZ differs from the printed one; empty if it may not."""
    if find_other_state(case):
        return "another State's code or people is printed, and not that of the MRZ"
    nation, issuer = case.mrz_identity.nationality, case.mrz_identity.issuing_state
    if not has_foreign_holder(case) or nation is None or is_state_printed(case, nation, issuer):
        return ""
    printed = case.viz_identity.nationality or ""
    if case.kind is DocumentKind.RESIDENCE_PERMIT and not printed:
        return ""  # Permits may print the country of birth only, as those of the USA do.
    is_readable = has_latin_letters(printed) or not printed
    alike = " ".join(find_words_like_state(printed, nation, issuer or ""))
    if not is_readable or begins_like_state(alike, nation) or _is_misread_code(printed, nation):
        return ""
    return "the nationality of the MRZ differs from its issuer, and no printed word for it is known"


def _is_misread_code(printed: str, code: str) -> bool:
    """Return whether a word is a code of three letters with one of them misread."""
    words = (word for word in printed.upper().split() if len(word) == len(code) > 1)
    return any(Levenshtein.distance(word, code) <= 1 for word in words)


def _find_missing_issuer(case: Case) -> str:
    """Return why the issuer of the MRZ differs from the printed one; empty if they may agree."""
    issuer, nation = case.mrz_identity.issuing_state, case.mrz_identity.nationality
    is_of_nationals = case.kind in OWN_NATIONALS and has_foreign_holder(case)
    if not is_of_nationals or issuer is None or is_state_printed(case, issuer, nation):
        return ""
    return "the issuer of the MRZ differs from the nationality, and is not printed"


MISSING_STATES = {
    "nationality": _find_missing_nationality,
    "issuing_state": _find_missing_issuer,
}


def check_barcode_agrees(case: Case) -> Iterator[CheckResult]:
    """The printed value and the barcode of a licence agree (AAMVA standard, Annex D).

    A different number, birth or expiry date or surname asks for a rejection, any other difference
    for a person.
    """
    for field, severity in IN_BARCODE.items():
        yield _compare(case, case.barcode_identity, field, severity, "barcode_front_match")


def _compare(
    case: Case, machine: Identity, field: str, severity: Consequence, prefix: str
) -> CheckResult:
    code = f"{prefix}_{field}"
    if is_computed(case, machine, field):
        why = "the MRZ of this document does not have the field; its value was computed"
        return not_applicable(code, why, field)
    status = compare_with_viz(case, machine, field)
    if code == "viz_mrz_match_given_names" and case.mrz and not case.mrz_has(field):
        return not_applicable(code, "the MRZ of this document has no given names", field)
    if code == "viz_mrz_match_birth_date" and _lacks_birth_date(case, status):
        return not_applicable(code, "visas of the uniform format print no birth date", field)
    name = SOURCE_NAMES[machine.source]
    evidence = {
        Status.PASSED: "",
        Status.FAILED: f"printed value and {name} differ",
        Status.INCONCLUSIVE: f"printed value and {name} differ, or one of them was misread",
        Status.NOT_PERFORMED: f"not found both as a printed value and in the {name}",
    }
    sources = (machine.source, Source.VIZ)
    return CheckResult(code, status, severity, field, sources, evidence[status])


def _lacks_birth_date(case: Case, status: Status) -> bool:
    """Return whether the birth date is missing because the format of the visa does not print it."""
    is_uniform = case.mrz is not None and is_uniform_visa(case.mrz)
    return is_uniform and status is Status.NOT_PERFORMED


def check_viz_agrees(case: Case) -> Iterator[CheckResult]:
    """A field that is printed several times, on one or more pages, always has the same value."""
    if not case.printed:
        yield not_performed("viz_values_agree", "no labelled field was read")
        return
    conflicts = [name for name in UNAMBIGUOUS if _has_conflict(case, name)]
    conflicts += [name for name in NAMES if _has_other_name(case, name)]
    status = Status.FAILED if conflicts else Status.PASSED
    evidence = f"printed with different values: {', '.join(conflicts)}" if conflicts else ""
    sources = (Source.VIZ,)
    yield CheckResult("viz_values_agree", status, sources=sources, evidence=evidence)


def _has_conflict(case: Case, name: str) -> bool:
    """Return whether several certain values of a field were read.

    Not every text next to a label is a value, so each must look like one.
    """
    if name not in case.printed:
        return False
    value = case.printed[name]
    certain = [
        each.text
        for each in (value, *value.others)
        if each.confidence >= case.policy.min_confidence
    ]
    is_value = _is_number if name == "document_number" else parse_dates
    return sum(map(bool, map(is_value, certain))) > 1


def _has_other_name(case: Case, name: str) -> bool:
    """Return whether two different names are printed, unless a misreading explains it.

    A text with digits is not a name, a name in another script is a transliteration, and a text that
    was read badly may be a label.
    """
    value = case.printed.get(name)
    read = [each for each in (value, *value.others) if each.confidence >= MIN_READ] if value else []
    texts = [each.text for each in read]
    names = [each for each in texts if is_latin(each) and not any(map(str.isdigit, each))]
    least = case.policy.min_name_resemblance
    return any(
        score_name(one, other, truncated=False) < least and not is_partial_name(one, other)
        for one, other in combinations(names, 2)
    )


def _is_number(text: str) -> bool:
    return text.isascii() and sum(each.isdigit() for each in text) >= MIN_NUMBER_DIGITS
