"""The policies that a run can name."""

import json

import pytest
from prefect import flow

from docverify.policy import POLICIES, STANDARD
from flows.parameters import PolicyName
from tasks.errors import SetupError
from tasks.policies import list_policies, read_policy

OWN = {"name": "own", "version": "1", "extends": "strict"}


@pytest.fixture(name="folder")
def _folder(tmp_path, monkeypatch):
    monkeypatch.setenv("DOCVERIFY_POLICIES", str(tmp_path))
    (tmp_path / "own.json").write_text(json.dumps(OWN))
    return tmp_path


def test_a_preset_needs_no_folder():
    assert read_policy("standard") is STANDARD
    assert list_policies() == tuple(POLICIES)


def test_an_own_policy_is_named_by_its_file(folder):
    assert list_policies() == (*POLICIES, "own")
    assert read_policy("own").name == "own"


def test_a_file_cannot_take_the_place_of_a_preset(folder):
    (folder / "standard.json").write_text(json.dumps(OWN))

    assert list_policies() == (*POLICIES, "own")
    assert read_policy("standard") is STANDARD


@pytest.mark.parametrize("name", ["lax", "../own", "", None, ["own"]])
def test_an_unknown_policy_is_refused_and_the_known_ones_listed(folder, name):
    with pytest.raises(SetupError, match=r"choose one of lenient, .*demonstration, own$"):
        read_policy(name)


def test_a_file_of_another_name_is_refused(folder):
    (folder / "other.json").write_text(json.dumps(OWN))

    with pytest.raises(SetupError, match="policy other: the name in the file is own"):
        read_policy("other")


def test_the_wrong_key_of_a_file_is_named(folder):
    (folder / "own.json").write_text(json.dumps(OWN | {"min_age": "18"}))

    with pytest.raises(SetupError, match="policy own: min_age: must be a whole number"):
        read_policy("own")


def test_a_file_that_cannot_be_opened_is_explained(folder):
    (folder / "folder.json").mkdir()

    with pytest.raises(SetupError, match="policy folder: Is a directory"):
        read_policy("folder")


def test_a_missing_folder_is_reported_if_one_of_its_policies_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("DOCVERIFY_POLICIES", str(tmp_path / "missing"))

    assert read_policy("standard") is STANDARD
    with pytest.raises(SetupError, match="DOCVERIFY_POLICIES is not a folder that can be read"):
        read_policy("own")


@pytest.mark.parametrize(
    ("allowed", "names"),
    [
        ("", ["lenient", "standard", "strict", "demonstration", "own"]),
        ("!demonstration", ["lenient", "standard", "strict", "own"]),
        ("standard, own", ["standard", "own"]),
        ("standard,own,!own", ["standard"]),
        (" , ", ["lenient", "standard", "strict", "demonstration", "own"]),
    ],
)
def test_only_allowed_policies_can_be_used_and_are_offered(folder, allowed, names, monkeypatch):
    monkeypatch.setenv("DOCVERIFY_POLICIES_ALLOWED", allowed)

    assert [*list_policies()] == offered() == names
    for name in ("demonstration", "own"):
        if name in names:
            assert read_policy(name).name == name
        else:
            known = ", ".join(names)
            message = f"^policy {name} is not allowed here: choose one of {known}, or add it to "
            with pytest.raises(SetupError, match=message):
                read_policy(name)


@pytest.mark.parametrize("allowed", ["!demonstraton", "standart"])
def test_misspelt_allowed_policy_is_named(folder, allowed, monkeypatch):
    monkeypatch.setenv("DOCVERIFY_POLICIES_ALLOWED", allowed)

    with pytest.raises(SetupError, match=r"^DOCVERIFY_POLICIES_ALLOWED: \w+ does not exist; the"):
        read_policy("standard")


def offered() -> list[str]:
    @flow
    def chooses(policy: PolicyName = "standard") -> None: ...

    return chooses.parameters.model_dump()["properties"]["policy"]["enum"]


def test_a_form_offers_the_existing_policies(folder):
    assert offered() == [*POLICIES, "own"]


def test_a_form_offers_only_the_presets_if_a_setting_is_wrong(monkeypatch):
    monkeypatch.setenv("DOCVERIFY_MAX_BYTES", "many")

    assert offered() == [*POLICIES]
