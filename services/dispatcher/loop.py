"""The loop of the dispatcher.

Runs and reconciliation announce verdicts, too. The dispatcher repeats failed deliveries on time:
without it, they would wait for the next reconciliation. It also records due decisions of the desk,
in case no desk is running.
"""

from __future__ import annotations

import argparse
import logging
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from prefect.settings import get_current_settings

from services.metrics.collector import RecordCollector
from services.metrics.server import serving_metrics
from tasks.dispatch import dispatch, finish_due_decisions
from tasks.errors import EdgeError
from tasks.logs import start_log

GRACE = timedelta(minutes=1)  # In the meantime, the run of a verdict sends its event itself.

logger = logging.getLogger("docverify.dispatcher")


def main() -> None:
    """Announce verdicts until stopped; end with a message if Prefect's address is missing."""
    parser = argparse.ArgumentParser(prog="python -m services.dispatcher", description=__doc__)
    parser.add_argument(
        "--seconds", type=float, default=5, help="pause between two rounds (default: %(default)s)"
    )
    seconds: float = parser.parse_args().seconds
    if not get_current_settings().api.url:
        sys.exit("Set PREFECT_API_URL to the Prefect server that receives the events")
    start_log()
    with serving_metrics(RecordCollector()):
        announce_until(threading.Event(), seconds)


def announce_until(stopped: threading.Event, seconds: float) -> None:
    """Announce verdicts, with a pause after each round, until the event is set."""
    rounds: Mapping[str, Callable[[], int]] = {
        "decisions of the desk recorded": finish_due_decisions,
        "announced": lambda: dispatch(datetime.now(UTC) - GRACE),
    }
    while not stopped.is_set():
        for what, finish in rounds.items():
            try:
                if count := finish():
                    logger.info("%s %s", count, what)
            except EdgeError as error:  # Prefect or the database is down: try again later.
                logger.warning("%s", error)
        stopped.wait(seconds)
