"""What is true of a document: labels for an evaluation, as JSON or CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from io import StringIO

FIELDS = (
    *("document_number", "surname", "given_names", "nationality"),
    *("birth_date", "sex", "issue_date", "expiry_date"),
)
DATES = ("birth_date", "issue_date", "expiry_date")
APPLICANT = ("name", "birth_date")
TEXTS = ("kind", "capture", "attack", "payload")
UNUSED = ("what", "boxes", "seed")
"""Keys for people, and for measurements other than of verdicts."""
JSON_KEYS = (
    *(*TEXTS, "format", "legible", "judged_on", "mrz", "printed", "barcode", "applicant"),
    *UNUSED,
)
COLUMNS = (
    *("file", "kind", "capture", "attack", "legible", "judged_on", "mrz", *FIELDS),
    *(f"barcode_{name}" for name in FIELDS),
    *(f"applicant_{name}" for name in APPLICANT),
)
YES_OR_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}

Labels = Mapping[str, str]


class TruthError(ValueError):
    """The labels cannot be used; the message names the file and the key, never a value."""


@dataclass(frozen=True)
class Truth:
    """What a document says, and what it is.

    `attack` is empty for a genuine document; `legible` is False where the picture cannot be
    judged, so that asking for another one is right. `judged_on` is the day of the judgement, None
    for today. `printed` and `barcode` hold what is labelled of FIELDS, dates as YYYY-MM-DD;
    `payload` the bytes of the barcode as Latin-1 text.
    """

    kind: str = ""
    capture: str = ""
    attack: str = ""
    legible: bool = True
    judged_on: date | None = None
    mrz: tuple[str, ...] = field(default=(), repr=False)
    printed: Labels = field(default_factory=dict, repr=False)
    barcode: Labels = field(default_factory=dict, repr=False)
    payload: str = field(default="", repr=False)
    applicant: Labels = field(default_factory=dict, repr=False)


def parse_json_truths(text: str) -> dict[str, Truth]:
    """Read {"FILE": {"mrz": ["LINE", ...], "printed": {...}, ...}, ...}; raises TruthError."""
    return {name: _truth(name, labels) for name, labels in _object("the labels", text).items()}


def parse_json_truth(name: str, text: str) -> Truth:
    """Read the labels of one file; raises TruthError."""
    return _truth(name, _object(name, text))


def parse_csv_truths(text: str) -> dict[str, Truth]:
    """Read a table with a column `file` and others of COLUMNS; raises TruthError.

    An empty cell says nothing; the lines of a zone are parted by blanks.
    """
    text = text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    truths: dict[str, Truth] = {}
    for number, row in _rows(text):
        name = row.get("file", "")
        if not name or name in truths:
            raise TruthError(f"row {number}: the column `file` is empty or names a file again")
        truths[name] = _truth(name, _labels_of(row))
    return truths


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the cells that are not empty by column, with the number of the row from 1."""
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    head: list[str] = []
    table = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for number, row in enumerate(table, 1):
            if number == 1:
                head = _head(row)
            elif len(row) != len(head):
                raise TruthError(f"row {number}: not as many cells as columns")
            else:
                cells = zip(head, map(str.strip, row), strict=True)
                yield number, {name: cell for name, cell in cells if cell}
    except csv.Error as error:
        raise TruthError(f"line {table.line_num}: {error}") from None
    if not head:
        raise TruthError("the table has no column `file`")


def _head(row: list[str]) -> list[str]:
    _only("the table", tuple(row), COLUMNS)
    if "file" not in row:
        raise TruthError("the table has no column `file`")
    return row


def _labels_of(row: Mapping[str, str]) -> dict[str, object]:
    labels: dict[str, object] = {name: row[name] for name in (*TEXTS, "judged_on") if name in row}
    if "legible" in row:
        labels["legible"] = YES_OR_NO.get(row["legible"].lower(), row["legible"])
    labels["mrz"] = row.get("mrz", "").split()
    labels["printed"] = {name: row[name] for name in FIELDS if name in row}
    for source in ("barcode", "applicant"):
        found = {name: cell for name, cell in row.items() if name.startswith(f"{source}_")}
        labels[source] = {name.removeprefix(f"{source}_"): cell for name, cell in found.items()}
    return labels


def _object(name: str, text: str) -> dict[str, object]:
    try:
        found = json.loads(text)
    except ValueError:
        raise TruthError(f"{name}: is no JSON") from None
    if not isinstance(found, dict):
        raise TruthError(f"{name}: must be a JSON object")
    return found


def _truth(name: str, labels: object) -> Truth:
    if not isinstance(labels, dict):
        raise TruthError(f"{name}: must be a JSON object")
    _only(name, tuple(labels), JSON_KEYS)
    given = {key: value for key, value in labels.items() if value is not None}
    texts = {key: _text(name, key, given.get(key, "")) for key in TEXTS}
    texts["kind"] = texts["kind"] or _text(name, "format", given.get("format", ""))
    return Truth(
        **texts,
        legible=_legible(name, given.get("legible", True)),
        judged_on=_day(name, "judged_on", given["judged_on"]) if "judged_on" in given else None,
        mrz=_lines(name, given.get("mrz", [])),
        printed=_fields(name, "printed", given.get("printed", {}), FIELDS),
        barcode=_fields(name, "barcode", given.get("barcode", {}), FIELDS),
        applicant=_fields(name, "applicant", given.get("applicant", {}), APPLICANT),
    )


def _only(name: str, keys: tuple[str, ...], known: tuple[str, ...]) -> None:
    if unknown := sorted(set(keys) - set(known)):
        raise TruthError(f"{name}: unknown: {', '.join(unknown)}; known are {', '.join(known)}")


def _text(name: str, key: str, value: object) -> str:
    if not isinstance(value, str):
        raise TruthError(f"{name}: {key} must be text")
    return value


def _legible(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise TruthError(f"{name}: legible must be true or false")
    return value


def _lines(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(line, str) for line in value):
        raise TruthError(f"{name}: mrz must be a list of lines")
    return tuple(value)


def _fields(name: str, key: str, value: object, known: tuple[str, ...]) -> Labels:
    if not isinstance(value, dict):
        raise TruthError(f"{name}: {key} must be a JSON object")
    _only(f"{name}: {key}", tuple(value), known)
    said = {each: _text(name, each, text) for each, text in value.items() if text is not None}
    for each in DATES:
        if each in said:
            _day(name, each, said[each])
    return said


def _day(name: str, key: str, value: object) -> date:
    text = _text(name, key, value)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise TruthError(f"{name}: {key} must be a day, as YYYY-MM-DD") from None
