"""The policies that a run can name: the presets, and those of the folder DOCVERIFY_POLICIES."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from docverify.policy import POLICIES, Policy, PolicyError
from docverify.policy_file import load_policy
from tasks.errors import SetupError
from tasks.settings import read_settings

UNREADABLE = "and DOCVERIFY_POLICIES names no folder that can be read"


def policy_named(name: str) -> Policy:
    """Return a preset, or the policy of NAME.json in the folder.

    Raises SetupError that names the policies there are, or the key that is wrong in the file.
    """
    if name not in (names := policy_names()):
        known = f"there is no such policy: choose one of {', '.join(names)}"
        raise SetupError(known if _is_readable() else f"{known}; {UNREADABLE}")
    if name in POLICIES:
        return POLICIES[name]
    policy = _load(_folder() / f"{name}.json")
    if policy.name != name:
        raise SetupError(f"policy {name}: the name in the file is {policy.name}")
    return policy


def policy_names() -> tuple[str, ...]:
    """List what a person may choose."""
    own = sorted(path.stem for path in _folder().glob("*.json")) if _is_set() else []
    return (*POLICIES, *(name for name in own if name not in POLICIES))


def _load(path: Path) -> Policy:
    try:
        return load_policy(path)
    except PolicyError as error:
        raise SetupError(f"policy {path.stem}: {error}") from None
    except OSError as error:
        raise SetupError(f"policy {path.stem}: {error.strerror}") from None


def _is_set() -> bool:
    return bool(read_settings().policies)


def _is_readable() -> bool:
    """Tell whether the folder, where one is set, can be looked through: a glob would not say."""
    folder = _folder()
    return not _is_set() or (folder.is_dir() and os.access(folder, os.R_OK | os.X_OK))


def _folder() -> Path:
    return Path(read_settings().policies)


class Offered:
    """Lets the form of a deployment offer the policies that are there when it is made."""

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Add the names; where the settings are wrong, a run says so."""
        try:
            names = policy_names()
        except SetupError:
            names = tuple(POLICIES)
        return handler(core) | {"enum": list(names)}


PolicyName = Annotated[str, Offered()]
