"""The engine `textract`: Amazon Textract, in the region of the run.

AnalyzeID takes one or two pages, and answers with the fields of the document as well as with all
text and its places: one request is enough. Longer files are read page by page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any

import boto3
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection

from docverify.page import Engine, Page, Reading
from docverify.reading.cloud.encoding import EncodedPage, refused_by_engine
from docverify.reading.cloud.page import MeasurePage, build_page
from tasks.engines import reader_pool
from tasks.engines.textract_response import (
    IdentityAnswer,
    IdentityDocument,
    TextAnswer,
    fields_of,
    has_places,
    lines_of,
)
from tasks.errors import SetupError, WorldError
from tasks.s3 import File, Upload
from tasks.settings import Settings

IDENTITY_PAGES = 2
MAX_BYTES = 10 * 1024 * 1024  # of a picture, sent or stored
CONNECT_SECONDS = 5
FOR_NOW = {
    *("ProvisionedThroughputExceededException", "ThrottlingException", "InternalServerError"),
    *("LimitExceededException", "ServiceUnavailableException", "RequestTimeout"),
}
NO_PICTURE = {
    *("BadDocumentException", "UnsupportedDocumentException", "DocumentTooLargeException"),
}
RIGHTS = (
    "Textract refuses the request ({}): check the credentials, and give the run's role "
    "textract:AnalyzeID and textract:DetectDocumentText"
)
STORED = (
    "Textract cannot fetch the file from its bucket ({}): the bucket must be in Textract's region "
    "and open to the run's role; or unset DOCVERIFY_TEXTRACT_FROM_S3"
)

Document = Mapping[str, object]


def stored(file: File, upload: Upload | None) -> Document | None:
    """Name exactly this content for Textract to fetch; None where it could get another one."""
    if upload is None or not file.version_id or file.size > MAX_BYTES:
        return None
    place = {"Bucket": upload.bucket, "Name": upload.key, "Version": file.version_id}
    return {"S3Object": place}


def read(
    pages: Sequence[EncodedPage], settings: Settings, original: Document | None = None
) -> Reading:
    """Read pages, or the original in its bucket where that is a single picture.

    Raises UnreadableFile when the engine takes a page for no picture, WorldError when it can't
    answer for now, SetupError when it won't.
    """
    client = _client(settings)
    documents = [original] if original else [{"Bytes": page.content} for page in pages]
    identities = _identities(client, documents)
    every = zip(pages, documents, identities, strict=True)
    measure = partial(reader_pool.look, settings=settings)
    return Reading(Engine.TEXTRACT, tuple(_page(client, measure, *each) for each in every))


def _identities(client: BaseClient, documents: Sequence[Document]) -> Sequence[IdentityDocument]:
    if len(documents) > IDENTITY_PAGES:
        return [IdentityDocument()] * len(documents)
    answer = _ask(client.analyze_id, DocumentPages=documents)
    return IdentityAnswer.model_validate(answer).by_page(len(documents))


def _page(
    client: BaseClient,
    measure: MeasurePage,
    page: EncodedPage,
    document: Document,
    identity: IdentityDocument,
) -> Page:
    """Without places of words there is neither a zone nor a label's value: then ask for them."""
    blocks = identity.blocks
    if not has_places(blocks):
        answer = _ask(client.detect_document_text, Document=document)
        blocks = TextAnswer.model_validate(answer).blocks
    return build_page(lines_of(blocks, page), page, measure, fields_of(identity))


def _client(settings: Settings) -> BaseClient:
    try:
        return textract(settings.cloud_timeout)
    except BotoCoreError as error:
        raise _unusable(error) from None


@cache
def textract(read_timeout: float) -> BaseClient:
    """Return this process's client of Textract."""
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=read_timeout,
        retries={"mode": "standard", "max_attempts": 3},
    )
    return boto3.client("textract", config=config)


def _ask(operation: Callable[..., dict[str, Any]], **parameters: object) -> dict[str, Any]:
    try:
        return operation(**parameters)
    except ClientError as error:
        raise _refused(error) from None
    except (NoConnection, HTTPClientError) as error:
        raise WorldError(f"Textract does not answer: {type(error).__name__}", "no-answer") from None
    except BotoCoreError as error:
        raise _unusable(error) from None


def _unusable(error: BotoCoreError) -> SetupError:
    """Its name says enough; its message may quote what was sent."""
    kind = type(error).__name__
    return SetupError(
        f"Textract cannot be asked ({kind}): "
        "set AWS_REGION, and give the run a task role or AWS_* variables",
        kind,
    )


def _refused(error: ClientError) -> Exception:
    """Say whose fault it is, by the code alone."""
    code = error.response["Error"]["Code"]
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in NO_PICTURE:
        return refused_by_engine()
    if code in FOR_NOW or status >= 500:
        return WorldError(f"Textract refuses for now ({code})", code)
    if code == "InvalidS3ObjectException":
        return SetupError(STORED.format(code), code)
    return SetupError(RIGHTS.format(code), code)
