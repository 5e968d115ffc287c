"""Decoding under the grammar of a format, on probabilities made by hand."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docverify.documents.look_alikes import GLYPHS
from docverify.documents.mrz import ALPHABET, LETTERS, NUMBERS
from docverify.reading.models import characters
from docverify.reading.mrz.decoding import (
    INDEX,
    LOST_CHARACTER,
    MIN_PROBABILITY,
    decode,
    fold,
    read_freely,
)
from docverify.reading.recognition import Probabilities, read_greedily

DIGITS = "0123456789"
BLANK = "_"


def steps(*shown: str | dict[str, float]) -> Probabilities:
    """Give each step a symbol with probability 0.96, or symbols with theirs; `_` is the blank."""
    rows = np.full((len(shown), 1 + len(ALPHABET)), 0.04 / len(ALPHABET), np.float32)
    for row, each in zip(rows, shown, strict=True):
        for symbol, probability in (each if isinstance(each, dict) else {each: 0.96}).items():
            row[0 if symbol == BLANK else 1 + INDEX[symbol]] = probability
    return rows


def shown(text: str) -> Probabilities:
    """Show each character of a text for a step, blanks between."""
    return steps(*BLANK.join(text))


def test_a_clear_line_is_read_with_confidence():
    decoded = decode(shown("AB<12"), [ALPHABET] * 5)

    assert decoded is not None
    assert decoded.text == "AB<12"
    assert min(decoded.confidences) > 0.9


def test_a_character_may_last_several_steps():
    decoded = decode(steps(*"__AAA_BB_"), [ALPHABET] * 2)

    assert decoded is not None
    assert decoded.text == "AB"


@pytest.mark.parametrize("text", ["AB", "AXB", "AXYB"])
def test_the_text_has_exactly_as_many_characters_as_the_format(text: str):
    weak = [{BLANK: 0.7, "X": 0.2}, BLANK, {BLANK: 0.8, "Y": 0.1}]
    decoded = decode(steps("A", BLANK, *weak, BLANK, "B"), [ALPHABET] * len(text))

    assert decoded is not None
    assert decoded.text == text


def test_least_likely_characters_are_dropped_if_there_are_too_many():
    decoded = decode(steps("A", BLANK, {"X": 0.4, BLANK: 0.5}, BLANK, "B"), [ALPHABET] * 2)

    assert decoded is not None
    assert decoded.text == "AB"


def test_equal_neighbours_are_separated_by_the_blank_between_them():
    decoded = decode(steps(*"A_A"), [LETTERS] * 2)

    assert decoded is not None
    assert decoded.text == "AA"
    assert min(decoded.confidences) > 0.9


def test_one_long_character_is_not_taken_for_two_with_confidence():
    decoded = decode(steps(*"AAA"), [LETTERS] * 2)

    assert decoded is not None
    assert min(decoded.confidences) < 0.1


@pytest.mark.parametrize(
    ("seen", "alphabet", "text"),
    [
        pytest.param({"O": 0.96}, DIGITS, "0", id="O for a digit"),
        pytest.param({"Q": 0.96}, DIGITS, "0", id="Q for a digit"),
        pytest.param({"L": 0.96}, DIGITS, "1", id="L for a digit"),
        pytest.param({"Z": 0.96}, DIGITS, "2", id="Z for a digit"),
        pytest.param({"5": 0.96}, LETTERS, "S", id="5 for a letter"),
        pytest.param({"6": 0.96}, LETTERS, "G", id="6 for a letter"),
        pytest.param({"8": 0.96}, LETTERS, "B", id="8 for a letter"),
        pytest.param({"0": 0.7, "O": 0.27}, LETTERS, "O", id="0 for a letter, rather O than Q"),
        pytest.param({"1": 0.7, "L": 0.27}, LETTERS, "L", id="1 for a letter, rather L than I"),
    ],
)
def test_look_alikes_become_the_character_that_is_allowed_at_their_position(
    seen: dict[str, float], alphabet: str, text: str
):
    decoded = decode(steps(seen), [alphabet])

    assert decoded is not None
    assert decoded.text == text
    assert decoded.confidences[0] > 0.9


@pytest.mark.parametrize("seen", ["0", "1"])
def test_a_digit_that_may_be_one_of_several_letters_is_not_certain(seen: str):
    decoded = decode(shown(seen), [LETTERS])

    assert decoded is not None
    assert decoded.confidences[0] < 0.6


def test_look_alikes_are_kept_where_both_are_allowed():
    decoded = decode(shown("O0"), [ALPHABET] * 2)

    assert decoded is not None
    assert decoded.text == "O0"


def test_look_alikes_are_uncertain_where_both_are_allowed():
    seen = steps({"O": 0.5, "0": 0.46})
    free, digit = decode(seen, [ALPHABET]), decode(seen, [DIGITS])

    assert free is not None
    assert digit is not None
    assert free.confidences[0] < 0.6
    assert digit.confidences[0] > 0.9


def test_confidence_is_low_where_the_grammar_forces_another_glyph():
    decoded = decode(shown("1W3"), [DIGITS] * 3)

    assert decoded is not None
    assert decoded.text[0] + decoded.text[2] == "13"
    assert decoded.confidences[1] < 0.1
    assert min(decoded.confidences[0], decoded.confidences[2]) > 0.9


def test_a_line_shorter_than_its_text_cannot_be_decoded():
    assert decode(steps("A", "B"), [ALPHABET] * 3) is None


def test_a_line_without_room_for_the_blank_between_equal_neighbours_cannot_be_decoded():
    assert decode(steps("V", "V"), ["V", "V"]) is None
    assert decode(steps("V", BLANK, "V"), ["V", "V"]) is not None


SMALL = "<A0"
PROBABILITIES = st.lists(
    st.lists(st.floats(0.0078125, 1, width=32), min_size=4, max_size=4), min_size=1, max_size=5
)


def collapse(path: tuple[int, ...]) -> str:
    kept = [each for each, before in zip(path, (-1, *path[:-1]), strict=True) if each != before]
    return "".join(SMALL[each - 1] for each in kept if each)


@given(PROBABILITIES, st.lists(st.sampled_from(["<", "<A", "A0", SMALL]), min_size=1, max_size=4))
def test_the_likeliest_of_all_allowed_texts_is_found(
    probabilities: list[list[float]], alphabets: list[str]
):
    """Compare with a trial of all paths, as long as there are few."""
    folded = np.zeros((len(probabilities), 1 + len(ALPHABET)), np.float32)
    columns = [0, *(1 + INDEX[symbol] for symbol in SMALL)]
    folded[:, columns] = probabilities
    log = np.log(folded[:, columns] + MIN_PROBABILITY)
    scores = {
        path: sum(float(log[step, symbol]) for step, symbol in enumerate(path))
        for path in product(range(4), repeat=len(probabilities))
        if len(text := collapse(path)) == len(alphabets)
        and all(symbol in alphabet for symbol, alphabet in zip(text, alphabets, strict=True))
    }
    decoded = decode(folded, alphabets)
    if not decoded:
        assert scores == {}
        return
    best = max(scores.values())

    assert decoded.score == pytest.approx(best / len(probabilities), abs=1e-4)
    assert decoded.text in {collapse(path) for path in scores if scores[path] > best - 1e-3}
    assert all(0 <= confidence <= 1 for confidence in decoded.confidences)


@given(PROBABILITIES)
def test_a_free_reading_is_the_collapsed_line_of_likeliest_symbols(
    probabilities: list[list[float]],
):
    folded = np.zeros((len(probabilities), 1 + len(ALPHABET)), np.float32)
    columns = [0, *(1 + INDEX[symbol] for symbol in SMALL)]
    folded[:, columns] = probabilities
    likeliest = tuple(columns.index(each) for each in folded.argmax(axis=1))

    assert read_freely(folded) == collapse(likeliest)


@pytest.mark.parametrize("alphabet", [LETTERS, NUMBERS])
def test_empty_line_is_read_as_empty_with_confidence(alphabet: str):
    decoded = decode(steps(*BLANK * 9), [alphabet] * 4)

    assert decoded is not None
    assert max(decoded.confidences) < 0.1


def classes(*glyphs: str) -> Probabilities:
    """Show glyphs in the classes of the recogniser."""
    rows = np.zeros((len(glyphs), len(characters())), np.float32)
    for row, glyph in zip(rows, glyphs, strict=True):
        row[characters().index(glyph)] = 1
    return rows


KNOWN = [
    (glyph, symbol)
    for symbol, glyphs in GLYPHS.items()
    for glyph in glyphs
    if glyph in characters()
]


@pytest.mark.parametrize(("glyph", "symbol"), [(each, each) for each in ALPHABET] + KNOWN)
def test_shapes_of_other_scripts_are_folded_into_the_alphabet_of_the_mrz(glyph: str, symbol: str):
    folded = fold(classes(glyph))

    assert folded.shape == (1, 1 + len(ALPHABET))
    assert read_freely(folded) == symbol


@pytest.mark.parametrize("glyph", ["", " "])
def test_both_blank_classes_count_as_blank(glyph: str):
    assert read_freely(fold(classes("A", glyph, "A"))) == "AA"
    assert fold(classes(glyph)).tolist() == [[1.0] + [0.0] * len(ALPHABET)]


def test_probabilities_of_glyphs_of_one_shape_add_up():
    rows = 0.5 * classes("<") + 0.4 * classes("«")

    assert fold(rows)[0, 1 + INDEX["<"]] == pytest.approx(0.9)


def test_greedy_reading_has_the_confidence_of_its_least_certain_letter():
    rows = classes("A", "", "B", "B", "-")
    rows[0] *= 0.8
    rows[2] *= 0.5
    rows[4] *= 0.3

    assert read_greedily(rows) == ("AB-", pytest.approx(0.8))


@pytest.mark.parametrize("glyphs", [[""], ["", " ", ""], ["-"]])
def test_greedy_reading_without_letters_has_no_confidence(glyphs: list[str]):
    text, confidence = read_greedily(classes(*glyphs))

    assert text.strip(" -") == ""
    assert confidence == 0.0


def test_a_gap_in_a_line_counts_as_lost_characters():
    even = decode(steps(*"A_B_C_D_E_F"), [ALPHABET] * 6)
    gap = decode(steps(*"A_B_C_______D_E_F"), [ALPHABET] * 6)

    assert even is not None
    assert gap is not None
    assert gap.text == even.text
    assert gap.loss == pytest.approx(even.loss + 3 * LOST_CHARACTER, abs=0.1)
