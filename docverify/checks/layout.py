"""Checks of the document as a whole: its kind, issuer, portrait and remaining printed text."""

from __future__ import annotations

from collections.abc import Iterator

from docverify.case import Case
from docverify.checks.result import (
    CheckResult,
    inconclusive,
    not_applicable,
    not_performed,
    passed_or_failed,
)
from docverify.documents.kinds import DocumentKind
from docverify.documents.titles import TitleKind
from docverify.identities import Source
from docverify.layout.frame import find_frame
from docverify.layout.identification import (
    find_printed_issuers,
    find_printed_jurisdictions,
    find_titles,
    find_titles_outside_labels,
    has_holder,
    has_issuer,
    has_large_title,
    has_title_of_other_jurisdiction,
    has_title_of_other_state,
    list_labelled_fields,
)
from docverify.layout.printed_states import SAME_ISSUER
from docverify.layout.sides import find_document_portraits
from docverify.policy import Consequence

MIN_LABELS = 3  # different fields whose labels make a page an identity document
CARD_TITLES = {TitleKind.IDENTITY_CARD, TitleKind.RESIDENCE_PERMIT, TitleKind.LICENCE}
TITLES_BY_POLICY_KEY = {
    "passport": {TitleKind.PASSPORT},
    "visa": {TitleKind.VISA},
    "card": CARD_TITLES,
    "licence": CARD_TITLES,
}


def check_document_identified(case: Case) -> Iterator[CheckResult]:
    """The page is an identity document of the kind that its MRZ or barcode names.

    Its title, its issuer or the labels of at least three fields must be printed on it, because an
    MRZ or a barcode alone can be pasted into any page (Doc 9303-3; AAMVA standard).
    """
    code = "document_identified"
    if case.kind is DocumentKind.UNKNOWN:
        yield not_performed(code, "neither an MRZ nor the barcode of a licence was read")
        return
    titles = find_titles(case) & TITLES_BY_POLICY_KEY[case.kind.policy_key]
    labels = len(list_labelled_fields(case))
    identified = bool(titles) or has_issuer(case) or labels >= MIN_LABELS
    evidence = "no title, issuer or labels of such a document are printed on the page"
    yield passed_or_failed(code, identified, Consequence.REFER, evidence, Source.VIZ)


def check_title_agrees(case: Case) -> Iterator[CheckResult]:
    """The title names the same kind of document as the MRZ or barcode (Doc 9303-4 to -7; AAMVA).

    The MRZ of a visa, for example, has fewer check digits, so a forger may choose its code. A title
    that names several kinds agrees with each of them, and labels such as "Passport No" are not
    titles. A second title of another kind that is as large as the values disagrees, such as LIBRARY
    CARD on a passport.
    """
    code = "title_agrees"
    titles = find_titles_outside_labels(case)
    if case.kind is DocumentKind.UNKNOWN or not titles:
        yield not_performed(code, "no MRZ, no barcode or no title was read")
        return
    agrees = bool(titles & _list_titles(case)) and not has_large_title(case, _list_others(case))
    evidence = "the title names a different kind of document than the MRZ or the barcode"
    source = Source.MRZ if case.mrz else Source.BARCODE
    yield passed_or_failed(code, agrees, Consequence.REFER, evidence, source, Source.VIZ)


def _list_titles(case: Case) -> frozenset[TitleKind]:
    """Return the titles that a document of this kind may have."""
    if case.kind is DocumentKind.LICENCE:
        return frozenset({TitleKind.LICENCE})
    titles = frozenset(TITLES_BY_POLICY_KEY[case.kind.policy_key])
    if case.kind.policy_key != "card":
        return titles
    # The passport card of the USA has the code IP.
    has_passport_code = case.mrz is not None and "P" in case.mrz.document_code
    return titles - {TitleKind.LICENCE} | ({TitleKind.PASSPORT} if has_passport_code else set())


def _list_others(case: Case) -> frozenset[TitleKind]:
    """Return the titles that documents of this kind never have; passports may contain visas."""
    others = frozenset(TitleKind) - _list_titles(case) - {TitleKind.VISA}
    if case.kind is DocumentKind.VISA:
        return others - {TitleKind.PASSPORT}
    # Licences may be identity cards, too.
    return others - CARD_TITLES if case.kind is DocumentKind.LICENCE else others


