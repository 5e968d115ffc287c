"""Measurements of documents: how readings and verdicts compare with the labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from docverify.documents.mrz import parse_mrz
from docverify.errors import MalformedMrz
from docverify.evaluation.truth import FIELDS, Truth
from docverify.identities import Identity, Source
from docverify.page import Reading
from docverify.verdict import Outcome, Verdict


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
