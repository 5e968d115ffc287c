"""Policies: named, versioned, and never in contradiction with themselves."""

import pytest

from docverify.case import open_case
from docverify.checks import run_checks
from docverify.policy import (
    DEMONSTRATION,
    MANDATORY,
    POLICIES,
    STANDARD,
    Consequence,
    Policy,
    policy_named,
)
from tests.docverify.readings import TODAY, page, reading


def test_a_mandatory_check_that_is_only_noted_is_refused():
    noted = {"image_blur": Consequence.NOTE, "date_order": Consequence.NOTE}

    with pytest.raises(ValueError, match=r"^mandatory, yet only noted: date_order, image_blur$"):
        Policy("lax", "1", consequences=noted)


def test_a_check_that_is_not_mandatory_may_be_only_noted():
    policy = Policy(
        "lax", "1", mandatory=frozenset(), consequences={"date_order": Consequence.NOTE}
    )

    assert policy.consequences == {"date_order": Consequence.NOTE}


@pytest.mark.parametrize(
    "consequence", [each for each in Consequence if each is not Consequence.NOTE]
)
def test_a_mandatory_check_may_have_any_other_consequence(consequence: Consequence):
    policy = Policy("own", "1", consequences={"date_order": consequence})

    assert policy.consequences["date_order"] is consequence


@pytest.mark.parametrize("policy", [STANDARD, DEMONSTRATION], ids=lambda policy: policy.name)
def test_a_policy_is_found_by_its_name(policy: Policy):
    assert policy_named(policy.name) is policy


@pytest.mark.parametrize("name", ["", "Standard", "lax", "standard "])
def test_an_unknown_name_is_answered_with_the_known_ones(name: str):
    with pytest.raises(ValueError, match=r"choose one of demonstration, standard$"):
        policy_named(name)


def test_policies_are_listed_by_their_own_names():
    assert POLICIES == {"standard": STANDARD, "demonstration": DEMONSTRATION}


def test_the_demonstration_differs_from_the_standard_for_specimens_only():
    assert DEMONSTRATION.mandatory == MANDATORY - {"known_specimen"}
    assert DEMONSTRATION.consequences == {"known_specimen": Consequence.NOTE}
    assert STANDARD.consequences == {}
    assert "never use it for real documents" in DEMONSTRATION.remark


def test_every_mandatory_check_exists():
    case = open_case(reading(page()), today=TODAY, policy=STANDARD)

    assert MANDATORY - {result.code for result in run_checks(case)} == set()
