"""The statistics page, and its tables as CSV files."""

from __future__ import annotations

import csv
import io
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, Response

from services.desk.access import Counter
from services.desk.charts import build_chart
from services.desk.counts import WEEKS, count_all, count_one
from services.desk.pages.queue import render
from tasks.record.connection import transaction

router = APIRouter(include_in_schema=False)
Weeks = Annotated[int, Query(ge=1, le=104)]
FORMULA = (*"=+-@\t\r\n", *"\uff1d\uff0b\uff0d\uff20")  # also in full width


@router.get("/statistics", response_class=HTMLResponse)
def show_statistics(request: Request, person: Counter, weeks: Weeks = WEEKS) -> Response:
    """Show the counts of the last weeks as tables and charts."""
    with transaction() as connection:
        counts = count_all(connection, weeks)
    charts = [(count, build_chart(count)) for count in counts]
    return render(request, "statistics.html", {"person": person, "charts": charts, "weeks": weeks})


@router.get("/statistics/{name}.csv")
def send_csv(person: Counter, name: str, weeks: Weeks = WEEKS) -> Response:
    """Send one table as a CSV file."""
    with transaction() as connection:
        found = count_one(connection, name, weeks)
    if found is None:
        raise HTTPException(404, "There is no such table.")
    output = io.StringIO()
    # In quotes, because a spreadsheet may split at a different character than the comma.
    writer = csv.writer(output, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(found.columns)
    writer.writerows([escape_cell(cell) for cell in row] for row in found.rows)
    return Response(
        output.getvalue(),
        media_type="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def escape_cell(value: Any) -> Any:  # noqa: ANN401 (a text or a number)
    """Return a cell that no spreadsheet reads as a formula; reviewers choose their own names."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
