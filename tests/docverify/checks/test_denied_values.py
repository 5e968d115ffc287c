"""Values that the words in their own line deny or contradict."""

import pytest

from docverify.checks import Status
from docverify.documents.denied_values import has_further_number
from tests.support.readings import PRINTED, line, page, reading, results


def status(field: str, text: str) -> Status:
    of = reading(page(printed={**PRINTED, field: text}))
    return results(of)[f"viz_mrz_match_{field}"].status


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        ("document_number", "ZZ9999999 QX7182035", Status.INCONCLUSIVE),
        ("document_number", "QX7182035 / ZZ9999999", Status.INCONCLUSIVE),
        ("document_number", "NOT QX7182035", Status.INCONCLUSIVE),
        ("birth_date", "NOT 12 APR 1990", Status.INCONCLUSIVE),
        ("birth_date", "12 APR 1990 (FATHER)", Status.INCONCLUSIVE),
        ("expiry_date", "BEFORE 14 SEP 2033", Status.INCONCLUSIVE),
        *(("sex", text, Status.FAILED) for text in ("F/M", "M/F", "NOT F", "男性")),
        *(("nationality", text, Status.FAILED) for text in ("NOT ATA", "FORMERLY ATA")),
    ],
)
def test_value_that_its_own_line_denies_or_contradicts_does_not_agree(field, text, expected):
    assert status(field, text) is expected


@pytest.mark.parametrize(
    ("field", "text"),
    [
        *(("document_number", text) for text in ("No QX7182035", "QX7182035 QX7182035")),
        *(("sex", text) for text in ("F / F", "K/F", "V/F", "女/F")),
        ("birth_date", "12 APR / AVR 1990"),
    ],
)
def test_value_with_the_remainder_of_a_label_or_in_two_languages_agrees(field, text):
    assert status(field, text) is Status.PASSED


@pytest.mark.parametrize("label", ["Sex M/F", "Sex (M/F)", "Sexe / Sex M/F"])
def test_options_in_the_label_of_the_sex_contradict_nothing(label):
    others = {field: text for field, text in PRINTED.items() if field != "sex"}
    labelled = [line(label, top=500, left=500), line("F", top=525, left=500)]

    of = reading(page(printed=others, more=labelled))

    assert results(of)["viz_mrz_match_sex"].status is not Status.FAILED


def test_number_of_the_mrz_next_to_the_document_number_is_explained():
    assert has_further_number("123456789 987654321", "123456789")
    assert not has_further_number("123456789 987654321", "123456789", ["987654321"])
