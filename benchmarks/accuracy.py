"""How well made-up documents are read and judged: writes docs/accuracy.md.

    python -m benchmarks.accuracy [--documents 300] [--seed 2026] [--jobs 1]
    python -m benchmarks.accuracy --page

The documents are made up one after the other and judged under every preset for real documents.
What became of each is kept in benchmarks/results/accuracy.json as it comes, so that a run that was
stopped is worth what it had, and goes on where it was. `--page` writes the page, its pictures and
this release's place in the history from what is kept.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from rich.progress import track

from benchmarks import peers, results
from benchmarks.corpus.attacks import ATTACKS
from benchmarks.corpus.documents import sample, truth_json
from benchmarks.corpus.papers import TODAY
from benchmarks.environments import ROOT
from cli.evaluate import evaluate_document
from docverify import PIPELINE_VERSION
from docverify.evaluation.intervals import format_share
from docverify.evaluation.metrics import (
    Cell,
    Hit,
    Measurement,
    MrzScore,
    Share,
    Table,
    build_tables,
    render_table,
    table_as_json,
)
from docverify.evaluation.truth import COLUMNS, parse_json_truths
from docverify.policy import LENIENT, STANDARD, STRICT
from docverify.verdict import Outcome
from specimens.canvas import Colour
from specimens.lettering import sans

STORED = "accuracy"
PAGE = ROOT / "docs" / "accuracy.md"
README = ROOT / "README.md"
HISTORY = results.FOLDER / "accuracy_history.json"
PLOT = ROOT / "docs" / "pictures" / "accuracy.png"
CONFUSION = ROOT / "docs" / "pictures" / "confusion.png"
CLEAN = ("scan", "scan, PNG", "scan, turned", "PDF")
POLICIES = (STANDARD.name, LENIENT.name, STRICT.name)
RELEASE = ("version", "measured_on", "seed", "documents")
OFTEN = 10  # documents between two times that what was found is kept
INTRODUCTION = """\
**{count} synthetic documents**, of which {genuine} are genuine and legible, {illegible} genuine and
beyond legibility, and {attacks} attacks. Pipeline version {version}, seed {seed}, judged as of
{day}.

```
{command}
```

## What this says, and what it does not

The documents are made up: persons, numbers and layouts are ours, the captures are simulated, and no
document of any State was used. The letters are those of two fonts (Aileron, in several widths and
weights, and OCR-B), other scripts than Latin appear only where they can be drawn with these, and
portraits are drawings. So the figures show how the reading and the rules hold against known truth,
class by class, and whether a change made them better or worse; they do not say how many real
documents will pass, or how many real forgeries will be found. For that, label documents of your own
and run `docverify evaluate FOLDER`: it makes the same tables.

`verified` says that the data of a document agree. It does not say that the document is authentic:
of the attacks below, those that only the picture could show are told apart from those that the
data or the file show.

Shares are given with 95 % intervals (Wilson). A document is legible when a person can read all
that the checks need.

![Outcomes by class under the policy standard](pictures/{plot})

![Confusion: what documents are, and what became of them](pictures/{confusion})"""

YOUR_OWN = """\
## Your own documents

Put the files into a folder, and a table `truth.csv` beside them:

```
file,kind,capture,attack,mrz,surname,birth_date
0001.jpg,passport,phone,,,VELLACOTT,1994-08-12
0002.pdf,passport,scan,edited date,,LINDQUARN,1985-05-21
```

An empty `attack` says that the document is genuine, and its text names the class of a forgery;
`legible` is `no` where a picture cannot be judged; `judged_on` is the day of the judgement where it
is not today; the lines of `mrz` are parted by blanks; dates are YYYY-MM-DD. What is left empty or
out is not measured. Instead of the table, a `truth.json` or a `NAME.json` beside each file may hold
the same, as `python -m benchmarks.corpus` writes it. Columns: {columns}.

```
docverify evaluate FOLDER --policy standard --policy demonstration --report report.md --jobs 2
```

