"""Choice between the readings of two engines, if a policy names a second one.

The choice depends on how certainly a document was read, never on which checks failed. A wrong check
digit that was read with certainty is a finding, not a reason to try another engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from docverify.applicant import Applicant
from docverify.case import Case, open_case
from docverify.checks import Status
from docverify.checks.viz_comparison import compare_with_viz
from docverify.documents.kinds import DocumentKind
from docverify.duplicates import History
from docverify.identities import Identity, Source
from docverify.page import Engine, Reading, SecondReading
from docverify.policy import Policy

NOT_ASKED = "not-asked"
"""The failure code if the second engine was not used, as in a redecision of old readings."""


class Doubt(StrEnum):
    """Why a reading is uncertain, from the smallest to the largest doubt."""

    FIELD_UNREAD = "field-unread"  # a mandatory comparison with the printed text is open
    MRZ_UNCERTAIN = "zone-uncertain"  # the check mrz_confidence does not pass
    NO_MRZ = "no-zone"  # nor the barcode or the title of a licence


@dataclass(frozen=True)
class Choice:
    """The choice between two engines for one document.

    Attributes:
        read_by: The engine whose reading is checked.
        doubt: The doubt about the first engine's reading. None if it was certain; the second
            engine was not asked then.
        failure: Code of the reason why the second engine read nothing. Empty if it read, or was
            not asked.
    """

    first: Engine
    second: Engine
    read_by: Engine
    doubt: Doubt | None = None
    failure: str = ""

    @property
    def sentence(self) -> str:
        """The choice in one sentence."""
        if self.doubt is None:
            return f"{self.first} was certain, {self.second} was not asked."
        why = f"{self.first} was uncertain ({self.doubt})"
        if self.failure:
            return f"{why}, {self.second} did not read it ({self.failure})."
        return f"{why}, {self.second} was asked; the reading of {self.read_by} was checked."


def find_doubt(case: Case) -> Doubt | None:
    """Return the largest doubt about a reading; None if it is certain.

    There is no doubt about a file that cannot be opened, or a licence without its barcode, because
    another engine could not read more.
    """
    if case.reading.refusal or (case.kind is DocumentKind.AAMVA_LICENCE and case.card is None):
        return None
    if case.kind is not DocumentKind.AAMVA_LICENCE and (about_mrz := _find_doubt_about_mrz(case)):
        return about_mrz
    machine, prefix = case.mrz_identity, "viz_mrz_match_"
    if case.kind is DocumentKind.AAMVA_LICENCE:
        machine, prefix = case.barcode_identity, "barcode_front_match_"
    compared = (
        code for code in case.policy.mandatory[case.kind.policy_key] if code.startswith(prefix)
    )
    names = (code.removeprefix(prefix) for code in compared)
    is_open = any(_is_open(case, machine, name) for name in names)
    return Doubt.FIELD_UNREAD if is_open else None


def _is_open(case: Case, machine: Identity, name: str) -> bool:
    """Return whether the printed value was read too uncertainly to be compared.

    A value that agrees counts as read, however uncertain it is. A field that the MRZ or the barcode
    does not have cannot be compared by any engine.
    """
    is_held = getattr(machine, name) is not None
    if not is_held or (machine.source is Source.MRZ and not case.mrz_has(name)):
        return False
    return compare_with_viz(case, machine, name) not in (Status.PASSED, Status.FAILED)


def _find_doubt_about_mrz(case: Case) -> Doubt | None:
    found = case.mrz_reading
    if found is None:
        return Doubt.NO_MRZ
    if case.mrz is None or not found.constrained:
        return Doubt.MRZ_UNCERTAIN
    return Doubt.MRZ_UNCERTAIN if case.mrz_confidence() < case.policy.min_confidence else None


def choose_second_engine(reading: Reading, *, today: date, policy: Policy) -> Engine | None:
    """Return the second engine if it should also read the document, else None."""
    second = policy.second_engine
    if second in (None, reading.engine) or _find_second_reading(reading, policy):
        return None
    return second if find_doubt(open_case(reading, today=today, policy=policy)) else None


def open_chosen_case(
    reading: Reading,
    *,
    today: date,
    policy: Policy,
    applicant: Applicant | None = None,
    history: History | None = None,
) -> tuple[Case, Choice | None]:
    """Open the case of the less doubtful reading; if both are equal, of the first engine's.

    The choice is None if the policy names no second engine, or names the engine that read first.
    """

    def open_reading(read: Reading) -> Case:
        return open_case(read, today=today, policy=policy, applicant=applicant, history=history)

    case, second_engine = open_reading(reading), policy.second_engine
    if second_engine is None or second_engine is reading.engine:
        return case, None
    doubt = find_doubt(case)
    if doubt is None:
        return case, Choice(reading.engine, second_engine, reading.engine)
    second = _find_second_reading(reading, policy)
    if second is None:
        failure = _find_failure(reading, policy)
        return case, Choice(reading.engine, second_engine, reading.engine, doubt, failure)
    other = open_reading(_build_reading(reading, second))
    surer = min((case, other), key=lambda each: _grade_doubt(find_doubt(each)))
    return surer, Choice(reading.engine, second_engine, surer.reading.engine, doubt)


def find_chosen_reading(reading: Reading, choice: Choice | None) -> Reading:
    """Return the reading that was checked, by the choice in its verdict."""
    second = reading.second
    if choice is None or second is None or choice.read_by is not second.engine:
        return reading
    return _build_reading(reading, second)


def _build_reading(reading: Reading, second: SecondReading) -> Reading:
    """Return the second engine's reading of the same file as if it were the only one."""
    return Reading(second.engine, second.pages, provenance=reading.provenance)


def _find_second_reading(reading: Reading, policy: Policy) -> SecondReading | None:
    second = reading.second
    read = second and second.engine is policy.second_engine and not second.failure
    return second if read else None


def _find_failure(reading: Reading, policy: Policy) -> str:
    second = reading.second
    return second.failure if second and second.engine is policy.second_engine else NOT_ASKED


def _grade_doubt(doubt: Doubt | None) -> int:
    return 0 if doubt is None else 1 + list(Doubt).index(doubt)
