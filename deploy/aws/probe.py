"""The probe: a blank test image that is uploaded and followed to its verdict.

A blank image gets the verdict `Resubmit`, which is recorded like any other. If the verdict arrives,
every link of the chain works.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote_plus
from uuid import uuid4

import numpy as np
from botocore.exceptions import ClientError
from PIL import Image
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterName
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.sorting import FlowRunSort

from deploy.aws.target import Target
from deploy.prefect_objects.deployments import DOCUMENT_VERIFICATION

MARK = "docverify-probe-"
READ_LOG = "read the run's log in Prefect, and its container's log in CloudWatch"


@dataclass(frozen=True)
class Moment:
    """A stage that the test image has reached.

    Attributes:
        name: Name of the link: `probe run` or `probe verdict`.
        detail: What happened, such as `created` or the name of the final state.
        seconds: Time since the upload.
    """

    name: str
    detail: str
    seconds: float


@dataclass
class ProbeFailed(Exception):
    """The test image did not get its verdict.

    Attributes:
        link: Name of the link at which it stopped.
        reason: What happened there.
        fix: What to do about it.
    """

    link: str
    reason: str
    fix: str

    def __str__(self) -> str:
        """Return the reason."""
        return self.reason


def follow(target: Target, timeout: float) -> Iterator[Moment]:
    """Upload a test image, yield the stages that it reaches, and remove it.

    If the bucket keeps it under Object Lock, it is hidden by a delete marker, and the last stage
    names it. Raise ProbeFailed if it has no verdict after `timeout` seconds.
    """
    key, s3 = f"{target.environment.prefix}{MARK}{uuid4()}.png", target.aws("s3")
    put = s3.put_object(Bucket=target.bucket, Key=key, Body=draw_image(), ContentType="image/png")
    begun = time.monotonic()
    try:
        yield from follow_run(target, key, begun, begun + timeout)
    except BaseException as error:
        kept = remove_image(target, key, put["VersionId"])
        if kept and isinstance(error, ProbeFailed):
            error.reason = f"{error.reason}; {kept}"
        raise
    if kept := remove_image(target, key, put["VersionId"]):
        yield Moment("probe image", kept, time.monotonic() - begun)


def remove_image(target: Target, key: str, version: str) -> str:
    """Remove the test image; return why it stays, or nothing if it is gone."""
    s3 = target.aws("s3")
    try:
        s3.delete_object(Bucket=target.bucket, Key=key, VersionId=version)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        with suppress(ClientError):
            s3.delete_object(Bucket=target.bucket, Key=key)  # a delete marker, which hides it
        return (
            f"the bucket keeps the test image {key} ({code}): under Object Lock until its "
            "retention ends; nothing processes it again"
        )
    return ""


def draw_image() -> bytes:
    """Draw a grey image with some noise, so that no two are the same document."""
    noise = np.random.default_rng().integers(120, 136, (400, 600, 3), dtype=np.uint8)
    content = io.BytesIO()
    Image.fromarray(noise).save(content, "PNG")
    return content.getvalue()


def follow_run(target: Target, key: str, begun: float, deadline: float) -> Iterator[Moment]:
    """Yield the stages of the run that the upload starts; raise ProbeFailed at the deadline.

    `begun` and `deadline` are times of the monotonic clock.
    """

    def seconds() -> float:
        return time.monotonic() - begun

    run = wait_for(lambda: find_run(target, key), deadline)
    if run is None:
        raise explain_missing_run(target, key)
    yield Moment("probe run", "created", seconds())
    run = wait_for(lambda: find_run(target, key, has_started), deadline)
    if run is None:
        fix = "check the work pool, its worker and its concurrency limit"
        raise ProbeFailed("probe run", "the run did not start", fix)
    yield Moment("probe run", "started", seconds())
    run = wait_for(lambda: find_run(target, key, has_ended), deadline)
    if run is None or run.state is None:
        raise ProbeFailed("probe verdict", "the run did not end", READ_LOG)
    if not run.state.is_completed():
        raise ProbeFailed("probe verdict", f"{run.state.name}: {run.state.message}", READ_LOG)
    yield Moment("probe verdict", str(run.state.name), seconds())


def explain_missing_run(target: Target, key: str) -> ProbeFailed:
    """Return whether the event is missing, or the run that the automation starts from it."""
    query = {"filter": {"event": {"name": ["notification.received"]}}, "limit": 50}
    events = target.prefect.request("POST", "/events/filter", json=query).json()["events"]
    if any(unquote_plus(event["payload"].get("key", "")) == key for event in events):
        fix = "check the automation, and prefect.automation.action.failed in the event feed"
        return ProbeFailed("probe event", "the event arrived, but no run was created", fix)
    fix = "check the delivery log of the SNS subscription, and the dead letters"
    return ProbeFailed("probe event", "no event arrived", fix)


def find_run(
    target: Target, key: str, accept: Callable[[FlowRun], bool] = lambda _: True
) -> FlowRun | None:
    """Return the run of this key if it is accepted; None otherwise."""
    name = target.prefect_name(DOCUMENT_VERIFICATION.name)
    found = target.prefect.read_flow_runs(
        deployment_filter=DeploymentFilter(name=DeploymentFilterName(any_=[name])),
        sort=FlowRunSort.EXPECTED_START_TIME_DESC,
        limit=50,
    )
    runs = (run for run in found if unquote_plus(run.parameters.get("key", "")) == key)
    return next(filter(accept, runs), None)


def has_started(run: FlowRun) -> bool:
    """Return whether the run has started, or has ended without starting."""
    return run.start_time is not None or has_ended(run)


def has_ended(run: FlowRun) -> bool:
    """Return whether the run is in a final state."""
    return run.state is not None and run.state.is_final()


def wait_for(read: Callable[[], FlowRun | None], deadline: float) -> FlowRun | None:
    """Read again each second until there is a run; return None at the deadline."""
    while (found := read()) is None and time.monotonic() < deadline:
        time.sleep(1)
    return found
