"""The decision about a document: a pure, monotone function of facts and policy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from math import prod

from docverify import PIPELINE_VERSION
from docverify.applicant import Applicant
from docverify.checks import CHECKS, CheckResult, Status, run_checks
from docverify.documents.kinds import DocumentKind
from docverify.duplicates import History
from docverify.identities import Identity
from docverify.page import Reading, Refusal
from docverify.policy import Consequence, Policy
from docverify.refusals import explain_refusal, find_refusal_reason
from docverify.second_engine import Choice, open_chosen_case


class Outcome(StrEnum):
    """The outcome of a decision, from the best to the worst."""

    VERIFIED = "verified"  # every mandatory check passed
    REFERRED = "referred"  # a person must look
    RESUBMIT = "resubmit"  # the image cannot be checked: ask for a new one
    REJECTED = "rejected"  # a hard rule failed


APPLICANT_DATA = frozenset({"applicant_data_match_name", "applicant_data_match_birth_date"})
"""Checks of data that the applicant gave: a failure or a doubt refers under every policy."""

NEED_PRESENT_READING = frozenset({"portrait_present"})
"""Checks of facts that earlier versions did not read."""

FILE_READABLE = "file_readable"
FROM_BEST = tuple(Outcome)
WEIGHT_FACTORS = {Status.FAILED: 1.0, Status.INCONCLUSIVE: 0.5}
OUTCOME_BY_CONSEQUENCE = {
    Consequence.NOTE: Outcome.VERIFIED,
    Consequence.REFER: Outcome.REFERRED,
    Consequence.RESUBMIT: Outcome.RESUBMIT,
    Consequence.REJECT: Outcome.REJECTED,
}
MESSAGES = {
    Outcome.VERIFIED: "Your document was checked. There is nothing more for you to do.",
    Outcome.REFERRED: (
        "Your document was received. A person will look at it. "
        "There is nothing for you to do until you hear from us."
    ),
    Outcome.RESUBMIT: "We could not read your document. Please upload it again: {advice}.",
    Outcome.REJECTED: (
        "We were unable to verify your identity with this document. "
        "You may upload another valid document, or ask for a person to look at it."
    ),
}
ADVICE = {
    code: answers.advice for answers in CHECKS.values() for code in answers.codes if answers.advice
} | {"side_missing": "with every side or page that shows your details"}
"""What the applicant should do, by the check or the person's reason for a new upload."""
ANY_PHOTO = "in a clear photo of the whole original document"


@dataclass(frozen=True)
class Verdict:
    """The decision about one document, with every fact behind it.

    Attributes:
        reasons: Codes of the checks that determined the outcome, sorted. Empty if verified. With
            `file_readable` comes the code of the refusal, such as `file_too_large`.
        risk: The policy's weights of all failures and doubts combined, 0 to 1.
        identities: What each source states about the holder. Stored in a separate table.
        choice: The engine whose reading was checked. None if the policy names no second engine.
        policy_sha256: The SHA-256 of the policy's content. Empty if a person decided.
        refusal: Why the file was not read. None if it was.
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
    policy_sha256: str = ""
    refusal: Refusal | None = None

    def count(self, status: Status) -> int:
        """Count the results of one status."""
        return sum(result.status is status for result in self.results)

    @property
    def summary(self) -> str:
        """Outcome, number of checks by status, and reasons, in one line."""
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
        """What the applicant may be shown.

        The text depends only on the outcome, except for the advice on a new upload, because it must
        not reveal what was found.
        """
        if self.refusal and self.outcome is Outcome.RESUBMIT:
            return explain_refusal(self.refusal)
        advice = [text for code, text in ADVICE.items() if code in self.reasons]
        return MESSAGES[self.outcome].format(advice="; ".join(advice) or ANY_PHOTO)


def judge(
    reading: Reading,
    *,
    today: date,
    policy: Policy,
    applicant: Applicant | None = None,
    history: History | None = None,
) -> Verdict:
    """Parse and check one reading, compare it with what the applicant stated, and decide.

    Without `history`, the checks for duplicates are not performed.
    """
    case, choice = open_chosen_case(
        reading, today=today, policy=policy, applicant=applicant, history=history
    )
    verdict = decide(run_checks(case), policy, case.kind)
    refusal = case.reading.refusal
    reasons = {*verdict.reasons}
    if FILE_READABLE in reasons and (reason := find_refusal_reason(refusal)):
        reasons.add(reason)
    return replace(
        verdict,
        reasons=tuple(sorted(reasons)),
        identities=case.identities,
        choice=choice,
        refusal=refusal,
    )


def must_be_read_again(reading: Reading, verdict: Verdict) -> bool:
    """Return whether the reading lacks facts, not read by earlier versions, that the checks need.

    A visa may have no portrait, so an earlier reading of a visa is decided by the current rules.
    """
    return reading.is_outdated and any(
        each.code in NEED_PRESENT_READING and each.status is Status.NOT_PERFORMED and each.applies
        for each in verdict.results
    )


def decide(
    results: Iterable[CheckResult], policy: Policy, kind: DocumentKind = DocumentKind.UNKNOWN
) -> Verdict:
    """Decide the outcome: the worst consequence of all results.

    A mandatory check that is inconclusive, was not performed or is missing refers the document,
    unless the check does not apply to its layout. A failure or a doubt about the applicant's data
    at least refers it, regardless of the policy. A risk that reaches the policy's threshold refers
    it too. One more failed check never improves the outcome, and the order of the results does not
    matter.
    """
    results = tuple(results)
    mandatory = policy.mandatory[kind.policy_key]
    asked = {(decide_result(result, policy, mandatory), result.code) for result in results}
    asked |= {(Outcome.REFERRED, code) for code in mandatory - {each.code for each in results}}
    weights = _weigh(results, policy)
    risk = 1 - prod(1 - weights[code] for code in sorted(weights))
    if risk >= policy.risk_threshold:
        asked |= {(Outcome.REFERRED, code) for code in weights}
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
        policy_sha256=policy.content_sha256,
    )


def decide_result(result: CheckResult, policy: Policy, mandatory: frozenset[str]) -> Outcome:
    """Decide what one result asks for; `mandatory` has the checks that must pass.

    The risk of the document, to which a result may add, does not matter here.
    """
    if result.status is Status.PASSED:
        return Outcome.VERIFIED
    is_missed = result.applies and result.code in mandatory
    is_unmatched = result.code in APPLICANT_DATA and result.status is not Status.NOT_PERFORMED
    least = Outcome.REFERRED if is_missed or is_unmatched else Outcome.VERIFIED
    if result.status is Status.FAILED:
        asked = OUTCOME_BY_CONSEQUENCE[policy.consequences.get(result.code, result.severity)]
        return max(asked, least, key=FROM_BEST.index)
    return least


def _weigh(results: Iterable[CheckResult], policy: Policy) -> dict[str, float]:
    """Return what each check adds to the risk: its weight for a failure, half for a doubt."""
    weights: dict[str, float] = {}
    for result in results:
        weight = policy.weights.get(result.code, 0.0) * WEIGHT_FACTORS.get(result.status, 0.0)
        if weight:
            weights[result.code] = max(weight, weights.get(result.code, 0.0))
    return weights
