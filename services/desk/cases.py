"""A case: everything on record about one document, for the reviewer."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from docverify.applicant import Applicant
from docverify.case import Case
from docverify.checks import Status
from docverify.comparisons import Comparison, find_comparisons
from docverify.corrections import correct
from docverify.field_places import Place, find_places
from docverify.page import Reading
from docverify.policy import POLICIES, STANDARD, Policy
from docverify.policy_file import PERSON
from docverify.reading import wire
from docverify.second_engine import find_chosen_reading, open_chosen_case
from services.desk.evidence import (
    ShownComparison,
    find_evidence_places,
    list_crops,
    show_comparisons,
)
from services.desk.images import CaseCrops
from services.desk.people import Person
from services.desk.wording import FIELDS, RULES, SOURCES, explain_code
from tasks.errors import SetupError
from tasks.record.policies import read_recorded_policy
from tasks.record.review_queue import is_claim_of
from tasks.record.stored_corrections import find_corrections
from tasks.record.tables import (
    applicants,
    check_results,
    documents,
    holder_fields,
    readings,
    review_claims,
    verdicts,
)


@dataclass(frozen=True)
class CheckRow:
    """A result of a check in plain words.

    Attributes:
        title: What was checked.
        rule: The rule, in one sentence.
        evidence: What was found.
        places: Numbers of the places on the pages that the check is about.
        comparisons: The comparisons to make on the image.
    """

    code: str
    title: str
    rule: str
    status: str
    evidence: str
    is_reason: bool
    places: tuple[int, ...] = ()
    comparisons: tuple[ShownComparison, ...] = ()


@dataclass(frozen=True)
class DeskCase:
    """A document with its verdict, its fields and its checks.

    Attributes:
        verdict: Row of `verdicts`.
        checked: The machine's verdict to which the checks and fields belong.
        document: Row of `documents`.
        claim: Valid row of `review_claims`, and whether the claim is that of the person who views
            the case; None if the document is not claimed.
        newer_id: The current verdict, if this one is no longer current; None if it is.
        kind: Kind of document.
        pages: Width and height of each page.
        places: The places of the fields on the pages.
        comparisons: What the checks of image evidence found; failed ones come first.
        fields: Values by source, for each field.
        printed: The texts of the VIZ as read, by field.
    """

    verdict: Row[Any]
    checked: Row[Any]
    document: Row[Any]
    claim: Row[Any] | None
    newer_id: int | None
    kind: str
    refusal: str
    policy: Policy
    pages: tuple[tuple[int, int], ...]
    places: tuple[Place, ...] = field(repr=False)
    comparisons: tuple[Comparison, ...] = field(repr=False)
    fields: Mapping[str, Mapping[str, str]] = field(repr=False)
    printed: Mapping[str, str] = field(repr=False)
    checks: tuple[CheckRow, ...]

    def list_checks(self, *statuses: str) -> list[CheckRow]:
        """List the results with some statuses; the reasons for the outcome come first."""
        found = [each for each in self.checks if each.status in statuses]
        return sorted(found, key=lambda each: (not each.is_reason, statuses.index(each.status)))

    @property
    def doubted_places(self) -> frozenset[int]:
        """Numbers of the places where a check of image evidence failed."""
        failed = (check for check in self.checks if check.status != Status.PASSED)
        return frozenset(n for check in failed for each in check.comparisons for n in each.places)

    def list_crops(self) -> CaseCrops:
        """List the crops of this case, for a reader process."""
        return CaseCrops(self.verdict.id, self.document, list_crops(self.comparisons))


def read_case(connection: Connection, verdict_id: int, person: Person) -> DeskCase | None:
    """Read a case for a person; return None if there is no such verdict."""
    verdict = connection.execute(select(verdicts).filter_by(id=verdict_id)).one_or_none()
    if verdict is None:
        return None
    checked = find_machine_verdict(connection, verdict)
    document = connection.execute(select(documents).filter_by(id=verdict.document_id)).one()
    policy = read_policy_of(connection, checked)
    reading = read_reading(connection, checked)
    applicant = read_applicant(connection, document.id)
    results = connection.execute(
        select(check_results).filter_by(verdict_id=checked.id).order_by(check_results.c.position)
    ).all()
    opened: Case | None = None
    places: tuple[Place, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    if reading and reading.pages:
        day = checked.decided_at.date()
        opened, choice = open_chosen_case(reading, today=day, policy=policy, applicant=applicant)
        reading = find_chosen_reading(reading, choice)
        comparisons = tuple(sorted(find_comparisons(opened, reading), key=lambda each: each.passes))
        places = (*find_places(opened, reading), *find_evidence_places(comparisons))
    printed = {name: value.text for name, value in opened.printed.items()} if opened else {}
    return DeskCase(
        verdict=verdict,
        checked=checked,
        document=document,
        claim=read_claim(connection, verdict.id, person),
        newer_id=find_newer_verdict(connection, verdict),
        kind=opened.kind.value if opened else "unknown",
        refusal=reading.refusal.message if reading and reading.refusal else "",
        policy=policy,
        pages=tuple((page.width, page.height) for page in reading.pages) if reading else (),
        places=places,
        comparisons=comparisons,
        fields=read_fields(connection, checked.id, applicant),
        printed=printed,
        checks=tuple(_build_checks(results, checked.reasons, places, comparisons)),
    )


def find_machine_verdict(connection: Connection, verdict: Row[Any]) -> Row[Any]:
    """Return the verdict that a person's decision was about, or the verdict itself."""
    while verdict.policy_name == PERSON and verdict.previous_id:
        verdict = connection.execute(select(verdicts).filter_by(id=verdict.previous_id)).one()
    return verdict


