"""Policies: named, versioned, and never in contradiction with themselves."""

from dataclasses import FrozenInstanceError, fields, replace

import pytest

from docverify.checks import CODES
from docverify.documents.kinds import POLICY_KEYS
from docverify.policy import (
    DEMONSTRATION,
    LENIENT,
    MANDATORY,
    POLICIES,
    STANDARD,
    STRICT,
    THRESHOLDS,
    WEIGHTS,
    Consequence,
    Policy,
    PolicyError,
)

NOTHING = dict.fromkeys(POLICY_KEYS, frozenset())


def test_mandatory_check_must_not_be_only_noted():
    noted = {"image_blur": Consequence.NOTE, "date_order": Consequence.NOTE}

    with pytest.raises(
        PolicyError, match=r"^consequences.date_order: only noted, but listed in mandatory"
    ):
        Policy("lax", "1", consequences=noted)


def test_check_whose_weight_alone_refers_must_not_be_only_noted():
    noted = {"viz_mrz_match_sex": Consequence.NOTE}

    with pytest.raises(PolicyError, match=r"weights.viz_mrz_match_sex alone reaches risk_thresh"):
        Policy("lax", "1", mandatory=NOTHING, consequences=noted)


def test_check_that_is_not_mandatory_may_be_only_noted():
    policy = Policy("lax", "1", mandatory=NOTHING, consequences={"date_order": Consequence.NOTE})

    assert policy.consequences == {"date_order": Consequence.NOTE}


@pytest.mark.parametrize(
    "consequence", [each for each in Consequence if each is not Consequence.NOTE]
)
def test_mandatory_check_may_have_any_other_consequence(consequence: Consequence):
    policy = Policy("own", "1", consequences={"date_order": consequence})

    assert policy.consequences["date_order"] is consequence


def test_policy_needs_mandatory_checks_for_every_kind():
    with pytest.raises(PolicyError, match=r"^mandatory: no checks given for licence, visa$"):
        Policy("own", "1", mandatory={k: frozenset() for k in ("passport", "card", "unknown")})


@pytest.mark.parametrize("key", THRESHOLDS)
def test_threshold_out_of_its_range_is_named(key: str):
    allowed = THRESHOLDS[key]

    for wrong in (allowed.least - 1, allowed.most + 1, float("nan"), True, "1", None):
        with pytest.raises(PolicyError, match=rf"^{key}: must be a .*number from "):
            replace(STANDARD, **{key: wrong})
    wide = replace(STANDARD, consequences={}, min_brightness=0, max_brightness=255)
    for right in (allowed.least, allowed.most):
        assert getattr(replace(wide, **{key: right}), key) == right


def test_lower_limit_above_its_upper_one_is_named():
    with pytest.raises(PolicyError, match=r"^min_brightness: must not be above max_brightness$"):
        replace(STANDARD, min_brightness=241)


def test_weight_out_of_its_range_is_named():
    with pytest.raises(PolicyError, match=r"^weights.validity_period: must be a number"):
        replace(STANDARD, weights={"validity_period": 1.1})


def test_every_threshold_is_explained():
    values = {each.name: getattr(STANDARD, each.name) for each in fields(Policy)}
    numbers = {name for name, value in values.items() if isinstance(value, int | float)}

    assert numbers == set(THRESHOLDS)
    assert [key for key, each in THRESHOLDS.items() if len(each.about) < 10] == []


def test_policies_are_listed_by_their_own_names():
    assert POLICIES == {
        "lenient": LENIENT,
        "standard": STANDARD,
        "strict": STRICT,
        "demonstration": DEMONSTRATION,
    }


def test_policy_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        STANDARD.min_age = 3
    with pytest.raises(TypeError):
        STANDARD.consequences["document_expired"] = Consequence.NOTE


def test_policy_copies_its_mappings():
    consequences = {"date_order": Consequence.REJECT}
    policy = replace(STANDARD, consequences=consequences)
    consequences.clear()

    assert policy.consequences == {"date_order": Consequence.REJECT}


@pytest.mark.parametrize(
    ("name", "version", "digest"),
    [
        ("lenient", "2", "c9341e19"),
        ("standard", "3", "a298eb9e"),
        ("strict", "2", "d8f713d9"),
        ("demonstration", "3", "6bdc420a"),
    ],
)
def test_preset_with_another_content_needs_another_version(name, version, digest):
    """To change a released preset, increase its version and then change the digest here."""
    assert (POLICIES[name].version, POLICIES[name].digest) == (version, digest)


def test_equal_contents_have_one_digest_and_others_another():
    assert replace(STANDARD).digest == STANDARD.digest
    assert len({policy.digest for policy in POLICIES.values()}) == len(POLICIES)
    assert replace(STANDARD, min_age=19).digest != STANDARD.digest


@pytest.mark.parametrize("key", THRESHOLDS)
def test_stricter_preset_has_no_weaker_threshold(key: str):
    lenient, standard, strict = (getattr(each, key) for each in (LENIENT, STANDARD, STRICT))

    if key.startswith("min_"):
        assert lenient <= standard <= strict
    else:
        assert lenient >= standard >= strict


def test_presets_have_the_same_min_confidence():
    """With a higher one, a stricter policy would refer what others reject."""
    assert len({policy.min_confidence for policy in POLICIES.values()}) == 1


@pytest.mark.parametrize("kind", POLICY_KEYS)
def test_stricter_preset_requires_no_fewer_checks(kind: str):
    assert LENIENT.mandatory[kind] <= STANDARD.mandatory[kind] <= STRICT.mandatory[kind]


def test_demonstration_differs_from_the_standard_for_specimens_only():
    expected = replace(
        STANDARD,
        name="demonstration",
        mandatory={
            kind: codes - {"known_specimen", "portrait_present"}
            for kind, codes in MANDATORY.items()
        },
        consequences={
            **STANDARD.consequences,
            "known_specimen": Consequence.NOTE,
            "placeholder_data": Consequence.NOTE,
            "portrait_present": Consequence.NOTE,
        },
        remark=DEMONSTRATION.remark,
    )
    assert expected == DEMONSTRATION
    assert "never use it for real documents" in DEMONSTRATION.remark


def test_presets_name_only_existing_checks():
    named = {*WEIGHTS}
    for policy in POLICIES.values():
        named |= {*policy.consequences}.union(*policy.mandatory.values())

    assert named <= CODES


def test_document_of_unknown_kind_needs_all_mrz_checks():
    assert MANDATORY["visa"] <= MANDATORY["unknown"]
    assert "mrz_present" in MANDATORY["unknown"]
