"""Texts of drawn lines: MRZs and random symbols."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docverify.documents.mrz import ALPHABET, LAYOUTS
from training.texts import LINES, any_line, print_line

SEEDS = st.integers(0, 2**32)


@given(SEEDS, st.integers(1, 60))
def test_line_has_the_requested_length_and_only_symbols_of_mrzs(seed: int, length: int):
    text = any_line(np.random.default_rng(seed), length)

    assert len(text) == length
    assert set(text) <= set(ALPHABET)


@given(SEEDS, st.integers(1, 60))
def test_other_text_has_the_requested_length(seed: int, length: int):
    assert len(print_line(np.random.default_rng(seed), length)) == length


def test_a_line_of_an_mrz_has_the_width_of_a_layout_or_of_a_licence():
    random = np.random.default_rng(0)
    widths = {len(line(random)) for line in LINES for _ in range(50)}

    assert widths == {layout.width for layout in LAYOUTS.values()} | {9}


@pytest.mark.parametrize("symbol", ALPHABET)
def test_every_symbol_occurs(symbol: str):
    random = np.random.default_rng(1)

    assert any(symbol in any_line(random, 40) for _ in range(100))
