"""The benchmark pages equal what the stored results give, without measuring again."""

import json

import pytest

from benchmarks import accuracy, performance, results
from benchmarks.accuracy_groups import split_visas
from benchmarks.accuracy_page import build_headline, build_page


def load_accuracy():
    stored = results.load(accuracy.STORED)
    return stored, *split_visas(map(accuracy.parse_row, stored["found"]))


def build_accuracy_headline():
    stored, found, _ = load_accuracy()
    return build_headline(found, stored)


def test_accuracy_page_equals_stored_results():
    stored, found, visas = load_accuracy()
    history = json.loads(accuracy.HISTORY.read_text("utf-8"))

    assert accuracy.PAGE.read_text("utf-8") == build_page(found, history, stored, visas=visas)


def test_performance_page_equals_stored_results():
    assert performance.PAGE.read_text("utf-8") == performance.build_page()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("accuracy", build_accuracy_headline),
        ("performance", performance.build_headline),
    ],
)
def test_readme_equals_stored_results(name, text):
    readme = accuracy.README.read_text("utf-8")

    assert f"<!-- {name} -->\n{text()}<!-- end of {name} -->\n" in readme
