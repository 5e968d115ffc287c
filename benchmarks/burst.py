"""Upload many documents at once, and measure each stage: `python -m benchmarks.burst 500`.

With `--store`, the results are stored for docs/performance.md; use few documents for the latency.
The whole service is embedded, so a run is a process on this machine instead of a separate
container.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from urllib.parse import unquote_plus

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun
from rich.console import Console
from rich.table import Table

from benchmarks import results
from deploy.aws.probe import draw_image
from deploy.local.stack import PREFIX, Service, aws_client, run_stack

PAGE = 200
HEAD = ("median", "95 %", "last")
STAGES = ("created", "start_time", "end_time")


def main() -> int:
    """Print the times of the stages; return 1 unless each document has one run and one verdict."""
    options = _parser().parse_args()
    with run_stack("demonstration") as service, SyncPrefectClient(service.prefect.api_url) as api:
        put = _put(service, options.documents)
        runs = _ended(api, put, time.monotonic() + options.timeout)
    by_key = [unquote_plus(run.parameters["key"]) for run in runs]
    Console().print(_table(put, runs))
    once = sorted(by_key) == sorted(put)
    good = all(run.state is not None and run.state.is_completed() for run in runs)
    if options.store and once and good:
        kept = {name: dict(zip(HEAD, _quantiles(put, runs, name), strict=True)) for name in STAGES}
        results.store("chain", {"documents": len(put), "seconds": kept})
    print("every document exactly once" if once and good else "NOT every document exactly once")
    return 0 if once and good else 1


def _put(service: Service, documents: int) -> dict[str, datetime]:
    s3 = aws_client(service.aws, "s3")

    def put(number: int) -> tuple[str, datetime]:
        key, begun = f"{PREFIX}{number:05}.png", datetime.now(UTC)
        s3.put_object(Bucket=service.bucket, Key=key, Body=draw_image())
        return key, begun

    with ThreadPoolExecutor(8) as pool:
        return dict(pool.map(put, range(documents)))


def _ended(api: SyncPrefectClient, put: dict[str, datetime], deadline: float) -> list[FlowRun]:
    while True:
        runs = _all_runs(api)
        ended = [run for run in runs if run.state is not None and run.state.is_final()]
        if len(ended) >= len(put) or time.monotonic() > deadline:
            return runs
        time.sleep(2)


def _all_runs(api: SyncPrefectClient) -> list[FlowRun]:
    runs: list[FlowRun] = []
    while page := api.read_flow_runs(offset=len(runs), limit=PAGE):
        runs += page
    return runs


def _table(put: dict[str, datetime], runs: Sequence[FlowRun]) -> Table:
    shown = Table(title=f"{len(put)} documents, {len(runs)} runs: seconds after the put")
    for column in ("stage", *HEAD):
        shown.add_column(column)
    for stage in STAGES:
        shown.add_row(stage.removesuffix("_time"), *_quantiles(put, runs, stage))
    return shown


def _quantiles(put: dict[str, datetime], runs: Sequence[FlowRun], stage: str) -> list[str]:
    reached = [(unquote_plus(run.parameters["key"]), getattr(run, stage)) for run in runs]
    seconds = sorted((at - put[key]).total_seconds() for key, at in reached if at is not None)
    if not seconds:
        return ["-"] * 3
    late = seconds[min(len(seconds) - 1, int(len(seconds) * 0.95))]
    return [f"{value:.1f}" for value in (statistics.median(seconds), late, seconds[-1])]


def _parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="python -m benchmarks.burst", description=__doc__)
    found.add_argument("documents", type=int)
    found.add_argument("--store", action="store_true", help="keep it for docs/performance.md")
    found.add_argument("--timeout", type=float, default=7200, help="seconds to wait for them all")
    return found


if __name__ == "__main__":
    sys.exit(main())
