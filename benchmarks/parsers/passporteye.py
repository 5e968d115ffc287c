"""The parser of PassportEye."""

from __future__ import annotations

from passporteye.mrz.text import MRZ

from benchmarks.parsers.stopwatch import answer

if __name__ == "__main__":
    answer(lambda mrz: MRZ(list(mrz)))
