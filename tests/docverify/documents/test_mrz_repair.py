"""Repairs of misread characters, and errors that check digits do not detect."""

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
        pytest.param((0, 8, "1"), "name", id="1 for I in a name: L and T look like it too"),
    ],
)
def test_misplaced_character_is_replaced_by_one_of_similar_shape(
    wrong: tuple[int, int, str], field: str
):
    found = find_repairs(read_as(wrong))

    assert RIGHT in [each.lines for each in found]
    assert {each.fields for each in found} == {(field,)}
    assert len(found) == (3 if field == "name" else 1)


def test_character_without_similar_shapes_has_no_repair():
    assert find_repairs(read_as((1, 20, "H"))) == ()


def test_correct_mrz_has_no_repair():
    assert find_repairs(RIGHT) == ()


def test_ambiguous_character_has_a_repair_for_each_meaning():
    """A zero in a name, which no check digit covers: O, D, Q and U look like it."""
    found = find_repairs(read_as((0, 6, "0")))

    assert {each.lines[0][6] for each in found} == {"O", "D", "Q", "U"}


def test_wrong_character_is_searched_where_the_reader_was_uncertain():
    lines = read_as((1, 21, "8"))
    doubted = find_repairs(lines, confidences(lines, [(1, 21)]))

    assert [(each.lines, each.changes) for each in doubted] == [
        (RIGHT, (ChangedCharacter("expiry_date", 1, 21),))
    ]
    assert len(find_repairs(lines)) > len(doubted)
    assert find_repairs(lines, confidences(lines)) == ()


def test_misplaced_character_may_change_at_any_confidence():
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
        pytest.param([(1, 14, "O"), (1, 18, "I"), (1, 25, "O")], id="three misplaced"),
        pytest.param([(1, 14, "O"), (1, 3, "T"), (1, 21, "8")], id="one misplaced, two wrong"),
    ],
)
def test_three_wrong_characters_are_not_repaired(wrong: list[tuple[int, int, str]]):
    lines = read_as(*wrong)

    assert find_repairs(lines, confidences(lines, [each[:2] for each in wrong])) == ()


def test_repair_to_an_impossible_day_is_dropped():
    lines = passport(birth="908412", state="FRA")
    born_in_april = with_letter(lines, 1, 15, "O")

    assert find_repairs(born_in_april) == ()


def test_repair_to_an_unknown_state_is_dropped():
    assert {each.lines[0][2:5] for each in find_repairs(read_as((0, 2, "8")))} == {"BRA"}
    assert find_repairs(("P<UT0" + RIGHT[0][5:], RIGHT[1]))[0].lines[0][2:5] == "UTO"


def test_repair_keeps_the_format():
    """IDFRA begins old French cards, whose fields an MRZ read as TD2 does not have."""
    number = "QX71820355"
    middle = number + "FRA" + BIRTH + "F" + EXPIRY
    composite = compute_check_digit(number + BIRTH + EXPIRY + "<<<<<<<")
    lines = ("IDFR4MERIDIAN<<LOUISE".ljust(36, "<"), f"{middle}<<<<<<<{composite}")

    assert parse_mrz(lines).misplaced == ("issuing_state",)
    assert find_repairs(lines) == ()


def test_french_licence_is_not_repaired_to_another_state():
    number = "A1ERA13AA00002"
    line = number + compute_check_digit(number) + "181231MARTIN<<"
    line += compute_check_digit(line)

    assert find_repairs([line.replace("ERA", "FRA")], [[0.1] * 5 + [0.99] * 25]) == ()


def test_long_number_is_repaired_with_its_digit():
    assert all(digit.is_correct for digit in parse_mrz(LONG).check_digits)
    for column, letter in ((7, "T"), (16, "Z"), (17, "G")):
        wrong = read_as((0, column, letter), lines=LONG)
        found = find_repairs(wrong, confidences(wrong, [(0, column)]))

        assert [each.lines for each in found] == [LONG]


def test_search_ends_at_the_maximum_of_repairs():
    lines = read_as((1, 0, "9"), (1, 43, "9"))

    assert len(find_repairs(lines)) <= MAX_CANDIDATES


def test_number_of_confidences_must_match_the_characters():
    with pytest.raises(ValueError, match="one confidence for each"):
        find_repairs(RIGHT[:1] + read_as((1, 43, "9"))[1:], [[1.0]])


def test_lines_of_no_format_are_malformed():
    with pytest.raises(MalformedMrz):
        find_repairs(["P<FRA"])


def test_repr_of_repair_does_not_contain_its_lines():
    assert "MERIDIAN" not in repr(find_repairs(read_as((1, 14, "O"))))


@given(st.data())
def test_repairs_are_correct_and_change_few_characters_of_similar_shape(data: st.DataObject):
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
        assert all(digit.is_correct for digit in mrz.check_digits)
        assert mrz.misplaced == ()
        assert 1 <= len(pairs) == len(each.changes) <= MAX_CHANGES
        assert all(pair in map(set, CONFUSED_PAIRS) for pair in pairs)


# Characters whose values differ by ten: no check digit distinguishes them (Doc 9303-3, 4.9).
UNDETECTED = ("0AKU<", "1BLV", "2CMW", "3DNX", "4EOY", "5FPZ", "6GQ", "7HR", "8IS", "9JT")


@given(st.sampled_from(CONFUSED_PAIRS), st.data())
def test_one_misread_covered_character_is_found_unless_undetected(pair: str, data: st.DataObject):
    number = data.draw(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=9, max_size=9))
    at = data.draw(st.integers(0, 8))
    lines = passport(number=number[:at] + pair[0] + number[at + 1 :], state="FRA")
    misread = with_letter(lines, 1, at, pair[1])
    found = find_repairs(misread, confidences(misread, [(1, at)]))

    unseen = any(set(pair) <= set(alike) for alike in UNDETECTED)
    assert found == () if unseen else lines in [each.lines for each in found]


def test_pairs_of_similar_shape_that_check_digits_do_not_detect():
    """Doc 9303-3, 4.9: letters count 10 and more, and only the last digit of a sum is printed."""
    classes = [set(alike) for alike in UNDETECTED]
    unseen = {pair for pair in CONFUSED_PAIRS if any(set(pair) <= each for each in classes)}

    assert unseen == {"0U", "1L", "6G", "8S", "<K"}


def test_every_character_is_in_one_class_of_equal_check_values():
    assert sorted("".join(UNDETECTED)) == sorted(ALPHABET)
    assert [len({compute_check_digit(each) for each in alike}) for alike in UNDETECTED] == [1] * 10
