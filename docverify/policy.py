"""What the business decides about facts: thresholds, mandatory checks, consequences, weights."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import TypeVar

from docverify.documents.kinds import POLICY_KEYS
from docverify.page import Engine

Number = TypeVar("Number", int, float)


class PolicyError(ValueError):
    """A policy contradicts itself or says what no policy can say; the message names the key."""


class Consequence(StrEnum):
    """What follows from a failed check."""

    NOTE = "note"
    REFER = "refer"
    RESUBMIT = "resubmit"
    REJECT = "reject"


EVERY_DOCUMENT = frozenset(
    {
        *("file_readable", "document_detected", "image_blur"),
        *("date_valid", "date_order", "document_expired", "known_specimen"),
    }
)
ZONE = frozenset(
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
        "passport": EVERY_DOCUMENT | ZONE | COMPOSITE,
        "card": EVERY_DOCUMENT | ZONE | COMPOSITE,
        "visa": EVERY_DOCUMENT | ZONE,
        "licence": EVERY_DOCUMENT | BARCODE,
        # Nothing is verified without being known: a zone that was not found is asked for.
        "unknown": EVERY_DOCUMENT | ZONE,
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
        **dict.fromkeys(sorted(code for code in ZONE if code.startswith("viz_")), 0.40),
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
"""Start values without a calibration: how much a failure alone adds to the risk (0 to 1)."""


def _threshold(default: Number, least: Number, most: Number, about: str) -> Number:
    limits = {"least": least, "most": most, "about": about}
    chosen: Number = field(default=default, metadata=limits)
    return chosen


@dataclass(frozen=True)
class Policy:
    """A named, versioned set of thresholds, mandatory checks, consequences and weights.

    A check that is mandatory for a kind of document must pass: whatever else it answers refers.
    `consequences` overrides, by the code of a check, what the check itself asks for when it fails.
    `weights` is what a failure adds to the risk of a document: a number of small signs refers, and
    never rejects. `remark` is said with every verdict. `second_engine` reads what the run's own
    engine is unsure of (`docverify.choice`); None: none does. Raises PolicyError.
    """

    name: str
    version: str
    min_confidence: float = _threshold(
        0.85, 0, 1, "confidence from which a character or printed value counts as read"
    )
    min_name_similarity: float = _threshold(
        0.85, 0, 1, "similarity from which two spellings are one name"
    )
    min_name_resemblance: float = _threshold(
        0.60, 0, 1, "similarity below which a name is another person's"
    )
    min_sharpness: float = _threshold(
        60.0,
        0,
        10_000,
        "variance of the Laplacian at 1000 px width below which text is blurred; half as much is"
        " enough where all was read for certain, four times is asked where print was not",
    )
    min_mrz_pitch: float = _threshold(
        8.0,
        0,
        100,
        "pixels from one character of the machine readable zone to the next; half as many again are"
        " asked where print was read with doubt",
    )
    max_glare: float = _threshold(0.06, 0, 1, "share of blown-out pixels")
    min_brightness: float = _threshold(40.0, 0, 255, "mean grey below which a picture is dark")
    max_brightness: float = _threshold(240.0, 0, 255, "mean grey above which a picture is pale")
    min_contrast: float = _threshold(
        60.0, 0, 255, "spread of grey between the 5th and the 95th percentile"
    )
    min_chroma: float = _threshold(
        3.0, 0, 200, "95th percentile of CIELAB chroma below which a picture is a grey copy"
    )
    max_screen_peaks: int = _threshold(
        3, 0, 1000, "symmetric pairs of peaks in the spectrum, as a screen leaves them"
    )
    min_edge_margin: float = _threshold(
        0.005, 0, 0.5, "distance of the text from the picture's edge, as a share of its longer side"
    )
    max_pdf_change_days: float = _threshold(
        1.0, 0, 36_500, "days from the making of a PDF to its last change"
    )
    max_issue_days_ahead: int = _threshold(
        1, 0, 31, "days that a date of issue may lie ahead, for the sake of time zones"
    )
    max_excess_validity_days: int = _threshold(
        36, 0, 3650, "days that a document may be valid beyond the longest known term"
    )
    min_days_before_expiry: int = _threshold(
        30, 0, 3650, "days before its expiry from which a document expires soon"
    )
    min_age: int = _threshold(18, 0, 120, "years that an applicant must have lived")
    risk_threshold: float = _threshold(0.30, 0.01, 1, "risk from which a document is referred")
    mandatory: Mapping[str, frozenset[str]] = field(default_factory=lambda: MANDATORY)
    consequences: Mapping[str, Consequence] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=lambda: WEIGHTS)
    remark: str = ""
    second_engine: Engine | None = None

    def __post_init__(self) -> None:
        """Freeze the mappings, and refuse what is out of range or contradicts itself."""
        for name in ("mandatory", "consequences", "weights"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
        for key, threshold in THRESHOLDS.items():
            check_number(key, getattr(self, key), threshold)
        if self.min_brightness > self.max_brightness:
            raise PolicyError("min_brightness: must not be above max_brightness")
        for code, weight in self.weights.items():
            check_number(f"weights.{code}", weight, WEIGHT)
        if missing := sorted(set(POLICY_KEYS) - self.mandatory.keys()):
            raise PolicyError(f"mandatory: says nothing of {', '.join(missing)}")
        _check_notes(self)

    @property
    def content(self) -> dict[str, object]:
        """All that the policy says, as JSON has it; equal for policies that decide alike."""
        mandatory = {key: sorted(self.mandatory[key]) for key in POLICY_KEYS}
        consequences = {code: each.value for code, each in sorted(self.consequences.items())}
        weights = dict(sorted(self.weights.items()))
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        if self.second_engine is None:
            del values["second_engine"]  # What names none keeps the digest that it always had.
        return values | {
            "mandatory": mandatory,
            "consequences": consequences,
            "weights": weights,
        }

    @property
    def digest(self) -> str:
        """Tell contents apart by eight hexadecimal digits, whatever version they claim."""
        text = json.dumps(self.content, sort_keys=True)
        return sha256(text.encode()).hexdigest()[:8]


@dataclass(frozen=True)
class Threshold:
    """What a number of a policy means, and what it may be; `whole`: no fractions."""

    about: str
    least: float
    most: float
    default: float
    whole: bool


def _thresholds() -> Iterator[tuple[str, Threshold]]:
    for each in fields(Policy):
        if each.metadata:
            default: float = getattr(Policy, each.name)
            whole = isinstance(default, int)
            yield each.name, Threshold(**each.metadata, default=default, whole=whole)


THRESHOLDS: Mapping[str, Threshold] = MappingProxyType(dict(_thresholds()))
WEIGHT = Threshold("what a failure adds to the risk", 0, 1, 0.0, whole=False)


def check_number(key: str, value: object, allowed: Threshold) -> None:
    """Raise PolicyError, which says what the key may be, unless the value is within its limits."""
    types = int if allowed.whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, types):
        fits = False
    else:
        fits = allowed.least <= value <= allowed.most  # not a number fits nowhere
    if not fits:
        kind = "a whole number" if allowed.whole else "a number"
        limits = f"from {allowed.least:g} to {allowed.most:g}"
        raise PolicyError(f"{key}: must be {kind} {limits} ({allowed.about})")


def _check_notes(policy: Policy) -> None:
    """A failed check that is only noted must be neither mandatory nor enough to refer."""
    for code in sorted(c for c, each in policy.consequences.items() if each is Consequence.NOTE):
        for key in POLICY_KEYS:
            if code in policy.mandatory[key]:
                raise PolicyError(f"consequences.{code}: only noted, yet mandatory.{key} has it")
        if policy.weights.get(code, 0) >= policy.risk_threshold:
            raise PolicyError(
                f"consequences.{code}: only noted, yet weights.{code} alone reaches risk_threshold"
            )


def _without(*codes: str) -> Mapping[str, frozenset[str]]:
    return {key: MANDATORY[key] - {*codes} for key in POLICY_KEYS}


# The law that orders the presets, over any results: whoever overrides a consequence must also be
# overridden by the stricter ones, or ask for the least or the most that there is. All have the
# same min_confidence: raised, it would turn failures into doubts, which are less than failures.
STANDARD = Policy(
    name="standard",
    version="2",
    consequences={"document_expired": Consequence.REJECT},
)
LENIENT = replace(
    STANDARD,
    name="lenient",
    version="1",
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
    version="1",
    min_name_similarity=0.92,
    min_name_resemblance=0.70,
    min_sharpness=100.0,
    min_mrz_pitch=10.0,
    max_glare=0.03,
    min_days_before_expiry=90,
    max_excess_validity_days=0,
    risk_threshold=0.20,
    mandatory={
        kind: codes | {"age_plausible"} | (codes & ZONE and {"viz_mrz_match_sex"})
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
    mandatory=_without("known_specimen"),
    consequences={**STANDARD.consequences, "known_specimen": Consequence.NOTE},
    remark="demonstration policy: specimens are let through, never use it for real documents",
)
POLICIES = {policy.name: policy for policy in (LENIENT, STANDARD, STRICT, DEMONSTRATION)}
