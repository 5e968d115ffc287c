"""The queue page: the documents that wait, and the next one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Connection, select

from services.desk import sessions
from services.desk.access import Reviewer, SentForm, Viewer
from services.desk.cookies import delete_cookie, read_cookie
from services.desk.pages.parameters import After, Text
from services.desk.people import Person
from services.desk.queue import (
    MAX_TEXT_LENGTH,
    PAGE_ROWS,
    QueueFilter,
    find_next,
    list_queue,
    summarise_queue,
)
from services.desk.settings import DeskSettings
from tasks.record.connection import transaction
from tasks.record.desk_tables import desk_decisions

router = APIRouter(include_in_schema=False)
PREFETCHED = 2


@router.get("/", response_class=HTMLResponse)
def show_queue(
    request: Request,
    person: Viewer,
    kind: Text = "",
    issuer: Text = "",
    reason: Text = "",
    show: Text = "",
    after: After = 0,
) -> Response:
    """Show the documents that wait, oldest first."""
    settings: DeskSettings = request.app.state.settings
    level = timedelta(hours=settings.service_level_hours)
    kind, issuer, reason, show = (each[:MAX_TEXT_LENGTH] for each in (kind, issuer, reason, show))
    wanted = QueueFilter(kind, issuer, reason, show, after)
    with transaction() as connection:
        entries = list_queue(connection, person, wanted, level)
        context = {
            "person": person,
            "entries": entries[:PAGE_ROWS],
            "wanted": wanted,
            "summary": summarise_queue(connection, level),
            "level": level,
            "undoable": list_undoable(connection, person),
            "next_page": build_next_page(wanted, entries),
        }
    return render(request, "queue.html", context)


def build_next_page(wanted: QueueFilter, entries: list[Any]) -> str:
    """Return the address of the next page; empty on the last one."""
    if len(entries) <= PAGE_ROWS:
        return ""
    query = {
        "kind": wanted.kind,
        "issuer": wanted.issuer,
        "reason": wanted.reason,
        "show": wanted.show,
        "after": entries[PAGE_ROWS - 1].row.id,
    }
    return "/?" + urlencode({name: value for name, value in query.items() if value})


def list_undoable(connection: Connection, person: Person) -> list[Any]:
    """List the decisions of a person that can still be undone, last one first."""
    decision = desk_decisions.c
    own = (decision.subject == person.subject) | (decision.approver_subject == person.subject)
    query = select(desk_decisions).where(own, decision.ended_at.is_(None))
    return list(connection.execute(query.order_by(decision.id.desc()).limit(10)))


@router.get("/next")
def open_next(person: Reviewer, after: After = 0) -> Response:
    """Open the next document, or the queue if none waits for this person."""
    with transaction() as connection:
        found = find_next(connection, person, after)
    return RedirectResponse(f"/cases/{found}" if found else "/", 303)


@router.get("/session")
def describe_session(person: Viewer) -> dict[str, str]:
    """Return who is signed in, and the token for forms; a page asks before it sends a form."""
    return {"subject": person.subject, "form_token": person.form_token}


@router.post("/sign-out")
def sign_out(request: Request, person: Viewer, form: SentForm) -> Response:
    """Close the session."""
    sessions.close_session(read_cookie(request, sessions.SESSION))
    response = render(request, "signed_out.html", {})
    delete_cookie(request, response, sessions.SESSION)
    return response


def render(request: Request, name: str, context: dict[str, Any]) -> Response:
    """Render a page."""
    page: Response = request.app.state.templates.TemplateResponse(request, name, context)
    return page
