"""The audit page: who looked at what."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from services.desk.access import Auditor
from services.desk.looks import list_looks
from services.desk.pages.parameters import OptionalId
from services.desk.pages.queue import render
from tasks.record.connection import transaction

router = APIRouter(include_in_schema=False)


@router.get("/audit", response_class=HTMLResponse)
def show_audit(request: Request, person: Auditor, document_id: OptionalId = None) -> Response:
    """Show who looked at which document, the newest first."""
    with transaction() as connection:
        rows = list_looks(connection, document_id)
    return render(
        request, "audit.html", {"person": person, "rows": rows, "document_id": document_id}
    )
