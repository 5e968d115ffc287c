"""Output of the commands: tables, colours, errors."""

from __future__ import annotations

import sys

from rich.console import Console

FILE_WIDTH = 100  # characters of a line where the output is not a terminal


def build_console() -> Console:
    """Return a console as wide as the terminal, or FILE_WIDTH if the output is not a terminal."""
    console = Console()
    if not console.is_terminal:
        console.width = FILE_WIDTH
    return console


def complain(message: str) -> int:
    """Print an error, and return the exit code for it."""
    print(f"docverify: {message}", file=sys.stderr)
    return 2
