"""Checks of what the file says of its own making: marks prove little, and their absence nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from docverify.case import Case
from docverify.checks.result import CheckResult, not_performed, passed_or_failed
from docverify.policy import Consequence

EDITORS = (
    *("photoshop", "gimp", "affinity", "pixelmator", "snapseed", "picsart", "canva"),
    *("illustrator", "coreldraw", "paint.net", "inkscape", "firealpaca", "lightroom", "photopea"),
)
GENERATOR_SIZES = frozenset(
    {
        *((512, 512), (1024, 1024), (1024, 1536), (1024, 1792), (832, 1216), (896, 1152)),
        (768, 1344),
    }
)
"""Pictures of generators have these sizes, upright or lying; so have others."""
NO_FILE = "the file says nothing of its making"
PDF = "PDF"


def check_editing_software(case: Case) -> Iterator[CheckResult]:
    """The file names no program for retouching (EXIF, XMP, Photoshop's own mark, PDF producer).

    Turning and cropping leave the same mark: one small sign among others.
    """
    if case.reading.provenance is None:
        yield not_performed("metadata_editing_software", NO_FILE)
        return
    names = " ".join(case.reading.provenance.software).lower()
    found = [editor for editor in EDITORS if re.search(rf"\b{re.escape(editor)}\b", names)]
    evidence = f"saved with {', '.join(found)}"
    yield passed_or_failed("metadata_editing_software", not found, Consequence.NOTE, evidence)


def check_ai_marks(case: Case) -> Iterator[CheckResult]:
    """The file has no mark of a generator (IPTC digital source type, C2PA, prompts in PNG).

    Signatures of C2PA are not checked here, so a mark asks for a person.
    """
    if case.reading.provenance is None:
        yield not_performed("ai_generation_mark", NO_FILE)
        return
    marks = case.reading.provenance.ai_marks
    evidence = f"marked as made by a generator: {', '.join(marks)}"
    yield passed_or_failed("ai_generation_mark", not marks, Consequence.REFER, evidence)


def check_generator_size(case: Case) -> Iterator[CheckResult]:
    """A picture in a size of generators names a camera; alone, such a size proves nothing."""
    made = case.reading.provenance
    if made is None or made.size is None:
        yield not_performed("generator_size", NO_FILE)
        return
    usual = tuple(sorted(made.size)) in GENERATOR_SIZES and not made.camera
    evidence = "a usual size of generators, and no camera is named"
    yield passed_or_failed("generator_size", not usual, Consequence.NOTE, evidence)


def check_content_credentials(case: Case) -> Iterator[CheckResult]:
    """What a C2PA manifest claims is not validated: said, for its presence proves nothing."""
    made = case.reading.provenance
    there = "a C2PA manifest is there; its signature is not checked"
    none = "the file has no C2PA manifest"
    why = there if made and made.content_credentials else none
    yield not_performed("content_credentials", why)


def check_pdf_changes(case: Case) -> Iterator[CheckResult]:
    """A PDF was not changed after it was made; signing and scanners' text layers do so as well."""
    made = case.reading.provenance
    if made is None or made.format != PDF:
        yield not_performed("pdf_incremental_update", "the file is no PDF")
        return
    late = (made.pdf_changed_days or 0) > case.policy.max_pdf_change_days
    signs = [f"added to {made.pdf_updates} times"] if made.pdf_updates else []
    signs += ["changed days after it was made"] if late else []
    evidence = "; ".join(signs)
    yield passed_or_failed("pdf_incremental_update", not signs, Consequence.NOTE, evidence)
