"""Codes of the record in the words of a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from docverify.checks import CHECKS

RULES = {
    code: " ".join((check.__doc__ or "").split()).partition(". ")[0].rstrip(".")
    for check, answers in CHECKS.items()
    for code in answers.codes
}
"""The rule of each check, in one sentence."""

FIELDS = {
    "document_number": "Document number",
    "surname": "Surname",
    "given_names": "Given names",
    "birth_date": "Birth date",
    "sex": "Sex",
    "nationality": "Nationality",
    "issue_date": "Issue date",
    "expiry_date": "Expiry date",
    "issuing_state": "Issuing State",
    "name": "Name",
}
SOURCES = {"viz": "Printed", "mrz": "MRZ", "barcode": "Barcode", "applicant": "Applicant"}
WORDS = {
    "mrz": "MRZ",
    "viz": "printed text and",
    "iin": "issuer number",
    "ocr": "OCR",
    "pdf": "PDF",
    "ai": "AI",
    "ok": "OK",
}
DECISIONS = {"verified": "Verify", "rejected": "Reject", "resubmit": "Ask for another image"}
KEYS = {"verified": "v", "rejected": "r", "resubmit": "a"}
REASONS = {
    "details_confirmed": "Details confirmed on the image",
    "original_seen": "Original document seen",
    "picture_not_usable": "Image not usable",
    "side_missing": "A side or page is missing",
    "document_altered": "Document altered or forged",
    "document_not_accepted": "Kind of document not accepted",
    "document_expired": "Document expired",
    "not_the_applicant": "Not the applicant's document",
    "other": "Other reason (write a note)",
}
WANTED = {
    "whole": "the whole document",
    "front": "the front, with the photo",
    "back": "the back",
    "page": "the page with the photo",
}
SIDE_MISSING, OTHER = "side_missing", "other"


@dataclass(frozen=True)
class DecisionChoice:
    """A button that decides.

    Attributes:
        value: Value that the form sends: the outcome, the reason, and which image is wanted.
        code: The reason.
        needs_note: Whether the decision is refused without a note.
    """

    value: str
    code: str
    label: str
    needs_note: bool = False


WHY = {
    "image_blur": "blurred",
    "image_glare": "reflections",
    "document_cropped": "cut off",
    "image_exposure": "too dark or too bright",
    "image_resolution": "too small",
    "single_document": "several documents in one image",
}
"""Why another image is needed: codes of checks, whose advice the applicant gets."""
COMPARED = {
    "mrz_typeface": ("The MRZ on the image",),
    "mrz_character_shape": ("The character on the image",),
    "portraits_differ": ("The large portrait", "The small portrait"),
    "background_erased": ("The line on the image",),
}
"""Names of the places that a check of image evidence compares, in the order of its boxes."""
IN_OCRB, STRETCHED = "The same characters in OCR-B", "The same line with more contrast"
STATUSES = {
    "failed": "failed",
    "inconclusive": "in doubt",
    "not_performed": "not performed",
    "passed": "passed",
}


COMPARED_FIELDS = {
    "viz_mrz_match_": "{}, printed and MRZ",
    "barcode_front_match_": "{}, barcode and front",
    "applicant_data_match_": "Applicant's {}",
    "mrz_check_digit_": "MRZ check digit of {}",
}
"""Checks of single fields: the beginning of the code, and the title with the name of the field."""
TITLES = {
    "viz_values_agree": "Printed values agree",
    "mrz_check_digit_composite": "MRZ check digit of the whole line",
    "barcode_parse": "Barcode is complete",
    "national_number_birth_date_match": "National number and birth date",
    "national_number_sex_match": "National number and sex",
    "barcode_iin_matches_state": "Barcode's issuer and State",
    "document_type_mrz_format": "Kind of document and MRZ format",
    "duplicate_document_other_person": "Number seen before with another person",
    "duplicate_image_other_person": "Image seen before with another person",
    "repeat_submission": "Submitted before",
}
"""Titles of checks whose codes do not read well."""


def list_choices(outcome: str, codes: Iterable[str]) -> Iterator[DecisionChoice]:
    """Yield the buttons of an outcome: one for each reason, and for each side that is missing."""
    for code in codes:
        if code != SIDE_MISSING:
            yield DecisionChoice(f"{outcome} {code}", code, explain_code(code), code == OTHER)
            continue
        for side, label in WANTED.items():
            if side != "whole":
                name = f"Missing: {label}"
                yield DecisionChoice(f"{outcome} {code} {side}", code, name)


def explain_code(code: str) -> str:
    """Return a code as words: known ones from the tables, others spelled out.

    >>> explain_code("viz_mrz_match_birth_date")
    'Birth date, printed and MRZ'
    >>> explain_code("applicant_data_match_name")
    "Applicant's name"
    """
    if title := REASONS.get(code) or TITLES.get(code):
        return title
    for start, title in COMPARED_FIELDS.items():
        if code.startswith(start):
            name = code.removeprefix(start).replace("_", " ")
            return title.format(name.capitalize() if title.startswith("{") else name)
    words = " ".join(WORDS.get(word, word) for word in code.split("_"))
    return words[:1].upper() + words[1:]
