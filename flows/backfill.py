"""All documents of a place: what has no verdict yet is read, in chunks, by as many as may."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextvars import copy_context
from datetime import timedelta
from typing import Any, Literal, TypeVar, cast
from uuid import UUID

from prefect import State, flow
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.client.schemas.objects import FlowRun
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound
from prefect.states import Completed, Crashed, Failed

from flows.document_verification import answer, engine_named
from flows.parameters import whole_number
from tasks.backfill import Chunk, Survey, survey, unread
from tasks.bucket_comparison import Found, Place
from tasks.errors import EdgeError, SetupError
from tasks.flow_runs import deployed
from tasks.policies import PolicyName, policy_named
from tasks.record.stage_timings import seconds_per_document
from tasks.s3 import Upload

PROGRESS = "backfill"
CHUNK_DEPLOYMENT = "backfill-chunk/backfill-chunk-deployment"
FAILED = "failed"
LEFT = "left"
MOST_FAILURES = 10
"""So many in a row are no longer the documents' fault: a chunk stops, and the rest is left."""
UNMEASURED_SECONDS = 3.0
NO_INTERRUPTION = "Timeout of %s seconds configured for this task, but"
Parameters = dict[str, Any]
Given = TypeVar("Given")
Got = TypeVar("Got")


@flow(name="backfill", validate_parameters=False, persist_result=False)
def backfill(
    bucket: str,
    prefix: str = "",
    engine: Literal["local", "google-vision", "textract"] = "local",
    policy: PolicyName = "standard",
    dry_run: bool = True,
    chunk: int = 200,
    at_once: int = 2,
    containers: int = 0,
) -> State[None]:
    """Verify every document of a place that has no verdict yet.

    Run it again after it was stopped: what is recorded is skipped. Documents that were judged under
    another policy are recorded as well; `redecision` judges these again.

    Args:
        bucket: Name of the S3 bucket; it must be allowed in DOCVERIFY_ALLOWED_UPLOADS.
        prefix: Only keys that begin so; empty for the whole bucket.
        engine: What reads the documents, as in document-verification.
        policy: What follows from failed checks, as in document-verification.
        dry_run: Count and estimate, and read nothing. Switch it off to start.
        chunk: About so many documents in one go; each go is a run below this one.
        at_once: So many documents at the same time in each process.
        containers: At most so many runs of backfill-chunk at the same time on the work pool. With
            0, this run reads all documents itself, one chunk after the other.
    """
    try:
        place, size = Place(bucket, prefix), whole_number("chunk", chunk, 1)
        most, together = whole_number("containers", containers), whole_number("at_once", at_once, 1)
        engine_named(engine), policy_named(policy)  # What is wrong is told before anything begins.
        found = survey(place, size)
        if dry_run is not False:
            return Completed(message=_estimate(found, together * max(1, most)))
        given = {"engine": engine, "policy": policy, "at_once": together}
        stopped = _read_all(found, place, given, most)
        left = survey(place, size).counts[Found.MISSED]
    except EdgeError as error:
        return Failed(message=str(error))
    total = found.counts[Found.MISSED]
    message = f"{max(0, total - left)} of {total} documents verified, {left} left."
    if stopped:
        return Failed(message=f"{message} {stopped} of {len(found.chunks)} chunks did not end well")
    return Completed(message=message)


@flow(name="backfill-chunk", validate_parameters=False, persist_result=False)
def backfill_chunk(
    bucket: str,
    prefix: str = "",
    after: str = "",
    until: str = "",
    engine: Literal["local", "google-vision", "textract"] = "local",
    policy: PolicyName = "standard",
    at_once: int = 2,
) -> State[None]:
    """Verify the documents of a span of keys that have no verdict yet; `backfill` starts it.

    Args:
        bucket: Name of the S3 bucket.
        prefix: Only keys that begin so.
        after: Only keys that come after this one in the order of their bytes.
        until: Only keys up to this one.
        engine: What reads the documents, as in document-verification.
        policy: What follows from failed checks, as in document-verification.
        at_once: So many documents at the same time.
    """
    try:
        engine_named(engine), policy_named(policy)  # What is wrong is told before anything begins.
        together = whole_number("at_once", at_once, 1)
        logging.getLogger("prefect.task_runs").addFilter(_is_worth_a_line)
        place = Place(bucket, prefix, after, until)
        uploads = [each.upload(bucket) for each in unread(place)]
        counts = _verify_all(uploads, engine, policy, together)
    except EdgeError as error:
        return Failed(message=str(error))
    message = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
    if counts[LEFT]:
        return Failed(message=f"{message}: stopped, for {MOST_FAILURES} failed in a row")
    return Completed(message=message or "nothing was left to do")


