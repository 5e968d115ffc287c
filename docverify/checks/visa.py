"""The check that a visa comes with the passport of its holder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from docverify.case import Case, open_case
from docverify.checks.mrz import check_mrz_digits
from docverify.checks.result import (
    CheckResult,
    Status,
    inconclusive,
    not_applicable,
    passed_or_failed,
)
from docverify.checks.source_agreement import check_mrz_agrees
from docverify.documents.kinds import PASSPORTS, DocumentKind
from docverify.identities import Source
from docverify.layout.visas import separate_visas
from docverify.page import Page
from docverify.policy import Consequence

CODE = "visa_with_passport"


def check_visa_with_passport(case: Case) -> Iterator[CheckResult]:
    """A visa comes with the passport of its holder, because a visa alone does not prove identity.

    The passport's MRZ must be in the same file (Doc 9303-7 has no composite check digit for visas).
    If it is, the passport is checked as the document, and the visa must agree with it: its check
    digits, its printed text and its holder's birth date.
    """
    if case.kind is DocumentKind.VISA:
        evidence = "a visa alone does not prove an identity: the passport is missing"
        yield passed_or_failed(CODE, False, Consequence.RESUBMIT, evidence, Source.MRZ)
        return
    visas = [_open_visa(case, page) for page in separate_visas(case.reading.pages)]
    if not visas or case.kind not in PASSPORTS:
        yield not_applicable(CODE, "the file shows no visa")
        return
    found = {status for visa in visas for status in _check_visa(case, visa)}
    if Status.FAILED not in found and Status.INCONCLUSIVE in found:
        yield inconclusive(CODE, "the visa differs from the passport, or was misread", Source.MRZ)
        return
    evidence = "the visa contradicts itself, or the passport"
    passes = Status.FAILED not in found
    yield passed_or_failed(CODE, passes, Consequence.REFER, evidence, Source.MRZ)


def _open_visa(case: Case, page: Page) -> Case:
    reading = replace(case.reading, pages=(page,))
    return open_case(reading, today=case.today, policy=case.policy)


def _check_visa(case: Case, visa: Case) -> Iterator[Status]:
    """Yield the results for the visa alone, and whether it has the same holder as the passport."""
    for check in (check_mrz_digits, check_mrz_agrees):
        yield from (result.status for result in check(visa))
    born, known = visa.mrz_identity.birth_date, case.mrz_identity.birth_date
    if born and known and born != known:
        yield Status.INCONCLUSIVE if visa.is_doubtful(Source.MRZ, "birth_date") else Status.FAILED
