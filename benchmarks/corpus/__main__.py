"""Generate a corpus: `python -m benchmarks.corpus OUT [--seed 1] [--documents 200]`.

`--attack NAME` generates one class of attacks or controls instead of the mix. A name that does not
exist lists the classes.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from rich.progress import track

from benchmarks.corpus.attacks import ATTACKS
from benchmarks.corpus.controls import CONTROLS
from benchmarks.corpus.documents import Sample, Truth, sample_of_class, samples, truth_json

CLASSES = [each.name for each in (*ATTACKS, *CONTROLS)]


def write_corpus(folder: Path, generated: Iterable[Sample], count: int) -> None:
    """Write the documents and their labels."""
    folder.mkdir(parents=True, exist_ok=True)
    truths: dict[str, Truth] = {}
    for each in track(generated, "drawing", count):
        (folder / each.name).write_bytes(each.content)
        truths[each.name] = each.truth
    (folder / "truth.json").write_text(truth_json(truths), "utf-8")


def main() -> None:
    """Write the corpus into a folder."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.corpus",
        description="Generate fictitious documents, genuine and attacked, with the truth of each.",
    )
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument(
        "--attack",
        choices=CLASSES,
        metavar="NAME",
        help="one class of attacks, or of genuine documents that look like one",
    )
    options = parser.parse_args()
    count: int = options.documents
    generated: Iterable[Sample] = samples(options.seed, count)
    if options.attack:
        generated = (sample_of_class(options.seed, options.attack, each) for each in range(count))
    write_corpus(options.out, generated, count)


if __name__ == "__main__":
    main()
