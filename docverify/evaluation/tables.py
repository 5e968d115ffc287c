"""Tables of an evaluation: counts and shares of measured documents, with their intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from docverify.evaluation.intervals import format_share, wilson_interval
from docverify.evaluation.metrics import Hit, Measurement, Share
from docverify.identities import Source
from docverify.verdict import Outcome

MAX_REASONS = 2

Cell = str | int | Share


@dataclass(frozen=True)
class Table:
    """A table of the report."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


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
    genuine = [each for each in measurements if each.is_genuine]
    hits = Counter((key, hit) for each in genuine for key, hit in each.fields.items())
    hits.update((("barcode", "payload"), each.payload) for each in genuine if each.payload)
    rows = []
    for key in dict.fromkeys(key for key, _ in hits):
        right, wrong, missing = (hits[key, hit] for hit in Hit)
        count = right + wrong + missing
        rows.append((*key, Share(right, count), Share(wrong, count), Share(missing, count)))
    return Table(
        "Fields of genuine documents by source",
        ("source", "field", *(hit.value for hit in Hit)),
        tuple(rows),
    )


def build_genuine_table(measurements: Iterable[Measurement], by: str, policy: str) -> Table:
    """Build the table of genuine documents, grouped by an attribute of the measurements."""
    genuine = [each for each in measurements if each.is_genuine]
    groups = _group_by(genuine, lambda each: getattr(each, by) or "not said")
    rows: list[tuple[Cell, ...]] = []
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
