"""Tables that ship with the package, each read once."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def load_table(name: str) -> dict[str, Any]:
    """Return data/`name`.json; its `source` or `about` names the origin of the data."""
    text = (files("docverify.documents") / "data" / f"{name}.json").read_text("utf-8")
    content: dict[str, Any] = json.loads(text)
    return content
