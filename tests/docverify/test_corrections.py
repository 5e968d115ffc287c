"""Corrections by a person: the value that was misread is replaced, and nothing else."""

from dataclasses import replace

import pytest

from docverify.case import open_case
from docverify.corrections import CORRECTED, Correction, correct, find_printed_text, refer_corrected
from docverify.policy import STANDARD
from docverify.verdict import Outcome, judge
from tests.support.readings import PRINTED, TODAY, line, page, reading


def printed(of, name: str) -> str | None:
    return find_printed_text(open_case(of, today=TODAY, policy=STANDARD), name)


@pytest.mark.parametrize(
    ("field", "new"),
    [
        ("birth_date", "13 APR 1990"),
        ("surname", "MERIDIEN"),
        ("document_number", "QX7182036"),
        ("sex", "M"),
    ],
)
def test_corrected_value_is_what_the_document_shows(field, new):
    read = reading(page())

    corrected = correct(read, [Correction(field, printed(read, field), new)])

    assert printed(corrected, field) == new
    others = set(PRINTED) - {field}
    assert {each: printed(corrected, each) for each in others} == {
        each: printed(read, each) for each in others
    }


def test_letters_of_other_words_are_kept():
    read = reading(page(more=[line("FOR OFFICIAL USE", top=650)]))

    corrected = correct(read, [Correction("sex", "F", "M")])

    assert "FOR OFFICIAL USE" in [each.text for each in corrected.pages[0].lines]


def test_value_that_was_not_read_is_added():
    read = reading(page(printed={**PRINTED, "surname": ""}))

    corrected = correct(read, [Correction("surname", None, "MERIDIAN")])

    assert printed(corrected, "surname") == "MERIDIAN"


def test_later_reading_with_another_misreading_gets_the_correction():
    """Another version of the reader misread the value in another way."""
    read = reading(page(printed={**PRINTED, "birth_date": "18 APR 1990"}))

    corrected = correct(read, [Correction("birth_date", "13 APR 1990", "12 APR 1990")])

    verdict = refer_corrected(judge(corrected, today=TODAY, policy=STANDARD))
    assert verdict.outcome is not Outcome.VERIFIED
    assert printed(corrected, "birth_date") == "12 APR 1990"


@pytest.mark.parametrize("outcome", Outcome)
def test_machine_never_verifies_what_a_person_typed(outcome):
    verdict = replace(judge(reading(page()), today=TODAY, policy=STANDARD), outcome=outcome)

    referred = refer_corrected(verdict)

    if outcome in (Outcome.VERIFIED, Outcome.REFERRED):
        assert referred.outcome is Outcome.REFERRED
        assert CORRECTED in referred.reasons
    else:
        assert referred.outcome is outcome
