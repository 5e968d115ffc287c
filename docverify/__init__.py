"""Verification of identity documents: read, check, decide. No Prefect, no network, no clock."""

PIPELINE_VERSION = "5"
"""Increased whenever the same document could get a different verdict under the same policy."""

READER_VERSION = "5"
"""Increased whenever the same file could get a different reading from the same engine."""
