"""Metrics of readings and verdicts: counts, shares and their confidence intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from docverify.documents.mrz import parse_mrz
from docverify.errors import MalformedMrz
from docverify.evaluation.intervals import format_share, wilson_interval
from docverify.evaluation.truth import FIELDS, Truth
from docverify.identities import Identity, Source
from docverify.page import Reading
from docverify.verdict import Outcome, Verdict

MAX_REASONS = 2


class Hit(StrEnum):
    """How one labelled value was read."""

    RIGHT = "right"
    WRONG = "wrong"
    MISSING = "not read"


@dataclass(frozen=True)
class MrzScore:
    """How an MRZ was read.

    Attributes:
        exact: Whether every character is right.
        right: The number of right characters in the right place.
        characters: The number of labelled characters.
    """

    exact: bool
    right: int
    characters: int


@dataclass(frozen=True)
class Measurement:
    """The measurement of one document, without any value of a person.

    Attributes:
        mrz: None if no MRZ is labelled.
        payload: How the barcode was read. None if none is labelled.
        fields: How each field was read, by source and field.
        outcomes: The outcome by the name of the policy.
        reasons: The codes that decided, by the name of the policy.
        failure: The error of a document that could not be measured, else empty.
        issuer: Who issued the document; empty if that is not labelled. Likewise for `design`.
    """

    kind: str
    capture: str
    attack: str
    legible: bool
    mrz: MrzScore | None = None
    payload: Hit | None = None
    fields: Mapping[tuple[str, str], Hit] = field(default_factory=dict)
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    reasons: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    failure: str = ""
    issuer: str = ""
    design: str = ""

    @property
    def is_genuine(self) -> bool:
        """Whether it is a genuine document on a legible image."""
        return not self.attack and self.legible

    @property
    def label(self) -> str:
        """The class of the document: how it was attacked, or how it was captured."""
        if self.attack:
            return f"attack: {self.attack}"
        return f"{'genuine' if self.legible else 'illegible'}: {self.capture or 'all'}"


@dataclass(frozen=True)
class Share:
    """A share: `hits` of `count`."""

    hits: int
    count: int


Cell = str | int | Share


@dataclass(frozen=True)
class Table:
    """A table of the report."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


def failed_measurement(truth: Truth, failure: str) -> Measurement:
    """Return the measurement of a document that could not be measured."""
    return Measurement(
        truth.kind,
        truth.capture,
        truth.attack,
        truth.legible,
        failure=failure,
        issuer=truth.issuer,
        design=truth.design,
    )


def measure(truth: Truth, reading: Reading, verdicts: Sequence[Verdict]) -> Measurement:
    """Compare a reading and its verdicts, one for each policy, with the labels."""
    identities = verdicts[0].identities if verdicts else ()
    return Measurement(
        truth.kind,
        truth.capture,
        truth.attack,
        truth.legible,
        mrz=score_mrz(truth, reading),
        payload=score_payload(truth, reading),
        fields=dict(score_fields(truth, identities)),
        outcomes={each.policy_name: each.outcome for each in verdicts},
        reasons={each.policy_name: each.reasons for each in verdicts},
        issuer=truth.issuer,
        design=truth.design,
    )


def count_matching(text: str, truth: str) -> int:
    """Count the right characters in the right place, aligned with the fewest edits.

    >>> count_matching("ABXD", "ABCD"), count_matching("", "ABCD")
    (3, 0)
    """
    row = list(range(len(truth) + 1))
    for number, character in enumerate(text, 1):
        above, row[0] = row[0], number
        for place, expected in enumerate(truth, 1):
            cost = min(row[place] + 1, row[place - 1] + 1, above + (character != expected))
            above, row[place] = row[place], cost
    return max(0, len(truth) - row[-1])


def score_mrz(truth: Truth, reading: Reading) -> MrzScore | None:
    """Compare the best MRZ of a reading with the labelled one; None if none is labelled."""
    if not truth.mrz:
        return None
    read = [page.mrz.lines for page in reading.pages if page.mrz]
    expected = "".join(truth.mrz)
    right = max((count_matching("".join(lines), expected) for lines in read), default=0)
    return MrzScore(truth.mrz in read, right, len(expected))


def score_payload(truth: Truth, reading: Reading) -> Hit | None:
    """Compare the barcodes of a reading with the labelled bytes; None if none are labelled."""
    if not truth.payload:
        return None
    read = [each.payload for page in reading.pages for each in page.barcodes]
    if truth.payload.encode("latin-1") in read:
        return Hit.RIGHT
    return Hit.WRONG if read else Hit.MISSING


def score_fields(
    truth: Truth, identities: Iterable[Identity]
) -> Iterator[tuple[tuple[str, str], Hit]]:
    """Yield how each labelled field was read, by source and field."""
    read = {each.source.value: each for each in identities}
    labelled: dict[str, Mapping[str, str]] = {
        Source.MRZ.value: _label_mrz_fields(truth.mrz),
        Source.VIZ.value: truth.printed,
        Source.BARCODE.value: truth.barcode,
    }
    for source, labels in labelled.items():
        for name in FIELDS:
            if name in labels:
                found = getattr(read.get(source), name, None)
                yield (source, name), score_value(labels[name], found)


