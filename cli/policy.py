"""`docverify policy`: print a policy, or the schema of policy files."""

from __future__ import annotations

import argparse
import json

from cli.policy_argument import HELP, parse_policy
from docverify.policy import STANDARD
from docverify.policy_file import schema


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "policy",
        type=parse_policy,
        nargs="?",
        default=STANDARD.name,
        help=f"{HELP} (default: %(default)s)",
    )
    parser.add_argument("--schema", action="store_true", help="print the schema of policy files")


def run(options: argparse.Namespace) -> int:
    """Print the policy with all its values, or the schema."""
    content = schema() if options.schema else options.policy.content
    print(json.dumps(content, indent=2, ensure_ascii=False))
    return 0
