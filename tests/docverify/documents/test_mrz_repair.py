"""Candidates for misread characters, and what check digits cannot see."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docverify.documents.look_alikes import CONFUSED_PAIRS
from docverify.documents.mrz import ALPHABET, compute_check_digit, parse_mrz
from docverify.documents.mrz_repair import (
    MAX_CANDIDATES,
    MAX_CHANGES,
    ChangedCharacter,
    find_repairs,
)
from docverify.errors import MalformedMrz
from tests.support.readings import confidences, passport, with_letter

RIGHT = passport(state="FRA")
FIRST = "I<FRAQX7182035<42" + compute_check_digit("QX718203542") + "<<<<<<<<<<<<"
BIRTH, EXPIRY = "900412" + compute_check_digit("900412"), "330914" + compute_check_digit("330914")
LONG = (
    FIRST,
    f"{BIRTH}F{EXPIRY}FRA<<<<<<<<<<<{compute_check_digit(FIRST[5:] + BIRTH + EXPIRY)}",
    "MERIDIAN<<LOUISE<ANN<<<<<<<<<<",
)


def read_as(*wrong: tuple[int, int, str], lines: tuple[str, ...] = RIGHT) -> tuple[str, ...]:
    for row, column, letter in wrong:
        lines = with_letter(lines, row, column, letter)
    return lines


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        pytest.param((1, 14, "O"), "birth_date", id="O for 0 in a date"),
        pytest.param((1, 19, "G"), "birth_date_check_digit", id="G for 6 as a digit"),
        pytest.param((0, 4, "4"), "issuing_state", id="4 for A in a state"),
        pytest.param((0, 8, "1"), "name", id="1 for I in a name: L and T are alike too"),
    ],
)
def test_a_character_out_of_place_may_be_one_of_like_shape(wrong: tuple[int, int, str], field: str):
    found = find_repairs(read_as(wrong))

    assert RIGHT in [each.lines for each in found]
    assert {each.fields for each in found} == {(field,)}
    assert len(found) == (3 if field == "name" else 1)


def test_without_a_like_shape_there_is_no_candidate():
    assert find_repairs(read_as((1, 20, "H"))) == ()


def test_what_is_right_needs_no_candidate():
    assert find_repairs(RIGHT) == ()


def test_an_ambiguous_character_has_a_candidate_for_each_meaning():
    """A zero in a name, which no check digit covers: O, D, Q and U look like it."""
    found = find_repairs(read_as((0, 6, "0")))

    assert {each.lines[0][6] for each in found} == {"O", "D", "Q", "U"}


def test_a_wrong_digit_is_looked_for_where_the_reader_was_in_doubt():
    lines = read_as((1, 21, "8"))
    doubted = find_repairs(lines, confidences(lines, [(1, 21)]))

    assert [(each.lines, each.changes) for each in doubted] == [
        (RIGHT, (ChangedCharacter("expiry_date", 1, 21),))
    ]
    assert len(find_repairs(lines)) > len(doubted)
    assert find_repairs(lines, confidences(lines)) == ()


def test_a_character_out_of_place_may_change_however_certain_it_is():
    lines = read_as((1, 14, "O"))

    assert [each.lines for each in find_repairs(lines, confidences(lines))] == [RIGHT]


def test_two_characters_may_be_wrong():
    lines = read_as((1, 14, "O"), (1, 21, "8"))
    found = find_repairs(lines, confidences(lines, [(1, 21)]))

    assert [each.lines for each in found] == [RIGHT]
    assert found[0].fields == ("birth_date", "expiry_date")


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param([(1, 14, "O"), (1, 18, "I"), (1, 25, "O")], id="three out of place"),
        pytest.param([(1, 14, "O"), (1, 3, "T"), (1, 21, "8")], id="one, and two wrong"),
    ],
)
def test_three_are_too_many(wrong: list[tuple[int, int, str]]):
    lines = read_as(*wrong)

    assert find_repairs(lines, confidences(lines, [each[:2] for each in wrong])) == ()


def test_a_day_that_no_month_has_is_no_candidate():
    lines = passport(birth="908412", state="FRA")
    born_in_april = with_letter(lines, 1, 15, "O")

    assert find_repairs(born_in_april) == ()


def test_a_state_that_does_not_exist_is_no_candidate():
    assert {each.lines[0][2:5] for each in find_repairs(read_as((0, 2, "8")))} == {"BRA"}
    assert find_repairs(("P<UT0" + RIGHT[0][5:], RIGHT[1]))[0].lines[0][2:5] == "UTO"


def test_a_candidate_has_the_format_that_was_read():
    """IDFRA begins old French cards, and what was read as a TD2 has no such fields."""
    number = "QX71820355"
    zone = number + "FRA" + BIRTH + "F" + EXPIRY
    composite = compute_check_digit(number + BIRTH + EXPIRY + "<<<<<<<")
    lines = ("IDFR4MERIDIAN<<LOUISE".ljust(36, "<"), f"{zone}<<<<<<<{composite}")

    assert parse_mrz(lines).misplaced == ("issuing_state",)
    assert find_repairs(lines) == ()


def test_a_licence_of_another_state_is_no_candidate_for_a_french_one():
    number = "A1ERA13AA00002"
    line = number + compute_check_digit(number) + "181231MARTIN<<"
    line += compute_check_digit(line)

    assert find_repairs([line.replace("ERA", "FRA")], [[0.1] * 5 + [0.99] * 25]) == ()


def test_long_numbers_are_searched_with_their_digit():
    assert all(digit.holds for digit in parse_mrz(LONG).check_digits)
    for column, letter in ((7, "T"), (16, "Z"), (17, "G")):
        wrong = read_as((0, column, letter), lines=LONG)
        found = find_repairs(wrong, confidences(wrong, [(0, column)]))

        assert [each.lines for each in found] == [LONG]


def test_the_search_ends_when_there_are_too_many():
    lines = read_as((1, 0, "9"), (1, 43, "9"))

    assert len(find_repairs(lines)) <= MAX_CANDIDATES


def test_each_character_needs_its_confidence():
    with pytest.raises(ValueError, match="one confidence for each"):
        find_repairs(RIGHT[:1] + read_as((1, 43, "9"))[1:], [[1.0]])


def test_lines_of_no_format_are_malformed():
    with pytest.raises(MalformedMrz):
        find_repairs(["P<FRA"])


def test_a_candidate_does_not_print_its_lines():
    assert "MERIDIAN" not in repr(find_repairs(read_as((1, 14, "O"))))


@given(st.data())
def test_candidates_hold_and_differ_in_few_places_of_like_shape(data: st.DataObject):
    lines = RIGHT
    for _ in range(data.draw(st.integers(1, 3))):
        row, column = data.draw(st.tuples(st.integers(0, 1), st.integers(1, 43)))
        lines = with_letter(lines, row, column, data.draw(st.sampled_from(ALPHABET)))

    for each in find_repairs(lines):
        mrz = parse_mrz(each.lines)
        pairs = [
            {before, after}
            for was, now in zip(lines, each.lines, strict=True)
            for before, after in zip(was, now, strict=True)
            if before != after
        ]
        assert all(digit.holds for digit in mrz.check_digits)
        assert mrz.misplaced == ()
        assert 1 <= len(pairs) == len(each.changes) <= MAX_CHANGES
        assert all(pair in map(set, CONFUSED_PAIRS) for pair in pairs)


# Characters whose values differ by ten: no check digit distinguishes them (Doc 9303-3, 4.9).
UNDETECTED = ("0AKU<", "1BLV", "2CMW", "3DNX", "4EOY", "5FPZ", "6GQ", "7HR", "8IS", "9JT")


@given(st.sampled_from(CONFUSED_PAIRS), st.data())
def test_one_misread_character_of_a_covered_field_is_found_unless_no_digit_sees_it(
    pair: str, data: st.DataObject
):
    number = data.draw(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=9, max_size=9))
    at = data.draw(st.integers(0, 8))
    lines = passport(number=number[:at] + pair[0] + number[at + 1 :], state="FRA")
    misread = with_letter(lines, 1, at, pair[1])
    found = find_repairs(misread, confidences(misread, [(1, at)]))

    unseen = any(set(pair) <= set(alike) for alike in UNDETECTED)
    assert found == () if unseen else lines in [each.lines for each in found]


def test_the_pairs_of_like_shape_that_no_check_digit_sees():
    """Doc 9303-3, 4.9: letters count 10 and more, and only the last digit of a sum is printed."""
    classes = [set(alike) for alike in UNDETECTED]
    unseen = {pair for pair in CONFUSED_PAIRS if any(set(pair) <= each for each in classes)}

    assert unseen == {"0U", "1L", "6G", "8S", "<K"}


def test_every_character_is_in_one_class_of_those_that_look_the_same_to_a_digit():
    assert sorted("".join(UNDETECTED)) == sorted(ALPHABET)
    assert [len({compute_check_digit(each) for each in alike}) for alike in UNDETECTED] == [1] * 10
