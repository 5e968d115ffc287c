"""Checks of the file's origin: marks prove little, and their absence proves nothing."""

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
"""Sizes that image generators produce, upright or landscape; other images have them, too."""
NO_METADATA = "the file has no readable metadata"
PDF = "PDF"


def check_editing_software(case: Case) -> Iterator[CheckResult]:
    """The metadata does not name an image editor (EXIF, XMP, Photoshop's own mark, PDF producer).

    Rotating and cropping leave the same trace, so it is only a weak sign.
    """
    if case.reading.provenance is None:
        yield not_performed("metadata_editing_software", NO_METADATA)
        return
    names = " ".join(case.reading.provenance.software).lower()
    found = [editor for editor in EDITORS if re.search(rf"\b{re.escape(editor)}\b", names)]
    evidence = f"saved with {', '.join(found)}"
    yield passed_or_failed("metadata_editing_software", not found, Consequence.NOTE, evidence)


def check_ai_marks(case: Case) -> Iterator[CheckResult]:
    """The file has no mark of an image generator (IPTC digital source type, C2PA, prompts in PNG).

    The signatures of C2PA are not checked, so a mark asks for a person.
    """
    if case.reading.provenance is None:
        yield not_performed("ai_generation_mark", NO_METADATA)
        return
    marks = case.reading.provenance.ai_marks
    evidence = f"marked as made by an image generator: {', '.join(marks)}"
    yield passed_or_failed("ai_generation_mark", not marks, Consequence.REFER, evidence)


def check_generator_size(case: Case) -> Iterator[CheckResult]:
    """An image in a size typical of generators names a camera. The size alone proves nothing."""
    provenance = case.reading.provenance
    if provenance is None or provenance.size is None:
        yield not_performed("generator_size", NO_METADATA)
        return
    usual = tuple(sorted(provenance.size)) in GENERATOR_SIZES and not provenance.camera
    evidence = "a usual size of image generators, and no camera is named"
    yield passed_or_failed("generator_size", not usual, Consequence.NOTE, evidence)


def check_content_credentials(case: Case) -> Iterator[CheckResult]:
    """Content credentials (C2PA) are reported, never validated: their presence proves nothing."""
    provenance = case.reading.provenance
    found = "the file has a C2PA manifest; its signature is not checked"
    has_manifest = provenance and provenance.content_credentials
    why = found if has_manifest else "the file has no C2PA manifest"
    yield not_performed("content_credentials", why)


def check_pdf_changes(case: Case) -> Iterator[CheckResult]:
    """A PDF was not changed after it was created.

    Signatures and text layers from scanners count as changes, too.
    """
    provenance = case.reading.provenance
    if provenance is None or provenance.format != PDF:
        yield not_performed("pdf_incremental_update", "the file is not a PDF")
        return
    late = (provenance.pdf_changed_days or 0) > case.policy.max_pdf_change_days
    signs = [f"updated {provenance.pdf_updates} times"] if provenance.pdf_updates else []
    signs += ["changed days after it was created"] if late else []
    evidence = "; ".join(signs)
    yield passed_or_failed("pdf_incremental_update", not signs, Consequence.NOTE, evidence)
