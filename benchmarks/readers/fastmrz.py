"""FastMRZ: a network that finds the MRZ, then Tesseract's model for OCR-B."""

from __future__ import annotations

from fastmrz import FastMRZ

from benchmarks.readers.protocol import Answer, answer, select_mrz_lines

reader = FastMRZ()


def read(path: str) -> Answer:
    """Read the MRZ's text before FastMRZ parses it."""
    return {"lines": select_mrz_lines(reader.get_details(path, ignore_parse=True))}


if __name__ == "__main__":
    answer(read)
