"""Checks of the barcode of North American licences (AAMVA DL/ID Card Design Standard, Annex D)."""

from __future__ import annotations

from collections.abc import Iterator

from docverify.case import Case
from docverify.checks.result import CheckResult, inconclusive, not_performed, passed_or_failed
from docverify.documents.aamva import AamvaCard
from docverify.documents.kinds import DocumentKind
from docverify.documents.licence_issuers import names_jurisdiction, prints_code
from docverify.documents.printed_words import split_words
from docverify.documents.states import Jurisdiction, find_state_code
from docverify.identities import Source
from docverify.layout.licence_front import list_title_texts
from docverify.policy import Consequence

MAX_YEARS_AHEAD = 1  # Issuers may use a version of the standard before it is published.
NO_CARD = "no AAMVA barcode was read"


def check_barcode_present(case: Case) -> Iterator[CheckResult]:
    """A North American licence shows its PDF417 barcode, so both sides were uploaded."""
    if not case.has_pdf417 and case.kind is not DocumentKind.AAMVA_LICENCE:
        yield not_performed("barcode_present", "only North American licences need one")
        return
    evidence = "no barcode was read: check that the back is included and sharp"
    passes = case.has_pdf417
    yield passed_or_failed(
        "barcode_present", passes, Consequence.RESUBMIT, evidence, Source.BARCODE
    )


def check_barcode_parse(case: Case) -> Iterator[CheckResult]:
    """The barcode can be parsed as that of an AAMVA licence or identity card."""
    if not case.has_pdf417:
        yield not_performed("barcode_parse", NO_CARD)
        return
    if case.card is None and case.mrz is not None:
        yield not_performed("barcode_parse", "this document may have a different kind of barcode")
        return
    evidence = "the barcode is not an AAMVA barcode"
    passes = case.card is not None
    yield passed_or_failed("barcode_parse", passes, Consequence.REFER, evidence, Source.BARCODE)


def check_barcode_structure(case: Case) -> Iterator[CheckResult]:
    """The barcode has the structure of the standard. Deviations are common and only noted.

    A version of the standard that was published more than a year after the licence was issued asks
    for a person.
    """
    if case.card is None:
        yield not_performed("barcode_structure", NO_CARD)
        return
    is_too_new = _is_version_newer_than_card(case.card)
    signs = ["the version of the standard is newer than the licence"] if is_too_new else []
    signs += [each.replace("_", " ") for each in case.card.deviations]
    if missing := case.card.missing_elements:
        signs.append(f"missing elements: {', '.join(missing)}")
    severity = Consequence.REFER if is_too_new else Consequence.NOTE
    evidence = "; ".join(signs)
    yield passed_or_failed("barcode_structure", not signs, severity, evidence, Source.BARCODE)


def _is_version_newer_than_card(card: AamvaCard) -> bool:
    if card.issue_date is None or card.edition is None:
        return False
    return card.issue_date.year < card.edition - MAX_YEARS_AHEAD


def check_issuer_of_barcode(case: Case) -> Iterator[CheckResult]:
    """The issuer number (IIN) of the barcode is assigned and matches the country and printed state.

    The state in the address is not compared, because people move.
    """
    code = "barcode_iin_matches_state"
    if case.card is None:
        yield not_performed(code, NO_CARD)
        return
    issuer = case.card.issuer
    if issuer is None:
        yield inconclusive(code, "the issuer number (IIN) is not known", Source.BARCODE)
        return
    sources = (Source.BARCODE, Source.VIZ)
    others = {case.card.country, _find_printed_country(case, issuer)} - {None, issuer.country}
    doubt = _find_doubt(case, issuer, has_other_country=bool(others))
    if doubt:
        yield inconclusive(code, doubt, *sources)
        return
    evidence = "the issuer number (IIN) belongs to another country"
    yield passed_or_failed(code, not others, Consequence.REFER, evidence, *sources)


def _find_doubt(case: Case, issuer: Jurisdiction, *, has_other_country: bool) -> str | None:
    if has_other_country:
        doubt = (
            "the issuer number (IIN) seems to belong to another country, but this is not certain"
        )
        return None if issuer.is_verified else doubt
    texts = [text for page in case.reading.pages for text in list_title_texts(page.lines)]
    is_named = names_jurisdiction(texts, issuer) or prints_code(texts, issuer)
    is_printed = not case.words or is_named
    return None if is_printed else "the issuer's name is not printed"


def _find_printed_country(case: Case, issuer: Jurisdiction) -> str | None:
    """Return the country that is printed; CA and Georgia may mean a US State."""
    printed = case.viz_identity.issuing_state or ""
    if split_words(printed) in (split_words(issuer.code), split_words(issuer.name)):
        return issuer.country
    return find_state_code(printed)
