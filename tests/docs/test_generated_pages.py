"""The generated pages are what code and kept measurements give."""

from docs.tools import generate


def test_every_generated_page_is_current():
    """`make docs` writes what is out of date."""
    assert list(generate.stale_pages()) == []
