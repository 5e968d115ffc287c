"""This user's environment without the settings of other servers: Prefect, AWS, docverify."""

import os
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]

OTHER_SERVERS = ("PREFECT_", "AWS_", "DOCVERIFY_")
# Certificates of the network; these are not addresses of servers.
KEPT_VARIABLES = {"AWS_CA_BUNDLE"}
# The key of the fingerprints in the record of DATABASE_URL.
KEPT_WITH_DATABASE = {"DOCVERIFY_HMAC_KEY"}


def without_other_servers(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without settings of Prefect, AWS and docverify; keep DATABASE_URL."""
    kept = KEPT_VARIABLES | (KEPT_WITH_DATABASE if environment.get("DATABASE_URL") else set())
    return {
        name: value
        for name, value in environment.items()
        if name in kept or not name.startswith(OTHER_SERVERS)
    }


def child_environment() -> dict[str, str]:
    """Return the environment of embedded servers: it has our modules and no other server."""
    return {**without_other_servers(os.environ), "PYTHONPATH": str(ROOT)}


def isolate(home: Path) -> None:
    """Remove other servers from this process's environment, and give Prefect another home.

    Call this before Prefect is imported, because Prefect reads its settings then.
    """
    own = {
        **without_other_servers(os.environ),
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": str(home / "profiles.toml"),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        # Prefect sends no usage data, and prints no notice about them.
        "DO_NOT_TRACK": "1",
    }
    os.environ.clear()
    os.environ.update(own)
