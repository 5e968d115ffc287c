"""Errors of documents.

DocumentError         the document is at fault: never retried, becomes a verdict
├── UnreadableFile    the file is not an accepted image or PDF
├── MalformedMrz      the lines do not fit any format of ICAO Doc 9303
└── MalformedBarcode  the payload is not that of an AAMVA licence or identity card
"""

from __future__ import annotations


class DocumentError(Exception):
    """The document cannot be read."""


class UnreadableFile(DocumentError):
    """The file is not an image or PDF within the accepted formats and limits.

    The message states what to do.

    Attributes:
        code: The reason, for programs.
    """

    def __init__(self, code: str, message: str) -> None:
        """Store the code in addition to the message."""
        super().__init__(message)
        self.code = code


class MalformedMrz(DocumentError):
    """The lines do not fit any format of ICAO Doc 9303."""


class MalformedBarcode(DocumentError):
    """The payload of a barcode is not that of a card by the AAMVA standard."""
