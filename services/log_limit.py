"""A limit for the log: a flood of identical warnings takes only a few lines."""

import logging
from dataclasses import dataclass, field

PERIOD_SECONDS = 60.0
MOST_IN_PERIOD = 10
MAX_KINDS = 100
"""Different warnings that are counted separately; all others count as one."""

Kind = tuple[str, str]


@dataclass
class Count:
    """How often a warning was logged since `start`, in seconds since 1970."""

    start: float
    records: int = 1


@dataclass
class RepetitionFilter:
    """Pass up to MOST_IN_PERIOD identical warnings a period; the next one counts the omitted ones.

    Lines below the level of a warning always pass, because there is one for each event.

    Attributes:
        counts: The count of each warning, by its logger and its text.
    """

    counts: dict[Kind, Count] = field(default_factory=dict)

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record passes."""
        if record.levelno < logging.WARNING:
            return True
        text = record.getMessage()
        kind = (record.name, text)
        if kind not in self.counts and len(self.counts) >= MAX_KINDS:
            kind = ("", "")
        count = self.counts.get(kind)
        if count and record.created - count.start < PERIOD_SECONDS:
            count.records += 1
            return count.records <= MOST_IN_PERIOD
        if count and count.records > MOST_IN_PERIOD:
            record.msg = f"{text} (and {count.records - MOST_IN_PERIOD} identical lines omitted)"
            record.args = ()
        self.counts[kind] = Count(record.created)
        return True


def limit_repetitions() -> None:
    """Limit equal warnings in the log of this program, once its handlers are set."""
    repetitions = RepetitionFilter()
    for name in (None, "uvicorn"):
        for handler in logging.getLogger(name).handlers:
            handler.addFilter(repetitions)
