"""Which engine's reading is judged, where a policy lets a second engine read what is in doubt.

The choice rests on how surely a document was read, never on what failed: a wrong check digit that
was read with certainty is a finding, and no reason to ask until another one says better.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from docverify.applicant import Applicant
from docverify.case import Case, open_case
from docverify.checks import Status
from docverify.checks.comparison import compare_with_viz
from docverify.documents.kinds import DocumentKind
from docverify.duplicates import History
from docverify.identities import Identity, Source
from docverify.page import Engine, Reading, SecondReading
from docverify.policy import Policy

NOT_ASKED = "not-asked"
"""The failure of a second engine that nobody asked, as when what is on record is judged again."""


class Doubt(StrEnum):
    """Why a reading is not sure, the least doubt first."""

    FIELD_UNREAD = "field-unread"  # a mandatory comparison with the print is left open
    ZONE_UNCERTAIN = "zone-uncertain"  # the check mrz_confidence would not pass
    NO_ZONE = "no-zone"  # nor the barcode or the words of a licence


@dataclass(frozen=True)
class Choice:
    """What became of a policy's wish for a second engine, for one document.

    `doubt` is that about the first engine's reading; without one, nobody was asked. `failure` is
    the code of why the second engine read nothing. `read_by` is the engine whose reading is judged.
    """

    first: Engine
    second: Engine
    read_by: Engine
    doubt: Doubt | None = None
    failure: str = ""

    @property
    def sentence(self) -> str:
        """Say it in one sentence."""
        if self.doubt is None:
            return f"{self.first} was sure, {self.second} was not asked."
        why = f"{self.first} was unsure ({self.doubt})"
        if self.failure:
            return f"{why}, {self.second} did not read it ({self.failure})."
        return f"{why}, {self.second} was asked; judged is what {self.read_by} read."


def find_doubt(case: Case) -> Doubt | None:
    """Return the gravest doubt about a reading; None where it is sure.

    A file that cannot be opened has none, nor has a licence without its barcode: what they lack,
    no engine reads.
    """
    if case.reading.refusal or (case.kind is DocumentKind.AAMVA_LICENCE and case.card is None):
        return None
    if case.kind is not DocumentKind.AAMVA_LICENCE and (about_zone := _doubt_about_zone(case)):
        return about_zone
    machine, prefix = case.mrz_identity, "viz_mrz_match_"
    if case.kind is DocumentKind.AAMVA_LICENCE:
        machine, prefix = case.barcode_identity, "barcode_front_match_"
    compared = (
        code for code in case.policy.mandatory[case.kind.policy_key] if code.startswith(prefix)
    )
    names = (code.removeprefix(prefix) for code in compared)
    left_open = any(_is_left_open(case, machine, name) for name in names)
    return Doubt.FIELD_UNREAD if left_open else None


def _is_left_open(case: Case, machine: Identity, name: str) -> bool:
    """Whether it was not read surely enough that the print says what zone or barcode say, or not.

    What agrees was read, however faintly. What these do not hold, no reading of the print adds.
    """
    is_held = getattr(machine, name) is not None
    if not is_held or (machine.source is Source.MRZ and not case.mrz_has(name)):
        return False
    return compare_with_viz(case, machine, name) not in (Status.PASSED, Status.FAILED)


def _doubt_about_zone(case: Case) -> Doubt | None:
    found = case.mrz_reading
    if found is None:
        return Doubt.NO_ZONE
    if case.mrz is None or not found.constrained:
        return Doubt.ZONE_UNCERTAIN
    return Doubt.ZONE_UNCERTAIN if case.mrz_confidence() < case.policy.min_confidence else None


def choose_second_engine(reading: Reading, *, today: date, policy: Policy) -> Engine | None:
    """Return the second engine where it should read the document as well; else None."""
    second = policy.second_engine
    if second in (None, reading.engine) or _read_by_second(reading, policy):
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
    """Open the case of the reading that is judged; None where the policy names no second engine.

    It is the second engine's where there is less doubt about that one than about the first.
    """

    def opened(read: Reading) -> Case:
        return open_case(read, today=today, policy=policy, applicant=applicant, history=history)

    case, wanted = opened(reading), policy.second_engine
    if wanted is None or wanted is reading.engine:
        return case, None
    first = find_doubt(case)
    if first is None:
        return case, Choice(reading.engine, wanted, reading.engine)
    second = _read_by_second(reading, policy)
    if second is None:
        failure = _failure(reading, policy)
        return case, Choice(reading.engine, wanted, reading.engine, first, failure)
    other = opened(_alone(reading, second))
    surer = min((case, other), key=lambda each: _rank(find_doubt(each)))
    return surer, Choice(reading.engine, wanted, surer.reading.engine, first)


def find_chosen_reading(reading: Reading, choice: Choice | None) -> Reading:
    """Return what was judged of a reading, by the choice that its verdict tells."""
    second = reading.second
    if choice is None or second is None or choice.read_by is not second.engine:
        return reading
    return _alone(reading, second)


def _alone(reading: Reading, second: SecondReading) -> Reading:
    """Return the second engine's reading as one of its own; the file's making is the same."""
    return Reading(second.engine, second.pages, provenance=reading.provenance)


def _read_by_second(reading: Reading, policy: Policy) -> SecondReading | None:
    second = reading.second
    read = second and second.engine is policy.second_engine and not second.failure
    return second if read else None


def _failure(reading: Reading, policy: Policy) -> str:
    second = reading.second
    return second.failure if second and second.engine is policy.second_engine else NOT_ASKED


def _rank(found: Doubt | None) -> int:
    return 0 if found is None else 1 + list(Doubt).index(found)
