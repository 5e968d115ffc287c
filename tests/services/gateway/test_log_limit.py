"""The limit of the gateway's log."""

import logging

from services.log_limit import (
    MAX_KINDS,
    MOST_IN_PERIOD,
    PERIOD_SECONDS,
    RepetitionFilter,
)


def warning(text: str, at: float = 0.0, level: int = logging.WARNING) -> logging.LogRecord:
    record = logging.LogRecord("asyncio", level, "", 0, "%s", (text,), None)
    record.created = at
    return record


def count_passed(*records: logging.LogRecord) -> int:
    limit = RepetitionFilter()
    return sum(map(limit.filter, records))


def test_a_flood_of_equal_warnings_takes_a_few_lines():
    assert (
        count_passed(*(warning("out of files", at / 1e3) for at in range(9000))) == MOST_IN_PERIOD
    )


def test_a_flood_of_different_warnings_takes_a_limited_number_of_lines():
    flood = (warning(f"warning {number}") for number in range(9000))

    assert count_passed(*flood) <= MAX_KINDS + MOST_IN_PERIOD


def test_other_warnings_pass_during_a_flood():
    flood = [warning("out of files") for _ in range(99)]

    assert count_passed(*flood, warning("another")) == MOST_IN_PERIOD + 1


def test_the_next_line_has_the_number_of_those_left_out():
    limit, last = RepetitionFilter(), warning("100 % full", at=PERIOD_SECONDS)
    for _ in range(MOST_IN_PERIOD + 7):
        limit.filter(warning("100 % full"))

    assert limit.filter(last)
    assert last.getMessage() == "100 % full (and 7 identical lines omitted)"


def test_every_line_about_an_event_passes():
    assert count_passed(*(warning("event", level=logging.INFO) for _ in range(99))) == 99
