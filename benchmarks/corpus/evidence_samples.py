"""Documents whose forgery only the image shows, and genuine ones for comparison."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from random import Random
from types import MappingProxyType

import numpy as np
from PIL import Image

from benchmarks.corpus.captured_edits import (
    Captured,
    CapturedEdit,
    copy_figures,
    paste_portrait,
    redraw_figures,
    rewrite_line,
)
from benchmarks.corpus.captures import CAPTURES, PHOTO, SCAN, Capture
from benchmarks.corpus.designs import Design, design
from benchmarks.corpus.lettering import FACES
from benchmarks.corpus.originals import ALL, WITH_MRZ, genuine
from benchmarks.corpus.papers import FREQUENT, KINDS, paper
from benchmarks.corpus.recompression import save
from specimens.portraits import draw_portrait

Redesign = Callable[[Design, Random], Design]
QUALITIES = (75, 95)  # of the JPEG that an editor saves
LEGIBLE = tuple(each for each in CAPTURES if each.legible and each.suffix == ".jpg")
OTHERS = ("scan, turned", "photo, turned", "photo, skewed", "photo, shadow")
GOOD = (SCAN, PHOTO, *(each for each in CAPTURES if each.name in OTHERS))
"""Captures of edited documents; the thresholds were chosen on scans and photos only."""


@dataclass(frozen=True)
class Evidence:
    """A class of documents.

    Attributes:
        code: the check that should find the forgery; empty for genuine documents.
        kinds: kinds of documents.
        redesign: changes the design before the document is drawn.
        edit: changes the captured image.
        captures: ways to capture.
        documents: how many are measured.
        longer: how many of them are also forwarded or sent as a screenshot.
    """

    code: str = ""
    kinds: tuple[str, ...] = ALL
    redesign: Redesign | None = None
    edit: CapturedEdit | None = None
    captures: tuple[Capture, ...] = GOOD
    documents: int = 14
    longer: int = 0


def choose_typeface(chosen: Design, chance: Random) -> Design:
    """Choose a sans serif for the MRZ, in one of four widths and weights."""
    return replace(chosen, mrz_face=chance.choice(FACES[:4]))


def add_portrait(chosen: Design, _: Random) -> Design:
    """Add a small second portrait."""
    return replace(chosen, second_portrait=True)


CLASSES: Mapping[str, Evidence] = MappingProxyType(
    {
        "genuine": Evidence(captures=LEGIBLE, longer=30),
        "genuine, two portraits": Evidence("", WITH_MRZ, add_portrait, captures=LEGIBLE),
        "MRZ in another typeface": Evidence("mrz_typeface", WITH_MRZ, choose_typeface),
        "figures of the MRZ drawn again": Evidence(
            "mrz_character_shape", WITH_MRZ, edit=redraw_figures, documents=26
        ),
        "figures of the MRZ copied": Evidence("mrz_character_shape", WITH_MRZ, edit=copy_figures),
        "portrait pasted, second one left": Evidence(
            "portraits_differ", WITH_MRZ, add_portrait, paste_portrait, documents=26
        ),
        "field painted over and rewritten": Evidence(
            "background_erased", WITH_MRZ, edit=rewrite_line
        ),
    }
)
"""The classes that are measured, by name."""


def draw_sample(seed: int, name: str, number: int) -> bytes:
    """Draw one document of a class; it depends only on the seed, the class and the number."""
    of = CLASSES[name]
    chance = Random(f"{seed}:{name}:{number}")  # noqa: S311 (made-up data, not a secret)
    weights = [FREQUENT[KINDS.index(kind)] for kind in of.kinds]
    data = paper(chance.choices(of.kinds, weights)[0], chance)
    chosen = design(data, chance)
    if of.redesign:
        chosen = of.redesign(chosen, chance)
    document = genuine(data, chosen, chance.choice(of.captures))
    _, content, boxes = document.file(chance)
    draw_portrait.cache_clear()
    pixels = np.asarray(Image.open(BytesIO(content)).convert("RGB"), np.uint8)
    if of.edit:
        pixels = of.edit(Captured(pixels, boxes, document.mrz), chance)
    return save(Image.fromarray(pixels), chance.randint(*QUALITIES))
