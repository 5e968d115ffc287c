"""Time limits of runs: a run that hangs must free its slot."""

from __future__ import annotations

from collections.abc import Mapping

from tasks.record.claims import RUN_SECONDS

HOUR = 3600
LIMIT_SECONDS: Mapping[str, int] = {
    "document-verification": RUN_SECONDS,
    # Enough for millions of uploads.
    "reconciliation": 4 * HOUR,
    # Retention and retries stop by themselves before that; the next run continues.
    "retention": HOUR,
    "retry-parked": HOUR,
    "daily-report": 15 * 60,
}
"""Time limits in seconds, by flow; flows that work on any number of documents have none."""
PURGE_RESERVE_SECONDS = 300
"""Time that retention keeps for its last batch, with all its tries, and for its report."""
