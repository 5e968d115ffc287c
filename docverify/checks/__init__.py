"""The checks: each answers questions about a case and returns facts, never a decision."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from types import MappingProxyType

from docverify.case import Case
from docverify.checks.applicant import check_applicant_birth_date, check_applicant_name
from docverify.checks.barcode import (
    check_barcode_parse,
    check_barcode_present,
    check_barcode_structure,
    check_issuer_of_barcode,
)
from docverify.checks.completeness import check_field_confidence, check_mandatory_fields
from docverify.checks.duplicates import (
    check_first_submission,
    check_image_of_other_person,
    check_number_of_other_person,
    check_portrait_of_others,
)
from docverify.checks.image import (
    check_blur,
    check_colour,
    check_cropped,
    check_document_detected,
    check_exposure,
    check_file,
    check_glare,
    check_limits_of_an_image,
    check_resolution,
    check_screen,
    check_single_document,
)
from docverify.checks.image_evidence import (
    check_background,
    check_mrz_characters,
    check_mrz_typeface,
    check_portraits_alike,
)
from docverify.checks.layout import (
    check_document_identified,
    check_issuer_agrees,
    check_portrait_present,
    check_print_explained,
    check_title_agrees,
)
from docverify.checks.mrz import (
    CHECK_DIGITS,
    check_mrz_confidence,
    check_mrz_digits,
    check_mrz_format,
    check_mrz_present,
    check_mrz_repair,
    check_name_truncated,
)
from docverify.checks.mrz_codes import (
    check_country_codes,
    check_document_code,
    check_format_of_kind,
)
from docverify.checks.numbers import (
    check_national_number,
    check_number_format,
    check_placeholders,
)
from docverify.checks.persons import check_single_person
from docverify.checks.provenance import (
    check_ai_marks,
    check_content_credentials,
    check_editing_software,
    check_generator_size,
    check_pdf_changes,
)
from docverify.checks.result import Answers, Check, CheckResult, Status
from docverify.checks.source_agreement import (
    COMPARED,
    IN_BARCODE,
    check_barcode_agrees,
    check_mrz_agrees,
    check_viz_agrees,
)
from docverify.checks.specimen import check_invalidity_mark, check_specimen
from docverify.checks.validity import (
    check_age,
    check_age_below_century,
    check_date_order,
    check_date_valid,
    check_expires_soon,
    check_issue_in_past,
    check_not_expired,
    check_of_age,
    check_validity_period,
)
from docverify.checks.visa import check_visa_with_passport
from docverify.policy import Consequence

__all__ = ["CHECKS", "CODES", "Answers", "Check", "CheckResult", "Status", "run_checks"]

NOTE, REFER = Consequence.NOTE, Consequence.REFER
RESUBMIT, REJECT = Consequence.RESUBMIT, Consequence.REJECT


def _codes(prefix: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{prefix}_{name}" for name in names)


CHECKS: Mapping[Check, Answers] = MappingProxyType(
    {
        check_file: Answers(
            ("file_readable",),
            (RESUBMIT,),
            advice="as a photo or PDF that is complete and opens without a password",
        ),
        check_document_detected: Answers(
            ("document_detected",),
            (RESUBMIT,),
            advice="the whole side with your name and photo, lying flat",
        ),
        check_single_document: Answers(
            ("single_document",), (RESUBMIT,), advice="one document in each photo"
        ),
        check_single_person: Answers(("single_person",), (REFER,)),
        check_document_identified: Answers(("document_identified",), (REFER,)),
        check_portrait_present: Answers(
            ("portrait_present",), (REFER, RESUBMIT), advice="the side with your photo"
        ),
        check_visa_with_passport: Answers(
            ("visa_with_passport",),
            (RESUBMIT, REFER),
            doubts=True,
            advice="together with the page of your passport that shows your photo",
        ),
        check_title_agrees: Answers(("title_agrees",), (REFER,)),
        check_issuer_agrees: Answers(("issuer_agrees",), (REFER,), doubts=True),
        check_print_explained: Answers(("unexplained_print",), (REFER,)),
        check_blur: Answers(
            ("image_blur",), (RESUBMIT,), advice="in a sharp photo, held still and in focus"
        ),
        check_resolution: Answers(
            ("image_resolution",), (RESUBMIT,), advice="in a larger photo, taken from closer"
        ),
        check_glare: Answers(("image_glare",), (NOTE, RESUBMIT), advice="without reflections"),
        check_exposure: Answers(
            ("image_exposure",),
            (NOTE, RESUBMIT),
            advice="in even light, neither too dark nor too bright",
        ),
        check_cropped: Answers(
            ("document_cropped",), (NOTE, RESUBMIT), advice="with all four edges in the photo"
        ),
        check_colour: Answers(("grayscale_copy",), (REFER,)),
        check_screen: Answers(("screen_recapture",), (REFER,)),
        check_mrz_typeface: Answers(("mrz_typeface",), (REFER,)),
        check_mrz_characters: Answers(("mrz_character_shape",), (REFER,)),
        check_portraits_alike: Answers(("portraits_differ",), (REFER,)),
        check_background: Answers(("background_erased",), (REFER,)),
        check_mrz_present: Answers(("mrz_present",), (REFER,)),
        check_mrz_format: Answers(("mrz_format",), (REFER,)),
        check_mrz_confidence: Answers(("mrz_confidence",), doubts=True),
        check_mrz_digits: Answers(
            _codes("mrz_check_digit", *CHECK_DIGITS), (REFER, REJECT), doubts=True
        ),
        check_mrz_repair: Answers(("mrz_ocr_repaired",), (NOTE,), doubts=True),
        check_name_truncated: Answers(("mrz_name_truncated",), (NOTE,)),
        check_country_codes: Answers(("country_code_valid",), (REFER, REJECT), doubts=True),
        check_document_code: Answers(("document_code_valid",), (REFER,)),
        check_format_of_kind: Answers(("document_type_mrz_format",), (REFER,)),
        check_barcode_present: Answers(
            ("barcode_present",),
            (RESUBMIT,),
            advice="with both sides, the barcode on the back sharp and without reflections",
        ),
        check_barcode_parse: Answers(("barcode_parse",), (REFER,)),
        check_barcode_structure: Answers(("barcode_structure",), (NOTE, REFER)),
        check_issuer_of_barcode: Answers(("barcode_iin_matches_state",), (REFER,), doubts=True),
        check_mandatory_fields: Answers(("mandatory_fields",), (REFER,)),
        check_field_confidence: Answers(("field_confidence",), doubts=True),
        check_date_valid: Answers(("date_valid",), (REFER,), doubts=True),
        check_date_order: Answers(("date_order",), (REFER,)),
        check_issue_in_past: Answers(("issue_date_future",), (REJECT, REFER), doubts=True),
        check_validity_period: Answers(("validity_period",), (REFER, NOTE)),
        check_age: Answers(("age_plausible",), (REFER,)),
        check_age_below_century: Answers(("age_over_100",), (REFER,)),
        check_of_age: Answers(("applicant_underage",), (REJECT, REFER), doubts=True),
        check_not_expired: Answers(("document_expired",), (REJECT,), doubts=True),
        check_expires_soon: Answers(("expiring_soon",), (NOTE,)),
        check_specimen: Answers(("known_specimen",), (REFER, REJECT)),
        check_invalidity_mark: Answers(("invalidity_mark",), (REFER,)),
        check_placeholders: Answers(("placeholder_data",), (REFER,)),
        check_number_format: Answers(("document_number_format",), (REFER, NOTE), doubts=True),
        check_national_number: Answers(
            _codes("national_number", "check_digit", "birth_date_match", "sex_match"),
            (NOTE, REFER),
        ),
        check_mrz_agrees: Answers(_codes("viz_mrz_match", *COMPARED), (REJECT, REFER), doubts=True),
        check_barcode_agrees: Answers(
            _codes("barcode_front_match", *IN_BARCODE), (REJECT, REFER), doubts=True
        ),
        check_viz_agrees: Answers(("viz_values_agree",), (REFER,)),
        check_applicant_name: Answers(("applicant_data_match_name",), (REFER,), doubts=True),
        check_applicant_birth_date: Answers(
            ("applicant_data_match_birth_date",), (REFER, REJECT), doubts=True
        ),
        check_editing_software: Answers(("metadata_editing_software",), (NOTE,)),
        check_ai_marks: Answers(("ai_generation_mark",), (REFER,)),
        check_generator_size: Answers(("generator_size",), (NOTE,)),
        check_content_credentials: Answers(("content_credentials",)),
        check_pdf_changes: Answers(("pdf_incremental_update",), (NOTE,)),
        check_number_of_other_person: Answers(("duplicate_document_other_person",), (REFER,)),
        check_image_of_other_person: Answers(("duplicate_image_other_person",), (REFER,)),
        check_first_submission: Answers(("repeat_submission",), (NOTE,)),
        check_portrait_of_others: Answers(("portrait_seen_before",), (NOTE, REFER)),
        check_limits_of_an_image: Answers(
            ("physical_security_features", "pixel_forensics", "issuing_authority")
        ),
    }
)
"""All checks, in the order of their results, with what each may answer."""

CODES = frozenset(chain.from_iterable(answers.codes for answers in CHECKS.values()))
"""The codes of all checks, which a policy may name."""


def run_checks(case: Case) -> tuple[CheckResult, ...]:
    """Run all checks on a case, in their order."""
    return tuple(result for check in CHECKS for result in check(case))
