"""The images of a case, and crops of them, as a reader process rendered them."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from sqlalchemy import Row, select

from services.desk.access import Viewer
from services.desk.cases import read_case
from services.desk.images import CaseCrops, Crops, Images, Shown
from services.desk.pages.parameters import Id, Place
from services.desk.people import Person
from services.desk.views import record_view
from tasks.record.connection import transaction
from tasks.record.tables import documents

router = APIRouter(include_in_schema=False)


@router.get("/documents/{document_id}/pages/{number}.jpg")
async def send_page(request: Request, person: Viewer, document_id: Id, number: Place) -> Response:
    """Send the image of a page; each view is recorded."""
    document = await run_in_threadpool(find_document, document_id, person)
    images: Images = await wait_for(request.app.state.images.request(document))
    if images.problem:
        raise HTTPException(404, images.problem)
    if number >= len(images.pages):
        raise HTTPException(404, "The document has no such page.")
    return Response(images.pages[number].content, media_type="image/jpeg")


@router.get("/cases/{review_id}/crops/{number}.png")
async def send_crop(request: Request, person: Viewer, review_id: Id, number: Place) -> Response:
    """Send a crop of what a check compared; each view is recorded."""
    wanted = await run_in_threadpool(list_crops, review_id, person)
    crops: Crops = await wait_for(request.app.state.crops.request(wanted))
    if crops.problem:
        raise HTTPException(404, crops.problem)
    if number >= len(crops.contents) or not crops.contents[number]:
        raise HTTPException(404, "The case has no such crop.")
    return Response(crops.contents[number], media_type="image/png")


@router.get("/documents/{document_id}/pages")
async def describe_pages(request: Request, _: Viewer, document_id: Id) -> dict[str, Any]:
    """Return the sizes of the pages, or why they cannot be shown."""
    document = await run_in_threadpool(find_document, document_id)
    images: Images = await wait_for(request.app.state.images.request(document))
    sizes = [{"width": page.width, "height": page.height} for page in images.pages]
    return {"pages": sizes, "problem": images.problem}


def find_document(document_id: int, viewer: Person | None = None) -> Row[Any]:
    """Return the row of a document, and record that a person views its image."""
    with transaction() as connection:
        document = connection.execute(select(documents).filter_by(id=document_id)).one_or_none()
        if document is None:
            raise HTTPException(404, "There is no such document.")
        if viewer:
            record_view(connection, viewer, "image", document_id)
    return document


def list_crops(review_id: int, viewer: Person) -> CaseCrops:
    """List the crops of a case, and record that a person views one."""
    with transaction() as connection:
        case = read_case(connection, review_id, viewer)
        if case is None:
            raise HTTPException(404, "There is no such case.")
        record_view(connection, viewer, "image", case.document.id)
    return case.list_crops()


async def wait_for(shown: Future[Shown]) -> Shown:
    """Wait for images without blocking a thread, so slow documents do not delay other pages."""
    return await asyncio.shield(asyncio.wrap_future(shown))