def _label_mrz_fields(lines: Sequence[str]) -> dict[str, str]:
    """Return the fields of the labelled MRZ; none if it fits no format."""
    try:
        mrz = parse_mrz(lines)
    except MalformedMrz:
        return {}
    fields = {name: getattr(mrz, name, "") for name in FIELDS}
    fields["sex"] = mrz.sex if mrz.sex in "MF" else "X"
    return {name: text for name, text in fields.items() if text}


def score_value(label: str, found: str | date | None) -> Hit:
    """Compare a labelled value with the one that was read."""
    if found is None:
        return Hit.MISSING
    if isinstance(found, date):
        # An MRZ has six digits, and so may its label.
        return Hit.RIGHT if label in (found.isoformat(), f"{found:%y%m%d}") else Hit.WRONG
    return Hit.RIGHT if _keep_alphanumeric(label) == _keep_alphanumeric(found) else Hit.WRONG


def _keep_alphanumeric(text: str) -> str:
    return "".join(filter(str.isalnum, text.upper()))


def build_tables(measurements: Sequence[Measurement]) -> Iterator[Table]:
    """Build all tables of the report, the most important first.

    The reasons are listed for the first policy only.
    """
    policies = tuple(dict.fromkeys(name for each in measurements for name in each.outcomes))
    yield build_decision_table(measurements, policies)
    for policy in policies:
        yield build_outcome_table(measurements, policy)
    yield build_mrz_table("The MRZ by capture", "capture", measurements)
    yield build_mrz_table("The MRZ by kind", "kind", measurements)
    yield build_field_table(measurements)
    for by in ("kind", "issuer", "design"):
        if policies and any(getattr(each, by) for each in measurements):
            yield build_genuine_table(measurements, by, policies[0])
    if policies:
        yield build_reason_table(measurements, policies[0])
    if any(each.failure for each in measurements):
        counts = Counter(each.failure for each in measurements if each.failure)
        yield Table(
            "Documents that could not be measured", ("error", "documents"), _sort_counts(counts)
        )


def build_decision_table(measurements: Sequence[Measurement], policies: Iterable[str]) -> Table:
    """Build the table of verified documents, false rejects and false accepts."""
    head = ("policy", "genuine verified", "false reject", "false accept", "wrong MRZ verified")
    return Table(
        "Decisions",
        (*head, "referred", "resubmit"),
        tuple(_build_decision(measurements, policy) for policy in policies),
        "False reject: a genuine, legible document is rejected. False accept: an attack is"
        " verified. Wrong MRZ verified: the MRZ was misread, but the document was"
        " verified, of all MRZs. Referred and resubmit: of all documents.",
    )


def _build_decision(measurements: Sequence[Measurement], policy: str) -> tuple[Cell, ...]:
    genuine = [each for each in measurements if each.is_genuine]
    attacks = [each for each in measurements if each.attack]
    labelled = [each for each in measurements if each.mrz]
    wrong = [each for each in labelled if each.mrz and not each.mrz.exact]
    return (
        policy,
        _count_outcome(genuine, policy, Outcome.VERIFIED),
        _count_outcome(genuine, policy, Outcome.REJECTED),
        _count_outcome(attacks, policy, Outcome.VERIFIED),
        Share(_count_outcome(wrong, policy, Outcome.VERIFIED).hits, len(labelled)),
        _count_outcome(measurements, policy, Outcome.REFERRED),
        _count_outcome(measurements, policy, Outcome.RESUBMIT),
    )


def _count_outcome(own: Sequence[Measurement], policy: str, outcome: Outcome) -> Share:
    return Share(sum(each.outcomes.get(policy) is outcome for each in own), len(own))


def build_outcome_table(measurements: Sequence[Measurement], policy: str) -> Table:
    """Build the table of outcomes by class of document."""

    def build_row(label: str, own: Sequence[Measurement]) -> tuple[Cell, ...]:
        counts = Counter(each.outcomes.get(policy) for each in own)
        outcomes = tuple(counts[outcome] for outcome in Outcome)
        return (
            label,
            len(own),
            *outcomes,
            counts[None],
            _count_outcome(own, policy, Outcome.VERIFIED),
        )

    groups = _group_by(measurements, lambda each: each.label)
    ordered = sorted(groups.items(), key=lambda group: (_rank_class(group[1][0]), group[0]))
    head = ("class", "documents", *(outcome.value for outcome in Outcome), "not decided")
    return Table(
        f"Outcomes under the policy {policy}",
        (*head, "verified, with 95 % interval"),
        tuple(build_row(*group) for group in ordered),
    )


def _rank_class(measurement: Measurement) -> int:
    return 2 if measurement.attack else 0 if measurement.legible else 1


