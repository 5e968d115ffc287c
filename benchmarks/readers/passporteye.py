"""PassportEye with Tesseract's model for OCR-B."""

from __future__ import annotations

import warnings

from passporteye import read_mrz

from benchmarks.readers.protocol import Answer, answer, zone_lines

warnings.simplefilter("ignore")


def read(path: str) -> Answer:
    """Read the zone's text as PassportEye keeps it."""
    zone = read_mrz(path, extra_cmdline_params="-l mrz")
    return {"lines": zone_lines(zone.aux["text"]) if zone else []}


if __name__ == "__main__":
    answer(read)
