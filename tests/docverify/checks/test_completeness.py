"""The checks of what must be known."""

from dataclasses import replace

import pytest

from docverify.checks.completeness import (
    KEY_FIELDS,
    check_field_confidence,
    check_mandatory_fields,
)
from docverify.page import FieldText
from docverify.policy import STANDARD
from tests.support.check_rows import (
    FAILED,
    INCONCLUSIVE,
    NO_MRZ,
    NOT_PERFORMED,
    NOTHING,
    PASSED,
    REFER,
    Row,
    assert_complete,
    assert_holds,
    params,
)
from tests.support.readings import (
    PRINTED,
    UNSURE,
    aamva,
    french_card,
    licence,
    line,
    page,
    passport,
    reading,
    refused,
    results,
)

NAMELESS = {k: v for k, v in PRINTED.items() if k not in ("surname", "given_names")}
COMPLETE = {**PRINTED, "issuing_state": "Antarctica"}


def by_engine(confidence: float):
    found = {name: FieldText(text, confidence) for name, text in COMPLETE.items()}
    return replace(NOTHING, fields=found)


ANSWERS = [
    Row("a passport", "mandatory_fields", PASSED, page(printed={})),
    Row("a licence", "mandatory_fields", PASSED, licence(front=())),
    Row("an old French card", "mandatory_fields", PASSED, page(french_card(), {})),
    Row("printed text", "mandatory_fields", PASSED, page(None, COMPLETE)),
    Row("the engine's fields", "mandatory_fields", PASSED, by_engine(0.99)),
    Row("no issuer", "mandatory_fields", FAILED, NO_MRZ, REFER),
    Row("no number", "mandatory_fields", FAILED, licence(aamva(DAQ=None), ())),
    Row("one name", "mandatory_fields", PASSED, page(passport(name="MERIDIAN"), {})),
    Row("no name", "mandatory_fields", FAILED, page(passport(name=""), NAMELESS)),
    Row("a name in one line", "mandatory_fields", PASSED, page(
        passport(name=""), NAMELESS, more=[line("Name: LOUISE ANN MERIDIAN", top=900)]
    )),
    Row("nothing read", "mandatory_fields", NOT_PERFORMED, NOTHING),
    Row("no page", "mandatory_fields", NOT_PERFORMED, refused()),
    Row("read well", "field_confidence", PASSED, page()),
    Row("read badly", "field_confidence", INCONCLUSIVE, page(printed_confidence=UNSURE)),
    Row("by the engine", "field_confidence", INCONCLUSIVE, by_engine(UNSURE)),
    Row("no key field", "field_confidence", NOT_PERFORMED, page(printed={"sex": "F"})),
    Row("nothing read", "field_confidence", NOT_PERFORMED, NOTHING),
]  # fmt: skip


@pytest.mark.parametrize("row", params(ANSWERS))
def test_check_gives_the_expected_result(row: Row):
    assert_holds(row)


def test_table_covers_every_result():
    assert_complete(ANSWERS, check_mandatory_fields, check_field_confidence)


def test_missing_fields_are_named():
    told = results(reading(page(None, {"sex": "F"})))["mandatory_fields"]

    assert (
        told.evidence == "not found: birth_date, document_number, expiry_date, issuing_state, name"
    )


@pytest.mark.parametrize("name", sorted(KEY_FIELDS))
def test_uncertain_key_field_is_named(name: str):
    of = replace(NOTHING, fields={name: FieldText("X", 0.84)})

    assert results(reading(of))["field_confidence"].evidence == f"read without confidence: {name}"


def test_field_with_the_required_confidence_counts_as_read():
    policy = replace(STANDARD, min_confidence=UNSURE)
    of = reading(page(printed_confidence=UNSURE))

    assert results(of, policy=policy)["field_confidence"].status is PASSED
