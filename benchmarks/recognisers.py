"""Comparison of the network for OCR-B with the one for any printed text.

    python -m benchmarks.recognisers [--documents 60] [--seed 1] [--store]

It reads MRZs of the corpus, unchanged and in the nine copies of `benchmarks.captures`. Text is
detected once in each image. Its MRZ is then read by each network, and as in docverify: by the
network for any printed text if the other one is not certain. The network for OCR-B was trained on
drawn lines (`training`), not on these documents, but with the same font.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import median
from time import process_time

import cv2
import numpy as np
from rich.progress import track

from benchmarks import results
from benchmarks.captures import CAPTURES
from benchmarks.corpus.documents import Sample, samples
from docverify.evaluation.metrics import Share
from docverify.evaluation.tables import Cell, Table, render_table
from docverify.reading import models
from docverify.reading.detection import find_text
from docverify.reading.files.pages import Image, Limits, read_pages
from docverify.reading.mrz.explanation import LocatedMrz
from docverify.reading.mrz.lines import View
from docverify.reading.mrz.recognisers import recognise_any_print, recognise_ocrb
from docverify.reading.mrz.search import find_mrz, search_in_view
from docverify.reading.quads import Quad

STORED = "recognisers"
WAYS: dict[str, Callable[[Image, Sequence[Quad]], LocatedMrz | None]] = {
    "any print": lambda image, quads: search_in_view(View(image, recognise_any_print), quads).mrz,
    "OCR-B": lambda image, quads: search_in_view(View(image, recognise_ocrb), quads).mrz,
    "OCR-B, else any print": find_mrz,
}

Row = Mapping[str, object]


def main() -> None:
    """Measure, print the table, and store the results with `--store`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", action="store_true")
    options = parser.parse_args()
    found = measured(options.documents, options.seed)
    if options.store:
        results.store(STORED, {"found": found})
    print(render_table(table(found)))


def measured(documents: int, seed: int) -> list[Row]:
    """Read the MRZs of documents in every way; skip documents without an MRZ."""
    models.load()
    drawn = [each for each in samples(seed, documents) if each.truth["mrz"]]
    return [row for each in track(drawn, "MRZs") for row in _rows(each)]


def _rows(sample: Sample) -> Iterator[Row]:
    lines = sample.truth["mrz"]
    page = next(iter(read_pages(sample.content, Limits())))
    for capture, take in CAPTURES.items():
        image = np.asarray(cv2.imdecode(np.frombuffer(take(page), np.uint8), 1), np.uint8)
        quads = find_text(image)
        for way, find in WAYS.items():
            start = process_time()
            mrz = find(image, quads)
            seconds = process_time() - start
            yield {
                "capture": capture,
                "way": way,
                "exact": mrz is not None and list(mrz.reading.lines) == lines,
                "certain": mrz is not None and mrz.is_certain,
                "seconds": round(seconds, 4),
            }


def table(found: Sequence[Row]) -> Table:
    """Build the table of how often each way is right and certain, and what it costs."""
    rows: list[tuple[Cell, ...]] = []
    for way in WAYS:
        own = [each for each in found if each["way"] == way]
        sure = [each for each in own if each["certain"]]
        wrong = [each for each in sure if not each["exact"]]
        seconds = [float(str(each["seconds"])) for each in own]
        exact = Share(sum(bool(each["exact"]) for each in own), len(own))
        certain, mean = Share(len(sure), len(own)), sum(seconds) / len(seconds)
        rows.append((way, exact, certain, len(wrong), f"{median(seconds):.3f}", f"{mean:.3f}"))
    head = ("network", "exact", "certain", "certain and wrong", "median", "mean")
    return Table("MRZ by network, seconds of processor time", head, tuple(rows))


if __name__ == "__main__":
    main()
