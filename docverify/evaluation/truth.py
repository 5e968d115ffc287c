"""Labels of documents for an evaluation, in JSON or CSV."""

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
TEXTS = ("kind", "capture", "attack", "issuer", "design", "payload")
IGNORED_KEYS = ("what", "boxes", "seed")
"""Keys for people, and for other measurements."""
JSON_KEYS = (
    *(*TEXTS, "format", "legible", "judged_on", "mrz", "printed", "barcode", "applicant"),
    *IGNORED_KEYS,
)
COLUMNS = (
    *("file", "kind", "capture", "attack", "issuer", "design", "legible", "judged_on", "mrz"),
    *FIELDS,
    *(f"barcode_{name}" for name in FIELDS),
    *(f"applicant_{name}" for name in APPLICANT),
)
YES_OR_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}

Labels = Mapping[str, str]


class TruthError(ValueError):
    """The labels are not valid; the message names the file and the key, never a value."""


@dataclass(frozen=True)
class Truth:
    """The labels of one document.

    Attributes:
        attack: How the document was forged. Empty for a genuine document.
        issuer: The State or province that issued it, and `design`: its layout. Both only group
            documents in the report; empty for none.
        legible: False if the image cannot be checked, so that "resubmit" is the right outcome.
        judged_on: The day of the decision. None for today.
        printed: The labelled FIELDS of the VIZ, dates as YYYY-MM-DD.
        barcode: The labelled FIELDS of the barcode.
        payload: The bytes of the barcode, as Latin-1 text.
    """

    kind: str = ""
    capture: str = ""
    attack: str = ""
    issuer: str = ""
    design: str = ""
    legible: bool = True
    judged_on: date | None = None
    mrz: tuple[str, ...] = field(default=(), repr=False)
    printed: Labels = field(default_factory=dict, repr=False)
    barcode: Labels = field(default_factory=dict, repr=False)
    payload: str = field(default="", repr=False)
    applicant: Labels = field(default_factory=dict, repr=False)


def parse_json_truths(text: str) -> dict[str, Truth]:
    """Parse {"FILE": {"mrz": ["LINE", ...], "printed": {...}, ...}, ...}; raise TruthError."""
    return {
        name: _parse_truth(name, labels)
        for name, labels in _parse_object("the labels", text).items()
    }


def parse_json_truth(name: str, text: str) -> Truth:
    """Parse the labels of one file; raise TruthError."""
    return _parse_truth(name, _parse_object(name, text))


def parse_csv_truths(text: str) -> dict[str, Truth]:
    """Parse a table with a column `file` and others of COLUMNS; raise TruthError.

    Empty cells are ignored; blanks separate the lines of an MRZ.
    """
    text = text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    truths: dict[str, Truth] = {}
    for number, row in _read_rows(text):
        name = row.get("file", "")
        if not name or name in truths:
            raise TruthError(f"row {number}: the column `file` is empty or repeats a file")
        truths[name] = _parse_truth(name, _build_labels(row))
    return truths


def _read_rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row's number, from 1, and its cells by column, without the empty ones."""
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    head: list[str] = []
    table = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for number, row in enumerate(table, 1):
            if number == 1:
                head = _check_head(row)
            elif len(row) != len(head):
                raise TruthError(
                    f"row {number}: the number of cells differs from the number of columns"
                )
            else:
                cells = zip(head, map(str.strip, row), strict=True)
                yield number, {name: cell for name, cell in cells if cell}
    except csv.Error as error:
        raise TruthError(f"line {table.line_num}: {error}") from None
    if not head:
        raise TruthError("the table has no column `file`")


def _check_head(row: list[str]) -> list[str]:
    _check_keys("the table", tuple(row), COLUMNS)
    if "file" not in row:
        raise TruthError("the table has no column `file`")
    return row


def _build_labels(row: Mapping[str, str]) -> dict[str, object]:
    labels: dict[str, object] = {name: row[name] for name in (*TEXTS, "judged_on") if name in row}
    if "legible" in row:
        labels["legible"] = YES_OR_NO.get(row["legible"].lower(), row["legible"])
    labels["mrz"] = row.get("mrz", "").split()
    labels["printed"] = {name: row[name] for name in FIELDS if name in row}
    for source in ("barcode", "applicant"):
        found = {name: cell for name, cell in row.items() if name.startswith(f"{source}_")}
        labels[source] = {name.removeprefix(f"{source}_"): cell for name, cell in found.items()}
    return labels


def _parse_object(name: str, text: str) -> dict[str, object]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise TruthError(f"{name}: not valid JSON: {error.msg} ({where})") from None
    if not isinstance(found, dict):
        raise TruthError(f"{name}: must be a JSON object")
    return found


def _parse_truth(name: str, labels: object) -> Truth:
    if not isinstance(labels, dict):
        raise TruthError(f"{name}: must be a JSON object")
    _check_keys(name, tuple(labels), JSON_KEYS)
    given = {key: value for key, value in labels.items() if value is not None}
    texts = {key: _check_text(name, key, given.get(key, "")) for key in TEXTS}
    texts["kind"] = texts["kind"] or _check_text(name, "format", given.get("format", ""))
    return Truth(
        **texts,
        legible=_check_legible(name, given.get("legible", True)),
        judged_on=_parse_date(name, "judged_on", given["judged_on"])
        if "judged_on" in given
        else None,
        mrz=_check_lines(name, given.get("mrz", [])),
        printed=_check_fields(name, "printed", given.get("printed", {}), FIELDS),
        barcode=_check_fields(name, "barcode", given.get("barcode", {}), FIELDS),
        applicant=_check_fields(name, "applicant", given.get("applicant", {}), APPLICANT),
    )


def _check_keys(name: str, keys: tuple[str, ...], known: tuple[str, ...]) -> None:
    if unknown := sorted(set(keys) - set(known)):
        raise TruthError(f"{name}: unknown: {', '.join(unknown)}; allowed: {', '.join(known)}")


def _check_text(name: str, key: str, value: object) -> str:
    if not isinstance(value, str):
        raise TruthError(f"{name}: {key} must be text")
    return value


def _check_legible(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise TruthError(f"{name}: legible must be true or false")
    return value


def _check_lines(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(line, str) for line in value):
        raise TruthError(f"{name}: mrz must be a list of lines")
    return tuple(value)


def _check_fields(name: str, key: str, value: object, known: tuple[str, ...]) -> Labels:
    if not isinstance(value, dict):
        raise TruthError(f"{name}: {key} must be a JSON object")
    _check_keys(f"{name}: {key}", tuple(value), known)
    texts = {
        each: _check_text(name, each, text) for each, text in value.items() if text is not None
    }
    for each in DATES:
        if each in texts:
            _parse_date(name, each, texts[each])
    return texts


def _parse_date(name: str, key: str, value: object) -> date:
    text = _check_text(name, key, value)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise TruthError(f"{name}: {key} must be a date (YYYY-MM-DD)") from None
