"""Checks of the codes for States and documents (ICAO Doc 9303-3, section 5, and 9303-4 to 7)."""

from __future__ import annotations

from collections.abc import Iterator

from docverify.case import Case
from docverify.checks.mrz import NO_MRZ
from docverify.checks.result import CheckResult, inconclusive, not_performed, passed_or_failed
from docverify.documents.kinds import has_format_of_kind
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
# Utopia is told by known_specimen.
ACCEPTED = (CodeStatus.ASSIGNED, CodeStatus.SPECIMEN)


def check_country_codes(case: Case) -> Iterator[CheckResult]:
    """Issuer and nationality are codes that are assigned (Doc 9303-3, section 5).

    A code of no State asks for a rejection, one that is withdrawn or not the standard's for a
    person.
    """
    if case.mrz is None:
        yield not_performed("country_code_valid", NO_MRZ)
        return
    wrong = dict(_wrong_codes(case.mrz))
    if wrong and case.mrz_confidence(*wrong) < case.policy.min_confidence:
        doubt = "not assigned, if it was read right"
        yield inconclusive("country_code_valid", doubt, Source.MRZ)
        return
    fantasy = CodeStatus.FANTASY in wrong.values()
    severity = Consequence.REJECT if fantasy else Consequence.REFER
    evidence = "; ".join(f"{name}: {status.value}" for name, status in wrong.items())
    yield passed_or_failed("country_code_valid", not wrong, severity, evidence, Source.MRZ)


def _wrong_codes(mrz: Mrz) -> Iterator[tuple[str, CodeStatus]]:
    issuer = find_state(mrz.issuing_state) or UNKNOWN
    if issuer.status not in ACCEPTED or not issuer.may_issue:
        yield "issuing_state", issuer.status
    if "nationality" in mrz.layout.fields:
        nation = find_state(mrz.nationality) or UNKNOWN
        if nation.status not in ACCEPTED or not nation.may_be_nationality:
            yield "nationality", nation.status


def check_document_code(case: Case) -> Iterator[CheckResult]:
    """The document code is one of the standard's (Doc 9303-4, 4.2.2.3, and parts 5 to 7)."""
    if case.mrz is None:
        yield not_performed("document_code_valid", NO_MRZ)
        return
    fact = classify_document_code(case.mrz.document_code, case.find_date("issue_date"))
    holds = fact is DocumentCodeStatus.KNOWN
    evidence = fact.value.replace("_", " ")
    yield passed_or_failed("document_code_valid", holds, Consequence.REFER, evidence, Source.MRZ)


def check_format_of_kind(case: Case) -> Iterator[CheckResult]:
    """The zone has the size that documents of this kind have: no passport book has a card's."""
    if case.mrz is None:
        yield not_performed("document_type_mrz_format", NO_MRZ)
        return
    evidence = "documents of this code have zones of another size"
    holds = has_format_of_kind(case.mrz)
    yield passed_or_failed(
        "document_type_mrz_format", holds, Consequence.REFER, evidence, Source.MRZ
    )
