"""Results that are kept with the value that they were computed from."""

from dataclasses import replace

from docverify.kept import keep_with_value
from docverify.page import Box, Line


def test_result_is_computed_once_for_each_value_and_each_argument():
    asked = []

    @keep_with_value
    def count_letters(line: Line, more: int = 0) -> int:
        asked.append(line.text)
        return len(line.text) + more

    line = Line("ABC", 0.9, Box(0, 0, 1, 1))

    assert [count_letters(line), count_letters(line), count_letters(line, more=1)] == [3, 3, 4]
    assert count_letters(replace(line, text="ABCD")) == 4
    assert asked == ["ABC", "ABC", "ABCD"]


def test_kept_result_does_not_change_what_the_value_equals():
    @keep_with_value
    def measure(line: Line) -> float:
        return line.box.height

    line = Line("ABC", 0.9, Box(0, 0, 1, 1))
    measure(line)

    assert line == Line("ABC", 0.9, Box(0, 0, 1, 1))
    assert "kept" not in repr(line)
