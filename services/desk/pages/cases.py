"""The case page: one document, and the decision about it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from sqlalchemy import select

from docverify.corrections import CORRECTABLE
from docverify.decisions import REASONS
from docverify.verdict import Outcome
from services.desk.access import Reviewer, SentForm, Viewer
from services.desk.cases import DeskCase, read_case
from services.desk.differences import mark_differences
from services.desk.history import list_similar, read_history
from services.desk.pages.parameters import Id
from services.desk.pages.queue import list_undoable, render
from services.desk.people import Person, Right
from services.desk.settings import DeskSettings
from services.desk.views import record_view
from services.desk.wording import WANTED, WHY
from tasks.record import desk_decisions as decisions
from tasks.record.connection import transaction
from tasks.record.corrections import correct_field
from tasks.record.desk_tables import desk_decisions
from tasks.record.review_queue import select_queue
from tasks.record.reviews import claim_review, release_review
from tasks.record.tables import verdicts

router = APIRouter(include_in_schema=False)


@router.get("/cases/{review_id}", response_class=HTMLResponse)
def show_case(request: Request, person: Viewer, review_id: Id) -> Response:
    """Show everything on record about a document; each view is recorded."""
    with transaction() as connection:
        case = read_case(connection, review_id, person)
        if case is None:
            raise HTTPException(404, "There is no such case.")
        record_view(connection, person, "case", case.document.id)
        waits = connection.execute(select_queue().where(verdicts.c.id == review_id)).first()
        decision = connection.execute(
            select(desk_decisions).filter_by(verdict_id=review_id, ended_at=None)
        ).one_or_none()
        context = {
            "person": person,
            "case": case,
            "marked": {name: mark_differences(values) for name, values in case.fields.items()},
            "history": read_history(connection, case.document.id),
            "similar": list_similar(connection, case.checked),
            "decision": decision,
            "state": find_state(case, person, is_waiting=waits is not None, decision=decision),
            "undoable": list_undoable(connection, person),
        }
    request.app.state.images.request(case.document)
    if case.doubted_places:
        request.app.state.crops.request(case.list_crops())
    context |= {"reasons": REASONS, "correctable": CORRECTABLE, "wanted": WANTED, "why": WHY}
    return render(request, "case.html", context)


def find_state(case: DeskCase, person: Person, *, is_waiting: bool, decision: Any) -> str:  # noqa: ANN401
    """Return what a person can do with a case, as a name that the template explains."""
    if decision is not None:
        waits = decision.needs_approval and decision.approver is None
        if waits and person.may(Right.DECIDE) and decision.subject != person.subject:
            return "approve"
        return "waiting" if waits else "undoable"
    if not is_waiting:
        return "superseded" if case.newer_id else "decided"
    if not person.may(Right.DECIDE):
        return "readable"
    if case.claim and not case.claim.is_own:
        return "taken"
    return "mine" if case.claim else "free"


@router.post("/cases/{review_id}/claim")
def claim(request: Request, person: Reviewer, form: SentForm, review_id: Id) -> Response:
    """Reserve a document for the person who opened it."""
    settings: DeskSettings = request.app.state.settings
    hours = settings.claim_minutes / 60
    found = claim_review(person.name, review_id, hours, subject=person.subject)
    return JSONResponse({"until": found.expires_at.isoformat() if found else ""})


@router.post("/cases/{review_id}/release")
def release(person: Reviewer, form: SentForm, review_id: Id) -> Response:
    """Return a document to the queue."""
    release_review(person.name, review_id, subject=person.subject)
    return RedirectResponse("/", 303)


@router.post("/cases/{review_id}/decide")
def decide(request: Request, person: Reviewer, form: SentForm, review_id: Id) -> Response:
    """Decide a document, and continue with the next one."""
    settings: DeskSettings = request.app.state.settings
    outcome, reason, side, *_ = [*form.get("decision", "").split(" "), "", "", ""]
    is_resubmit = outcome == Outcome.RESUBMIT
    # A missing side needs no further explanation.
    why = "" if side else form.get("why", "")
    choice = decisions.Choice(
        outcome,
        reason,
        form.get("note", ""),
        WANTED.get(side or form.get("wanted", ""), "") if is_resubmit else "",
        why if is_resubmit and why in WHY else "",
    )
    decisions.propose(
        person.name, person.subject, review_id, choice, timedelta(seconds=settings.undo_seconds)
    )
    target = f"/next?after={review_id}" if form.get("then") == "next" else "/"
    return RedirectResponse(target, 303)


@router.post("/decisions/{number}/undo")
def undo(request: Request, person: Reviewer, form: SentForm, number: Id) -> Response:
    """Undo a decision, and open its document again."""
    settings: DeskSettings = request.app.state.settings
    span = timedelta(minutes=settings.claim_minutes)
    return RedirectResponse(f"/cases/{decisions.undo(person.subject, number, span)}", 303)


@router.post("/decisions/{number}/approve")
def approve(request: Request, person: Reviewer, form: SentForm, number: Id) -> Response:
    """Approve the decision of another person."""
    settings: DeskSettings = request.app.state.settings
    decisions.approve(person.name, person.subject, number, timedelta(seconds=settings.undo_seconds))
    return RedirectResponse("/?show=approval", 303)


@router.post("/decisions/{number}/decline")
def decline(person: Reviewer, form: SentForm, number: Id) -> Response:
    """Decline the decision of another person: the document returns to the queue."""
    decisions.decline(person.name, person.subject, number)
    return RedirectResponse("/?show=approval", 303)


@router.post("/cases/{review_id}/correct")
def correct(request: Request, person: Reviewer, form: SentForm, review_id: Id) -> Response:
    """Correct a printed value that was misread, and decide again."""
    settings: DeskSettings = request.app.state.settings
    span = timedelta(minutes=settings.claim_minutes)
    name, value = form.get("field", ""), form.get("value", "")
    new_id = correct_field(person.name, person.subject, review_id, name, value, span)
    return RedirectResponse(f"/cases/{new_id}", 303)
