"""Checks of document numbers and national identity numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from docverify.case import Case
from docverify.checks.result import CheckResult, Status, not_performed, passed_or_failed
from docverify.documents.document_numbers import (
    FormatMatch,
    check_licence_number,
    check_passport_number,
    is_placeholder_number,
    is_placeholder_text,
)
from docverify.documents.kinds import PASSPORTS
from docverify.documents.national_numbers import NationalNumber, find_national_numbers
from docverify.policy import Consequence


def check_number_format(case: Case) -> Iterator[CheckResult]:
    """The document number has a format that its issuer is known to give out.

    Formats change, so a passport's is only noted; a licence's asks for a person.
    """
    fact, severity = _format(case)
    if fact is FormatMatch.UNKNOWN:
        why = "no format of this issuer's numbers is known"
        yield not_performed("document_number_format", why, "document_number")
        return
    evidence = "none of the issuer's known formats"
    holds = fact is FormatMatch.MATCHES
    yield passed_or_failed("document_number_format", holds, severity, evidence)


def _format(case: Case) -> tuple[FormatMatch, Consequence]:
    number = case.barcode_identity.document_number
    issuer = case.card.issuer if case.card else None
    if number and issuer:
        return check_licence_number(number, issuer.code, issuer.country), Consequence.REFER
    if case.kind in PASSPORTS and case.mrz_identity.document_number:
        state = case.mrz_identity.issuing_state or ""
        return check_passport_number(case.mrz_identity.document_number, state), Consequence.NOTE
    return FormatMatch.UNKNOWN, Consequence.NOTE


def check_placeholders(case: Case) -> Iterator[CheckResult]:
    """Number and name are none that people type who have none: 123456789, TEST, Lorem ipsum."""
    if not case.identities:
        yield not_performed("placeholder_data", "nothing was read that could be compared")
        return
    numbers = [each.document_number for each in case.identities if each.document_number]
    names = [text for each in case.identities for text in (each.surname, each.given_names) if text]
    found = any(map(is_placeholder_number, numbers)) or any(map(is_placeholder_text, names))
    evidence = "a number or name as of one who fills in a form to try it"
    sources = tuple(each.source for each in case.identities)
    yield passed_or_failed("placeholder_data", not found, Consequence.REFER, evidence, *sources)


def check_national_number(case: Case) -> Iterator[CheckResult]:
    """The national number on the document holds, and tells the same birth date and sex.

    Published specimens break these rules and readers misread: wrong digits are only noted.
    """
    found = _numbers(case)
    if not found:
        why = "no national number of this issuer was found"
        for rule in ("check_digit", "birth_date_match", "sex_match"):
            yield not_performed(f"national_number_{rule}", why)
        return
    valid = [each for each in found if each.valid]
    yield passed_or_failed(
        "national_number_check_digit",
        bool(valid),
        Consequence.NOTE,
        "its check digits do not hold",
    )
    yield _agrees(case, "birth_date", [each.birth_dates for each in valid])
    yield _agrees(case, "sex", [(each.sex,) for each in valid if each.sex])


def _numbers(case: Case) -> Sequence[NationalNumber]:
    mrz, printed = case.mrz, case.printed.get("national_number")
    return find_national_numbers(
        case.issuing_state,
        optional_data=(mrz.optional_data, mrz.optional_data_2) if mrz else (),
        document_number=case.mrz_identity.document_number,
        printed=(printed.text,) if printed else (),
    )


def _agrees(case: Case, field: str, meanings: Sequence[Sequence[object]]) -> CheckResult:
    code = f"national_number_{field}_match"
    known = case.find_source(field)
    told = [each for each in meanings if each]
    if known is None or not told:
        return not_performed(code, "the number or the document does not tell it", field)
    holds = any(getattr(known, field) in each for each in told)
    status = Status.PASSED if holds else Status.FAILED
    evidence = "" if holds else f"the number tells another {field.replace('_', ' ')}"
    return CheckResult(code, status, Consequence.REFER, field, (known.source,), evidence)
