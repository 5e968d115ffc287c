"""The note below a table: how it was measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def format_note(kept: Mapping[str, Any], text: str) -> str:
    """Format the note of a table: its command, day, version and load, then a text."""
    load = f", load {kept['load']} of {kept['machine'].split()[0]} cores" if "load" in kept else ""
    when = f"{kept['measured_on']}, version {kept['version']}{load}"
    return f"`{kept['command']}` ({when}). {text}".strip()
