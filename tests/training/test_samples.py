"""Drawn strips match their labels, and are the same on every machine."""

from itertools import groupby

import numpy as np
import pytest

from training.lines import BLANK, OTHER
from training.samples import HEIGHT, IGNORED, STEP, WIDTH, Sample, draw_sample


def sample(number: int) -> Sample:
    return draw_sample(np.random.default_rng([3, number]))


def without_repeats(classes: np.ndarray) -> list[int]:
    return [int(each) for each, _ in groupby(classes)]


def test_same_seed_draws_the_same_strip():
    one, other = sample(1), sample(1)

    assert (one.strip == other.strip).all()
    assert (one.steps == other.steps).all()
    assert (one.text == other.text).all()


def test_another_seed_draws_another_strip():
    assert (sample(1).strip != sample(2).strip).any()


@pytest.mark.parametrize("number", range(40))
def test_steps_contain_the_text_in_its_order(number: int):
    drawn = sample(number)
    steps = drawn.steps[(drawn.steps != IGNORED) & (drawn.steps != BLANK)]
    shown, text = without_repeats(steps), without_repeats(drawn.text)

    assert drawn.strip.shape == (HEIGHT, WIDTH)
    assert drawn.steps.shape == (WIDTH // STEP,)
    assert drawn.text.min() > BLANK
    assert drawn.text.max() <= OTHER
    # Half a character may be at either end.
    assert text in [shown[left : len(shown) - right] for left in (0, 1) for right in (0, 1)]


def test_most_lines_are_ocr_b_and_some_are_not():
    kinds = [bool((sample(number).text == OTHER).all()) for number in range(100)]

    assert 2 < sum(kinds) < 25
