"""Refusals of files as reasons of a verdict, and as texts for the applicant.

A file may have taken over the process that reads it. So only known codes become reasons, and only a
limit is taken from the message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from docverify.page import Refusal

LIMIT = re.compile(r"over (\d{1,6}(?:\.\d{1,6})? (?:MB|megapixels|pages))\b", re.ASCII)
AGAIN = "Please upload the document again"
WHOLE = f"{AGAIN}, as a photo or PDF that is complete and opens without a password."
TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "file-too-large": f"Your file is too large{{limit}}. {AGAIN} as a smaller file.",
        "too-many-pixels": f"Your image has too many pixels{{limit}}. {AGAIN} as a smaller image.",
        "too-many-pages": f"Your file has too many pages{{limit}}. {AGAIN}, only its own pages.",
        "empty-file": f"Your file is empty. {AGAIN}.",
        "encrypted-file": f"Your file needs a password. {AGAIN} without one.",
        "unknown-format": (
            f"Your file is not an image or a PDF. {AGAIN} as a JPEG, PNG, TIFF, WebP, HEIC or PDF."
        ),
        "ambiguous-format": f"Your file has more than one format. {AGAIN} as a new photo or scan.",
        "corrupt-file": f"Your file is damaged or incomplete. {AGAIN}.",
        "animated-picture": f"Your image is animated. {AGAIN} as a still photo.",
        "transparent": f"Your image is partly transparent. {AGAIN}, for example as a JPEG.",
        "unsupported-colours": (
            f"Your image has unusual colours. {AGAIN} as an ordinary JPEG or PNG."
        ),
        "unpacks-too-large": f"Your PDF is too large when it is opened. {AGAIN} as a photo.",
        "stacked-filters": WHOLE,
        "refused-by-engine": WHOLE,
        "reader-timeout": (
            f"Your file takes too long to read. {AGAIN} as a plain photo or scan of only its own "
            "pages."
        ),
        "reader-out-of-memory": WHOLE,
        "reader-crashed": WHOLE,
    }
)
"""What the applicant is shown, by the code of the refusal."""


def find_refusal_reason(refusal: Refusal | None) -> str | None:
    """Return the code of a refusal as a reason of a verdict; None for an unknown code.

    >>> find_refusal_reason(Refusal("file-too-large", ""))
    'file_too_large'
    """
    if refusal is None or refusal.code not in TEXTS:
        return None
    return refusal.code.replace("-", "_")


def explain_refusal(refusal: Refusal) -> str:
    """Return the text for the applicant, with the limit that the file exceeded.

    >>> explain_refusal(Refusal("file-too-large", "the file is over 20 MB; upload a smaller one"))
    'Your file is too large: at most 20 MB. Please upload the document again as a smaller file.'
    """
    found = LIMIT.search(refusal.message)
    limit = f": at most {found[1]}" if found else ""
    return TEXTS.get(refusal.code, WHOLE).format(limit=limit)
