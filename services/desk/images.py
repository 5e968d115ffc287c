"""Images of cases: retrieved from S3, encoded again by a reader process, and kept for minutes."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from botocore.exceptions import ClientError
from sqlalchemy import Row

from docverify.comparisons import PlacedCrop
from docverify.errors import UnreadableFile
from docverify.reading.cloud.encoding import EncodedPage
from tasks.aws_errors import KMS, find_code
from tasks.engines import reader_pool
from tasks.errors import EdgeError
from tasks.s3 import Upload, check_upload_is_allowed, get_object, read_file
from tasks.settings import Settings, read_settings

KEEP_SECONDS = 300
RETRY_SECONDS = 10  # after a problem, which may lie in the bucket
MAX_DOCUMENTS = 20  # at a time; a document takes a few megabytes
WORKERS = 2
GONE = "The file is no longer in the bucket: it was deleted or has expired."
REFUSALS = {
    **dict.fromkeys(("NoSuchKey", "NoSuchVersion", "404", "MethodNotAllowed"), GONE),
    "AccessDenied": "The desk may not read the file: allow its role s3:GetObject on this prefix.",
    "KMS": "The desk may not decrypt the file: allow its role kms:Decrypt with the bucket's key.",
    "InvalidObjectState": "The file is archived: restore it in S3, then reload the page.",
}
"""Why S3 does not return a file, by S3's error code."""


class NotShown(Exception):
    """A document cannot be shown; the message is the reason, in one sentence."""


@dataclass(frozen=True)
class Images:
    """The pages of a document, or why they cannot be shown."""

    pages: tuple[EncodedPage, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class CaseCrops:
    """The crops of a case that are wanted.

    Attributes:
        id: The verdict.
        document: Row of `documents`.
    """

    id: int
    document: Row[Any]
    wanted: tuple[PlacedCrop, ...] = field(repr=False)


@dataclass(frozen=True)
class Crops:
    """The crops of a case as PNG, or why they cannot be shown."""

    contents: tuple[bytes, ...] = field(default=(), repr=False)
    problem: str = ""


Shown = TypeVar("Shown", bound=Images | Crops)


class ImageStore(Generic[Shown]):
    """The images of the documents that people view, only in memory."""

    def __init__(self, load: Callable[[Any], Shown], workers: Executor) -> None:
        """Load nothing yet; `load` gets objects that have an `id`, such as rows of `documents`."""
        self.load, self.workers = load, workers
        self.kept: OrderedDict[int, tuple[float, Future[Shown]]] = OrderedDict()
        self.lock = threading.Lock()

    def request(self, wanted: Any) -> Future[Shown]:  # noqa: ANN401 (what `load` takes)
        """Return the images of a document, or start to load them."""
        now = time.monotonic()
        with self.lock:
            for number, (since, shown) in list(self.kept.items()):
                if now - since > (KEEP_SECONDS if is_good(shown) else RETRY_SECONDS):
                    del self.kept[number]
            if wanted.id not in self.kept:
                while len(self.kept) >= MAX_DOCUMENTS:
                    self.kept.popitem(last=False)
                self.kept[wanted.id] = (now, self.workers.submit(self.load, wanted))
            return self.kept[wanted.id][1]


def start_workers() -> Executor:
    """Return the threads that all stores share, as many as the desk has memory for readers."""
    return ThreadPoolExecutor(WORKERS, "desk-images")


def is_good(shown: Future[Any]) -> bool:
    """Return whether images are being loaded, or were loaded without a problem."""
    return not shown.done() or shown.cancelled() or not shown.result().problem


def load_images(document: Row[Any]) -> Images:
    """Retrieve a document, and have a reader process encode its pages; never raise an error."""
    try:
        settings = read_settings()
        return Images(reader_pool.display(retrieve(document, settings), settings))
    except Exception as error:  # noqa: BLE001 (each has a sentence)
        return Images(problem=explain(error))


def load_crops(case: CaseCrops) -> Crops:
    """Retrieve a document, and have a reader process render the crops; never raise an error."""
    try:
        settings = read_settings()
        content = retrieve(case.document, settings)
        return Crops(reader_pool.display_crops(content, case.wanted, settings))
    except Exception as error:  # noqa: BLE001 (each has a sentence)
        return Crops(problem=explain(error))


def retrieve(document: Row[Any], settings: Settings) -> bytes:
    """Return the file of a document; raise NotShown if it is not the one that was read."""
    upload = Upload(document.bucket, document.key, document.version_id)
    check_upload_is_allowed(upload, settings)
    file = read_file(get_object(upload), settings.max_bytes)
    if file.sha256 != document.sha256:
        raise NotShown("The bucket now has a different file under this key.")
    if file.content is None:
        raise NotShown("The file is too large to be shown.")
    return file.content


def explain(error: Exception) -> str:
    """Return why an image cannot be shown, in one sentence without personal data."""
    if isinstance(error, NotShown):
        return str(error)
    if isinstance(error, UnreadableFile):
        return f"The file cannot be opened: {error}."
    if isinstance(error, EdgeError):
        return f"The image cannot be shown: {error}."
    if isinstance(error, ClientError):
        code = find_code(error)
        known = "KMS" if code.startswith(KMS) else code
        return REFUSALS.get(known, f"The bucket refuses the file ({code}).")
    # botocore has many other errors, and a message may name the key.
    return f"The image cannot be retrieved from the bucket ({type(error).__name__})."
