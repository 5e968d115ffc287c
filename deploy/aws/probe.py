"""A marked test document, followed through the chain: its verdict proves every link at once.

It is a picture of nothing, so its verdict is `Resubmit`; that is recorded as any verdict is.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote_plus
from uuid import uuid4

import numpy as np
from PIL import Image
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterName
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.sorting import FlowRunSort

from deploy.aws.target import Target
from deploy.prefect_objects.catalogue import DOCUMENT_VERIFICATION

MARK = "docverify-probe-"
_LOG = "see the run's log in Prefect, and its container's in CloudWatch"


@dataclass(frozen=True)
class Moment:
    """Something that happened to the document, so many seconds after it was put."""

    name: str
    detail: str
    seconds: float


@dataclass
class ProbeFailed(Exception):
    """The document did not get further; the link says where."""

    link: str
    reason: str
    fix: str

    def __str__(self) -> str:
        """Say why."""
        return self.reason


def follow(target: Target, timeout: float) -> Iterator[Moment]:
    """Put a document, yield what becomes of it, and remove it; raises ProbeFailed."""
    key, s3 = f"{target.environment.prefix}{MARK}{uuid4()}.png", target.aws("s3")
    put = s3.put_object(Bucket=target.bucket, Key=key, Body=draw_image(), ContentType="image/png")
    begun = time.monotonic()
    try:
        yield from _followed(target, key, begun, begun + timeout)
    finally:
        s3.delete_object(Bucket=target.bucket, Key=key, VersionId=put["VersionId"])


def draw_image() -> bytes:
    """Draw a grey picture with some noise, so that no two are the same document."""
    noise = np.random.default_rng().integers(120, 136, (400, 600, 3), dtype=np.uint8)
    content = io.BytesIO()
    Image.fromarray(noise).save(content, "PNG")
    return content.getvalue()


def _followed(target: Target, key: str, begun: float, deadline: float) -> Iterator[Moment]:
    def seconds() -> float:
        return time.monotonic() - begun

    run = _until(lambda: _run(target, key), deadline)
    if run is None:
        raise _lost(target, key)
    yield Moment("probe run", "created", seconds())
    run = _until(lambda: _if(_run(target, key), _has_started), deadline)
    if run is None:
        fix = "see the pool and its worker, and the limit of runs at the same time"
        raise ProbeFailed("probe run", "the run did not start", fix)
    yield Moment("probe run", "started", seconds())
    run = _until(lambda: _if(_run(target, key), _has_ended), deadline)
    if run is None or run.state is None:
        raise ProbeFailed("probe verdict", "the run did not end", _LOG)
    if not run.state.is_completed():
        raise ProbeFailed("probe verdict", f"{run.state.name}: {run.state.message}", _LOG)
    yield Moment("probe verdict", str(run.state.name), seconds())


def _lost(target: Target, key: str) -> ProbeFailed:
    """Say on which side of Prefect's events the document was lost."""
    query = {"filter": {"event": {"name": ["notification.received"]}}, "limit": 50}
    events = target.prefect.request("POST", "/events/filter", json=query).json()["events"]
    if any(unquote_plus(event["payload"].get("key", "")) == key for event in events):
        fix = "see the automation, and prefect.automation.action.failed in the event feed"
        return ProbeFailed("probe event", "the event came, and no run", fix)
    fix = "see the subscription's delivery log, and the dead letters"
    return ProbeFailed("probe event", "no event came", fix)


def _run(target: Target, key: str) -> FlowRun | None:
    name = target.prefect_name(DOCUMENT_VERIFICATION.name)
    found = target.prefect.read_flow_runs(
        deployment_filter=DeploymentFilter(name=DeploymentFilterName(any_=[name])),
        sort=FlowRunSort.EXPECTED_START_TIME_DESC,
        limit=50,
    )
    return next((run for run in found if unquote_plus(run.parameters.get("key", "")) == key), None)


def _has_started(run: FlowRun) -> bool:
    return run.start_time is not None or _has_ended(run)


def _has_ended(run: FlowRun) -> bool:
    return run.state is not None and run.state.is_final()


def _if(run: FlowRun | None, wanted: Callable[[FlowRun], bool]) -> FlowRun | None:
    return run if run is not None and wanted(run) else None


def _until(read: Callable[[], FlowRun | None], deadline: float) -> FlowRun | None:
    while (found := read()) is None and time.monotonic() < deadline:
        time.sleep(1)
    return found
