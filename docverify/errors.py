"""What can be wrong with a document.

DocumentError         the document's fault: never retried, becomes a verdict
├── UnreadableFile    the bytes are no picture or PDF that is accepted
├── MalformedMrz      the lines have the shape of no ICAO 9303 format
└── MalformedBarcode  the payload is none of a driving licence or identity card (AAMVA)
"""

from __future__ import annotations


class DocumentError(Exception):
    """The document cannot be read."""


class UnreadableFile(DocumentError):
    """The bytes are not a picture or PDF within the accepted formats and limits.

    `code` names the reason for machines; the message says what to do.
    """

    def __init__(self, code: str, message: str) -> None:
        """Keep the code beside the message."""
        super().__init__(message)
        self.code = code


class MalformedMrz(DocumentError):
    """The lines do not have the shape of any ICAO 9303 format."""


class MalformedBarcode(DocumentError):
    """The payload of a barcode is not that of a card after the AAMVA standard."""
