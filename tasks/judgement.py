"""The stage that checks and decides; all of its logic is in docverify."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from prefect import task
from prefect.cache_policies import NO_CACHE

from docverify.applicant import Applicant
from docverify.corrections import Correction, correct, refer_corrected
from docverify.duplicates import History
from docverify.page import Reading
from docverify.policy import Policy
from docverify.verdict import Verdict, judge
from tasks.errors import only_our_errors


@task(cache_policy=NO_CACHE, persist_result=False)
@only_our_errors()
def verify(
    reading: Reading,
    today: date,
    policy: Policy,
    applicant: Applicant | None = None,
    history: History | None = None,
    corrections: Sequence[Correction] = (),
) -> Verdict:
    """Check a reading, and decide under the policy as of a day.

    `applicant` is the applicant's data from the upload, `history` counts the similarities with
    earlier documents, and `corrections` are the values that a person has corrected since the
    upload.
    """
    corrected = correct(reading, corrections)
    verdict = judge(corrected, today=today, policy=policy, applicant=applicant, history=history)
    return refer_corrected(verdict) if corrections else verdict
