"""The pages say what was measured: they are what the kept results give, without measuring again."""

import json

import pytest

from benchmarks import accuracy, performance, results


def kept_accuracy():
    kept = results.kept(accuracy.STORED)
    return kept, [accuracy.measurement_of(row) for row in kept["found"]]


def test_the_page_of_accuracy_is_what_was_kept():
    kept, found = kept_accuracy()
    history = json.loads(accuracy.HISTORY.read_text("utf-8"))

    assert accuracy.PAGE.read_text("utf-8") == accuracy.page(found, history, kept)


def test_the_page_of_performance_is_what_was_kept():
    assert performance.PAGE.read_text("utf-8") == performance.page()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("accuracy", lambda: accuracy.headline(*reversed(kept_accuracy()))),
        ("performance", performance.headline),
    ],
)
def test_the_readme_says_what_the_pages_say(name, text):
    readme = accuracy.README.read_text("utf-8")

    assert f"<!-- {name} -->\n{text()}<!-- end of {name} -->\n" in readme
