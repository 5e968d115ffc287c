"""Stored results: a JSON file for each benchmark from which a page is written."""

from __future__ import annotations

import json
import os
import platform
import shlex
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from docverify import PIPELINE_VERSION

FOLDER = Path(__file__).parent

#: Current names of captures, attacks and stages, by their names in earlier results.
RENAMED = {
    "zone edited, digits recomputed": "MRZ edited, check digits recomputed",
    "zone edited, digits as they were": "MRZ edited, check digits unchanged",
    "print and zone edited alike": "printed text and MRZ edited alike",
    "word of a specimen": "the word SPECIMEN printed",
    "state of specimens": "issuing state of specimens",
    "metadata of an editor": "metadata of an image editor",
    "mark of a picture generator": "mark of an image generator",
    "recapture of a screen": "photo of a screen",
    "photo, askew": "photo, skewed",
    "photo, blurred beyond legibility": "photo, strong blur",
    "photo, glare on zone or barcode": "photo, glare on the MRZ or barcode",
    "gate: check and decode the file": "check and decode the file",
    "detection of text": "text detection",
    "zone": "MRZ",
    "judge: parse, all checks, decide": "parse, check and decide",
    "read, all of it": "whole reading",
    "the networks": "neural networks",
}


def store(name: str, facts: Mapping[str, object]) -> None:
    """Store the result of a benchmark, with its command, day, version, machine and load."""
    measured = {
        "command": format_own_command(),
        "measured_on": date.today().isoformat(),  # noqa: DTZ011 (local day)
        "version": PIPELINE_VERSION,
        "machine": f"{os.cpu_count()} cores {platform.machine()}, Python {sys.version.split()[0]}",
        "load": round(os.getloadavg()[1]),
    }
    find_path(name).write_text(format_facts(measured | dict(facts)), "utf-8")


def load(name: str) -> dict[str, Any]:
    """Load the stored result of a benchmark; empty if it was never run."""
    path = find_path(name)
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}


def find_path(name: str) -> Path:
    """Return the file of a benchmark."""
    return FOLDER / f"{name}.json"


def current_name(name: str) -> str:
    """Return today's name of a capture, attack or stage."""
    return RENAMED.get(name, name)


def format_facts(facts: Mapping[str, object]) -> str:
    """Format facts as JSON that is easy to compare: one line for each fact and each list item."""
    return (
        "{\n"
        + ",\n".join(f"{json.dumps(k)}: {format_value(v)}" for k, v in facts.items())
        + ("\n}\n")
    )


def format_value(value: object) -> str:
    """Format a value; a list gets a line for each item."""
    if not isinstance(value, list) or not value:
        return json.dumps(value)
    return "[\n" + ",\n".join(f" {json.dumps(each)}" for each in value) + "\n]"


def format_own_command() -> str:
    """Return the command that started this program."""
    module = sys.modules["__main__"].__spec__
    return shlex.join(["python", "-m", module.name if module else "benchmarks", *sys.argv[1:]])


def write_block(page: Path, name: str, text: str) -> None:
    """Write a text between the two comments of a page that name it.

    Raises ValueError if the page has no such comments.
    """
    before, start, rest = page.read_text("utf-8").partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition(f"<!-- end of {name} -->\n")
    if not end:
        raise ValueError(f"{page.name}: add <!-- {name} --> and <!-- end of {name} -->")
    page.write_text(before + start + text + end + after, "utf-8")
