"""The accuracy page and the README's table, built from stored measurements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from benchmarks import evidence_page, peers
from benchmarks.accuracy_groups import (
    count_caught,
    count_exact,
    count_misread,
    count_outcome,
    group_by_class,
    select_attacked,
    select_with_mrz,
    share_of_outcome,
)
from benchmarks.corpus.attacks import ATTACKS
from benchmarks.corpus.controls import CONTROLS
from benchmarks.corpus.licences import LAYOUTS
from benchmarks.corpus.papers import TODAY
from docverify.evaluation.intervals import format_share
from docverify.evaluation.metrics import Measurement, Share
from docverify.evaluation.tables import Cell, Table, build_tables, render_table, table_as_json
from docverify.evaluation.truth import COLUMNS
from docverify.policy import LENIENT, STANDARD, STRICT
from docverify.verdict import Outcome

POLICIES = (STANDARD.name, LENIENT.name, STRICT.name)
SHOWN_BY = ("data", "file", "image")
RELEASE_COLUMNS = ("version", "measured_on", "seed", "documents")
DECISION_COLUMNS = ("genuine verified", "false reject", "false accept")

INTRODUCTION = """\
**{count} synthetic documents**: {genuine} genuine and legible, {illegible} genuine but illegible,
and {attacks} attacks. Of the {data} attacks that the data reveal, {caught} were verified.
A visa does not identify its holder without the passport: of {visas} further documents, all visas,
{asked} were not verified; the tables do not count them. Pipeline version {version}, seed {seed},
decided as of {day}.

```
{command}
```

## What these figures show, and what they do not

The documents are synthetic: we invented the persons, numbers and layouts and simulated the
captures; no document of any State was used. Licences have {layouts} layouts by the AAMVA card
design standard, none of which any issuer uses. The text is in two fonts (Aileron in several widths
and weights, and OCR-B), scripts other than Latin appear only where these fonts can draw them, and
the portraits are drawings. The figures therefore show, class by class, how well the reading and the
rules agree with known truth, and whether a change made them better or worse. They do not show how
many of your real documents will pass, or how many real forgeries will be found. To measure that,
label your own documents and run `docverify evaluate FOLDER`, which prints the same tables.

`verified` means that the data of a document agree. It does not mean that the document is
authentic: the tables below separate the attacks that only the image could reveal from those that
the data or the file reveal.

Shares have 95 % intervals (Wilson). A document is legible if a person can read everything that the
checks need.

![Outcomes by class under the policy standard](pictures/{plot})

![Confusion matrix: what the documents are, and their outcomes](pictures/{confusion})"""

YOUR_OWN = """\
## Your own documents

Put the files into a folder, with a table `truth.csv`:

```
file,kind,capture,attack,mrz,surname,birth_date
0001.jpg,passport,phone,,,VELLACOTT,1994-08-12
0002.pdf,passport,scan,edited date,,LINDQUARN,1985-05-21
```

Leave `attack` empty for a genuine document; for a forgery it names the class. `issuer` and `design`
group genuine documents in the report, `legible` is `no` for an illegible photo, `judged_on` is the
day of the decision if it is not today, spaces separate the lines of `mrz`, and dates are
YYYY-MM-DD. Values that you leave out are not measured. Instead of the
table, a `truth.json`, or a `NAME.json` for each file, can hold the same values in the form that
`python -m benchmarks.corpus` writes. Columns: {columns}.

```
docverify evaluate FOLDER --policy standard --policy demonstration --report report.md --jobs 2
```

