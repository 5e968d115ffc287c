"""What became of each document after a fault, as a table: `pytest tests/faults --table`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import Engine, func, select

from tasks.record.tables import claims, documents, failures, verdicts

ROWS: list[tuple[str, int, int, int]] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--table", action="store_true", help="print the table of faults")


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if config.getoption("--table") and ROWS:
        for line in _table():
            terminalreporter.write_line(line)


def _table() -> Iterator[str]:
    yield "| fault | tries | lost | doubled |"
    yield "| --- | --: | --: | --: |"
    for row in ROWS:
        yield f"| {' | '.join(map(str, row))} |"


@dataclass(frozen=True)
class Answers:
    """Counts of the record for the uploads under a prefix."""

    verdicts: int
    lost: int
    doubled: int


def answers(database: Engine, prefix: str, uploads: int) -> Answers:
    """Count the verdicts, the lost uploads, and the surplus verdicts."""
    here = documents.c.key.startswith(prefix)
    judged = select(documents.c.key, documents.c.version_id).join_from(verdicts, documents)
    under_way = select(documents.c.key, documents.c.version_id).join_from(claims, documents)
    failed = select(failures.c.key, failures.c.version_id).where(failures.c.key.startswith(prefix))
    alive = under_way.where(here, claims.c.expires_at > func.now())
    with database.connect() as connection:
        found = [tuple(row) for row in connection.execute(judged.where(here))]
        known = {*found, *map(tuple, connection.execute(alive))}
        known |= {tuple(row) for row in connection.execute(failed)}
    return Answers(len(found), uploads - len(known), len(found) - len(set(found)))


@pytest.fixture
def settled(database: Engine) -> Callable[..., None]:
    """Check that each upload under a prefix has exactly one verdict, and add a row to the table."""

    def check(
        fault: str, prefix: str, *, tries: int, uploads: int = 1, record: Engine = database
    ) -> None:
        found = answers(record, prefix, uploads)
        ROWS.append((fault, tries, found.lost, found.doubled))
        assert found == Answers(verdicts=uploads, lost=0, doubled=0)

    return check
