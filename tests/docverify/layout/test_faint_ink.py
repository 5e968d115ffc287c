"""Ink that a person does not see is no evidence."""

from dataclasses import replace

import pytest

from docverify.checks import Status
from docverify.page import Page
from docverify.policy import STANDARD
from tests.support.readings import line, page, passport, reading, results

FAINT, SEEN = 7.9, 8.0


def with_contrast(of: Page, contrast: float | None) -> Page:
    return replace(of, lines=tuple(replace(each, contrast=contrast) for each in of.lines))


@pytest.mark.parametrize(
    ("contrast", "expected"),
    [(FAINT, Status.NOT_PERFORMED), (SEEN, Status.PASSED), (None, Status.PASSED)],
)
@pytest.mark.parametrize("field", ["document_number", "birth_date", "surname"])
def test_faint_value_with_a_label_is_no_evidence(field, contrast, expected):
    found = results(reading(with_contrast(page(), contrast)))

    assert found[f"viz_mrz_match_{field}"].status is expected


@pytest.mark.parametrize(
    ("contrast", "expected"), [(FAINT, Status.NOT_PERFORMED), (SEEN, Status.PASSED)]
)
def test_faint_value_without_a_label_is_no_evidence(contrast, expected):
    of = page(printed={}, more=[replace(line("QX7182035", top=0), contrast=contrast)])

    assert results(reading(of))["viz_mrz_match_document_number"].status is expected


@pytest.mark.parametrize(("contrast", "expected"), [(FAINT, Status.FAILED), (SEEN, Status.PASSED)])
def test_faint_title_does_not_identify_a_document(contrast, expected):
    of = page(printed={}, more=[replace(line("PASSPORT", top=0), contrast=contrast)])

    assert results(reading(of))["document_identified"].status is expected


@pytest.mark.parametrize(("contrast", "expected"), [(FAINT, Status.PASSED), (SEEN, Status.FAILED)])
def test_faint_print_needs_no_explanation(contrast, expected):
    other = replace(line("AB1234567", top=950), contrast=contrast)

    assert results(reading(page(more=[other])))["unexplained_print"].status is expected


def test_policy_decides_what_a_person_sees():
    of = reading(with_contrast(page(passport()), FAINT))
    lax = replace(STANDARD, min_ink_contrast=FAINT)

    assert results(of, policy=lax)["viz_mrz_match_surname"].status is Status.PASSED


def test_faint_mark_of_a_specimen_still_counts():
    of = page(more=[replace(line("SPECIMEN", top=950), contrast=FAINT)])

    assert results(reading(of))["known_specimen"].status is Status.FAILED
