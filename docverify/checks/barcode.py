"""Checks of the barcode of North American licences (AAMVA DL/ID Card Design Standard, Annex D)."""

from __future__ import annotations

from collections.abc import Iterator

from docverify.case import Case
from docverify.checks.result import CheckResult, inconclusive, not_performed, passed_or_failed
from docverify.documents.aamva import AamvaCard
from docverify.documents.kinds import DocumentKind
from docverify.documents.printed_words import split_words
from docverify.documents.states import Jurisdiction, find_state_code
from docverify.identities import Source
from docverify.policy import Consequence

NOT_ASKED = "only licences of North America have one"
YEARS_AHEAD = 1  # Issuers know a version before it is published.
NO_CARD = "no barcode of a licence was read"


def check_barcode_present(case: Case) -> Iterator[CheckResult]:
    """A licence shows its PDF417 barcode: both sides were uploaded."""
    if not case.has_pdf417 and case.kind is not DocumentKind.AAMVA_LICENCE:
        yield not_performed("barcode_present", NOT_ASKED)
        return
    evidence = "no barcode was read: is the back side there, and sharp?"
    holds = case.has_pdf417
    yield passed_or_failed("barcode_present", holds, Consequence.RESUBMIT, evidence, Source.BARCODE)


def check_barcode_parse(case: Case) -> Iterator[CheckResult]:
    """The barcode says what a licence's says, in an order that can be read."""
    if not case.has_pdf417:
        yield not_performed("barcode_parse", NO_CARD)
        return
    if case.card is None and case.mrz is not None:
        yield not_performed("barcode_parse", "others than licences may have barcodes as well")
        return
    evidence = "the barcode is none of a licence"
    holds = case.card is not None
    yield passed_or_failed("barcode_parse", holds, Consequence.REFER, evidence, Source.BARCODE)


def check_barcode_structure(case: Case) -> Iterator[CheckResult]:
    """The barcode is laid out as published: many issuers depart from it, so it is only noted.

    A version of the standard that was published more than a year after the licence was issued asks
    for a person.
    """
    if case.card is None:
        yield not_performed("barcode_structure", NO_CARD)
        return
    early = _is_before_its_edition(case.card)
    signs = ["a version younger than the licence"] if early else []
    signs += [each.replace("_", " ") for each in case.card.deviations]
    signs += [f"without {', '.join(missing)}"] if (missing := case.card.missing_elements) else []
    severity = Consequence.REFER if early else Consequence.NOTE
    evidence = "; ".join(signs)
    yield passed_or_failed("barcode_structure", not signs, severity, evidence, Source.BARCODE)


def _is_before_its_edition(card: AamvaCard) -> bool:
    if card.issue_date is None or card.edition is None:
        return False
    return card.issue_date.year < card.edition - YEARS_AHEAD


def check_issuer_of_barcode(case: Case) -> Iterator[CheckResult]:
    """The issuer's number in the barcode is assigned, of its country, and of the printed state.

    The state of the address may be another: people move.
    """
    code = "barcode_iin_matches_state"
    if case.card is None:
        yield not_performed(code, NO_CARD)
        return
    issuer = case.card.issuer
    if issuer is None:
        yield inconclusive(code, "the issuer's number is not known", Source.BARCODE)
        return
    sources = (Source.BARCODE, Source.VIZ)
    wrong = {case.card.country, _printed_country(case, issuer)} - {None, issuer.country}
    doubt = _doubt(case, issuer, is_wrong=bool(wrong))
    if doubt:
        yield inconclusive(code, doubt, *sources)
        return
    evidence = "the issuer's number is of another country"
    yield passed_or_failed(code, not wrong, Consequence.REFER, evidence, *sources)


def _doubt(case: Case, issuer: Jurisdiction, *, is_wrong: bool) -> str | None:
    if is_wrong:
        return None if issuer.is_verified else "of another country, if the number is his"
    is_named = not case.words or split_words(issuer.name) <= case.words
    return None if is_named else "the issuer's name is not printed"


def _printed_country(case: Case, issuer: Jurisdiction) -> str | None:
    """Return the country that is printed; CA and Georgia are States of the USA as well."""
    printed = case.viz_identity.issuing_state or ""
    if split_words(printed) in (split_words(issuer.code), split_words(issuer.name)):
        return issuer.country
    return find_state_code(printed)
