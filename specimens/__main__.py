"""Draw all specimens: `python -m specimens [--out FOLDER]`."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

from specimens.catalogue import SPECIMENS
from specimens.truth import write_truth

HERE = Path(__file__).parent


def write_specimens(folder: Path) -> Iterator[Path]:
    """Write every specimen and truth.json; yield the path of each file after it is written."""
    folder.mkdir(parents=True, exist_ok=True)
    for specimen in SPECIMENS:
        path = folder / specimen.name
        path.write_bytes(specimen.content())
        yield path
    path = folder / "truth.json"
    path.write_text(write_truth(SPECIMENS), encoding="utf-8")
    yield path


def main() -> None:
    """Write the specimens and print their names and sizes."""
    parser = ArgumentParser(prog="python -m specimens", description="Draw the specimens.")
    parser.add_argument("--out", type=Path, default=HERE, metavar="FOLDER")
    for path in write_specimens(parser.parse_args().out):
        print(f"{path.name:32}{path.stat().st_size / 1024:6.0f} KB")


if __name__ == "__main__":
    main()
