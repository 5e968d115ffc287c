"""This user's environment without what leads to other servers: another Prefect, AWS or record."""

import os
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]

_OTHERS = ("PREFECT_", "AWS_", "DOCVERIFY_")
# Says how this machine reaches the world, and leads nowhere.
_KEPT = {"AWS_CA_BUNDLE"}


def without_other_servers(environment: Mapping[str, str]) -> dict[str, str]:
    """Leave out every setting of Prefect, AWS and ours; DATABASE_URL is the one that counts."""
    return {
        name: value
        for name, value in environment.items()
        if name in _KEPT or not name.startswith(_OTHERS)
    }


def child_environment() -> dict[str, str]:
    """Return what every embedded server starts from: it finds our modules, and no other server."""
    return {**without_other_servers(os.environ), "PYTHONPATH": str(ROOT)}


def isolate(home: Path) -> None:
    """Make this process forget other servers, with a home for Prefect instead of the user's.

    Prefect reads its settings when it is imported: call this before.
    """
    own = {
        **without_other_servers(os.environ),
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": str(home / "profiles.toml"),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    os.environ.clear()
    os.environ.update(own)
