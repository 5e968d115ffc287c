"""From facts to one decision: pure, monotone, and able to explain itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from docverify import PIPELINE_VERSION
from docverify.case import Identity, open_case
from docverify.checks import CheckResult, Status, run_checks
from docverify.policy import Consequence, Policy
from docverify.reading import Reading


class Outcome(StrEnum):
    """What is decided, from the best to the worst."""

    VERIFIED = "verified"  # every mandatory check passed
    REFERRED = "referred"  # a person must look
    RESUBMIT = "resubmit"  # the picture cannot be judged: ask for a new one
    REJECTED = "rejected"  # a hard rule failed


FROM_BEST = tuple(Outcome)
OUTCOME_OF = {
    Consequence.NOTE: Outcome.VERIFIED,
    Consequence.REFER: Outcome.REFERRED,
    Consequence.RESUBMIT: Outcome.RESUBMIT,
    Consequence.REJECT: Outcome.REJECTED,
}


@dataclass(frozen=True)
class Verdict:
    """The decision about one document with every fact that it rests on.

    `reasons` are the codes that made the outcome what it is; a verified document has none.
    `identities` is what each source says of the holder: it goes to its own table only.
    """

    outcome: Outcome
    reasons: tuple[str, ...]
    results: tuple[CheckResult, ...]
    policy_name: str
    policy_version: str
    remark: str = ""
    identities: tuple[Identity, ...] = field(default=(), repr=False)
    pipeline_version: str = PIPELINE_VERSION

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
        remark = f" ({self.remark})" if self.remark else ""
        return f"{self.outcome.title()}: of {len(self.results)} checks {counts}.{reasons}{remark}"


def judge(reading: Reading, *, today: date, policy: Policy) -> Verdict:
    """Parse, check and decide one reading as of today."""
    case = open_case(reading, today=today, policy=policy)
    verdict = decide(run_checks(case), policy)
    identities = tuple(each for each in (case.zone, case.viz) if each != Identity(each.source))
    return replace(verdict, identities=identities)


def decide(results: Iterable[CheckResult], policy: Policy) -> Verdict:
    """Turn facts into an outcome: the worst consequence decides.

    A mandatory check that is inconclusive, was not performed or is absent refers the document;
    so one more failed check never improves the outcome.
    """
    results = tuple(results)
    missing = policy.mandatory - {result.code for result in results}
    asked = [(_outcome(result, policy), result.code) for result in results]
    asked += [(Outcome.REFERRED, code) for code in sorted(missing)]
    worst = max((outcome for outcome, _ in asked), key=FROM_BEST.index, default=Outcome.VERIFIED)
    reasons = (
        () if worst is Outcome.VERIFIED else tuple(c for outcome, c in asked if outcome is worst)
    )
    return Verdict(worst, reasons, results, policy.name, policy.version, policy.remark)


def _outcome(result: CheckResult, policy: Policy) -> Outcome:
    if result.status is Status.PASSED:
        return Outcome.VERIFIED
    least = Outcome.REFERRED if result.code in policy.mandatory else Outcome.VERIFIED
    if result.status is Status.FAILED:
        asked = OUTCOME_OF[policy.consequences.get(result.code, result.severity)]
        return max(asked, least, key=FROM_BEST.index)
    return least
