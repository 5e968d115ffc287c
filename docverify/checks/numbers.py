"""Checks of document numbers and national identity numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from docverify.case import Case
from docverify.checks.result import (
    CheckResult,
    Status,
    inconclusive,
    not_performed,
    passed_or_failed,
)
from docverify.documents.document_numbers import (
    FormatMatch,
    check_licence_number,
    check_passport_number,
    is_placeholder_number,
    is_placeholder_text,
)
from docverify.documents.kinds import PASSPORTS
from docverify.documents.name_words import is_absent_name
from docverify.documents.national_numbers import NationalNumber, find_national_numbers
from docverify.identities import Source
from docverify.policy import Consequence


def check_number_format(case: Case) -> Iterator[CheckResult]:
    """The document number has a format that the issuer is known to use.

    Formats change, so a failure is only noted for a passport; for a licence it asks for a person.
    If the number was not read with certainty, the result is inconclusive, because the real number
    may have the right format.
    """
    match, severity, source = _check_format(case)
    if match is FormatMatch.UNKNOWN:
        why = "the formats of this issuer's numbers are not known"
        yield not_performed("document_number_format", why, "document_number")
        return
    evidence = "the document number has none of the issuer's known formats"
    passes = match is FormatMatch.MATCHES
    if not passes and case.is_doubtful(source, "document_number"):
        yield inconclusive("document_number_format", f"{evidence}, or was misread", source)
        return
    yield passed_or_failed("document_number_format", passes, severity, evidence)


def _check_format(case: Case) -> tuple[FormatMatch, Consequence, Source]:
    number = case.barcode_identity.document_number
    issuer = case.card.issuer if case.card else None
    if number and issuer:
        match = check_licence_number(number, issuer.code, issuer.country)
        return match, Consequence.REFER, Source.BARCODE
    number, state = case.mrz_identity.document_number, case.mrz_identity.issuing_state or ""
    is_passport = case.kind in PASSPORTS and number
    match = check_passport_number(str(number), state) if is_passport else FormatMatch.UNKNOWN
    return match, Consequence.NOTE, Source.MRZ


def check_placeholders(case: Case) -> Iterator[CheckResult]:
    """The number and the name are not placeholders such as 123456789, TEST or Lorem ipsum."""
    if not case.identities:
        yield not_performed("placeholder_data", "no field was read")
        return
    numbers = [each.document_number for each in case.identities if each.document_number]
    stated = (text for each in case.identities for text in (each.surname, each.given_names) if text)
    names = [text for text in stated if not is_absent_name(text)]
    found = any(map(is_placeholder_number, numbers)) or any(map(is_placeholder_text, names))
    evidence = "the document number or a name is a placeholder"
    sources = tuple(each.source for each in case.identities)
    yield passed_or_failed("placeholder_data", not found, Consequence.REFER, evidence, *sources)


def check_national_number(case: Case) -> Iterator[CheckResult]:
    """The national number has correct check digits, and matches the holder's birth date and sex.

    Wrong check digits are only noted, because published specimens have them and digits may be
    misread.
    """
    found = _find_numbers(case)
    if not found:
        why = "no national identity number of this issuer was found"
        for rule in ("check_digit", "birth_date_match", "sex_match"):
            yield not_performed(f"national_number_{rule}", why)
        return
    valid = [each for each in found if each.valid]
    yield passed_or_failed(
        "national_number_check_digit",
        bool(valid),
        Consequence.NOTE,
        "the check digits of the national identity number are wrong",
    )
    yield _compare(case, "birth_date", [each.birth_dates for each in valid])
    yield _compare(case, "sex", [(each.sex,) for each in valid if each.sex])


def _find_numbers(case: Case) -> Sequence[NationalNumber]:
    mrz, printed = case.mrz, case.printed.get("national_number")
    return find_national_numbers(
        case.issuing_state,
        optional_data=(mrz.optional_data, mrz.optional_data_2) if mrz else (),
        document_number=case.mrz_identity.document_number,
        printed=(printed.text,) if printed else (),
    )


def _compare(case: Case, field: str, meanings: Sequence[Sequence[object]]) -> CheckResult:
    code = f"national_number_{field}_match"
    known = case.find_source(field)
    stated = [each for each in meanings if each]
    name = field.replace("_", " ")
    if known is None or not stated:
        return not_performed(code, f"the {name} is missing in the number or the document", field)
    passes = any(getattr(known, field) in each for each in stated)
    status = Status.PASSED if passes else Status.FAILED
    evidence = "" if passes else f"the national identity number has a different {name}"
    return CheckResult(code, status, Consequence.REFER, field, (known.source,), evidence)