def build_mrz_table(title: str, by: str, measurements: Sequence[Measurement]) -> Table:
    """Build the table of exactly read MRZs, grouped by an attribute of the measurements."""
    legible = [each for each in measurements if each.mrz and each.legible]
    groups = _group_by(legible, lambda each: getattr(each, by) or "not said")
    rows = [(name, *_count_mrz_shares(own)) for name, own in sorted(groups.items())]
    rows += [("all", *_count_mrz_shares(legible))] if legible else []
    return Table(title, (by, "exact in every character", "characters"), tuple(rows))


def _count_mrz_shares(own: Iterable[Measurement]) -> tuple[Share, Share]:
    scores = [each.mrz for each in own if each.mrz]
    characters = sum(score.characters for score in scores)
    return (
        Share(sum(score.exact for score in scores), len(scores)),
        Share(sum(score.right for score in scores), characters),
    )


def build_field_table(measurements: Iterable[Measurement]) -> Table:
    """Build the table of right, wrong and missing values by source and field."""
    legible = [each for each in measurements if each.legible]
    hits = Counter((key, hit) for each in legible for key, hit in each.fields.items())
    hits.update((("barcode", "payload"), each.payload) for each in legible if each.payload)
    rows = []
    for key in dict.fromkeys(key for key, _ in hits):
        right, wrong, missing = (hits[key, hit] for hit in Hit)
        count = right + wrong + missing
        rows.append((*key, Share(right, count), Share(wrong, count), Share(missing, count)))
    return Table("Fields by source", ("source", "field", *(hit.value for hit in Hit)), tuple(rows))


def build_genuine_table(measurements: Iterable[Measurement], by: str, policy: str) -> Table:
    """Build the table of genuine documents, grouped by an attribute of the measurements."""
    genuine = [each for each in measurements if each.is_genuine]
    groups = _group_by(genuine, lambda each: getattr(each, by) or "not said")
    rows = []
    for name, own in sorted(groups.items()):
        hits = Counter(
            hit for each in own for key, hit in each.fields.items() if key[0] == Source.VIZ
        )
        verified, rejected = (
            _count_outcome(own, policy, each) for each in (Outcome.VERIFIED, Outcome.REJECTED)
        )
        fields = (Share(hits[hit], hits.total()) for hit in (Hit.RIGHT, Hit.WRONG))
        rows.append((name, verified, rejected, *fields))
    head = (by, "verified", "rejected", "printed fields right", "printed fields wrong")
    return Table(f"Genuine documents by {by}, under the policy {policy}", head, tuple(rows))


def build_reason_table(measurements: Iterable[Measurement], policy: str) -> Table:
    """Build the table of the checks that kept documents from being verified."""
    groups = _group_by(
        [each for each in measurements if each.reasons.get(policy)],
        lambda each: each.label if each.attack else "genuine" if each.legible else "illegible",
    )
    rows = []
    for label, own in sorted(
        groups.items(), key=lambda group: (_rank_class(group[1][0]), group[0])
    ):
        counts = Counter(code for each in own for code in each.reasons[policy])
        for code, count in _sort_counts(counts)[: None if label == "genuine" else MAX_REASONS]:
            rows.append((label, f"`{code}`", Share(count, len(own))))
    return Table(
        f"What stopped documents under the policy {policy}",
        ("class", "check", "of the documents that were stopped"),
        tuple(rows),
        f"All reasons for genuine documents, the {MAX_REASONS} most frequent ones for others.",
    )


def _sort_counts(counts: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items(), key=lambda each: (-each[1], each[0])))


def _group_by(
    measurements: Iterable[Measurement], key: Callable[[Measurement], str]
) -> dict[str, list[Measurement]]:
    groups: dict[str, list[Measurement]] = {}
    for each in measurements:
        groups.setdefault(key(each), []).append(each)
    return groups


def render_table(each: Table) -> str:
    """Write a table as Markdown, shares with their 95 % intervals (Wilson)."""
    head = f"| {' | '.join(each.head)} |"
    rule = f"|{' --- |' * len(each.head)}"
    rows = (f"| {' | '.join(map(_format_cell, row))} |" for row in each.rows)
    note = ("", each.note) if each.note else ()
    return "\n".join((f"## {each.title}", *note, "", head, rule, *rows))


def _format_cell(value: Cell) -> str:
    if isinstance(value, Share):
        return format_share(value.hits, value.count) if value.count else "-"
    return str(value).replace("|", "&#124;")


def table_as_json(each: Table) -> dict[str, object]:
    """Convert a table to values of JSON."""
    rows = [dict(zip(each.head, map(_value_as_json, row), strict=True)) for row in each.rows]
    return {"title": each.title, "rows": rows}


def _value_as_json(value: Cell) -> object:
    if isinstance(value, Share):
        return {
            "hits": value.hits,
            "count": value.count,
            "interval": wilson_interval(value.hits, value.count),
        }
    return value
