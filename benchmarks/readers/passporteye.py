"""PassportEye with Tesseract's model for OCR-B."""

from __future__ import annotations

import warnings

from passporteye import read_mrz

from benchmarks.readers.protocol import Answer, answer, select_mrz_lines

warnings.simplefilter("ignore")


def read(path: str) -> Answer:
    """Read the MRZ's text as PassportEye keeps it."""
    mrz = read_mrz(path, extra_cmdline_params="-l mrz")
    return {"lines": select_mrz_lines(mrz.aux["text"]) if mrz else []}


if __name__ == "__main__":
    answer(read)
