"""The generated pages are what code and kept measurements give."""

import pytest

from docs.tools import generate
from docs.tools.generate import replace_outputs, replace_part

PAGE = "before\n<!-- words -->\nold\n<!-- end of words -->\nafter\n"
SHOWN = "<!-- output -->\n```console\n$ .venv/bin/docverify policy --schema\n{}```\n"


def test_every_generated_page_is_current():
    """`make docs` writes what is out of date."""
    assert list(generate.stale_pages()) == []


def test_a_part_is_replaced_and_the_rest_stays():
    assert replace_part(PAGE, "words", "new\n") == PAGE.replace("old", "new")


def test_a_page_without_place_for_a_part_is_an_error():
    with pytest.raises(ValueError, match="no place for figures"):
        replace_part(PAGE, "figures", "new\n")


def test_a_shown_output_is_what_the_command_prints(capsys):
    written = replace_outputs(SHOWN.format("anything\n"))

    assert '"title": "A policy of docverify"' in written
    assert replace_outputs(written) == written


@pytest.mark.parametrize("outcome", ["verified", "rejected"])
def test_a_shown_output_keeps_its_seconds(monkeypatch, outcome):
    monkeypatch.setattr(generate, "run_docverify", lambda _: "verified in 2.4 s\n")

    written = replace_outputs(SHOWN.format(f"{outcome} in 9.9 s\n"))

    assert written == SHOWN.format("verified in 9.9 s\n")


def test_check_names_a_stale_page_and_writes_nothing(monkeypatch, tmp_path, capsys):
    (tmp_path / "page.md").write_text(PAGE)
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "PAGES", {"page.md": lambda _: "new\n"})

    assert generate.main(["--check"]) == 1
    assert capsys.readouterr().out == "out of date: page.md\n"
    assert (tmp_path / "page.md").read_text() == PAGE


def test_a_stale_page_is_written(monkeypatch, tmp_path, capsys):
    (tmp_path / "page.md").write_text(PAGE)
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "PAGES", {"page.md": lambda _: "new\n"})
    monkeypatch.setattr(generate, "draw_pictures", lambda: None)

    assert generate.main([]) == 0
    assert capsys.readouterr().out == "written: page.md\n"
    assert (tmp_path / "page.md").read_text() == "new\n"