def check_issuer_agrees(case: Case) -> Iterator[CheckResult]:
    """The State that the title names is the issuer in the MRZ or the barcode (Doc 9303-3, 5).

    Only names without a label at the head of the document count, and titles of other States or
    provinces anywhere on a licence. A permit for a foreigner may name the holder's nationality
    there. A title that names a different nationality, such as KENYAN PASSPORT, a former or invented
    State, or misspells the name of a State also fails.
    """
    code = "issuer_agrees"
    if case.mrz is None:
        yield _compare_with_barcode(case, code)
        return
    printed = find_printed_issuers(case)
    issuer = case.mrz.issuing_state
    accepted = {issuer} | SAME_ISSUER.get(issuer, set())
    if case.kind is DocumentKind.RESIDENCE_PERMIT:
        accepted.add(case.mrz.nationality)
    is_wrong = has_title_of_other_state(case, accepted)
    if not printed and not is_wrong:
        yield not_performed(code, "no State is named at the head of the document")
        return
    agrees = not is_wrong and not printed.isdisjoint(accepted)
    if not agrees and case.is_doubtful(Source.MRZ, "issuing_state"):
        yield inconclusive(
            code, "a different State, if the MRZ was read correctly", Source.MRZ, Source.VIZ
        )
        return
    evidence = "the title names a different State than the MRZ, or misspells its name"
    yield passed_or_failed(code, agrees, Consequence.REFER, evidence, Source.MRZ, Source.VIZ)


def _compare_with_barcode(case: Case, code: str) -> CheckResult:
    """Compare the States and provinces at the head of a licence with the issuer of its barcode."""
    issuer = case.card.issuer if case.card else None
    printed = find_printed_jurisdictions(case, issuer) if issuer else frozenset()
    is_wrong = issuer is not None and has_title_of_other_jurisdiction(case, issuer)
    if issuer is None or not (printed or is_wrong):
        return not_performed(code, "no issuer is named at the head, or none was read")
    agrees = issuer.name in printed and not is_wrong
    evidence = "the title names a different State or province than the barcode"
    return passed_or_failed(code, agrees, Consequence.REFER, evidence, Source.BARCODE, Source.VIZ)


def check_print_explained(case: Case) -> Iterator[CheckResult]:
    """Every date, and every number in the form of the document number, belongs to a field.

    If a forged value was pasted next to the genuine one, the genuine one no longer belongs to a
    field. A second MRZ belongs to another document.
    """
    code = "unexplained_print"
    if not any(each.document_number or each.birth_date for each in case.identities):
        yield not_performed(code, "neither a number nor a birth date was read")
        return
    kinds = [
        name
        for name, found in (
            ("date", case.unexplained_dates),
            ("number", case.unexplained_numbers),
            ("name", case.has_conflicting_names),
            ("line of an MRZ", case.has_unexplained_mrz),
        )
        if found
    ]
    evidence = f"printed on the document without belonging to a field: {', '.join(kinds)}"
    yield passed_or_failed(code, not kinds, Consequence.REFER, evidence, Source.VIZ)


def check_portrait_present(case: Case) -> Iterator[CheckResult]:
    """The holder's portrait is on the document (Doc 9303-3, Zone V; AAMVA standard).

    It is in the VIZ above the MRZ and as large as portraits are, or on a side with the holder's
    name, number or birth date. A failure asks for another image if the side with the portrait may
    be missing, and otherwise for a person.
    """
    code = "portrait_present"
    if case.kind is DocumentKind.VISA:
        yield not_applicable(code, "visas may have no portrait")
        return
    looked_at = [page for page in case.viz_pages if page.portraits is not None]
    if not looked_at:
        yield not_performed(code, "the engine did not look for a portrait")
        return
    found = any(
        find_document_portraits(page) and (find_frame(page) or has_holder(case, page))
        for page in looked_at
    )
    two_sided = case.kind.policy_key in ("card", "licence")
    severity = Consequence.RESUBMIT if two_sided else Consequence.REFER
    evidence = "no portrait was found: is it the side with the portrait?"
    yield passed_or_failed(code, found, severity, evidence, Source.VIZ)
