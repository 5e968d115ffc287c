"""What the network for OCR-B makes of a line."""

import cv2
import numpy as np
import pytest

from docverify.documents.mrz import ALPHABET
from docverify.reading.mrz.decoding import read_freely
from docverify.reading.mrz.recognisers import recognise_any_print, recognise_ocrb
from docverify.reading.recognition import cut_strip
from tests.support.mrz_images import page, quad

LINES = (ALPHABET[:19], ALPHABET[18:])


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("recogniser", [recognise_ocrb, recognise_any_print])
def test_line_is_recognised_in_the_alphabet_of_mrzs(line: str, recogniser):
    sight = recogniser(cut_strip(page(line), quad(0, 0, len(line))))

    assert sight.folded.shape == (len(sight.seen), 1 + len(ALPHABET))
    assert sight.folded.sum(1).max() <= 1 + 1e-4
    assert sight.seen.any()


@pytest.mark.parametrize("line", LINES)
def test_the_network_for_ocr_b_reads_every_symbol(line: str):
    sight = recognise_ocrb(cut_strip(page(line), quad(0, 0, len(line))))

    assert read_freely(sight.folded) == line


@pytest.mark.parametrize("text", ["Geburtsdatum", "date of birth", "Ausstellende Behörde"])
def test_lower_case_letters_are_seen_but_not_read_as_symbols(text: str):
    image = np.full((80, 460, 3), 240, np.uint8)
    cv2.putText(image, text.encode("ascii", "ignore").decode(), (20, 50), 0, 1.1, (30, 30, 30), 2)
    box = np.array([(15, 20), (440, 20), (440, 60), (15, 60)], np.float32)
    sight = recognise_ocrb(cut_strip(image, box))

    assert sight.seen.sum() > len(text)
    assert len(read_freely(sight.folded)) < len(text) / 2


def test_empty_paper_shows_nothing():
    sight = recognise_ocrb(cut_strip(np.full((80, 400, 3), 230, np.uint8), quad(0, 0, 12)))

    assert not sight.seen.any()
