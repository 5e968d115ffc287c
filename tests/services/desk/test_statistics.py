"""Statistics of the desk: counts that add up, and files that no spreadsheet runs."""

import csv
import io
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.desk.counts import count_all
from services.desk.pages.statistics import escape_cell
from services.desk.people import Role
from tasks.record.reviews import claim_review, decide_review
from tests.support.desk import Visitor, refer

NAMES = ("weeks", "policy", "kind", "issuer", "check", "agreement", "reviewers", "queue")


@pytest.fixture(name="supervisor", scope="module")
def _supervisor(desk):
    return Visitor(desk, f"supervisor-{uuid4().hex[:6]}", [Role.SUPERVISOR])


def read_csv(visitor: Visitor, name: str, weeks: int = 12) -> list[dict[str, str]]:
    answer = visitor.get(f"/statistics/{name}.csv?weeks={weeks}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}.csv"'
    return list(csv.DictReader(io.StringIO(answer.text)))


def total(visitor: Visitor, name: str, label: str, column: str) -> int:
    rows = {next(iter(row.values())): row for row in read_csv(visitor, name)}
    return int(rows[label][column]) if label in rows else 0


def decide(review_id: int, reviewer: str, outcome: str, reason: str) -> None:
    claim_review(reviewer, review_id)
    decide_review(reviewer, review_id, outcome, reason)


def test_each_referral_and_each_decision_is_counted_once(supervisor, database):
    monday = datetime.now(UTC).date() - timedelta(days=datetime.now(UTC).weekday())
    places = {
        ("weeks", str(monday), "referred"): 2,
        ("policy", "standard 3", "referred"): 2,
        ("kind", "passport", "referred"): 2,
        ("issuer", "ATA", "referred"): 2,
        ("check", "applicant_data_match_birth_date", "referred"): 2,
        ("agreement", "applicant_data_match_birth_date", "verified"): 1,
        ("queue", "0 to 4 h", "documents"): 1,
    }
    before = {place: total(supervisor, *place) for place in places}
    reviewer, decided, _ = f"reviewer-{uuid4().hex[:6]}", refer(), refer()

    decide(decided, reviewer, "verified", "details_confirmed")

    assert {place: total(supervisor, *place) - before[place] for place in places} == places
    assert total(supervisor, "reviewers", reviewer, "decisions") == 1


def test_straight_through_is_the_share_that_needed_no_person(supervisor):
    refer()
    for row in read_csv(supervisor, "weeks"):
        direct = int(row["all"]) - int(row["referred"])
        assert row["straight through"] == f"{100 * direct / int(row['all']):.0f}%"


def test_page_has_every_table_with_its_file(supervisor):
    page = supervisor.get("/statistics").text

    for name in NAMES:
        assert f"/statistics/{name}.csv" in page
        read_csv(supervisor, name)


def test_unknown_table_and_impossible_weeks_are_refused(supervisor):
    assert supervisor.get("/statistics/people.csv").status_code == 404
    for weeks in (0, 105, "x"):
        assert supervisor.get(f"/statistics?weeks={weeks}").status_code == 404


def test_table_has_only_the_weeks_that_were_asked_for(database):
    with database.connect() as connection:
        recent = {each.name: each for each in count_all(connection, 1)}

    assert len(recent["weeks"].rows) <= 2


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t=", "\r=", "\n=", "\uff1d", "\uff20"])
def test_name_of_a_reviewer_is_not_a_formula(supervisor, database, sign):
    reviewer = f'{sign}HYPERLINK("https://example.org","{uuid4().hex[:6]}")'
    decide(refer(), reviewer, "verified", "details_confirmed")

    names = [row["reviewer"] for row in read_csv(supervisor, "reviewers")]

    assert not [each for each in names if each[:1] in "=+-@\t\r\n\uff1d\uff20"]
    assert [each for each in names if reviewer.strip()[1:] in each]


@pytest.mark.parametrize(("value", "cell"), [("anna", "anna"), (-5, -5), ("-5", "'-5"), ("", "")])
def test_only_texts_that_begin_like_a_formula_change(value, cell):
    assert escape_cell(value) == cell


@pytest.mark.parametrize("separator", [";", "|", "\t"])
def test_name_is_one_cell_whatever_separator_a_spreadsheet_expects(supervisor, separator):
    reviewer = f"anna{separator}=1+{uuid4().int % 1000}"
    decide(refer(), reviewer, "verified", "details_confirmed")

    text = supervisor.get("/statistics/reviewers.csv").text

    cells = [cell for row in csv.reader(io.StringIO(text), delimiter=separator) for cell in row]
    assert not [cell for cell in cells if cell.startswith("=")]
    assert [cell for cell in cells if cell.startswith(reviewer)]
