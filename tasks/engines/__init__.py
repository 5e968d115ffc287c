"""OCR engines: requests and responses, and the pool of reader processes.

The module of a cloud engine has the name of its `Engine` member in lower case.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from docverify.page import Engine, Reading

if TYPE_CHECKING:
    from docverify.reading.cloud.encoding import EncodedPage
    from tasks.s3 import File, Upload
    from tasks.settings import Settings


class CloudEngine(Protocol):
    """A module that reads documents with a cloud engine."""

    def read(
        self,
        pages: Sequence[EncodedPage],
        settings: Settings,
        original: File | None = None,
        upload: Upload | None = None,
    ) -> Reading:
        """Read encoded pages.

        `original` is the file itself if it is a single image that looks like its encoded page; an
        engine that can fetch `upload` from its bucket may read that instead.

        Raise UnreadableFile when the engine refuses a page as an image, WorldError when it does
        not answer, SetupError when it may not be used.
        """


def load_cloud_engine(engine: Engine) -> CloudEngine:
    """Load the module of a cloud engine; raise ModuleNotFoundError for the engine `local`."""
    return cast(CloudEngine, import_module(f"{__name__}.{engine.name.lower()}"))
