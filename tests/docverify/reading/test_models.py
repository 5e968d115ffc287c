"""The networks that ship inside another package."""

import sys

import pytest

from docverify.reading.models import characters, detector


def test_a_missing_package_of_models_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "rapidocr", None)

    with pytest.raises(
        FileNotFoundError, match="the package rapidocr with the models is not installed"
    ):
        detector.__wrapped__()


def test_a_network_is_loaded_once():
    assert detector() is detector()


def test_the_classes_of_the_recogniser_are_different_characters():
    known = characters()

    assert len(set(known)) == len(known)
    assert (known[0], known[-1]) == ("", " ")
