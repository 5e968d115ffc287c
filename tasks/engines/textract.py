"""The engine `textract`: Amazon Textract, in the region of the run.

AnalyzeID takes one or two pages, and returns the fields of the document as well as all text with
its positions, so one request is enough. Longer files are read page by page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, partial

import boto3
from botocore.client import BaseClient
from botocore.config import Config

from docverify.page import Engine, Page, Reading
from docverify.reading.cloud.encoding import EncodedPage, refused_by_engine
from docverify.reading.cloud.page import MeasurePage, build_page
from tasks.aws_errors import explain_aws_errors
from tasks.engines import reader_pool
from tasks.engines.textract_response import (
    IdentityDocument,
    IdentityResponse,
    TextResponse,
    has_positions,
    parse_fields,
    parse_lines,
)
from tasks.errors import SetupError
from tasks.s3 import File, Upload
from tasks.settings import Settings

MAX_IDENTITY_PAGES = 2
MAX_BYTES = 10 * 1024 * 1024  # of an image, sent or stored
CONNECT_SECONDS = 5
UNREADABLE = {
    *("BadDocumentException", "UnsupportedDocumentException", "DocumentTooLargeException"),
}
MISSING_RIGHTS = (
    "Textract refuses the request ({}): check the credentials, and that the run's role has "
    "textract:AnalyzeID and textract:DetectDocumentText"
)
NOT_FETCHED = (
    "Textract cannot fetch the file from its bucket ({}): the bucket must be in Textract's region "
    "and readable for the run's role; or unset DOCVERIFY_TEXTRACT_FROM_S3"
)

Document = Mapping[str, object]
"""A document as Textract's requests name it: its bytes, or an object in S3."""


def read(
    pages: Sequence[EncodedPage],
    settings: Settings,
    original: File | None = None,
    upload: Upload | None = None,
) -> Reading:
    """Read encoded pages, or the upload if Textract may fetch it from its bucket.

    Raise as every cloud engine does.
    """
    found = find_original(original, upload) if original and settings.textract_from_s3 else None
    documents = [found] if found else [{"Bytes": page.content} for page in pages]
    with explain_aws_errors("Textract", explain_refusal, "no-answer"):
        client = textract(settings.cloud_timeout)
        identities = _analyze_id(client, documents)
        measure = partial(reader_pool.look, settings=settings)
        every = zip(pages, documents, identities, strict=True)
        return Reading(Engine.TEXTRACT, tuple(_read_page(client, measure, *each) for each in every))


def find_original(file: File, upload: Upload | None) -> Document | None:
    """Return the object in S3 with exactly this content; None if Textract might get another one."""
    if upload is None or not file.version_id or file.size > MAX_BYTES:
        return None
    place = {"Bucket": upload.bucket, "Name": upload.key, "Version": file.version_id}
    return {"S3Object": place}


def _analyze_id(client: BaseClient, documents: Sequence[Document]) -> Sequence[IdentityDocument]:
    if len(documents) > MAX_IDENTITY_PAGES:
        return [IdentityDocument()] * len(documents)
    response = client.analyze_id(DocumentPages=documents)
    return IdentityResponse.model_validate(response).by_page(len(documents))


def _read_page(
    client: BaseClient,
    measure: MeasurePage,
    page: EncodedPage,
    document: Document,
    identity: IdentityDocument,
) -> Page:
    """Build a page; request its text if AnalyzeID returned no positions of words.

    Without positions, neither the MRZ nor the value next to a label can be found.
    """
    blocks = identity.blocks
    if not has_positions(blocks):
        response = client.detect_document_text(Document=document)
        blocks = TextResponse.model_validate(response).blocks
    return build_page(parse_lines(blocks, page), page, measure, parse_fields(identity))


@cache
def textract(read_timeout: float) -> BaseClient:
    """Return the Textract client of this process."""
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=read_timeout,
        retries={"mode": "standard", "max_attempts": 3},
    )
    return boto3.client("textract", config=config)


def explain_refusal(code: str) -> Exception:
    """Return the error for a request that Textract refuses, by its error code."""
    if code in UNREADABLE:
        return refused_by_engine()
    if code == "InvalidS3ObjectException":
        return SetupError(NOT_FETCHED.format(code), code)
    return SetupError(MISSING_RIGHTS.format(code), code)
