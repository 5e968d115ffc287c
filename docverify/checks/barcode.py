"""Checks of the barcode of North American licences (AAMVA DL/ID Card Design Standard, Annex D)."""

from __future__ import annotations

from collections.abc import Iterator

from docverify.aamva import AamvaCard
from docverify.case import Case, Source
from docverify.checks.result import CheckResult, inconclusive, not_performed, passed_or_failed
from docverify.policy import Consequence, Kind
from docverify.states import state_code

NOT_ASKED = "only licences of North America have one"
NO_CARD = "no barcode of a licence was read"


def check_barcode_present(case: Case) -> Iterator[CheckResult]:
    """A licence shows its PDF417 barcode: both sides were uploaded."""
    if not case.has_pdf417 and case.kind is not Kind.LICENCE:
        yield not_performed("barcode_present", NOT_ASKED)
        return
    evidence = "no barcode was read: is the back side there, and sharp?"
    holds = case.has_pdf417
    yield passed_or_failed("barcode_present", holds, Consequence.REFER, evidence, Source.BARCODE)


def check_barcode_parse(case: Case) -> Iterator[CheckResult]:
    """The barcode says what a licence's says, in an order that can be read."""
    if not case.has_pdf417:
        yield not_performed("barcode_parse", NO_CARD)
        return
    evidence = "the barcode is none of a licence"
    holds = case.card is not None
    yield passed_or_failed("barcode_parse", holds, Consequence.REFER, evidence, Source.BARCODE)


def check_barcode_structure(case: Case) -> Iterator[CheckResult]:
    """The barcode is laid out as published: many issuers depart from it, so it is only noted.

    A version of the standard that was published after the licence was issued asks for a person.
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
    return card.issue_date.year < card.edition


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
    countries = {case.card.country, _printed_country(case)} - {None}
    wrong = [country for country in countries if country != issuer.country]
    printed = not case.words or _is_named(issuer.name, case.words)
    if not wrong and not printed:
        yield inconclusive(code, "the issuer's name is not printed", Source.BARCODE, Source.VIZ)
        return
    evidence = "the issuer's number is of another country"
    sources = (Source.BARCODE, Source.VIZ)
    yield passed_or_failed(code, not wrong, Consequence.REFER, evidence, *sources)


def _printed_country(case: Case) -> str | None:
    return state_code(case.viz.issuing_state or "")


def _is_named(name: str, words: frozenset[str]) -> bool:
    return {"".join(filter(str.isalnum, word)).upper() for word in name.split()} <= words
