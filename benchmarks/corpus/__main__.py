"""Generate a corpus: `python -m benchmarks.corpus OUT [--seed 1] [--documents 200]`."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.progress import track

from benchmarks.corpus.documents import Truth, samples, truth_json


def write_corpus(folder: Path, seed: int, count: int) -> None:
    """Write the documents and their labels."""
    folder.mkdir(parents=True, exist_ok=True)
    truths: dict[str, Truth] = {}
    for each in track(samples(seed, count), "drawing", count):
        (folder / each.name).write_bytes(each.content)
        truths[each.name] = each.truth
    (folder / "truth.json").write_text(truth_json(truths), "utf-8")


def main() -> None:
    """Write the corpus into a folder."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.corpus",
        description="Make documents up, genuine and attacked, with the truth about each.",
    )
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--documents", type=int, default=200)
    options = parser.parse_args()
    write_corpus(options.out, options.seed, options.documents)


if __name__ == "__main__":
    main()
