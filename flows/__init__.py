"""The flows that Prefect runs."""

import sys

from tasks.logs import is_json, write_json

if is_json():  # Each program that executes runs imports a flow.
    write_json(sys.stderr)
