"""What was measured: a JSON file for each benchmark that a page is written from."""

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


def keep(name: str, facts: Mapping[str, object]) -> None:
    """Write what a benchmark found, with the command that found it, when and on what."""
    measured = {
        "command": command(),
        "measured_on": date.today().isoformat(),  # noqa: DTZ011 (local day)
        "version": PIPELINE_VERSION,
        "machine": f"{os.cpu_count()} cores {platform.machine()}, Python {sys.version.split()[0]}",
        "load": round(os.getloadavg()[1]),
    }
    path(name).write_text(text_of(measured | dict(facts)), "utf-8")


def text_of(facts: Mapping[str, object]) -> str:
    """Write facts as JSON that a diff tells: a fact on a line, and a row of a list."""
    return "{\n" + ",\n".join(f"{json.dumps(k)}: {_rows(v)}" for k, v in facts.items()) + "\n}\n"


def _rows(value: object) -> str:
    if not isinstance(value, list) or not value:
        return json.dumps(value)
    return "[\n" + ",\n".join(f" {json.dumps(each)}" for each in value) + "\n]"


def kept(name: str) -> dict[str, Any]:
    """Return what was kept of a benchmark; empty when it was never run."""
    return dict(json.loads(path(name).read_text("utf-8"))) if path(name).exists() else {}


def command() -> str:
    """Say how this program was started, as it can be started again."""
    module = sys.modules["__main__"].__spec__
    return shlex.join(["python", "-m", module.name if module else "benchmarks", *sys.argv[1:]])


def path(name: str) -> Path:
    """Name the file of a benchmark."""
    return FOLDER / f"{name}.json"


def write_block(page: Path, name: str, text: str) -> None:
    """Put a text between the comments of a page that name it; raises ValueError without them."""
    before, start, rest = page.read_text("utf-8").partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition(f"<!-- end of {name} -->\n")
    if not end:
        raise ValueError(f"{page.name} has no place for {name}")
    page.write_text(before + start + text + end + after, "utf-8")
