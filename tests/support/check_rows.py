"""Tables of expected results of checks, and a test that a table is complete."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

import pytest

from docverify.applicant import Applicant
from docverify.checks import CHECKS, Check, Status
from docverify.page import Page, Reading
from docverify.policy import Consequence
from tests.support.readings import TODAY, page, reading, results

PASSED, FAILED = Status.PASSED, Status.FAILED
INCONCLUSIVE, NOT_PERFORMED = Status.INCONCLUSIVE, Status.NOT_PERFORMED
NOTE, REFER = Consequence.NOTE, Consequence.REFER
RESUBMIT, REJECT = Consequence.RESUBMIT, Consequence.REJECT

NOTHING = page(None, {})
NO_MRZ = page(None)


class Row(NamedTuple):
    """One expected result: of the check with `code` for a reading, and what a failure asks for."""

    why: str
    code: str
    status: Status
    of: Page | Reading
    asks: Consequence | None = None
    today: date = TODAY
    applicant: Applicant | None = None

    @property
    def reading(self) -> Reading:
        """The reading of the file."""
        return self.of if isinstance(self.of, Reading) else reading(self.of)

    @property
    def results(self) -> dict[str, Any]:
        """What all checks answer."""
        return results(self.reading, today=self.today, applicant=self.applicant)


def params(rows: Iterable[Row]) -> list[Any]:
    """Name each row as a test."""
    return [pytest.param(row, id=f"{row.code}: {row.why}") for row in rows]


def assert_holds(row: Row) -> None:
    """Assert that the check gives the expected result, with evidence unless it passed."""
    result = row.results[row.code]

    assert result.status is row.status
    assert bool(result.evidence) == (row.status is not PASSED)
    if row.asks:
        assert result.severity is row.asks


def assert_complete(rows: Sequence[Row], *checks: Check) -> None:
    """Assert that the checks give exactly the results of the table.

    Together these must cover all that the checks declare: each consequence, and doubts if any.
    """
    codes = {code for check in checks for code in CHECKS[check].codes}
    given = [result for row in rows for result in row.results.values() if result.code in codes]

    assert {(each.code, each.status) for each in given} == {(row.code, row.status) for row in rows}
    for check in checks:
        answers = CHECKS[check]
        own = [each for each in given if each.code in answers.codes]
        assert {each.severity for each in own if each.status is FAILED} == {*answers.consequences}
        assert (INCONCLUSIVE in {each.status for each in own}) == answers.doubts
