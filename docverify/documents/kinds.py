"""Kinds of identity documents, and their document codes in an MRZ."""

from __future__ import annotations

from collections.abc import Mapping, Set
from enum import StrEnum
from types import MappingProxyType

from docverify.documents.languages import WordList, find_words
from docverify.documents.mrz import Mrz, MrzFormat
from docverify.documents.printed_words import split_words
from docverify.documents.states import list_issuers_without_barcode, list_jurisdiction_names


class DocumentKind(StrEnum):
    """The kind of a document, if it was recognised."""

    PASSPORT = "passport"
    EMERGENCY_PASSPORT = "emergency_passport"
    IDENTITY_CARD = "identity_card"
    RESIDENCE_PERMIT = "residence_permit"
    CREW_CERTIFICATE = "crew_certificate"
    LICENCE = "licence"  # with an MRZ, as in Europe
    OTHER = "other"  # with an MRZ whose document code is not known
    VISA = "visa"
    AAMVA_LICENCE = "aamva_licence"  # of North America, with a PDF417 barcode
    UNKNOWN = "unknown"  # neither an MRZ nor a North American licence was recognised

    @property
    def policy_key(self) -> str:
        """The word for this kind in policies and in stored verdicts."""
        return POLICY_KEY_BY_KIND[self]


POLICY_KEY_BY_KIND: Mapping[DocumentKind, str] = MappingProxyType(
    {
        DocumentKind.PASSPORT: "passport",
        DocumentKind.EMERGENCY_PASSPORT: "passport",
        DocumentKind.IDENTITY_CARD: "card",
        DocumentKind.RESIDENCE_PERMIT: "card",
        DocumentKind.CREW_CERTIFICATE: "card",
        DocumentKind.LICENCE: "card",
        DocumentKind.OTHER: "card",
        DocumentKind.VISA: "visa",
        DocumentKind.AAMVA_LICENCE: "licence",
        DocumentKind.UNKNOWN: "unknown",
    }
)
POLICY_KEYS = tuple(dict.fromkeys(POLICY_KEY_BY_KIND.values()))
"""The words that policies use for kinds: passport, card, visa, licence, unknown."""

PASSPORTS = (DocumentKind.PASSPORT, DocumentKind.EMERGENCY_PASSPORT)
LICENCE_FORMATS = (MrzFormat.FRA_DL, MrzFormat.ISO_DL, MrzFormat.CHE_DL)
US_RESIDENCE_PERMITS = ("A1", "C1", "C2", "CA")
KIND_BY_CODE = {
    "PE": DocumentKind.EMERGENCY_PASSPORT,
    "PU": DocumentKind.EMERGENCY_PASSPORT,
    "AC": DocumentKind.CREW_CERTIFICATE,
    "AR": DocumentKind.RESIDENCE_PERMIT,
    "IR": DocumentKind.RESIDENCE_PERMIT,
    "RP": DocumentKind.RESIDENCE_PERMIT,
}
KIND_BY_LETTER = {
    "P": DocumentKind.PASSPORT,
    "V": DocumentKind.VISA,
    "D": DocumentKind.LICENCE,
    "A": DocumentKind.IDENTITY_CARD,
    "C": DocumentKind.IDENTITY_CARD,
    "I": DocumentKind.IDENTITY_CARD,
}


def find_document_kind(mrz: Mrz) -> DocumentKind:
    """Return the kind of a document from its code (Doc 9303-4 to 9303-7, 4.2.2)."""
    by_letter = KIND_BY_LETTER.get(mrz.document_code[:1], DocumentKind.OTHER)
    if by_letter in (DocumentKind.PASSPORT, DocumentKind.VISA):
        return KIND_BY_CODE.get(mrz.document_code, by_letter)
    if mrz.format in LICENCE_FORMATS:
        return DocumentKind.LICENCE
    if mrz.issuing_state == "USA" and mrz.document_code in US_RESIDENCE_PERMITS:
        return DocumentKind.RESIDENCE_PERMIT
    return KIND_BY_CODE.get(mrz.document_code, by_letter)


def has_format_of_kind(mrz: Mrz) -> bool:
    """Return whether documents of this kind have an MRZ of this format.

    A passport book, for example, does not have the MRZ of a card.
    """
    is_passport = find_document_kind(mrz) in PASSPORTS
    if mrz.format is MrzFormat.TD3:
        return is_passport
    # German preliminary passports and emergency documents of one sheet are TD2 (Doc 9303-8).
    return not is_passport or mrz.format is MrzFormat.TD2


def classify_document(
    mrz: Mrz | None, *, is_american_licence: bool, words: Set[str]
) -> DocumentKind:
    """Return the kind of a document from its MRZ, else from its barcode or its front."""
    if mrz:
        return find_document_kind(mrz)
    has_title = has_licence_title(words) and not is_licence_without_barcode(words)
    is_licence = is_american_licence or has_title
    return DocumentKind.AAMVA_LICENCE if is_licence else DocumentKind.UNKNOWN


def has_licence_title(words: Set[str]) -> bool:
    """Return whether "driver licence" is printed, in any of its spellings."""
    titles = find_words(WordList.LICENCE_TITLES)
    return any(split_words(title) <= words for title in titles)


def is_licence_without_barcode(words: Set[str]) -> bool:
    """Return whether a driver licence is printed with an issuer outside North America.

    A North American issuer decides otherwise: Victoria is a city in British Columbia too, and
    Virginia a suburb of Brisbane. Only Canada spells "licence", so there no US State counts.
    """
    if not has_licence_title(words):
        return False
    if not any(split_words(name) <= words for name in list_issuers_without_barcode()):
        return False
    countries = {"CAN"} if "LICENCE" in words else {"CAN", "USA"}
    return not any(split_words(name) <= words for name in list_jurisdiction_names(countries))
