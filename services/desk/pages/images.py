"""The images of a case, and crops of them, as a reader process rendered them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response
from sqlalchemy import Row, select

from services.desk.access import Viewer
from services.desk.cases import read_case
from services.desk.images import Crops, Images
from services.desk.looks import record_look
from services.desk.pages.parameters import Id, Place
from tasks.record.connection import transaction
from tasks.record.tables import documents

router = APIRouter(include_in_schema=False)


@router.get("/documents/{document_id}/pages/{number}.jpg")
def send_page(request: Request, person: Viewer, document_id: Id, number: Place) -> Response:
    """Send the image of a page; each look is recorded."""
    with transaction() as connection:
        document = connection.execute(select(documents).filter_by(id=document_id)).one_or_none()
        if document is None:
            raise HTTPException(404, "There is no such document.")
        record_look(connection, person, "image", document_id)
    images = find_images(request, document)
    if images.problem:
        raise HTTPException(404, images.problem)
    if not 0 <= number < len(images.pages):
        raise HTTPException(404, "The document has no such page.")
    return Response(images.pages[number].content, media_type="image/jpeg")


@router.get("/cases/{review_id}/crops/{number}.png")
def send_crop(request: Request, person: Viewer, review_id: Id, number: Place) -> Response:
    """Send a crop of what a check compared; each look is recorded."""
    with transaction() as connection:
        case = read_case(connection, review_id)
        if case is None:
            raise HTTPException(404, "There is no such case.")
        record_look(connection, person, "image", case.document.id)
    crops: Crops = request.app.state.crops.request(case.list_crops()).result()
    if crops.problem:
        raise HTTPException(404, crops.problem)
    if not 0 <= number < len(crops.contents) or not crops.contents[number]:
        raise HTTPException(404, "The case has no such crop.")
    return Response(crops.contents[number], media_type="image/png")


@router.get("/documents/{document_id}/pages")
def describe_pages(request: Request, person: Viewer, document_id: Id) -> dict[str, Any]:
    """Return the sizes of the pages, or why they cannot be shown."""
    with transaction() as connection:
        document = connection.execute(select(documents).filter_by(id=document_id)).one_or_none()
    if document is None:
        raise HTTPException(404, "There is no such document.")
    images = find_images(request, document)
    sizes = [{"width": page.width, "height": page.height} for page in images.pages]
    return {"pages": sizes, "problem": images.problem}


def find_images(request: Request, document: Row[Any]) -> Images:
    """Return the images of a document; wait until they are there."""
    images: Images = request.app.state.images.request(document).result()
    return images
