"""Whatever lines a reader gives: they are parsed, or are said to be malformed; nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docverify.errors import MalformedMrz
from docverify.mrz import ALPHABET, LAYOUTS, parse_mrz


@given(st.sampled_from(list(LAYOUTS.values())), st.data())
def test_any_characters_are_parsed_or_malformed(layout, data):
    line = st.text(ALPHABET, min_size=layout.width, max_size=layout.width)
    lines = data.draw(st.lists(line, min_size=layout.line_count, max_size=layout.line_count))

    try:
        mrz = parse_mrz(lines)
    except MalformedMrz:
        return
    assert mrz.lines == tuple(lines)


def test_a_passport_has_no_long_number():
    """Doc 9303-4: only TD1 and TD2 continue a number in the optional data."""
    lines = ["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"]
    lines += ["L898902C3<UTO7408122F1204159ZE184226B<<<<<10"]

    mrz = parse_mrz(lines)

    assert mrz.document_number == "L898902C3"
    assert not next(each for each in mrz.check_digits if each.field == "document_number").holds


@pytest.mark.parametrize("lines", [[], [""], ["<" * 44], ["É" * 44] * 2])
def test_lines_of_no_format_are_malformed(lines):
    with pytest.raises(MalformedMrz):
        parse_mrz(lines)