def find_newer_verdict(connection: Connection, verdict: Row[Any]) -> int | None:
    """Return the current verdict of the document and engine, if it is a different one."""
    newest: int | None = connection.scalar(
        select(func.max(verdicts.c.id)).where(
            verdicts.c.document_id == verdict.document_id,
            verdicts.c.engine == verdict.engine,
            verdicts.c.overruled_by_id.is_(None),
        )
    )
    return None if newest == verdict.id else newest


def read_claim(connection: Connection, verdict_id: int, person: Person) -> Row[Any] | None:
    """Return the claim on a document, and whether it is this person's; None without a claim."""
    is_own = is_claim_of(person.name, person.subject).label("is_own")
    return connection.execute(
        select(review_claims, is_own).where(
            review_claims.c.verdict_id == verdict_id, review_claims.c.expires_at > func.now()
        )
    ).one_or_none()


def read_policy_of(connection: Connection, verdict: Row[Any]) -> Policy:
    """Return the policy of a verdict as it was at that time; the current one if it was not kept."""
    try:
        return read_recorded_policy(connection, verdict)
    except SetupError:
        return POLICIES.get(verdict.policy_name, STANDARD)


def read_reading(connection: Connection, verdict: Row[Any]) -> Reading | None:
    """Return what was read of a document, with the corrections; None if it was purged."""
    identity = {
        "document_id": verdict.document_id,
        "engine": verdict.engine,
        "reader_version": verdict.reader_version,
    }
    content = connection.scalar(select(readings.c.content).filter_by(**identity))
    if content is None:
        return None
    try:
        reading = wire.read(zlib.decompress(content))
    except (wire.MalformedReading, zlib.error):
        return None
    return correct(reading, find_corrections(connection, verdict.document_id, verdict.engine))


def read_applicant(connection: Connection, document_id: int) -> Applicant | None:
    """Return what was declared about the applicant; None if nothing was, or if it was purged."""
    row = connection.execute(select(applicants).filter_by(document_id=document_id)).one_or_none()
    return Applicant(row.name, row.birth_date, tuple(row.unreadable)) if row else None


def read_fields(
    connection: Connection, verdict_id: int, applicant: Applicant | None
) -> dict[str, dict[str, str]]:
    """Return the values of each field by source, in the order of FIELDS and SOURCES."""
    rows = connection.execute(select(holder_fields).filter_by(verdict_id=verdict_id)).all()
    by_source = {row.source: row._mapping for row in rows}
    found: dict[str, dict[str, str]] = {}
    for name in FIELDS:
        values = {
            source: _format_value(by_source[source][name])
            for source in SOURCES
            if source in by_source and by_source[source].get(name) is not None
        }
        if applicant and name == "birth_date" and applicant.birth_date:
            values["applicant"] = _format_value(applicant.birth_date)
        if values:
            found[name] = values
    if applicant and applicant.name:
        found["name"] = {"applicant": applicant.name}
    return found


def _format_value(value: str | date | datetime) -> str:
    return value.isoformat() if isinstance(value, date) else value


def _build_checks(
    results: Sequence[Row[Any]],
    reasons: Sequence[str],
    places: Sequence[Place],
    comparisons: Sequence[Comparison],
) -> Iterator[CheckRow]:
    first_place = len(places) - sum(len(each.boxes) for each in comparisons)
    shown = list(show_comparisons(comparisons, first_place))
    for row in results:
        is_passed = row.status == Status.PASSED
        # A page that passes has nothing to show for a check that fails on another page.
        own = tuple(each for each in shown if each.code == row.code and each.passes == is_passed)
        looked_at = tuple(number for each in own for number in each.places)
        yield CheckRow(
            row.code,
            explain_code(row.code),
            RULES.get(row.code, ""),
            row.status,
            row.evidence,
            row.code in reasons,
            looked_at or tuple(() if is_passed else _find_places_of(row, places)),
            own,
        )


def _find_places_of(row: Row[Any], places: Sequence[Place]) -> Iterator[int]:
    """Yield the numbers of the places that a result is about: those of its field or its subject."""
    subject = next(
        (each for each in ("portrait", "barcode", "mrz") if row.code.startswith(each)), None
    )
    for number, place in enumerate(places):
        is_field = row.field is not None and place.field == row.field
        from_source = not row.sources or place.source in row.sources
        if (is_field and from_source) or (row.field is None and place.field == subject):
            yield number
