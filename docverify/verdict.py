"""From facts to one decision: pure, monotone, and able to explain itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from math import prod

from docverify import PIPELINE_VERSION
from docverify.applicant import Applicant
from docverify.checks import CheckResult, Status, run_checks
from docverify.documents.kinds import DocumentKind
from docverify.duplicates import History
from docverify.identities import Identity
from docverify.page import Reading
from docverify.policy import Consequence, Policy
from docverify.second_engine import Choice, open_chosen_case


class Outcome(StrEnum):
    """What is decided, from the best to the worst."""

    VERIFIED = "verified"  # every mandatory check passed
    REFERRED = "referred"  # a person must look
    RESUBMIT = "resubmit"  # the picture cannot be judged: ask for a new one
    REJECTED = "rejected"  # a hard rule failed


FROM_BEST = tuple(Outcome)
STRENGTH = {Status.FAILED: 1.0, Status.INCONCLUSIVE: 0.5}
OUTCOME_OF = {
    Consequence.NOTE: Outcome.VERIFIED,
    Consequence.REFER: Outcome.REFERRED,
    Consequence.RESUBMIT: Outcome.RESUBMIT,
    Consequence.REJECT: Outcome.REJECTED,
}


MESSAGES = {
    Outcome.VERIFIED: "Your document was checked. There is nothing left for you to do.",
    Outcome.REFERRED: (
        "Your document was received. A person will look at it; "
        "there is nothing for you to do until you hear from us."
    ),
    Outcome.RESUBMIT: "We could not read your document. Please upload it again: {advice}.",
    Outcome.REJECTED: (
        "We were unable to verify your identity with this document. "
        "You may use another valid document, or ask for a person to look at it."
    ),
}
ADVICE = {
    "file_readable": "as a picture or PDF that opens without a password and is complete",
    "document_detected": "the whole side with your name and picture, lying flat",
    "image_blur": "in a sharp picture, held still and in focus",
    "image_resolution": "in a larger picture, taken from closer",
    "image_glare": "without reflections",
    "image_exposure": "in even light, neither dark nor pale",
    "document_cropped": "with all four edges in the picture",
    "single_document": "one document in each picture",
    "barcode_present": "with both sides, the barcode on the back sharp and without reflections",
}
"""What to do about the picture, and only that: no word of what gave a forgery away."""
ANY_PICTURE = "in a clear picture of the whole original document"


@dataclass(frozen=True)
class Verdict:
    """The decision about one document with every fact that it rests on.

    `reasons` are the codes that made the outcome what it is, sorted; a verified document has none.
    `risk` (0 to 1) is what the policy's weights make of all failures and doubts together.
    `identities` is what each source says of the holder: it goes to its own table only. `choice`
    says which engine's reading was judged, where the policy names a second one.
    """

    outcome: Outcome
    reasons: tuple[str, ...]
    results: tuple[CheckResult, ...]
    policy_name: str
    policy_version: str
    remark: str = ""
    identities: tuple[Identity, ...] = field(default=(), repr=False)
    pipeline_version: str = PIPELINE_VERSION
    kind: DocumentKind = DocumentKind.UNKNOWN
    risk: float = 0.0
    choice: Choice | None = None

    def count(self, status: Status) -> int:
        """Count the results of one status."""
        return sum(result.status is status for result in self.results)

    @property
    def summary(self) -> str:
        """Say in one line how many checks passed, failed and were not performed, and why so."""
        counts = ", ".join(
            f"{self.count(status)} {status.replace('_', ' ')}"
            for status in Status
            if self.count(status) or status is not Status.INCONCLUSIVE
        )
        reasons = f" Reasons: {', '.join(self.reasons)}." if self.reasons else ""
        risk = f" Risk {self.risk:.2f}." if self.risk and self.outcome is Outcome.REFERRED else ""
        choice = f" {self.choice.sentence}" if self.choice and self.choice.doubt else ""
        remark = f" ({self.remark})" if self.remark else ""
        total = f"{self.outcome.title()}: of {len(self.results)} checks"
        return f"{total} {counts}.{reasons}{risk}{choice}{remark}"

    @property
    def applicant_message(self) -> str:
        """Say what may be shown to an applicant.

        It is the same for all who are referred, and for all who are rejected, whatever was found.
        """
        advice = [text for code, text in ADVICE.items() if code in self.reasons]
        return MESSAGES[self.outcome].format(advice="; ".join(advice) or ANY_PICTURE)


def judge(
    reading: Reading,
    *,
    today: date,
    policy: Policy,
    applicant: Applicant | None = None,
    history: History | None = None,
) -> Verdict:
    """Parse, check and decide one reading as of today, beside what the applicant says.

    `history` is what is known of other documents; without it, nobody was asked.
    """
    case, choice = open_chosen_case(
        reading, today=today, policy=policy, applicant=applicant, history=history
    )
    verdict = decide(run_checks(case), policy, case.kind)
    return replace(verdict, identities=case.identities, choice=choice)


def decide(
    results: Iterable[CheckResult], policy: Policy, kind: DocumentKind = DocumentKind.UNKNOWN
) -> Verdict:
    """Turn facts into an outcome: the worst consequence decides.

    A mandatory check that is inconclusive, was not performed or is absent refers the document,
    unless no document of its layout has what is asked for. So does a risk that reaches the
    policy's threshold. One more failed check never improves the outcome, and the order of the
    results does not matter.
    """
    results = tuple(results)
    mandatory = policy.mandatory[kind.policy_key]
    asked = {(_outcome(result, policy, mandatory), result.code) for result in results}
    asked |= {(Outcome.REFERRED, code) for code in mandatory - {each.code for each in results}}
    shares = _shares(results, policy)
    risk = 1 - prod(1 - shares[code] for code in sorted(shares))
    if risk >= policy.risk_threshold:
        asked |= {(Outcome.REFERRED, code) for code in shares}
    worst = max((outcome for outcome, _ in asked), key=FROM_BEST.index, default=Outcome.VERIFIED)
    deciding = () if worst is Outcome.VERIFIED else (c for outcome, c in asked if outcome is worst)
    return Verdict(
        worst,
        tuple(sorted(deciding)),
        results,
        policy.name,
        policy.version,
        policy.remark,
        kind=kind,
        risk=risk,
    )


def _outcome(result: CheckResult, policy: Policy, mandatory: frozenset[str]) -> Outcome:
    if result.status is Status.PASSED:
        return Outcome.VERIFIED
    missed = result.applies and result.code in mandatory
    least = Outcome.REFERRED if missed else Outcome.VERIFIED
    if result.status is Status.FAILED:
        asked = OUTCOME_OF[policy.consequences.get(result.code, result.severity)]
        return max(asked, least, key=FROM_BEST.index)
    return least


def _shares(results: Iterable[CheckResult], policy: Policy) -> dict[str, float]:
    """Give what each check adds to the risk: its weight for a failure, half of it for a doubt."""
    shares: dict[str, float] = {}
    for result in results:
        share = policy.weights.get(result.code, 0.0) * STRENGTH.get(result.status, 0.0)
        if share:
            shares[result.code] = max(share, shares.get(result.code, 0.0))
    return shares
