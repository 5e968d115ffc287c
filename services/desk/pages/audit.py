"""The audit page: who viewed what."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from services.desk.access import Auditor
from services.desk.pages.parameters import OptionalId
from services.desk.pages.queue import render
from services.desk.views import list_views
from tasks.record.connection import transaction

router = APIRouter(include_in_schema=False)


@router.get("/audit", response_class=HTMLResponse)
def show_audit(request: Request, person: Auditor, document_id: OptionalId = None) -> Response:
    """Show who viewed which document, newest first."""
    with transaction() as connection:
        rows = list_views(connection, document_id)
    return render(
        request, "audit.html", {"person": person, "rows": rows, "document_id": document_id}
    )
