"""Layouts of driver licences and identification cards by the AAMVA card design standard.

They have the standard's numbered elements and the habits of issuers: labels of two letters, labels
above or before their values or glued to them, or none. No layout is that of a State or province.
`licence_layouts.json` has one entry for each layout; all lengths are in mm.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from specimens.layouts import Box

FILE = Path(__file__).with_name("licence_layouts.json")
ID_1 = (85.6, 53.98)
TITLES = (
    *("DRIVER LICENSE", "DRIVER LICENSE", "DRIVER'S LICENSE", "OPERATOR LICENSE"),
    *("COMMERCIAL DRIVER LICENSE", "IDENTIFICATION CARD", "INSTRUCTION PERMIT"),
)
CANADIAN_TITLES = (
    *("DRIVER'S LICENCE / PERMIS DE CONDUIRE", "DRIVER'S LICENCE"),
    "IDENTIFICATION CARD / CARTE D'IDENTITÉ",
)
REMARKS = (
    *("", "", "", "NOT FOR FEDERAL IDENTIFICATION", "FEDERAL LIMITS APPLY", "ORGAN DONOR"),
    *("VETERAN", "LIMITED TERM"),
)
"""Remarks on the front of a licence."""
BACK_TEXTS = (
    "IF FOUND, DROP IN ANY MAILBOX. RETURN POSTAGE GUARANTEED",
    "REPORT A LOST OR STOLEN CARD TO THE ISSUING OFFICE",
    "VOID IF ALTERED. PROPERTY OF THE ISSUING OFFICE",
    "NOTIFY THE OFFICE OF A CHANGE OF ADDRESS WITHIN 10 DAYS",
)
"""Sentences on the back of a licence."""


@dataclass(frozen=True)
class Entry:
    """A value and its label.

    Attributes:
        value: The name of a value of `licence_texts`, or a fixed text after "=".
        y: Baseline of the value, from the top.
        x: Left end of the label; None continues the line of the previous entry.
        after: Text after the value, such as a comma.
        size: Size of the letters, as a multiple of the usual one.
    """

    value: str
    y: float
    label: str = ""
    x: float | None = None
    after: str = ""
    size: float = 1.0


@dataclass(frozen=True)
class LicenceLayout:
    """The positions of title, issuer, portrait and values on a licence.

    Attributes:
        country: USA or CAN.
        dates: The notation of its dates (`labels.written`).
        labels: Where labels are, relative to their values.
        issuer: Left end, baseline and size of the letters; likewise for `title`.
        issuer_style: "script": slanted letters; "glued": no blanks between words.
        upright: Whether it is higher than wide, as for holders under 21.
        value_size: Usual size of the letters of values; `label_size` is that of labels.
    """

    name: str
    country: str
    dates: str
    labels: Literal["before", "above", "glued"]
    entries: tuple[Entry, ...]
    portrait: Box
    issuer: tuple[float, float, float]
    title: tuple[float, float, float]
    issuer_style: Literal["plain", "script", "glued"] = "plain"
    ghost: Box | None = None
    signature: Box | None = None
    upright: bool = False
    value_size: float = 2.6
    label_size: float = 1.7

    @property
    def size(self) -> tuple[float, float]:
        """Width and height."""
        return (ID_1[1], ID_1[0]) if self.upright else ID_1


def _load_layouts() -> Iterator[LicenceLayout]:
    layouts: Mapping[str, Mapping[str, Any]] = json.loads(FILE.read_text("utf-8"))
    for name, facts in layouts.items():
        boxes = {
            key: Box(*facts[key]) for key in ("portrait", "ghost", "signature") if key in facts
        }
        entries = tuple(Entry(**each) for each in facts["entries"])
        yield LicenceLayout(name, **{**facts, **boxes, "entries": entries})


LAYOUTS = tuple(_load_layouts())
