"""The key for fingerprints in the embedded stack; without it, no duplicate is found."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from secrets import token_hex, token_urlsafe

from tasks.errors import SetupError

VARIABLE = "DOCVERIFY_HMAC_KEY"
KEY_BYTES = 32
FILE = Path("docverify", "hmac-key")


def find_key(environment: Mapping[str, str]) -> str:
    """Return the key for the record of the embedded stack.

    The key of DOCVERIFY_HMAC_KEY comes first. A database of this user (DATABASE_URL) outlives the
    stack, so its key is created once and kept in a file that only this user may read. The embedded
    database and its key are gone at the end.

    Raise SetupError if the file cannot be written.
    """
    if given := environment.get(VARIABLE):
        return given
    return keep_key(find_file(environment)) if environment.get("DATABASE_URL") else make_key()


def make_key() -> str:
    """Make a random key."""
    return token_urlsafe(KEY_BYTES)


def find_file(environment: Mapping[str, str]) -> Path:
    """Return the file of the key, in this user's folder for the state of programs."""
    home = environment.get("HOME") or os.fspath(Path.home())
    return Path(environment.get("XDG_STATE_HOME") or Path(home, ".local", "state")) / FILE


def keep_key(file: Path) -> str:
    """Return the key in a file; make both if the file does not exist."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            write_new(file, make_key())
        key = file.read_text().strip()
    except OSError as error:
        raise SetupError(
            f"the key of the fingerprints cannot be kept in {file} ({error.strerror}): "
            f"set {VARIABLE}"
        ) from None
    if not key:
        raise SetupError(f"the file {file} is empty: delete it, or set {VARIABLE}")
    return key


def write_new(file: Path, key: str) -> None:
    """Write a file that only this user may read, in one step; raise FileExistsError."""
    draft = file.with_name(f"{file.name}.{token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as opened:
            opened.write(key + "\n")
        os.link(draft, file)
    finally:
        draft.unlink()
