"""A user's own policy file: what it may contain, and errors that name the key."""

import json
import re
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docverify.page import Engine
from docverify.policy import POLICIES, STANDARD, STRICT, THRESHOLDS, Consequence, PolicyError
from docverify.policy_file import (
    MAX_BYTES,
    load_policy,
    parse_policy,
    restore_policy,
    schema,
)

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLE = re.search(r"```json\n(.*?)```", (DOCS / "policy.md").read_text(), re.DOTALL)[1]
NAMED = {"name": "own", "version": "1"}


def parsed(**more):
    return parse_policy(json.dumps(NAMED | more).encode())


def test_example_of_the_docs_changes_its_preset():
    policy = parse_policy(EXAMPLE.encode())

    assert (policy.name, policy.version) == ("car-loans", f"2026-11+{plain_digest(policy)}")
    assert policy.min_sharpness == 80
    assert policy.min_mrz_pitch == STRICT.min_mrz_pitch
    assert len(policy.mandatory["visa"]) == 4
    assert policy.mandatory["passport"] == STRICT.mandatory["passport"]
    assert policy.consequences == {
        **STRICT.consequences,
        "document_expired": Consequence.REFER,
        "viz_mrz_match_given_names": Consequence.REJECT,
    }
    assert policy.weights == {**STRICT.weights, "viz_mrz_match_sex": 0.1}


def plain_digest(policy) -> str:
    return replace(policy, version=policy.version.partition("+")[0]).digest


def test_policy_extends_the_standard_by_default():
    assert parsed() == replace(STANDARD, name="own", version=parsed().version)


def test_second_engine_changes_the_version():
    """A policy without one keeps its digest, so that no document is decided again."""
    assert (parsed().second_engine, parsed().version) == (None, parsed(second_engine=None).version)
    named = parsed(second_engine="textract")
    assert (named.second_engine, named.content["second_engine"]) == (Engine.TEXTRACT, "textract")
    assert named.version != parsed().version


def test_policy_without_a_second_engine_keeps_its_digest():
    assert "second_engine" not in parsed().content


def test_other_content_makes_another_version():
    versions = {parsed().version, parsed(min_age=21).version, parsed(extends="strict").version}

    assert len(versions) == 3


def test_same_content_in_other_notation_is_the_same_version():
    first = parsed(min_sharpness=60, min_age=18, consequences={})

    assert first.version == parsed(min_sharpness=60.0).version == parsed().version


def test_remark_is_kept():
    assert parsed(remark="für den Versuch").remark == "für den Versuch"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "the policy is not valid JSON", id="empty"),
        pytest.param(b"{", "the policy is not valid JSON", id="incomplete"),
        pytest.param(b'{\n "name": own}', "(line 2, column 10)", id="a value without quotes"),
        pytest.param(b"\xff\xfe\x00", "the policy is not valid JSON", id="no text"),
        pytest.param(b"[]", "the policy is not a JSON object like", id="a list"),
        pytest.param(b'"x"', "the policy is not a JSON object like", id="a text"),
        pytest.param(b"[" * 60_000, "the policy is not valid JSON", id="deep"),
        pytest.param(b" " * 1_000_000, f"larger than {MAX_BYTES} bytes", id="1 MB"),
        pytest.param(b'{"name": NaN}', "NaN: not a valid JSON number", id="NaN"),
        pytest.param(b'{"name": "a", "name": "b"}', "name: given twice", id="twice"),
        pytest.param(b"{}", "name: missing; it must be", id="no name"),
        pytest.param(b'{"name": "own"}', "version: missing; it must be", id="no version"),
        pytest.param(b'{"\\ud800": 1}', "a key is not valid Unicode text", id="surrogate"),
        pytest.param(b'{"n\\u0000": 1}', r"'n\x00': unknown key; it may be", id="odd key"),
    ],
)
def test_invalid_file_is_explained(content: bytes, message: str):
    with pytest.raises(PolicyError, match=re.escape(message)):
        parse_policy(content)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": "Own"}, "name: must be lowercase letters"),
        (
            {"name": "standard"},
            "name: must be lowercase letters, digits and hyphens, and not person or the name",
        ),
        ({"name": 7}, "name: must be"),
        ({"version": ""}, "version: must be"),
        ({"version": 1}, "version: must be"),
        ({"remark": "two\nlines"}, "remark: must be a line"),
        ({"extends": "lax"}, "extends: must be one of lenient, standard, strict, demonstration"),
        ({"extends": ["strict"]}, "extends: must be one of"),
        ({"min_sharpnes": 1}, "min_sharpnes: unknown key; did you mean min_sharpness"),
        ({"x" * 1000: 1}, "x" * 80 + "…: unknown key"),
        ({"min_age": 18.5}, "min_age: must be a whole number from 0 to 120"),
        ({"min_age": True}, "min_age: must be a whole number"),
        ({"min_age": "18"}, "min_age: must be a whole number"),
        ({"min_age": 10**4000}, "min_age: must be a whole number"),
        ({"min_confidence": 1.01}, "min_confidence: must be a number from 0 to 1"),
        ({"min_confidence": None}, "min_confidence: must be a number"),
        ({"mandatory": ["date_order"]}, "mandatory: must be an object"),
        (
            {"mandatory": {"boat": []}},
            "mandatory.boat: unknown kind; did you mean mandatory.visa",
        ),
        ({"mandatory": {"visa": "date_order"}}, "mandatory.visa: must be a list of codes"),
        ({"mandatory": {"visa": [1]}}, "mandatory.visa: must be a list of codes"),
        (
            {"mandatory": {"visa": ["date_ordr"]}},
            "mandatory.visa.date_ordr: unknown check; did you mean mandatory.visa.date_order",
        ),
        ({"consequences": "reject"}, "consequences: must be an object"),
        ({"consequences": {"date_ordr": "note"}}, "consequences.date_ordr: unknown check"),
        (
            {"consequences": {"date_order": "forgive"}},
            "consequences.date_order: must be one of note, refer, resubmit, reject",
        ),
        ({"consequences": {"date_order": {}}}, "consequences.date_order: must be one of"),
        ({"consequences": {"date_order": "note"}}, "consequences.date_order: only noted, but"),
        ({"weights": [1]}, "weights: must be an object"),
        ({"weights": {"magic": 0.1}}, "weights.magic: unknown check"),
        ({"weights": {"date_order": 2}}, "weights.date_order: must be a number from 0 to 1"),
        ({"second_engine": "local"}, "second_engine: must be one of google-vision, textract"),
        ({"second_engine": ["textract"]}, "second_engine: must be one of"),
        ({"risk_threshold": 0}, "risk_threshold: must be a number from 0.01 to 1"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, dict) else "",
)
def test_error_names_the_key_and_what_is_allowed(given: dict, message: str):
    with pytest.raises(PolicyError, match=f"^{re.escape(message)}"):
        parsed(**given)


