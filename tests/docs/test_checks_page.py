"""The page of checks for people is current."""

from pathlib import Path
from runpy import run_path

from docverify import checks
from docverify.checks import CODES
from docverify.checks.__main__ import table

PAGE = (Path(__file__).parents[2] / "docs" / "checks.md").read_text()


def test_the_page_shows_the_table_that_the_code_gives():
    """`make docs` writes it."""
    assert table().strip() in PAGE


def test_the_table_has_every_code_once():
    assert [code for code in CODES if table().count(f"`{code}`") != 1] == []


def test_the_table_is_printed(capsys):
    run_path(str(Path(checks.__file__).with_name("__main__.py")), run_name="__main__")

    assert capsys.readouterr().out == table() + "\n"