The report holds counts and names of checks, and no value of a person.
"""


def main() -> None:
    """Measure where that is asked for, and write the page from what is kept."""
    options = _arguments()
    if not options.page:
        _measure(options)
    if not options.keep:
        write_page()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Evaluate a corpus of made-up documents.")
    parser.add_argument("--documents", type=int, default=300)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--jobs", type=int, default=1, help="processes that read")
    parser.add_argument("--page", action="store_true", help="write the page from what is kept")
    parser.add_argument(
        "--keep", type=Path, metavar="FILE", help="each document's figures as JSON, and no page"
    )
    return parser.parse_args()


def _measure(options: argparse.Namespace) -> None:
    rows = [] if options.keep else known(options.seed)[: options.documents]
    places = range(len(rows), options.documents)
    for each in track(_found(options.seed, places, options.jobs), "documents", len(places)):
        rows.append(row_of(each))
        if len(rows) % OFTEN == 0 or len(rows) == options.documents:
            _keep(options.keep, options.seed, rows)


def known(seed: int) -> list[Mapping[str, object]]:
    """Return what this version was found to make of the first documents of a seed."""
    kept = results.kept(STORED)
    same = (kept.get("seed"), kept.get("version")) == (seed, PIPELINE_VERSION)
    return list(kept["found"]) if same else []


def _keep(path: Path | None, seed: int, rows: Sequence[Mapping[str, object]]) -> None:
    if path:
        path.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    else:
        results.keep(STORED, {"seed": seed, "found": rows})


def _found(seed: int, places: Sequence[int], jobs: int) -> Iterator[Measurement]:
    work = partial(made_up, seed)
    if jobs == 1:
        yield from map(work, places)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(work, places)


def made_up(seed: int, place: int) -> Measurement:
    """Make the document of one place up, read it and judge it under each policy."""
    each = sample(seed, place)
    truth = parse_json_truths(truth_json({each.name: each.truth}))[each.name]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / each.name
        path.write_bytes(each.content)
        return evaluate_document((path, truth), POLICIES, TODAY)


def row_of(each: Measurement) -> dict[str, object]:
    """Write what became of a document as JSON can hold it."""
    return {
        "kind": each.kind,
        "capture": each.capture,
        "attack": each.attack,
        "legible": each.legible,
        "zone": vars(each.mrz) if each.mrz else None,
        "payload": each.payload,
        "fields": {" ".join(key): hit for key, hit in each.fields.items()},
        "outcomes": dict(each.outcomes),
        "reasons": {name: list(codes) for name, codes in each.reasons.items()},
        "failure": each.failure,
    }


def measurement_of(row: Mapping[str, Any]) -> Measurement:
    """Read what was written by `row_of`."""
    fields = {(key.split(" ")[0], key.split(" ")[1]): hit for key, hit in row["fields"].items()}
    return Measurement(
        row["kind"],
        row["capture"],
        row["attack"],
        row["legible"],
        mrz=MrzScore(**row["zone"]) if row["zone"] else None,
        payload=Hit(row["payload"]) if row["payload"] else None,
        fields={key: Hit(hit) for key, hit in fields.items()},
        outcomes={name: Outcome(outcome) for name, outcome in row["outcomes"].items()},
        reasons={name: tuple(codes) for name, codes in row["reasons"].items()},
        failure=row["failure"],
    )


def write_page() -> None:
    """Write page, pictures and history from what is kept."""
    kept = results.kept(STORED)
    found = [measurement_of(row) for row in kept["found"]]
    history = _history(found, POLICIES, kept)
    HISTORY.write_text(json.dumps(history, indent=1) + "\n", "utf-8")
    plot(found).save(PLOT, optimize=True)
    confusion_plot(found).save(CONFUSION, optimize=True)
    PAGE.write_text(page(found, history, kept), "utf-8")
    results.write_block(README, STORED, headline(found, kept))


def page(
    found: Sequence[Measurement],
    history: Sequence[Mapping[str, object]],
    kept: Mapping[str, Any],
) -> str:
    """Write the whole page; `kept` says which version was measured, and with which seed."""
    genuine = sum(each.is_genuine for each in found)
    attacks = sum(bool(each.attack) for each in found)
    introduction = INTRODUCTION.format(
        count=len(found),
        genuine=genuine,
        illegible=len(found) - genuine - attacks,
        attacks=attacks,
        version=kept["version"],
        seed=kept["seed"],
        day=TODAY,
        command=f"python -m benchmarks.accuracy --documents {len(found)} --seed {kept['seed']}",
        plot=PLOT.name,
        confusion=CONFUSION.name,
    )
    confused = [confusion(found, policy) for policy in POLICIES]
    own_tables = (targets(found), *confused, _by_what_shows(found), *build_tables(found))
    written = (*own_tables, *peers.tables(), _releases(history))
    title = "# Accuracy on synthetic documents"
    own = YOUR_OWN.format(columns=", ".join(f"`{name}`" for name in COLUMNS))
    return "\n\n".join((title, introduction, *map(render_table, written), own))


def headline(found: Sequence[Measurement], kept: Mapping[str, Any]) -> str:
    """Write what the README says first."""
    command = f"python -m benchmarks.accuracy --documents {len(found)} --seed {kept['seed']}"
    genuine = [each for each in found if each.is_genuine]
    verified, rejected = (_of(genuine, outcome) for outcome in (Outcome.VERIFIED, Outcome.REJECTED))
    picture = _of(_attacked(found, "picture"), Outcome.VERIFIED)
    rows: tuple[tuple[str, tuple[Share, ...]], ...] = (
        (
            "zone exact in every character: scans and PDF; photos",
            (_exact(_zones(found, clean=True)), _exact(_zones(found, clean=False))),
        ),
        ("a misread zone in a verified document", (_misread(found),)),
        ("genuine and legible: verified; rejected", (verified, rejected)),
        ("attacks that the data show: not verified", (_caught(found),)),
        ("attacks that only the picture could show: verified", (picture,)),
    )
    table = "".join(
        f"| {what} | {'; '.join(format_share(each.hits, each.count) for each in shares)} |\n"
        for what, shares in rows
    )
    return (
        f"On {len(found)} **synthetic** documents (`{command}`), version {kept['version']}, policy "
        "`standard`,\nwith 95 % intervals; every class, other readers beside it, and what it was "
        "measured on:\n[docs/accuracy.md](docs/accuracy.md).\n\n| what | measured |\n"
        f"| --- | --- |\n{table}"
    )


def targets(found: Sequence[Measurement]) -> Table:
    """Hold the figures against what the project aims for."""
    genuine = [each for each in found if each.is_genuine]
    unreadable = [each for each in found if not each.legible]
    rows: tuple[tuple[Cell, ...], ...] = (
        ("zone exact, scans and PDF", "at least 99.5 %", _exact(_zones(found, clean=True))),
        ("zone exact, photos", "at least 95 %", _exact(_zones(found, clean=False))),
        ("zone misread, yet verified", "none", _misread(found)),
        ("genuine and legible, rejected", "at most 2 %", _of(genuine, Outcome.REJECTED)),
        ("beyond legibility, verified", "none", _of(unreadable, Outcome.VERIFIED)),
        ("beyond legibility, asked for again", "all", _of(unreadable, Outcome.RESUBMIT)),
        ("attacks that the data show, not verified", "at least 99 %", _caught(found)),
    )
    return Table("Targets, under the policy standard", ("what", "target", "measured"), rows)


def _zones(found: Iterable[Measurement], *, clean: bool) -> list[Measurement]:
    """Return legible documents with a zone: scans and PDF, or photos."""
    own = [each for each in found if each.mrz and each.legible]
    if clean:
        return [each for each in own if each.capture in CLEAN]
    return [each for each in own if each.capture.startswith("photo,") or each.capture == "photo"]


def _misread(found: Iterable[Measurement]) -> Share:
    """Count verified documents whose zone was misread, of all legible ones with a zone."""
    zones = [each for each in found if each.mrz]
    wrong = [each for each in zones if each.mrz and not each.mrz.exact]
    return Share(_in(wrong, Outcome.VERIFIED), sum(each.legible for each in zones))


def _attacked(found: Iterable[Measurement], shown_by: str) -> list[Measurement]:
    names = {each.name for each in ATTACKS if each.shown_by == shown_by}
    return [each for each in found if each.attack in names]


def _caught(found: Iterable[Measurement]) -> Share:
    own = _attacked(found, "data")
    return Share(len(own) - _in(own, Outcome.VERIFIED), len(own))


def _exact(own: Sequence[Measurement]) -> Share:
    return Share(sum(each.mrz.exact for each in own if each.mrz), len(own))


def _in(own: Iterable[Measurement], outcome: Outcome, policy: str = STANDARD.name) -> int:
    return sum(each.outcomes.get(policy) is outcome for each in own)


def _of(own: Sequence[Measurement], outcome: Outcome, policy: str = STANDARD.name) -> Share:
    return Share(_in(own, outcome, policy), len(own))


def truth_class(each: Measurement) -> str:
    """Say what a document is: genuine, or attacked in what the data, file or picture could show."""
    if each.attack:
        shown_by = next((own.shown_by for own in ATTACKS if own.name == each.attack), "")
        return f"attack that the {shown_by or 'labels'} could show"
    return "genuine, legible" if each.legible else "genuine, beyond legibility"


def _by_class(found: Sequence[Measurement]) -> dict[str, list[Measurement]]:
    groups: dict[str, list[Measurement]] = {}
    for each in sorted(found, key=_place):
        groups.setdefault(truth_class(each), []).append(each)
    return groups


def confusion(found: Sequence[Measurement], policy: str) -> Table:
    """Hold what documents are against what became of them."""
    rows: list[tuple[Cell, ...]] = [
        (name, len(own), *(_of(own, outcome, policy) for outcome in Outcome))
        for name, own in _by_class(found).items()
    ]
    head = ("what it is", "documents", *(outcome.value for outcome in Outcome))
    return Table(f"Confusion under the policy {policy}", head, tuple(rows))


def _by_what_shows(found: Sequence[Measurement]) -> Table:
    """Part the attacks by what could give them away."""
    rows: list[tuple[Cell, ...]] = []
    for shown_by in dict.fromkeys(each.shown_by for each in ATTACKS):
        names = [each.name for each in ATTACKS if each.shown_by == shown_by]
        own = [each for each in found if each.attack in names]
        shares = (_of(own, outcome) for outcome in Outcome)
        rows.append((f"{shown_by}: {'; '.join(names)}", *shares))
    head = ("what could show the attack", *(outcome.value for outcome in Outcome))
    return Table("Attacks by what could show them, under the policy standard", head, tuple(rows))


def _history(
    found: Sequence[Measurement], policies: Iterable[str], kept: Mapping[str, Any]
) -> list[dict[str, object]]:
    """Add this release to what is known of others; measured again, it replaces itself."""
    known = json.loads(HISTORY.read_text("utf-8")) if HISTORY.exists() else []
    decisions = table_as_json(next(iter(build_tables(found))))["rows"]
    entry: dict[str, object] = {
        "version": kept["version"],
        "seed": kept["seed"],
        "documents": len(found),
        "measured_on": kept["measured_on"],
        "policies": list(policies),
        "decisions": decisions,
        "zones": table_as_json(targets(found))["rows"],
    }
    same = ("version", "seed", "documents")
    return [*(each for each in known if any(each[key] != entry[key] for key in same)), entry]


def _releases(history: Sequence[Mapping[str, object]]) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (*(str(entry[name]) for name in RELEASE), *_shares(entry)) for entry in history
    )
    head = (
        "version",
        "measured",
        "seed",
        "documents",
        "genuine verified",
        "false reject",
        "false accept",
    )
    return Table("By release, under the policy standard", head, rows)


def _shares(entry: Mapping[str, object]) -> Iterator[Share]:
    decisions = entry["decisions"]
    if not isinstance(decisions, list):
        raise TypeError("the history has been changed by hand")
    row = next(each for each in decisions if each["policy"] == STANDARD.name)
    for name in ("genuine verified", "false reject", "false accept"):
        yield Share(row[name]["hits"], row[name]["count"])


COLOURS: Mapping[Outcome | None, Colour] = {
    Outcome.VERIFIED: (66, 142, 96),
    Outcome.REFERRED: (226, 178, 74),
    Outcome.RESUBMIT: (122, 156, 196),
    Outcome.REJECTED: (188, 72, 68),
    None: (200, 200, 200),
}
ROW, TEXT, BAR, EDGE = 30, 420, 620, 20  # pixels
INK: Colour = (30, 34, 40)


def plot(found: Sequence[Measurement]) -> Image.Image:
    """Draw the outcomes of each class as a bar."""
    groups: dict[str, list[Measurement]] = {}
    for each in sorted(found, key=_place):
        groups.setdefault(each.label, []).append(each)
    height = (len(groups) + 2) * ROW + 2 * EDGE
    picture = Image.new("RGB", (TEXT + BAR + 2 * EDGE, height), (255, 255, 255))
    draw = ImageDraw.Draw(picture)
    _draw_legend(draw)
    for number, (label, own) in enumerate(groups.items()):
        _draw_bar(draw, EDGE + (number + 2) * ROW, f"{label} ({len(own)})", own)
    return picture


def _place(each: Measurement) -> tuple[bool, bool, str]:
    """Put the genuine before the illegible, and these before the attacks."""
    return bool(each.attack), not each.legible, each.label


def _draw_legend(draw: ImageDraw.ImageDraw) -> None:
    x = TEXT + EDGE
    for outcome in Outcome:
        draw.rectangle((x, EDGE, x + 18, EDGE + 18), COLOURS[outcome])
        draw.text((x + 26, EDGE + 15), outcome.value, INK, sans(17), "ls")
        x += 150


def _draw_bar(draw: ImageDraw.ImageDraw, y: int, label: str, own: Sequence[Measurement]) -> None:
    draw.text((EDGE, y + 17), label, INK, sans(17), "ls")
    start = 0
    for outcome in (*Outcome, None):
        count = sum(each.outcomes.get(STANDARD.name) is outcome for each in own)
        ends = [TEXT + EDGE + round(BAR * each / len(own)) for each in (start, start + count)]
        if count:
            draw.rectangle((ends[0], y, ends[1] - 1, y + ROW - 8), COLOURS[outcome])
        start += count


CELL, NAMES = 120, 330  # pixels


def confusion_plot(found: Sequence[Measurement]) -> Image.Image:
    """Draw a square for each class and outcome under the policy standard: full means all."""
    groups = _by_class(found)
    size = NAMES + CELL * len(Outcome) + 2 * EDGE, ROW * (2 * len(groups) + 2) + 2 * EDGE
    picture = Image.new("RGB", size, (255, 255, 255))
    draw = ImageDraw.Draw(picture)
    for column, outcome in enumerate(Outcome):
        at = (EDGE + NAMES + column * CELL + CELL // 2, EDGE + ROW)
        draw.text(at, outcome.value, INK, sans(17), "ms")
    for row, (name, own) in enumerate(groups.items()):
        y = EDGE + ROW * (2 * row + 2)
        draw.text((EDGE, y + 26), f"{name} ({len(own)})", INK, sans(16), "ls")
        for column, outcome in enumerate(Outcome):
            x = EDGE + NAMES + column * CELL
            _draw_cell(draw, (x, y), _in(own, outcome), len(own), COLOURS[outcome])
    return picture


def _draw_cell(
    draw: ImageDraw.ImageDraw, at: tuple[int, int], hits: int, count: int, colour: Colour
) -> None:
    (x, y), part = at, hits / count
    shade = tuple(round(255 - part * (255 - each)) for each in colour)
    draw.rectangle((x, y, x + CELL - 4, y + 2 * ROW - 8), shade)
    ink = INK if part < 0.6 else (255, 255, 255)
    draw.text((x + CELL // 2, y + 33), f"{hits}", ink, sans(19), "ms")


if __name__ == "__main__":
    main()
