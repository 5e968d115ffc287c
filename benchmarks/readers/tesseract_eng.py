"""Tesseract 5 as installed, with its model for English, on the whole image."""

from __future__ import annotations

import subprocess

from benchmarks.readers.protocol import Answer, answer, select_mrz_lines
from docverify.documents.mrz import FILLER


def read(path: str) -> Answer:
    """Read the page as Tesseract divides it; the MRZ's lines are those with a filler."""
    command = ["tesseract", path, "stdout", "-l", "eng"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {"lines": [line for line in select_mrz_lines(text.upper()) if FILLER in line][-3:]}


if __name__ == "__main__":
    answer(read)
