"""The check for published sample documents."""

from __future__ import annotations

from collections.abc import Iterator

from docverify.case import Case, Identity
from docverify.checks.result import CheckResult, not_performed, passed_or_failed
from docverify.mrz import Mrz
from docverify.numbers import has_specimen_name, is_specimen_card
from docverify.policy import Consequence
from docverify.tables import table

SPECIMEN_STATE = "UTO"  # Doc 9303-3, section 5: Utopia stands for no State


def check_specimen(case: Case) -> Iterator[CheckResult]:
    """The document is no published sample: not of state UTO, no known number, no SPECIMEN word.

    A certain sign asks for a rejection; a shared number, name or word alone, for a person.
    """
    if not case.identities:
        yield not_performed("known_specimen", "nothing was read that could be compared")
        return
    certain = list(_certain_signs(case))
    signs = certain or list(_possible_signs(case))
    severity = Consequence.REJECT if certain else Consequence.REFER
    machine = (case.zone, case.barcode) if certain else case.identities
    sources = tuple(each.source for each in machine if each in case.identities)
    yield passed_or_failed("known_specimen", not signs, severity, "; ".join(signs), *sources)


def _certain_signs(case: Case) -> Iterator[str]:
    mrz, card = case.mrz, case.barcode
    if mrz and SPECIMEN_STATE in (mrz.issuing_state, mrz.nationality):
        yield "state UTO stands for no State"
    documents = table("specimens")["documents"]
    if mrz and [mrz.issuing_state, mrz.document_number, mrz.surname] in documents:
        yield "state, number and surname are those of a published specimen"
    issuer = case.card.issuer_id if case.card else ""
    if is_specimen_card(issuer, card.document_number or "", card.surname or ""):
        yield "issuer, number and surname are those of a published barcode"


def _possible_signs(case: Case) -> Iterator[str]:
    specimens = table("specimens")
    if case.mrz and _number(case.mrz) in [row[:2] for row in specimens["documents"]]:
        yield "state and number are those of a published specimen"
    if any(map(_has_specimen_name, case.identities)):
        yield "the name is one that issuers print on samples"
    if case.words & set(specimens["words"]):
        yield "a word that marks samples is printed on it"


def _number(mrz: Mrz) -> list[str]:
    return [mrz.issuing_state, mrz.document_number]


def _has_specimen_name(identity: Identity) -> bool:
    return has_specimen_name(identity.surname or "", identity.given_names or "")
