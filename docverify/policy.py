"""What the business decides about facts: thresholds, mandatory checks and consequences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class Consequence(StrEnum):
    """What follows from a failed check."""

    NOTE = "note"
    REFER = "refer"
    RESUBMIT = "resubmit"
    REJECT = "reject"


MANDATORY = frozenset(
    {
        *("file_readable", "document_detected", "image_resolution", "image_blur"),
        *("mrz_present", "mrz_format", "mrz_confidence", "mrz_check_digit_document_number"),
        *("mrz_check_digit_birth_date", "mrz_check_digit_expiry_date", "date_valid"),
        *("date_order", "document_expired", "known_specimen", "viz_mrz_match_document_number"),
        *("viz_mrz_match_birth_date", "viz_mrz_match_expiry_date", "viz_mrz_match_surname"),
        *("viz_mrz_match_given_names",),
    }
)


@dataclass(frozen=True)
class Policy:
    """A named, versioned set of thresholds and consequences.

    `min_confidence` (0 to 1) is asked of every character of the machine readable zone and of
    every printed value that is compared; `min_sharpness` is a variance of the Laplacian at
    1000 px width; `min_mrz_pitch` is in pixels. `consequences` overrides, by the code of a check,
    what the check itself asks for when it fails. `remark` is said with every verdict.
    """

    name: str
    version: str
    min_confidence: float = 0.85
    min_name_similarity: float = 0.85
    min_sharpness: float = 60.0
    min_mrz_pitch: float = 8.0
    mandatory: frozenset[str] = MANDATORY
    consequences: Mapping[str, Consequence] = field(default_factory=lambda: MappingProxyType({}))
    remark: str = ""

    def __post_init__(self) -> None:
        """Refuse a policy whose mandatory checks may fail without consequence."""
        noted = {code for code, each in self.consequences.items() if each is Consequence.NOTE}
        if contradiction := sorted(noted & self.mandatory):
            raise ValueError(f"mandatory, yet only noted: {', '.join(contradiction)}")


STANDARD = Policy(name="standard", version="1")
DEMONSTRATION = Policy(
    name="demonstration",
    version="1",
    mandatory=MANDATORY - {"known_specimen"},
    consequences=MappingProxyType({"known_specimen": Consequence.NOTE}),
    remark="demonstration policy: specimens are let through, never use it for real documents",
)
POLICIES = {policy.name: policy for policy in (STANDARD, DEMONSTRATION)}


def policy_named(name: str) -> Policy:
    """Return one of POLICIES; raises ValueError that names the ones there are."""
    if name not in POLICIES:
        raise ValueError(f"there is no such policy: choose one of {', '.join(sorted(POLICIES))}")
    return POLICIES[name]
