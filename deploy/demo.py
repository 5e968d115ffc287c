"""`make demo`: follow the specimens from the bucket to the database, on this machine."""

from __future__ import annotations

import argparse
import sys

from deploy.local.child_server import end_on_signals, temporary_folder
from deploy.local.isolation import isolate

INTERRUPTED = 130  # exit code that a shell reports after Ctrl-C


def main() -> int:
    """Run the demo, and return its exit code: 1 if --once is set and a verdict is unexpected."""
    options = build_parser().parse_args()
    try:
        with end_on_signals(), temporary_folder("demo") as home:
            isolate(home)
            from deploy.local.demo_run import run_demo  # imports Prefect and boto3

            return run_demo(once=options.once)
    except KeyboardInterrupt:
        # Without --once, Ctrl-C is how the demo ends.
        return INTERRUPTED if options.once else 0


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m deploy.demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end when every specimen has a verdict")
    return parser


if __name__ == "__main__":
    sys.exit(main())
