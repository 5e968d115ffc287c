"""Errors of the commands that use the record, S3 or Prefect."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import wraps

from cli.output import complain
from tasks.errors import EdgeError

Run = Callable[[argparse.Namespace], int]


def explain_errors(run: Run) -> Run:
    """Decorate a command so that an error of the service is printed in one line."""

    @wraps(run)
    def explained(options: argparse.Namespace) -> int:
        try:
            return run(options)
        except EdgeError as error:
            return complain(str(error))

    return explained
