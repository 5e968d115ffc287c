"""The stored network is the one that its page describes."""

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest

from docverify.reading.models import OCRB, ocrb_recogniser
from training.lines import BLANK
from training.samples import draw_sample

PAGE = Path(__file__).parents[2] / "docs" / "ocrb.md"


def test_the_page_names_the_network_that_is_kept():
    assert hashlib.sha256(OCRB.read_bytes()).hexdigest() in PAGE.read_text("utf-8")


def reads_exactly(number: int) -> bool:
    drawn = draw_sample(np.random.default_rng([2, number]))
    strip = drawn.strip[None, None].astype(np.float32)
    (steps,) = ocrb_recogniser().run(None, {"strip": strip})
    best = steps[0].argmax(1)
    starts = best[np.diff(best, prepend=BLANK) != 0]
    return np.array_equal(starts[starts != BLANK], drawn.text)


@pytest.mark.slow
def test_share_of_newly_drawn_lines_that_are_read_is_the_documented_one():
    sentence = r"reads\s(\d+) % of newly drawn lines without an error"
    said = re.search(sentence, PAGE.read_text("utf-8"))
    found = [reads_exactly(number) for number in range(1024)]

    assert said is not None
    assert round(100 * sum(found) / len(found)) == int(said[1])