The report contains counts and names of checks, but no personal data.
"""


def build_page(
    found: Sequence[Measurement],
    history: Sequence[Mapping[str, object]],
    stored: Mapping[str, Any],
    plots: tuple[str, str] = ("accuracy.png", "confusion.png"),
    visas: Sequence[Measurement] = (),
) -> str:
    """Build the whole page.

    `stored` contains the measured version and the seed; `plots` are the names of the two image
    files. `visas` are not in `found`, because a visa without a passport must be asked for again.
    """
    genuine = sum(each.is_genuine for each in found)
    attacks = sum(bool(each.attack) for each in found)
    data = select_attacked(found, "data")
    introduction = INTRODUCTION.format(
        count=len(found),
        genuine=genuine,
        illegible=len(found) - genuine - attacks,
        attacks=attacks,
        caught=count_outcome(data, Outcome.VERIFIED),
        data=len(data),
        version=stored["version"],
        seed=stored["seed"],
        day=TODAY,
        command=format_command(found, stored),
        plot=plots[0],
        layouts=len(LAYOUTS),
        visas=len(visas),
        asked=sum(each.outcomes.get(STANDARD.name) is not Outcome.VERIFIED for each in visas),
        confusion=plots[1],
    )
    confusion = [build_confusion(found, policy) for policy in POLICIES]
    own_tables = (
        *(build_error_rates(found), build_targets(found), build_classes(found)),
        *(*confusion, build_attacks(found), *evidence_page.build_tables()),
        *build_tables(found),
    )
    tables = (*own_tables, *peers.build_tables(), build_releases(history))
    your_own = YOUR_OWN.format(columns=", ".join(f"`{name}`" for name in COLUMNS))
    title = "# Accuracy on synthetic documents"
    return "\n\n".join((title, introduction, *map(render_table, tables), your_own))


def build_headline(found: Sequence[Measurement], stored: Mapping[str, Any]) -> str:
    """Build the summary for the README."""
    genuine = [each for each in found if each.is_genuine]
    scans, photos = (count_exact(select_with_mrz(found, clean=clean)) for clean in (True, False))
    rows: tuple[tuple[str, tuple[Share, ...]], ...] = (
        (
            "**attacks that the data reveal: verified**",
            (share_of_outcome(select_attacked(found, "data"), Outcome.VERIFIED),),
        ),
        ("misread MRZ in a verified document", (count_misread(found),)),
        (
            "genuine and legible: verified; rejected",
            tuple(share_of_outcome(genuine, each) for each in (Outcome.VERIFIED, Outcome.REJECTED)),
        ),
        ("MRZ read without an error: scans and PDF; photos", (scans, photos)),
        (
            "attacks that only the image could reveal: verified",
            (share_of_outcome(select_attacked(found, "image"), Outcome.VERIFIED),),
        ),
    )
    table = "".join(
        f"| {what} | {'; '.join(format_share(each.hits, each.count) for each in shares)} |\n"
        for what, shares in rows
    )
    return (
        f"Measured on {len(found)} **synthetic** documents "
        f"(`{format_command(found, stored)}`), version {stored['version']},\npolicy `standard`, "
        "with 95 % intervals. Every class, a comparison with other readers and the conditions:\n"
        "[docs/accuracy.md](docs/accuracy.md).\n\n| what | measured |\n"
        f"| --- | --- |\n{table}"
    )


def format_command(found: Sequence[Measurement], stored: Mapping[str, Any]) -> str:
    """Return the command that repeats the measurement."""
    count = len(stored.get("found", found))
    return f"python -m benchmarks.accuracy --documents {count} --seed {stored['seed']}"


def build_targets(found: Sequence[Measurement]) -> Table:
    """Compare the figures with the project's targets."""
    genuine = [each for each in found if each.is_genuine]
    illegible = [each for each in found if not each.legible]
    scans, photos = (count_exact(select_with_mrz(found, clean=clean)) for clean in (True, False))
    rows: tuple[tuple[Cell, ...], ...] = (
        ("MRZ exact, scans and PDF", "at least 99.5 %", scans),
        ("MRZ exact, photos", "at least 95 %", photos),
        ("MRZ misread, but verified", "none", count_misread(found)),
        (
            "genuine and legible, rejected",
            "at most 0.5 %",
            share_of_outcome(genuine, Outcome.REJECTED),
        ),
        ("illegible, verified", "none", share_of_outcome(illegible, Outcome.VERIFIED)),
        ("illegible, resubmit", "all", share_of_outcome(illegible, Outcome.RESUBMIT)),
        (
            "genuine and legible, verified",
            "at least 92 %",
            share_of_outcome(genuine, Outcome.VERIFIED),
        ),
        ("attacks that the data reveal, not verified", "all", count_caught(found)),
    )
    return Table("Targets, under the policy standard", ("what", "target", "measured"), rows)


