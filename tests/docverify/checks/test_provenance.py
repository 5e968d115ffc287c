"""The checks of how a file was made."""

from dataclasses import replace
from typing import Any

import pytest

from docverify.checks.provenance import (
    EDITORS,
    GENERATOR_SIZES,
    check_ai_marks,
    check_content_credentials,
    check_editing_software,
    check_generator_size,
    check_pdf_changes,
)
from docverify.page import Provenance, Reading
from docverify.policy import STANDARD
from tests.support.check_rows import (
    FAILED,
    NOT_PERFORMED,
    NOTE,
    PASSED,
    REFER,
    Row,
    assert_complete,
    assert_holds,
    params,
)
from tests.support.readings import page, reading, results


def made(format_: str = "JPEG", **values: Any) -> Reading:
    return replace(reading(page()), provenance=Provenance(format_, **values))


SQUARE = (1024, 1024)
ANSWERS = [
    Row("no program", "metadata_editing_software", PASSED, made()),
    Row("a phone", "metadata_editing_software", PASSED, made(software=("Pixel 8 HDR+ 1.0",))),
    Row("part of a word", "metadata_editing_software", PASSED, made(software=("canvasd 2",))),
    *(
        Row(editor, "metadata_editing_software", FAILED, made(software=(f"My {editor.title()} 9",)))
        for editor in EDITORS
    ),
    Row("two programs", "metadata_editing_software", FAILED, made(software=("A", "GIMP")), NOTE),
    Row("nothing stated", "metadata_editing_software", NOT_PERFORMED, reading(page())),
    Row("no mark", "ai_generation_mark", PASSED, made()),
    Row(
        "a mark of a generator", "ai_generation_mark", FAILED, made(ai_marks=("png-prompt",)), REFER
    ),
    Row("nothing stated", "ai_generation_mark", NOT_PERFORMED, reading(page())),
    *(
        Row(f"{size}", "generator_size", FAILED, made(size=size), NOTE)
        for size in sorted(GENERATOR_SIZES)
    ),
    Row("landscape", "generator_size", FAILED, made(size=(1536, 1024))),
    Row("from a camera", "generator_size", PASSED, made(size=SQUARE, camera=True)),
    Row("one pixel more", "generator_size", PASSED, made(size=(1024, 1025))),
    Row("no size", "generator_size", NOT_PERFORMED, made()),
    Row("nothing stated", "generator_size", NOT_PERFORMED, reading(page())),
    Row("no manifest", "content_credentials", NOT_PERFORMED, made()),
    Row("a manifest", "content_credentials", NOT_PERFORMED, made(content_credentials=True)),
    Row("nothing stated", "content_credentials", NOT_PERFORMED, reading(page())),
    Row("unchanged", "pdf_incremental_update", PASSED, made("PDF", pdf_changed_days=0.0)),
    Row("dates unknown", "pdf_incremental_update", PASSED, made("PDF")),
    Row("in a day", "pdf_incremental_update", PASSED, made("PDF", pdf_changed_days=1.0)),
    Row("later", "pdf_incremental_update", FAILED, made("PDF", pdf_changed_days=1.01), NOTE),
    Row("updated", "pdf_incremental_update", FAILED, made("PDF", pdf_updates=1)),
    Row("an image", "pdf_incremental_update", NOT_PERFORMED, made()),
    Row("nothing stated", "pdf_incremental_update", NOT_PERFORMED, reading(page())),
]


@pytest.mark.parametrize("row", params(ANSWERS))
def test_check_gives_the_expected_result(row: Row):
    assert_holds(row)


def test_table_covers_every_result():
    assert_complete(
        ANSWERS,
        *(check_editing_software, check_ai_marks, check_generator_size),
        *(check_content_credentials, check_pdf_changes),
    )


def test_evidence_names_the_program_by_our_list_not_by_the_file():
    """The metadata of a file may name a person, so it is not shown."""
    told = results(made(software=("Photoshop of Louise",)))["metadata_editing_software"].evidence

    assert told == "saved with photoshop"


def test_manifest_is_reported_without_checking_its_signature():
    evidence = [
        results(made(content_credentials=there))["content_credentials"].evidence
        for there in (True, False)
    ]

    assert evidence == [
        "the file has a C2PA manifest; its signature is not checked",
        "the file has no C2PA manifest",
    ]


def test_evidence_has_both_signs_of_a_changed_pdf():
    told = results(made("PDF", pdf_updates=2, pdf_changed_days=9.0))["pdf_incremental_update"]

    assert told.evidence == "updated 2 times; changed days after it was created"


def test_days_until_a_pdf_change_come_from_the_policy():
    of = made("PDF", pdf_changed_days=7.0)
    lax = replace(STANDARD, max_pdf_change_days=7.0)

    assert results(of, policy=lax)["pdf_incremental_update"].status is PASSED
