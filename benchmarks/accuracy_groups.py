"""Groups of measured documents and their shares, for the accuracy page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.corpus.attacks import ATTACKS
from docverify.evaluation.metrics import Measurement, Share
from docverify.policy import STANDARD
from docverify.verdict import Outcome

VISA = "MRV"  # the formats of visas start with it
CLEAN_CAPTURES = ("scan", "scan, PNG", "scan, turned", "PDF")


def split_visas(
    found: Iterable[Measurement],
) -> tuple[list[Measurement], list[Measurement]]:
    """Separate visas, which alone do not identify their holders, from all other documents."""
    others: list[Measurement] = []
    visas: list[Measurement] = []
    for each in found:
        (visas if each.kind.startswith(VISA) else others).append(each)
    return others, visas


def select_with_mrz(found: Iterable[Measurement], *, clean: bool) -> list[Measurement]:
    """Select genuine, legible documents with an MRZ: scans and PDF if `clean`, otherwise photos."""
    own = [each for each in found if each.mrz and each.is_genuine]
    if clean:
        return [each for each in own if each.capture in CLEAN_CAPTURES]
    return [each for each in own if each.capture.startswith("photo,") or each.capture == "photo"]


def select_attacked(found: Iterable[Measurement], shown_by: str) -> list[Measurement]:
    """Select the attacks that the data, the file or the image could reveal."""
    names = {each.name for each in ATTACKS if each.shown_by == shown_by}
    return [each for each in found if each.attack in names]


def count_misread(found: Iterable[Measurement]) -> Share:
    """Count the verified documents with a misread MRZ, among all legible ones with an MRZ."""
    own = [each for each in found if each.mrz]
    wrong = [each for each in own if each.mrz and not each.mrz.exact]
    return Share(count_outcome(wrong, Outcome.VERIFIED), sum(each.legible for each in own))


def count_caught(found: Iterable[Measurement]) -> Share:
    """Count the attacks revealed by the data that were not verified."""
    own = select_attacked(found, "data")
    return Share(len(own) - count_outcome(own, Outcome.VERIFIED), len(own))


def count_exact(own: Sequence[Measurement]) -> Share:
    """Count the documents whose MRZ was read without an error."""
    return Share(sum(each.mrz.exact for each in own if each.mrz), len(own))


def count_outcome(own: Iterable[Measurement], outcome: Outcome, policy: str = STANDARD.name) -> int:
    """Count the documents with an outcome under a policy."""
    return sum(each.outcomes.get(policy) is outcome for each in own)


def share_of_outcome(
    own: Sequence[Measurement], outcome: Outcome, policy: str = STANDARD.name
) -> Share:
    """Return the share of documents with an outcome under a policy."""
    return Share(count_outcome(own, outcome, policy), len(own))


def name_class(each: Measurement) -> str:
    """Return the class of a document: genuine, or an attack that data, file or image may reveal."""
    if each.attack:
        shown_by = next((own.shown_by for own in ATTACKS if own.name == each.attack), "")
        return f"attack that the {shown_by or 'labels'} could reveal"
    return "genuine, legible" if each.legible else "genuine, illegible"


def group_by_class(found: Sequence[Measurement]) -> dict[str, list[Measurement]]:
    """Group documents by class: genuine first, then illegible, then attacks."""
    groups: dict[str, list[Measurement]] = {}
    for each in sorted(found, key=sort_key):
        groups.setdefault(name_class(each), []).append(each)
    return groups


def group_by_label(found: Sequence[Measurement]) -> dict[str, list[Measurement]]:
    """Group documents by capture or attack, in the same order."""
    groups: dict[str, list[Measurement]] = {}
    for each in sorted(found, key=sort_key):
        groups.setdefault(each.label, []).append(each)
    return groups


def sort_key(each: Measurement) -> tuple[bool, bool, str]:
    """Return a key that sorts genuine documents before illegible ones, and these before attacks."""
    return bool(each.attack), not each.legible, each.label
