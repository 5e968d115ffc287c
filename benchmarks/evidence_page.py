"""Tables of the image evidence for docs/accuracy.md, from `benchmarks.evidence`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks import results
from docverify.evaluation.metrics import Share
from docverify.evaluation.tables import Cell, Table

STORED = "evidence"
NOTE = (
    "`{command}`, measured on {day}. Documents of seed {seed}, which did not serve for tuning. Each"
    " is measured as it was saved (JPEG 75 to 95) and as a messenger sends it (at most 1600 pixels,"
    " JPEG 70). The edits are made in the captured image, except for the other typeface, which is"
    " drawn. The shares are of all documents, also where a check could not be performed, as without"
    " a second face that is found. `{portraits}` is measured with drawn faces, which are more alike"
    " than those of people."
)
SPECIMENS_NOTE = (
    "Published specimens of passports, cards and licences, scans and images from the web, most of"
    " them small. They served for tuning, so these figures are too good, and {count} documents"
    " cannot show a rate below 5 %. The only failure is a mock-up whose MRZ really is set in"
    " another typeface."
)
UNSEARCHED = """\
What is not looked for: a pasted portrait on a document with only one, copied letters and figures,
printed fields in a similar typeface, a text and an MRZ that were printed again together,
compression, noise and error levels. The methods for these that we tried failed on genuine
documents or after a messenger. `screen_recapture` finds the screens that the corpus draws, and
found 0 of 3 real photos of screens (95 % interval 0-56 %): their raster is not the drawn one."""


def build_tables() -> Iterator[Table]:
    """Build the tables of drawn documents and of specimens; none if nothing is stored."""
    stored = results.load(STORED)
    if stored.get("found"):
        yield build_drawn(stored)
    yield from map(build_specimens, stored.get("specimens", ()))


def build_drawn(stored: Mapping[str, Any]) -> Table:
    """Build the table of what is found, and of the false alarms, by class and form."""
    codes = tuple(stored["found"][0]["failed"])
    rows = tuple(_build_row(each, codes) for each in stored["found"])
    note = NOTE.format(
        command=stored["command"],
        day=stored["measured_on"],
        seed=stored["seed"],
        portraits="portraits_differ",
    )
    head = ("documents", "form", *(f"`{code}`" for code in codes), "any of them")
    title = "What the checks of image evidence find, and their false alarms"
    return Table(title, head, rows, f"{note}\n\n{UNSEARCHED}")


def _build_row(row: Mapping[str, Any], codes: tuple[str, ...]) -> tuple[Cell, ...]:
    name = f"edited: {row['class']}" if row["finds"] else row["class"]
    counts = (Share(row["failed"][code], row["documents"]) for code in codes)
    return (name, row["form"], *counts, Share(row["any"], row["documents"]))


def build_specimens(row: Mapping[str, Any]) -> Table:
    """Build the table of false alarms on published specimens."""
    rows: list[tuple[Cell, ...]] = [
        (f"`{code}`", row["performed"][code], Share(failed, row["documents"]))
        for code, failed in row["failed"].items()
    ]
    rows.append(("any of them", row["documents"], Share(row["any"], row["documents"])))
    return Table(
        "False alarms of image evidence on published specimens",
        ("check", "performed on", "failed, of all"),
        tuple(rows),
        SPECIMENS_NOTE.format(count=row["documents"]),
    )
