"""Policies: the thresholds, mandatory checks, consequences and weights of a business."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Annotated, get_args, get_origin, get_type_hints

from docverify.documents.kinds import POLICY_KEYS
from docverify.page import Engine
from docverify.threshold_types import HIGHER, LOWER, NEITHER, Limits, PolicyError, Threshold


class Consequence(StrEnum):
    """What a failed check asks for."""

    NOTE = "note"
    REFER = "refer"
    RESUBMIT = "resubmit"
    REJECT = "reject"


EVERY_DOCUMENT = frozenset(
    {
        *("file_readable", "document_detected", "image_blur"),
        *("date_valid", "date_order", "document_expired", "known_specimen"),
        *("document_identified", "portrait_present"),
    }
)
MRZ = frozenset(
    {
        *("image_resolution", "mrz_present", "mrz_format", "mrz_confidence"),
        *("mrz_check_digit_document_number", "mrz_check_digit_birth_date"),
        *("mrz_check_digit_expiry_date", "viz_mrz_match_document_number"),
        *("viz_mrz_match_birth_date", "viz_mrz_match_expiry_date"),
        *("viz_mrz_match_surname", "viz_mrz_match_given_names"),
    }
)
BARCODE = frozenset(
    {
        *("barcode_present", "barcode_parse", "barcode_iin_matches_state"),
        *("barcode_front_match_document_number", "barcode_front_match_birth_date"),
        *("barcode_front_match_expiry_date", "barcode_front_match_surname"),
        "barcode_front_match_given_names",
    }
)
COMPOSITE = frozenset({"mrz_check_digit_composite"})  # visas have none
MANDATORY: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "passport": EVERY_DOCUMENT | MRZ | COMPOSITE,
        "card": EVERY_DOCUMENT | MRZ | COMPOSITE,
        "visa": EVERY_DOCUMENT | MRZ,
        "licence": EVERY_DOCUMENT | BARCODE,
        # A document of unknown kind is never verified, because its MRZ is missing.
        "unknown": EVERY_DOCUMENT | MRZ,
    }
)
CHECK_DIGITS = (
    *("mrz_check_digit_document_number", "mrz_check_digit_birth_date"),
    *("mrz_check_digit_expiry_date", "mrz_check_digit_personal_number"),
    "mrz_check_digit_composite",
)
WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        **dict.fromkeys(CHECK_DIGITS, 0.45),
        **dict.fromkeys(sorted(code for code in MRZ if code.startswith("viz_")), 0.40),
        "viz_mrz_match_sex": 0.40,
        "duplicate_document_other_person": 0.60,
        "screen_recapture": 0.35,
        "grayscale_copy": 0.35,
        "national_number_check_digit": 0.25,
        "document_number_format": 0.20,
        "validity_period": 0.20,
        "metadata_editing_software": 0.20,
        "pdf_incremental_update": 0.20,
        "generator_size": 0.10,
    }
)
"""What a failure alone adds to the risk, 0 to 1: initial values, not calibrated."""


@dataclass(frozen=True)
class Policy:
    """A named, versioned set of thresholds, mandatory checks, consequences and weights.

    Raises PolicyError if a number is outside its limits or the policy contradicts itself.

    Attributes:
        mandatory: The checks that must pass, by kind of document (see POLICY_KEYS). Any other
            result of such a check refers the document.
        consequences: What a failed check asks for, by its code, if that differs from the default.
        weights: What a failed check adds to the risk, by its code, 0 to 1. A high risk refers the
            document, and never rejects it.
        remark: A sentence that is shown with every verdict.
        second_engine: The engine that reads a document again if the first one is uncertain. None:
            no second engine is used.
        second_approval: The reasons of a person's decision that a second person must approve.
    """

    name: str
    version: str
    min_confidence: Annotated[
        float,
        Limits(0, 1, NEITHER, "confidence from which a character or printed value counts as read"),
    ] = 0.85
    min_name_similarity: Annotated[
        float, Limits(0, 1, HIGHER, "similarity from which two spellings count as the same name")
    ] = 0.85
    min_name_resemblance: Annotated[
        float, Limits(0, 1, HIGHER, "similarity below which a name counts as another person's")
    ] = 0.60
    min_sharpness: Annotated[
        float,
        Limits(
            0,
            10_000,
            HIGHER,
            "variance of the Laplacian at 1000 px width below which text is blurred; half as much "
            "if everything was read with certainty, four times as much if the printed text was not",
        ),
    ] = 60.0
    min_mrz_pitch: Annotated[
        float,
        Limits(
            0,
            100,
            HIGHER,
            "pixels from one character of the MRZ to the next; 1.5 times as many if the reading "
            "of the printed text is doubtful",
        ),
    ] = 8.0
    max_glare: Annotated[float, Limits(0, 1, LOWER, "share of overexposed pixels")] = 0.06
    min_brightness: Annotated[
        float, Limits(0, 255, HIGHER, "mean grey below which an image is too dark")
    ] = 40.0
    max_brightness: Annotated[
        float, Limits(0, 255, LOWER, "mean grey above which an image is too bright")
    ] = 240.0
    min_contrast: Annotated[
        float, Limits(0, 255, HIGHER, "range of grey between the 5th and the 95th percentile")
    ] = 60.0
    min_chroma: Annotated[
        float,
        Limits(
            0, 200, HIGHER, "95th percentile of CIELAB chroma below which an image is a grey copy"
        ),
    ] = 3.0
    min_color_spread: Annotated[
        float,
        Limits(
            0,
            200,
            HIGHER,
            "spread of CIELAB colours without a tint, below which an image is a grey copy",
        ),
    ] = 1.0
    max_screen_peaks: Annotated[
        int,
        Limits(0, 1000, LOWER, "symmetric pairs of peaks in the spectrum, such as a screen causes"),
    ] = 3
    min_ink_contrast: Annotated[
        float,
        Limits(
            0,
            100,
            NEITHER,
            "distance of a line's ink from its background (CIE 1976) below which a person cannot"
            " see it, so that it does not count as evidence",
        ),
    ] = 8.0
    min_edge_margin: Annotated[
        float,
        Limits(
            0,
            0.5,
            HIGHER,
            "distance of the text from the image's edge, as a share of its longer side",
        ),
    ] = 0.005
    max_mrz_typeface_distance: Annotated[
        float,
        Limits(
            0,
            1,
            LOWER,
            "distance of the MRZ's typeface from OCR-B, without what a blurred capture adds",
        ),
    ] = 0.115
    max_mrz_character_distance: Annotated[
        float,
        Limits(
            0,
            1,
            LOWER,
            "distance between the shape of one character of the MRZ and that of the others",
        ),
    ] = 0.13
    max_mrz_character_offset: Annotated[
        float,
        Limits(0, 100, LOWER, "offset of one character above or below its line, in spreads"),
    ] = 2.4
    max_mrz_character_difference: Annotated[
        float,
        Limits(
            0,
            100,
            LOWER,
            "difference between a character of the MRZ and the same one elsewhere, in spreads",
        ),
    ] = 5.2
    min_portrait_similarity: Annotated[
        float,
        Limits(0, 1, HIGHER, "correlation from which two portraits show the same photo"),
    ] = 0.65
    max_background_loss: Annotated[
        float,
        Limits(0, 1000, LOWER, "texture that the background of a line has lost, in spreads"),
    ] = 3.75
    max_pdf_change_days: Annotated[
        float, Limits(0, 36_500, LOWER, "days from the creation of a PDF to its last change")
    ] = 1.0
    max_issue_days_ahead: Annotated[
        int,
        Limits(0, 31, LOWER, "days that an issue date may be in the future, because of time zones"),
    ] = 1
    max_excess_validity_days: Annotated[
        int,
        Limits(0, 3650, LOWER, "days that a document may be valid beyond the longest known term"),
    ] = 36
    min_days_before_expiry: Annotated[
        int, Limits(0, 3650, HIGHER, "days before its expiry from which a document expires soon")
    ] = 30
    min_age: Annotated[
        int, Limits(0, 120, HIGHER, "years of age that an applicant must have reached")
    ] = 18
    risk_threshold: Annotated[
        float, Limits(0.01, 1, LOWER, "risk from which a document is referred")
    ] = 0.30
    mandatory: Mapping[str, frozenset[str]] = field(default_factory=lambda: MANDATORY)
    consequences: Mapping[str, Consequence] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=lambda: WEIGHTS)
    remark: str = ""
    second_engine: Engine | None = None
    second_approval: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Copy the mappings so that they cannot change, and check all values."""
        for name in ("mandatory", "consequences", "weights"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
        for key, threshold in THRESHOLDS.items():
            threshold.check(key, getattr(self, key))
        if self.min_brightness > self.max_brightness:
            raise PolicyError("min_brightness: must not be above max_brightness")
        for code, weight in self.weights.items():
            WEIGHT.check(f"weights.{code}", weight)
        if missing := sorted(set(POLICY_KEYS) - self.mandatory.keys()):
            raise PolicyError(f"mandatory: no checks given for {', '.join(missing)}")
        _check_notes(self)

    @property
    def content(self) -> dict[str, object]:
        """The content of the policy as JSON values; equal for policies that decide alike."""
        mandatory = {key: sorted(self.mandatory[key]) for key in POLICY_KEYS}
        consequences = {code: each.value for code, each in sorted(self.consequences.items())}
        weights = dict(sorted(self.weights.items()))
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        values["second_approval"] = sorted(self.second_approval)
        for key, default in ADDED_KEYS.items():
            if values[key] == default:
                del values[key]  # Digests of policies without the key must not change.
        return values | {
            "mandatory": mandatory,
            "consequences": consequences,
            "weights": weights,
        }

    @property
    def content_sha256(self) -> str:
        """The SHA-256 of the content, as 64 hexadecimal digits."""
        return sha256(json.dumps(self.content, sort_keys=True).encode()).hexdigest()

    @property
    def digest(self) -> str:
        """Eight hexadecimal digits that identify the content, regardless of its version."""
        return self.content_sha256[:8]


ADDED_KEYS: Mapping[str, object] = MappingProxyType(
    {
        "second_engine": None,
        "second_approval": [],
        "min_color_spread": Policy.min_color_spread,
        "min_ink_contrast": Policy.min_ink_contrast,
        "max_mrz_typeface_distance": Policy.max_mrz_typeface_distance,
        "max_mrz_character_distance": Policy.max_mrz_character_distance,
        "max_mrz_character_offset": Policy.max_mrz_character_offset,
        "max_mrz_character_difference": Policy.max_mrz_character_difference,
        "min_portrait_similarity": Policy.min_portrait_similarity,
        "max_background_loss": Policy.max_background_loss,
    }
)
"""The keys that were added after the first release, with their defaults."""


def _read_thresholds() -> Iterator[tuple[str, Threshold]]:
    for name, hint in get_type_hints(Policy, include_extras=True).items():
        if get_origin(hint) is Annotated:
            number, limits = get_args(hint)
            default: float = getattr(Policy, name)
            yield name, Threshold(**vars(limits), default=default, whole=number is int)


THRESHOLDS: Mapping[str, Threshold] = MappingProxyType(dict(_read_thresholds()))
WEIGHT = Threshold(0, 1, HIGHER, "what a failure adds to the risk", default=0.0, whole=False)


def _check_notes(policy: Policy) -> None:
    """Raise PolicyError if a check that is only noted is mandatory or reaches the risk alone."""
    for code in sorted(c for c, each in policy.consequences.items() if each is Consequence.NOTE):
        for key in POLICY_KEYS:
            if code in policy.mandatory[key]:
                raise PolicyError(f"consequences.{code}: only noted, but listed in mandatory.{key}")
        if policy.weights.get(code, 0) >= policy.risk_threshold:
            raise PolicyError(
                f"consequences.{code}: only noted, but weights.{code} alone reaches"
                " risk_threshold; lower one or raise the other"
            )


def _without(*codes: str) -> Mapping[str, frozenset[str]]:
    return {key: MANDATORY[key] - {*codes} for key in POLICY_KEYS}


# The presets are ordered for all results: if one overrides a consequence, the stricter ones
# override it too, or it is the mildest or the strictest one. All have the same min_confidence:
# a higher one would turn failures into doubts, which weigh less.
STANDARD = Policy(
    name="standard",
    version="3",
    consequences={"document_expired": Consequence.REJECT},
)
LENIENT = replace(
    STANDARD,
    name="lenient",
    version="2",
    min_name_similarity=0.80,
    min_sharpness=40.0,
    min_mrz_pitch=6.0,
    max_glare=0.10,
    min_days_before_expiry=0,
    risk_threshold=0.50,
    mandatory=_without("image_resolution", "viz_mrz_match_given_names", *COMPOSITE),
    consequences={
        "document_expired": Consequence.REFER,
        "viz_mrz_match_sex": Consequence.NOTE,
    },
)
STRICT = replace(
    STANDARD,
    name="strict",
    version="2",
    min_name_similarity=0.92,
    min_name_resemblance=0.70,
    min_sharpness=100.0,
    min_mrz_pitch=10.0,
    max_glare=0.03,
    min_days_before_expiry=90,
    max_excess_validity_days=0,
    risk_threshold=0.20,
    mandatory={
        kind: codes | {"age_plausible"} | (codes & MRZ and {"viz_mrz_match_sex"})
        for kind, codes in MANDATORY.items()
    },
    consequences={
        **dict.fromkeys(CHECK_DIGITS, Consequence.REJECT),
        **dict.fromkeys(("document_expired", "date_valid", "date_order"), Consequence.REJECT),
        **dict.fromkeys(("age_plausible", "known_specimen"), Consequence.REJECT),
    },
)
DEMONSTRATION = replace(
    STANDARD,
    name="demonstration",
    # The portraits of specimens are often drawn figures, or missing.
    mandatory=_without("known_specimen", "portrait_present"),
    consequences={
        **STANDARD.consequences,
        **dict.fromkeys(
            ("known_specimen", "placeholder_data", "portrait_present"), Consequence.NOTE
        ),
    },
    remark="demonstration policy: specimens are let through, never use it for real documents",
)
POLICIES = {policy.name: policy for policy in (LENIENT, STANDARD, STRICT, DEMONSTRATION)}
