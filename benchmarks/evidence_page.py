"""Tables of the image evidence for docs/accuracy.md, from `benchmarks.evidence`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks import results
from docverify.evaluation.metrics import Share
from docverify.evaluation.tables import Cell, Table

STORED = "evidence"
GENUINE = "all genuine"
NOTE = (
    "`{command}`, measured on {day}. The documents are those of seed {seed}, which was not used "
    "for tuning. Each is measured as it was saved (JPEG 75 to 95) and as a messenger sends it (at "
    "most 1600 pixels, JPEG 70); the first genuine ones were also forwarded by a second messenger,"
    " which crops and reduces them, or sent as a screenshot. The edits are made in the captured"
    " image,"
    " except for the other typeface, which is drawn. The thresholds were chosen on other documents:"
    " of another seed, only flat scans and photos, and published specimens. The shares refer to "
    "all documents; `on` counts the documents on which the check that should find the edit, or for "
    "genuine ones any check, was performed. The features of pasted drawn faces are moved, so that "
    "97 % of pairs are below the threshold, as 98 % of 150 pairs of published portraits are."
)
COST = (
    "All four checks together take {median:g} s of processor time a page at the median and {p95:g}"
    " s at the 95th percentile, including the search for faces (`python -m benchmarks.evidence"
    " --cost`, {pages} pages)."
)
SPECIMENS_NOTE = (
    "Published specimens of passports, cards and licences, scans and images from the web, most of"
    " them small. They were also used for tuning, so these figures are too optimistic, and "
    "{count} documents cannot show a rate below 5 %. A mock-up whose MRZ really is set in another "
    "typeface counts as a failure, too."
)
UNSEARCHED = """\
These checks do not look for a pasted portrait on a document with only one, copied letters and
figures, printed fields in a similar typeface, text and MRZ that were reprinted together,
compression, noise and error levels. The methods that we tried for these failed on genuine documents
or on images sent by a messenger. `screen_recapture` finds the screens that the corpus draws, and
found 0 of 3 real photos of screens (95 % interval 0-56 %): their raster differs from the drawn
one."""


def build_tables() -> Iterator[Table]:
    """Build the tables of drawn documents and of specimens; none if nothing is stored."""
    stored = results.load(STORED)
    if stored.get("found"):
        yield build_drawn(stored)
    yield from map(build_specimens, stored.get("specimens", ()))


def build_drawn(stored: Mapping[str, Any]) -> Table:
    """Build the table of what is found, and of the false alarms, by class and form."""
    found = [*add_genuine(stored["found"]), *stored["found"]]
    codes = tuple(found[0]["failed"])
    rows = tuple(_build_row(each, codes) for each in found)
    note = NOTE.format(command=stored["command"], day=stored["measured_on"], seed=stored["seed"])
    cost = stored.get("cost")
    notes = (note, *([COST.format(**cost)] if cost else ()), UNSEARCHED)
    head = ("documents", "form", "on", *(f"`{code}`" for code in codes), "any of them")
    title = "What the checks of image evidence find, and their false alarms"
    return Table(title, head, rows, "\n\n".join(notes))


def add_genuine(found: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield the sums over all genuine classes, a row for each form."""
    genuine = [each for each in found if not each["finds"]]
    for form in dict.fromkeys(each["form"] for each in genuine):
        rows = [each for each in genuine if each["form"] == form]
        sums = {
            name: {code: sum(each[name][code] for each in rows) for code in rows[0][name]}
            for name in ("performed", "failed")
        }
        totals = {name: sum(each[name] for each in rows) for name in ("documents", "any")}
        yield {"class": GENUINE, "form": form, "finds": "", **totals, **sums}


def _build_row(row: Mapping[str, Any], codes: tuple[str, ...]) -> tuple[Cell, ...]:
    name = f"edited: {row['class']}" if row["finds"] else row["class"]
    performed = row["performed"]
    on = performed[row["finds"]] if row["finds"] else max(performed.values())
    counts = (Share(row["failed"][code], row["documents"]) for code in codes)
    return (name, row["form"], on, *counts, Share(row["any"], row["documents"]))


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
