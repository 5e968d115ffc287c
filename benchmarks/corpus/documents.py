"""The documents of the corpus, each with its labels."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from benchmarks.corpus.attacks import ATTACKS
from benchmarks.corpus.captures import CAPTURES, Capture
from benchmarks.corpus.controls import CONTROLS, Control
from benchmarks.corpus.designs import design
from benchmarks.corpus.originals import Attack, Document, genuine
from benchmarks.corpus.papers import FREQUENT, KINDS, TODAY, paper
from specimens.portraits import draw_portrait

Truth = dict[str, object]
GENUINE = 3  # of five documents


@dataclass(frozen=True)
class Sample:
    """A file and its labels."""

    name: str
    content: bytes
    truth: Truth


def samples(seed: int, count: int) -> Iterator[Sample]:
    """Generate documents: three genuine ones in all captures, then two attacks, and so on.

    A document depends only on the seed and its index, not on the number of documents.
    """
    for place in range(count):
        yield sample(seed, place)


def capture_of(place: int) -> Capture | None:
    """Return the capture of a genuine document by its index; None if the index is an attack."""
    turn, step = divmod(place, 5)
    return CAPTURES[(GENUINE * turn + step) % len(CAPTURES)] if step < GENUINE else None


def sample(seed: int, place: int) -> Sample:
    """Generate the document of one index."""
    chance = Random(f"{seed}:{place}")  # noqa: S311 (made-up data, not a secret)
    if capture := capture_of(place):
        return _genuine(f"{place:05}", capture, chance)
    turn, step = divmod(place, 5)
    attack = ATTACKS[((5 - GENUINE) * turn + step - GENUINE) % len(ATTACKS)]
    return _changed(f"{place:05}", attack, chance)


def genuine_sample(seed: int, number: int) -> Sample:
    """Generate one of the genuine documents of the mix; their captures take turns."""
    turn, step = divmod(number, GENUINE)
    return sample(seed, 5 * turn + step)


def sample_of_class(seed: int, name: str, number: int) -> Sample:
    """Generate one document of an attack or a control; raise ValueError for an unknown class."""
    one = next((each for each in (*ATTACKS, *CONTROLS) if each.name == name), None)
    if one is None:
        known = ", ".join(each.name for each in (*ATTACKS, *CONTROLS))
        raise ValueError(f"unknown class; the corpus has: {known}")
    chance = Random(f"{seed}:{name}:{number}")  # noqa: S311 (made-up data, not a secret)
    return _changed(f"{number:05}", one, chance)


def _genuine(number: str, capture: Capture, chance: Random) -> Sample:
    data = paper(chance.choices(KINDS, FREQUENT)[0], chance)
    return _drawn(number, genuine(data, design(data, chance), capture), "", chance)


def _changed(number: str, one: Attack | Control, chance: Random) -> Sample:
    weights = [FREQUENT[KINDS.index(kind)] for kind in one.kinds]
    data = paper(chance.choices(one.kinds, weights)[0], chance)
    capture = chance.choice(one.captures)
    document = one.change(genuine(data, design(data, chance), capture), chance)
    if isinstance(one, Control):
        named = replace(document.capture, name=one.name)
        return _drawn(number, replace(document, capture=named), "", chance)
    return _drawn(number, document, one.name, chance)


def _drawn(number: str, document: Document, attack: str, chance: Random) -> Sample:
    suffix, content, boxes = document.file(chance)
    draw_portrait.cache_clear()  # each holder is drawn once
    return Sample(f"{number}{suffix}", content, _truth(document, attack, boxes))


def _truth(document: Document, attack: str, boxes: dict[str, list[list[float]]]) -> Truth:
    printed = document.printed.printed | document.labelled
    jurisdiction, layout = document.printed.jurisdiction, document.printed.layout
    return {
        "kind": document.printed.kind,
        "issuer": jurisdiction.name.title() if jurisdiction else document.printed.state.code,
        "design": layout.name if layout else "rows of fields",
        "capture": document.capture.name,
        "attack": attack or None,
        "legible": document.capture.legible,
        "judged_on": TODAY.isoformat(),
        "mrz": list(document.mrz) or None,
        "printed": {name: text for name, text in printed.items() if text},
        "barcode": _coded(document),
        "payload": document.payload or None,
        "applicant": document.applicant,
        "boxes": boxes,
    }


def _coded(document: Document) -> dict[str, str] | None:
    if document.coded is None:
        return None
    card = document.coded.card
    return {
        "document_number": card.number,
        "surname": card.surname,
        "given_names": card.given_names,
        "birth_date": card.birth_date.isoformat(),
        "sex": card.sex,
        "issue_date": card.issue_date.isoformat(),
        "expiry_date": card.expiry_date.isoformat(),
    }


def truth_json(truths: dict[str, Truth]) -> str:
    """Write the labels of all files, one file per line."""
    lines = (f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in truths.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"
