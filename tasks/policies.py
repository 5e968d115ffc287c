"""The policies that a run can name: the presets, and those in the folder DOCVERIFY_POLICIES.

DOCVERIFY_POLICIES_ALLOWED can restrict them.
"""

from __future__ import annotations

import os
from pathlib import Path

from docverify.policy import POLICIES, Policy
from docverify.policy_file import is_policy_allowed, load_policy
from docverify.threshold_types import PolicyError
from tasks.errors import InvalidInput, SetupError
from tasks.settings import read_settings

NOT_ALLOWED = (
    "policy {} is not allowed here: choose one of {}, or add it to DOCVERIFY_POLICIES_ALLOWED"
)
UNREADABLE = "and DOCVERIFY_POLICIES is not a folder that can be read"


def read_policy(name: str) -> Policy:
    """Return a preset, or the policy in NAME.json of the folder.

    Raise SetupError that lists the allowed policies, or names the invalid key of the file.
    """
    names = list_policies()
    if name in _list_existing():
        if name not in names:
            raise InvalidInput(NOT_ALLOWED.format(name, ", ".join(names)))
    else:
        unknown = f"this policy does not exist: choose one of {', '.join(names)}"
        if not is_folder_readable():
            raise SetupError(f"{unknown}; {UNREADABLE}")
        raise InvalidInput(unknown)
    if name in POLICIES:
        return POLICIES[name]
    try:
        policy = load_policy(_folder() / f"{name}.json")
    except PolicyError as error:
        raise SetupError(f"policy {name}: {error}") from None
    except OSError as error:
        raise SetupError(f"policy {name}: {error.strerror}") from None
    if policy.name != name:
        raise SetupError(f"policy {name}: the name in the file is {policy.name}")
    return policy


def list_policies() -> tuple[str, ...]:
    """List the names of the presets and of the folder's policies that may be used.

    Raise SetupError if DOCVERIFY_POLICIES_ALLOWED names a policy that does not exist, because a
    misspelt name would allow what it should not.
    """
    existing, allowed = _list_existing(), read_settings().policies_allowed
    given = [each.strip().removeprefix("!").strip() for each in allowed.split(",")]
    if unknown := [each for each in given if each and each not in existing]:
        raise SetupError(
            f"DOCVERIFY_POLICIES_ALLOWED: {unknown[0]} does not exist; "
            f"the policies are {', '.join(existing)}"
        )
    return tuple(name for name in existing if is_policy_allowed(name, allowed))


def _list_existing() -> tuple[str, ...]:
    own = sorted(path.stem for path in _folder().glob("*.json")) if _is_folder_set() else []
    return (*POLICIES, *(name for name in own if name not in POLICIES))


def is_folder_readable() -> bool:
    """Return whether no folder is set, or it can be listed; a glob would not report an error."""
    folder = _folder()
    return not _is_folder_set() or (folder.is_dir() and os.access(folder, os.R_OK | os.X_OK))


def _is_folder_set() -> bool:
    return bool(read_settings().policies)


def _folder() -> Path:
    return Path(read_settings().policies)