def build_error_rates(found: Sequence[Measurement]) -> Table:
    """Build the table of both errors under each policy."""
    genuine = [each for each in found if each.is_genuine]
    attacked = [select_attacked(found, shown_by) for shown_by in ("data", "file", "image")]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            policy,
            *(share_of_outcome(own, Outcome.VERIFIED, policy) for own in attacked),
            share_of_outcome(genuine, Outcome.REJECTED, policy),
            share_of_outcome(genuine, Outcome.VERIFIED, policy),
        )
        for policy in POLICIES
    )
    head = (
        *("policy", "data attacks verified", "file attacks verified", "image attacks verified"),
        *("genuine, rejected", "genuine, verified"),
    )
    return Table("Both error rates", head, rows)


def build_classes(found: Sequence[Measurement]) -> Table:
    """Build the table of the classes of attacks, and of genuine documents that look like them."""
    rows: list[tuple[Cell, ...]] = []
    for attack in sorted(ATTACKS, key=lambda each: SHOWN_BY.index(each.shown_by)):
        own = [each for each in found if each.attack == attack.name]
        rows.append((attack.name, attack.shown_by, *_outcomes(own)))
    for control in CONTROLS:
        own = [each for each in found if each.capture == control.name and not each.attack]
        rows.append((control.name, "genuine", *_outcomes(own)))
    head = ("class", "shown by", *(outcome.value for outcome in Outcome))
    return Table(
        "Classes of attacks and of look-alikes, under the policy standard", head, tuple(rows)
    )


def _outcomes(own: Sequence[Measurement]) -> tuple[Share, ...]:
    return tuple(share_of_outcome(own, outcome) for outcome in Outcome)


def build_confusion(found: Sequence[Measurement], policy: str) -> Table:
    """Build the table of the classes of documents and their outcomes."""
    rows: list[tuple[Cell, ...]] = [
        (name, len(own), *(share_of_outcome(own, outcome, policy) for outcome in Outcome))
        for name, own in group_by_class(found).items()
    ]
    head = ("what it is", "documents", *(outcome.value for outcome in Outcome))
    return Table(f"Confusion matrix under the policy {policy}", head, tuple(rows))


def build_attacks(found: Sequence[Measurement]) -> Table:
    """Build the table of attacks by what could reveal them."""
    rows: list[tuple[Cell, ...]] = []
    for shown_by in dict.fromkeys(each.shown_by for each in ATTACKS):
        names = [each.name for each in ATTACKS if each.shown_by == shown_by]
        own = select_attacked(found, shown_by)
        shares = (share_of_outcome(own, outcome) for outcome in Outcome)
        rows.append((f"{shown_by}: {'; '.join(names)}", *shares))
    head = ("what could reveal the attack", *(outcome.value for outcome in Outcome))
    return Table("Attacks by what could reveal them, under the policy standard", head, tuple(rows))


def extend_history(
    history: Iterable[Mapping[str, Any]], found: Sequence[Measurement], stored: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    """Add this release to the history; a second measurement of a release replaces the first."""
    entry: dict[str, object] = {
        "version": stored["version"],
        "seed": stored["seed"],
        "documents": len(found),
        "measured_on": stored["measured_on"],
        "policies": list(POLICIES),
        "decisions": table_as_json(next(iter(build_tables(found))))["rows"],
        "zones": table_as_json(build_targets(found))["rows"],
    }
    same = ("version", "seed", "documents")
    return [*(each for each in history if any(each[key] != entry[key] for key in same)), entry]


def build_releases(history: Sequence[Mapping[str, object]]) -> Table:
    """Build the table of all measured releases."""
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (*(str(entry[name]) for name in RELEASE_COLUMNS), *read_decisions(entry))
        for entry in history
    )
    head = ("version", "measured", "seed", "documents", *DECISION_COLUMNS)
    return Table("By release, under the policy standard", head, rows)


def read_decisions(entry: Mapping[str, object]) -> Iterator[Share]:
    """Yield the shares of one release; raise TypeError if its entry has another form."""
    decisions = entry["decisions"]
    if not isinstance(decisions, list):
        raise TypeError("an entry of accuracy_history.json was edited by hand: decisions")
    row = next(each for each in decisions if each["policy"] == STANDARD.name)
    for name in DECISION_COLUMNS:
        yield Share(row[name]["hits"], row[name]["count"])
