"""Images of cases: retrieved from S3, encoded again by a reader process, kept for minutes."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from docverify.errors import UnreadableFile
from docverify.reading.cloud.encoding import EncodedPage
from tasks.engines import reader_pool
from tasks.errors import EdgeError
from tasks.s3 import Upload, check_upload_is_allowed, get_object, read_file
from tasks.settings import read_settings

KEEP_SECONDS = 300
MAX_DOCUMENTS = 20  # at a time; a document has a few megabytes
WORKERS = 2


@dataclass(frozen=True)
class Images:
    """The pages of a document, or why they cannot be shown."""

    pages: tuple[EncodedPage, ...] = ()
    problem: str = ""


class ImageStore:
    """The images of the documents that people look at; in memory only."""

    def __init__(self, load: Callable[[Any], Images]) -> None:
        """Load nothing yet; `load` gets a row of `documents`."""
        self.load = load
        self.kept: OrderedDict[int, tuple[float, Future[Images]]] = OrderedDict()
        self.lock = threading.Lock()
        self.workers = ThreadPoolExecutor(WORKERS, "desk-images")

    def request(self, document: Row[Any]) -> Future[Images]:
        """Return the images of a document, or begin to load them."""
        now = time.monotonic()
        with self.lock:
            for number, (since, _) in list(self.kept.items()):
                if now - since > KEEP_SECONDS:
                    del self.kept[number]
            if document.id not in self.kept:
                while len(self.kept) >= MAX_DOCUMENTS:
                    self.kept.popitem(last=False)
                self.kept[document.id] = (now, self.workers.submit(self.load, document))
            return self.kept[document.id][1]

    def end(self) -> None:
        """Stop loading."""
        self.workers.shutdown(wait=False, cancel_futures=True)


def load_images(document: Row[Any]) -> Images:
    """Retrieve a document, and let a reader process encode its pages; never raise."""
    settings = read_settings()
    upload = Upload(document.bucket, document.key, document.version_id)
    try:
        check_upload_is_allowed(upload, settings)
        file = read_file(get_object(upload), settings.max_bytes)
        if file.sha256 != document.sha256:
            return Images(problem="The bucket has another file under this key now.")
        if file.content is None:
            return Images(problem="The file is too large to be shown.")
        return Images(reader_pool.display(file.content, settings))
    except UnreadableFile as error:
        return Images(problem=f"The file cannot be opened: {error}.")
    except EdgeError as error:
        return Images(problem=f"The image cannot be shown: {error}.")
    except Exception as error:  # noqa: BLE001 (botocore has many, and a message may name the key)
        return Images(
            problem=f"The image cannot be retrieved from the bucket ({type(error).__name__})."
        )
