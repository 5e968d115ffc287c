"""`make demo`: the specimens on their way from the bucket to the record, on this machine."""

from __future__ import annotations

import argparse
import sys

from deploy.local.child_server import end_on_signals, temporary_folder
from deploy.local.isolation import isolate

INTERRUPTED = 130  # What a shell reports for a command that Ctrl-C ended.


def main() -> int:
    """Run the demo; return 0 if it was to end by itself and every verdict was as expected."""
    options = _parser().parse_args()
    try:
        with end_on_signals(), temporary_folder("demo") as home:
            isolate(home)
            from deploy.local.demo_run import run_demo  # imports Prefect and boto3

            return run_demo(once=options.once)
    except KeyboardInterrupt:
        # Without --once there is no other way to end it.
        return INTERRUPTED if options.once else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end when every specimen has a verdict")
    return parser


if __name__ == "__main__":
    sys.exit(main())
