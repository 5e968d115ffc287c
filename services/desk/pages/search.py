"""The search page: documents by key, document id, printed number or name."""

from __future__ import annotations

from typing import Any, Literal, get_args

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import ColumnElement, Connection, Row, func, select, true

from services.desk.access import SentForm, Viewer
from services.desk.pages.parameters import MAX_ID
from services.desk.pages.queue import render
from services.desk.queue import MAX_TEXT_LENGTH
from services.desk.views import record_view
from tasks.record.connection import transaction
from tasks.record.tables import documents, holder_fields, verdicts

router = APIRouter(include_in_schema=False)
MAX_ROWS = 50
By = Literal["key", "document", "number", "name"]
LABELS = {
    "key": "Key or part of it",
    "document": "Document id",
    "number": "Number on the document",
    "name": "Surname",
}


@router.get("/search", response_class=HTMLResponse)
def show_search(request: Request, person: Viewer) -> Response:
    """Show the form."""
    return render(request, "search.html", build_context(person, "key", "", None))


@router.post("/search", response_class=HTMLResponse)
def find_documents(request: Request, person: Viewer, form: SentForm) -> Response:
    """Show the documents that were found; it takes a form, because browsers remember addresses."""
    by = form.get("by", "key")
    text = form.get("text", "").strip()[:MAX_TEXT_LENGTH]
    with transaction() as connection:
        rows = search(connection, by, text) if text and by in get_args(By) else []
        record_view(connection, person, "search", results=len(rows))
    return render(request, "search.html", build_context(person, by, text, rows))


def build_context(person: object, by: str, text: str, rows: object) -> dict[str, Any]:
    """Return the values for the template."""
    return {"person": person, "by": by, "text": text, "rows": rows, "labels": LABELS}


def search(connection: Connection, by: str, text: str) -> list[Row[Any]]:
    """Find documents, newest first, each with its newest verdict."""
    newest = (
        select(verdicts.c.id, verdicts.c.outcome, verdicts.c.decided_at)
        .where(verdicts.c.document_id == documents.c.id, verdicts.c.overruled_by_id.is_(None))
        .order_by(verdicts.c.id.desc())
        .limit(1)
        .lateral()
    )
    query = (
        select(documents.c.id.label("document_id"), documents.c.key, documents.c.first_seen)
        .add_columns(newest.c.id, newest.c.outcome, newest.c.decided_at)
        .join_from(documents, newest, true())
        .where(build_condition(by, text))
        .order_by(documents.c.id.desc())
        .limit(MAX_ROWS)
    )
    return list(connection.execute(query))


def build_condition(by: str, text: str) -> ColumnElement[bool]:
    """Build the condition on `documents` for what is searched."""
    if by == "document":
        number = int(text) if text.isascii() and text.isdigit() else 0
        return documents.c.id == min(number, MAX_ID)
    if by == "key":
        return documents.c.key.contains(text, autoescape=True)
    column, wanted = holder_fields.c.surname, text.upper()
    if by == "number":
        column, wanted = holder_fields.c.document_number, "".join(text.split()).upper()
    found = (
        select(verdicts.c.document_id)
        .join_from(holder_fields, verdicts, verdicts.c.id == holder_fields.c.verdict_id)
        .where(func.upper(column).startswith(wanted, autoescape=True))
        .cte("found")
        .prefix_with("MATERIALIZED")  # by its own index, regardless of how many documents are found
    )
    return documents.c.id.in_(select(found.c.document_id))
