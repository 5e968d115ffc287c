"""What decides between readings that the pixels show about equally well."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docverify.documents.mrz import ALPHABET, LAYOUTS, MrzFormat, parse_mrz
from docverify.reading.mrz.tie_breaking import (
    EQUAL,
    break_ties,
    is_out_of_place,
    repeat_state,
)
from docverify.reading.recognition import Probabilities

TD3 = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
TD1 = (
    "I0UTOD231458907<<<<<<<<<<<<<<<",
    "7408122F1204159UTO<<<<<<<<<<<6",
    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
)
LAYOUT = LAYOUTS[MrzFormat.TD3]


def shares(*lines: str) -> list[Probabilities]:
    """Show each line clearly."""
    shown = [np.full((len(line), len(ALPHABET)), 1e-4, np.float32) for line in lines]
    for rows, line in zip(shown, lines, strict=True):
        rows[range(len(line)), [ALPHABET.index(each) for each in line]] = 0.98
    return shown


def also(shown: list[Probabilities], line: int, column: int, symbol: str, share: float) -> None:
    shown[line][column, ALPHABET.index(symbol)] = share


def with_symbol(lines: tuple[str, ...], line: int, column: int, symbol: str) -> list[str]:
    changed = list(lines)
    changed[line] = lines[line][:column] + symbol + lines[line][column + 1 :]
    return changed


def test_check_digits_decide_between_equally_likely_symbols():
    read = with_symbol(TD3, 1, 1, "B")
    shown = shares(*read)
    also(shown, 1, 1, "8", 0.4)

    assert break_ties(LAYOUT, read, shown) == list(TD3)


def test_two_ties_may_be_broken_together():
    read = with_symbol(tuple(with_symbol(TD3, 1, 1, "B")), 1, 4, "0")
    shown = shares(*read)
    also(shown, 1, 1, "8", 0.9)
    also(shown, 1, 4, "9", 0.9)

    assert parse_mrz(break_ties(LAYOUT, read, shown)).document_number == "L898902C3"


@pytest.mark.parametrize("share", [0.0, 0.005, 0.01])
def test_a_check_digit_does_not_invent_what_the_pixels_do_not_show(share: float):
    read = with_symbol(TD3, 1, 1, "B")
    shown = shares(*read)
    also(shown, 1, 1, "8", share)

    assert break_ties(LAYOUT, read, shown) == read


def test_lines_with_right_check_digits_are_not_changed():
    shown = shares(*TD3)
    also(shown, 1, 1, "B", 0.97)

    assert break_ties(LAYOUT, TD3, shown) == list(TD3)


def test_lines_of_no_format_are_not_changed():
    odd = ["VX" + TD3[0][2:-8], TD3[1]]

    assert break_ties(LAYOUT, odd, shares(*odd)) == odd


@pytest.mark.parametrize(("share", "code"), [(0.5, "ID"), (0.001, "I0")])
def test_document_code_becomes_letters_if_they_are_equally_likely(share: float, code: str):
    shown = shares(*TD1)
    also(shown, 0, 1, "D", share)

    assert break_ties(LAYOUTS[MrzFormat.TD1], TD1, shown)[0][:2] == code


@given(st.integers(0, 43), st.sampled_from(ALPHABET), st.sampled_from(ALPHABET), st.floats(0, 1))
def test_every_replacement_was_about_equally_likely(
    column: int, symbol: str, other: str, share: float
):
    read = with_symbol(TD3, 1, column, symbol)
    shown = shares(*read)
    also(shown, 1, column, other, share)
    changed = break_ties(LAYOUT, read, shown)
    index = ALPHABET.index

    for rows, old, new in zip(shown, read, changed, strict=True):
        for row, before, after in zip(rows, old, new, strict=True):
            assert before == after or row[index(before)] <= row[index(after)] * np.exp(EQUAL + 0.01)


@pytest.mark.parametrize(
    ("text", "at", "out_of_place"),
    [
        pytest.param("C0RINNE", 1, True, id="digit among letters"),
        pytest.param("65S2068", 2, True, id="letter among digits"),
        pytest.param("854CORI", 4, False, id="letter among letters"),
        pytest.param("854CORI", 3, False, id="letter on the border"),
        pytest.param("0CHE", 0, True, id="digit before letters"),
        pytest.param("CHE0", 3, True, id="digit after letters"),
        pytest.param("<0<", 1, False, id="digit among fillers"),
        pytest.param("A7A", 1, False, id="a digit that looks like no letter"),
        pytest.param("0", 0, False, id="alone"),
    ],
)
def test_a_look_alike_among_symbols_of_the_other_kind_is_out_of_place(
    text: str, at: int, out_of_place: bool
):
    assert is_out_of_place(text, at) is out_of_place


@pytest.mark.parametrize(
    ("nationality", "sure", "expected"),
    [
        pytest.param("UIO", [0.9, 0.3, 0.9], "UTO", id="one letter in doubt"),
        pytest.param("UII", [0.9, 0.3, 0.3], "UTO", id="two letters in doubt"),
        pytest.param("UIO", [0.9, 0.9, 0.9], "UIO", id="certain"),
        pytest.param("FRA", [0.3, 0.3, 0.3], "FRA", id="no letter alike"),
        pytest.param("UTO", [0.3, 0.3, 0.3], "UTO", id="the same"),
    ],
)
def test_a_doubtful_nationality_is_read_like_the_issuing_state(nationality, sure, expected):
    lines = (TD3[0], TD3[1][:10] + nationality + TD3[1][13:])
    confidences = [[0.9] * 44, [0.9] * 10 + sure + [0.9] * 31]
    changed = repeat_state(LAYOUT, lines, confidences)

    assert changed == [TD3[0], TD3[1][:10] + expected + TD3[1][13:]]
