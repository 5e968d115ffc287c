"""The argument that names a policy: a preset, or the JSON file of the user's own policy."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from docverify.policy import POLICIES, Policy
from docverify.policy_file import is_policy_allowed, load_policy
from docverify.threshold_types import PolicyError

ALLOWED = (
    "DOCVERIFY_POLICIES_ALLOWED"  # not imported, because the module of this setting imports Prefect
)
HELP = f"{', '.join(POLICIES)}, or the JSON file of your own policy"


def parse_policy(name: str) -> Policy:
    """Find a preset, or load a file; raise ArgumentTypeError, whose message argparse shows."""
    try:
        return POLICIES[name] if name in POLICIES else load_policy(Path(name))
    except PolicyError as error:
        raise argparse.ArgumentTypeError(f"{name}: {error}") from None
    except OSError as error:
        known = ", ".join(POLICIES)
        why = f"{error.strerror}: give one of {known}, or a JSON file"
        raise argparse.ArgumentTypeError(f"{name}: {why}") from None


def parse_allowed_policy(name: str) -> Policy:
    """Find a policy, to decide with it; raise ArgumentTypeError if it is not allowed here."""
    policy = parse_policy(name)
    allowed = os.environ.get(ALLOWED, "")
    if not is_policy_allowed(policy.name, allowed):
        raise argparse.ArgumentTypeError(f"{name}: {ALLOWED}={allowed} does not allow this policy")
    return policy