def _is_worth_a_line(record: logging.LogRecord) -> bool:
    """Leave out that a timeout does not interrupt a thread: it would be said of every task.

    Prefect Cloud meters log lines. What a task waits for, S3, PostgreSQL or a reader, has a limit
    of its own.
    """
    return not str(record.msg).startswith(NO_INTERRUPTION)


def _estimate(found: Survey, together: int) -> str:
    total = found.counts[Found.MISSED]
    measured = seconds_per_document()
    each = measured or UNMEASURED_SECONDS
    basis = "as measured of late" if measured else "which is a guess: none is on record yet"
    time = timedelta(seconds=round(total * each / together))
    return (
        f"Dry run: {total} documents without a verdict ({found.size / 1e6:.1f} MB) in "
        f"{len(found.chunks)} chunks, {found.counts[Found.RECORDED]} recorded before. About {time} "
        f"with {together} at the same time, at {each:.1f} s a document, {basis}."
    )


def _read_all(found: Survey, place: Place, given: Parameters, containers: int) -> int:
    """Read all chunks, and show how far it is; return how many did not end well."""
    total, done, stopped = found.counts[Found.MISSED], 0, 0
    begun = f"0 of {total} documents"
    artifact = cast("UUID", create_progress_artifact(0.0, key=PROGRESS, description=begun))
    for chunk, state in _states(found.chunks, place, given, containers):
        done += chunk.documents
        stopped += not state.is_completed()
        text = f"{done} of {total} documents, {stopped} chunks did not end well"
        update_progress_artifact(artifact, 100.0 * done / total, description=text)
    return stopped


def _states(
    chunks: Sequence[Chunk], place: Place, given: Parameters, containers: int
) -> Iterator[tuple[Chunk, State[Any]]]:
    """Run the chunks here, one after the other, or on the work pool, so many at the same time."""

    def parameters(chunk: Chunk) -> Parameters:
        span = {"after": chunk.after, "until": chunk.until}
        return {"bucket": place.bucket, "prefix": place.prefix, **span, **given}

    if containers:
        yield from _at_once(lambda chunk: _on_pool(parameters(chunk)), chunks, containers)
        return
    for chunk in chunks:
        yield chunk, backfill_chunk(**parameters(chunk), return_state=True)


def _on_pool(parameters: Parameters) -> State[Any]:
    name = deployed(CHUNK_DEPLOYMENT)
    try:
        run = cast("FlowRun", run_deployment(name, parameters=parameters))
    except ObjectNotFound:
        raise SetupError(f"Prefect has no deployment {name}: deploy it") from None
    return run.state or Crashed(message="it has no state")


def _verify_all(uploads: Sequence[Upload], engine: str, policy: str, together: int) -> Counter[str]:
    counts: Counter[str] = Counter()
    failures = 0

    def verified(upload: Upload) -> str:
        if failures >= MOST_FAILURES:
            return LEFT
        state = answer(upload, engine, policy)
        return FAILED if state.is_failed() else str(state.name).lower()

    for _, what in _at_once(verified, uploads, together):
        counts[what] += 1
        failures = failures + (what == FAILED) if what in (FAILED, LEFT) else 0
    return counts


def _at_once(
    do: Callable[[Given], Got], items: Sequence[Given], together: int
) -> Iterator[tuple[Given, Got]]:
    """Do it for each, so many at the same time; each thread knows which run it belongs to."""
    with ThreadPoolExecutor(together) as pool:
        waiting = {pool.submit(copy_context().run, do, item): item for item in items}
        try:
            for each in as_completed(waiting):
                yield waiting[each], each.result()
        finally:
            pool.shutdown(cancel_futures=True)
