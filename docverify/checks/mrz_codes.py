"""Checks of the State and document codes (ICAO Doc 9303-3, section 5; 9303-4 to 9303-7)."""

from __future__ import annotations

from collections.abc import Iterator

from docverify.case import Case
from docverify.checks.mrz import NO_MRZ
from docverify.checks.result import (
    CheckResult,
    inconclusive,
    not_applicable,
    not_performed,
    passed_or_failed,
)
from docverify.documents.kinds import LICENCE_FORMATS, has_format_of_kind
from docverify.documents.mrz import Mrz
from docverify.documents.states import (
    CodeStatus,
    DocumentCodeStatus,
    State,
    classify_document_code,
    find_state,
)
from docverify.identities import Source
from docverify.policy import Consequence

UNKNOWN = State("", None, "", CodeStatus.UNKNOWN, may_issue=False, may_be_nationality=False)
# UTO (Utopia) is left to the check known_specimen.
ACCEPTED = (CodeStatus.ASSIGNED, CodeStatus.SPECIMEN)
NOT_FOR_FIELD = {
    "issuing_state": "issuing_state: the code of people or of no one, which issues no documents",
    "nationality": "nationality: the code of an issuer that has no nationals",
}
"""Evidence for codes that are assigned, but not to this field (Doc 9303-3, section 5)."""

WRONG_DOCUMENT_CODES = {
    DocumentCodeStatus.UNKNOWN_LETTER: "the first letter of the document code is not assigned",
    DocumentCodeStatus.RESERVED: "the second letter of the document code is reserved",
    DocumentCodeStatus.NOT_HARMONISED: (
        "the passport was issued when a harmonised document code was required, but has a different"
        " one"
    ),
}


def check_country_codes(case: Case) -> Iterator[CheckResult]:
    """The codes of issuing State and nationality are assigned (Doc 9303-3, section 5).

    An invented code asks for a rejection, a withdrawn, unknown or nonstandard one for a person. A
    blank nationality means that the nationality is not known.
    """
    if case.mrz is None:
        yield not_performed("country_code_valid", NO_MRZ)
        return
    wrong = dict(_find_wrong_codes(case.mrz))
    if wrong and case.mrz_confidence(*wrong) < case.policy.min_confidence:
        doubt = f"not a code that may be here, or misread: {', '.join(wrong)}"
        yield inconclusive("country_code_valid", doubt, Source.MRZ)
        return
    has_fantasy = CodeStatus.FANTASY in wrong.values()
    severity = Consequence.REJECT if has_fantasy else Consequence.REFER
    evidence = "; ".join(
        NOT_FOR_FIELD[name] if status in ACCEPTED else f"{name}: {status.value} code"
        for name, status in wrong.items()
    )
    yield passed_or_failed("country_code_valid", not wrong, severity, evidence, Source.MRZ)


def _find_wrong_codes(mrz: Mrz) -> Iterator[tuple[str, CodeStatus]]:
    issuer = find_state(mrz.issuing_state) or UNKNOWN
    if issuer.status not in ACCEPTED or not issuer.may_issue:
        yield "issuing_state", issuer.status
    if mrz.nationality:  # A few layouts have no nationality, and issuers may leave it blank.
        nation = find_state(mrz.nationality) or UNKNOWN
        if nation.status not in ACCEPTED or not nation.may_be_nationality:
            yield "nationality", nation.status


def check_document_code(case: Case) -> Iterator[CheckResult]:
    """The document code is one that Doc 9303 defines (9303-4, 4.2.2.3, and parts 5 to 7)."""
    if case.mrz is None:
        yield not_performed("document_code_valid", NO_MRZ)
        return
    if case.mrz.format in LICENCE_FORMATS:
        yield not_applicable("document_code_valid", "licences have their own codes")
        return
    status = classify_document_code(case.mrz.document_code, case.find_date("issue_date"))
    passes = status is DocumentCodeStatus.KNOWN
    evidence = WRONG_DOCUMENT_CODES.get(status, "")
    yield passed_or_failed("document_code_valid", passes, Consequence.REFER, evidence, Source.MRZ)


def check_format_of_kind(case: Case) -> Iterator[CheckResult]:
    """The MRZ has a format that documents of this kind have.

    A passport book, for example, never has the MRZ of a card.
    """
    if case.mrz is None:
        yield not_performed("document_type_mrz_format", NO_MRZ)
        return
    evidence = "documents with this document code have a different MRZ format"
    passes = has_format_of_kind(case.mrz)
    yield passed_or_failed(
        "document_type_mrz_format", passes, Consequence.REFER, evidence, Source.MRZ
    )
