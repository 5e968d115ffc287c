"""Verification of identity documents: read, check, decide. No Prefect, no network, no clock."""

PIPELINE_VERSION = "5"
"""Increased whenever the same document could get another verdict under the same policy."""

READER_VERSION = "5"
"""Increased whenever the same file could get another reading from the same engine."""