def test_schema_in_the_docs_is_current():
    """After a change: `docverify policy --schema > docs/policy.schema.json`."""
    assert json.loads((DOCS / "policy.schema.json").read_text()) == schema()


def test_schema_is_valid_and_describes_every_threshold():
    jsonschema.Draft202012Validator.check_schema(schema())

    described = {k for k, each in schema()["properties"].items() if "description" in each}
    assert set(THRESHOLDS) <= described


def accepted(given: object) -> bool:
    try:
        parse_policy(json.dumps(given).encode())
    except PolicyError:
        return False
    return True


CODES = st.sampled_from(["date_order", "image_blur", "viz_mrz_match_sex", "magic"])
FILES = st.fixed_dictionaries(
    {"name": st.sampled_from(["own", "Own", 1]), "version": st.sampled_from(["1", "", None])},
    optional={
        "extends": st.sampled_from(["strict", "lax"]),
        "min_age": st.sampled_from([18, 200, "18"]),
        "max_glare": st.sampled_from([0, 0.5, 2, None]),
        "second_engine": st.sampled_from(["google-vision", "local", "", 1, None]),
        "mandatory": st.dictionaries(
            st.sampled_from(["visa", "boat"]), st.lists(CODES, max_size=1)
        ),
        "consequences": st.dictionaries(CODES, st.sampled_from(["reject", "refer", "forgive"])),
        "weights": st.dictionaries(CODES, st.sampled_from([0, 1, 2])),
        "more": st.none(),
    },
)


@given(FILES)
def test_schema_and_parser_accept_the_same_files(given: dict):
    assert jsonschema.Draft202012Validator(schema()).is_valid(given) == accepted(given)


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_are_a_policy_or_a_policy_error(content: bytes):
    with pytest.raises(PolicyError):
        parse_policy(content)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda each: st.lists(each) | st.dictionaries(st.text() | CODES, each),
)


@given(st.sampled_from([*schema()["properties"]]), JSON)
def test_any_value_of_a_key_is_accepted_or_a_policy_error(key: str, value: object):
    try:
        policy = parsed(**{key: value})
    except PolicyError:
        return
    assert policy.digest


def test_large_file_is_not_read_to_its_end(tmp_path: Path):
    path = tmp_path / "own.json"
    path.write_bytes(EXAMPLE.encode() + b" " * MAX_BYTES)

    with pytest.raises(PolicyError, match="larger"):
        load_policy(path)
    path.write_text(EXAMPLE)
    assert load_policy(path) == parse_policy(EXAMPLE.encode())


@pytest.mark.parametrize(
    "policy",
    [
        *POLICIES.values(),
        parsed(second_engine="textract", consequences={"document_expired": "refer"}),
    ],
    ids=lambda each: each.name,
)
def test_policy_is_restored_from_its_stored_content(policy):
    restored = restore_policy(json.loads(json.dumps(policy.content)))

    assert restored == policy
    assert restored.content_sha256 == policy.content_sha256


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"min_luck": 7}, "min_luck: unknown key"),
        ({"consequences": {"document_expired": "shred"}}, "the content is not that of a policy"),
        ({"second_engine": "oracle"}, "the content is not that of a policy"),
    ],
)
def test_content_that_this_version_cannot_use_is_not_restored(change, message):
    with pytest.raises(PolicyError, match=message):
        restore_policy({**STANDARD.content, **change})


def test_content_without_a_name_is_not_restored():
    content = {key: value for key, value in STANDARD.content.items() if key != "name"}

    with pytest.raises(PolicyError, match="the content is not that of a policy"):
        restore_policy(content)
