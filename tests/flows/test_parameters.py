"""Parameters of flows: the forms offer what exists, and a run checks what it was given."""

import pytest
from prefect.utilities.callables import parameter_schema

from docverify.page import Engine
from docverify.policy import POLICIES
from docverify.verdict import Outcome
from flows.backfill import backfill, backfill_chunk
from flows.document_verification import document_verification
from flows.parameters import check_whole_number, find_engine, find_outcome, parse_day
from flows.redecision import redecision
from flows.review import Decision
from tasks.errors import SetupError


def offered(flow, parameter: str) -> list[str]:
    return parameter_schema(flow).properties[parameter]["enum"]


@pytest.mark.parametrize("flow", [document_verification, backfill, backfill_chunk])
def test_a_form_offers_the_engines_and_the_policies(flow):
    assert offered(flow, "engine") == list(Engine)
    assert offered(flow, "policy") == list(POLICIES)


def test_a_form_offers_the_outcomes_to_filter_by():
    assert offered(redecision, "outcome") == ["", *Outcome]


def test_a_choice_is_an_optional_text_with_its_default():
    engine = dict(parameter_schema(document_verification).properties["engine"])

    assert engine.pop("description").startswith("The engine that reads the document.")
    assert engine == {
        "default": "local",
        "enum": list(Engine),
        "position": 3,
        "title": "engine",
        "type": "string",
    }


def test_the_form_of_a_review_offers_every_decision():
    decision = Decision.model_json_schema()["properties"]["decision"]

    assert decision["enum"] == ["verified", "rejected", "resubmit", "give back to the queue"]


@pytest.mark.parametrize("value", [0, 11, True, 5.0, "5", None])
def test_a_number_outside_its_range_is_refused_and_named(value):
    with pytest.raises(SetupError, match="the parameter chunk must be a whole number from 1 to 10"):
        check_whole_number("chunk", value, 1, 10)


@pytest.mark.parametrize("value", ["soon", "2026-13-01", 7, ["2026-01-01"]])
def test_an_invalid_day_is_refused_and_named(value):
    with pytest.raises(SetupError, match="the parameter since must be a day like 2026-11-30"):
        parse_day("since", value)


def test_an_empty_day_and_an_empty_outcome_select_all():
    assert (parse_day("since", ""), find_outcome("")) == (None, None)


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(SetupError, match="choose one of local, google-vision, textract"):
        find_engine("magic")
    with pytest.raises(SetupError, match="choose one of verified, referred, resubmit, rejected"):
        find_outcome("authentic")
