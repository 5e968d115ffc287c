"""Backfill: read all documents of a place that have no verdict yet, in chunks."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextvars import copy_context
from datetime import timedelta
from typing import Any, TypeVar, cast
from uuid import UUID

from prefect import State, flow
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.client.schemas.objects import FlowRun
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound
from prefect.states import Completed, Crashed, Failed

from flows.document_verification import verify_and_report
from flows.parameters import EngineName, PolicyName, build_failure, check_whole_number, find_engine
from tasks.backfill import Chunk, Survey, count_states, find_undecided, survey
from tasks.bucket_comparison import KeyRange, UploadState, places_to_compare
from tasks.errors import EdgeError, InvalidInput, SetupError
from tasks.flow_runs import deployed_name
from tasks.policies import read_policy
from tasks.record.stage_timings import seconds_per_document
from tasks.s3 import Upload

PROGRESS = "backfill"
CHUNK_DEPLOYMENT = "backfill-chunk/backfill-chunk-deployment"
FAILED = "failed"
LEFT = "left"
MAX_FAILURES = 10
"""After this many failures in a row, the documents are not the cause: the chunk stops."""
UNMEASURED_SECONDS = 3.0
NO_INTERRUPTION = "Timeout of %s seconds configured for this task, but"
Parameters = dict[str, Any]
Given = TypeVar("Given")
Got = TypeVar("Got")


@flow(name="backfill", validate_parameters=False, persist_result=False)
def backfill(
    bucket: str,
    prefix: str = "",
    engine: EngineName = "local",
    policy: PolicyName = "standard",
    dry_run: bool = True,
    chunk: int = 200,
    at_once: int = 2,
    containers: int = 0,
) -> State[None]:
    """Verify every document of a place that has no verdict yet.

    If it was stopped, run it again: documents with a verdict are skipped. Documents that were
    decided under another policy have a verdict; `redecision` decides these again.

    Args:
        bucket: Name of the S3 bucket; it must be allowed in DOCVERIFY_ALLOWED_UPLOADS.
        prefix: Only keys that begin with this; empty for the whole bucket.
        engine: The engine that reads the documents, as in document-verification.
        policy: The rules and thresholds of the decision, as in document-verification.
        dry_run: Only count and estimate. Switch it off to start.
        chunk: About how many documents to read in each run that this one starts.
        at_once: How many documents each process reads at the same time.
        containers: How many runs of backfill-chunk may run on the work pool at the same time. With
            0, this run reads all documents itself, one chunk after the other.
    """
    try:
        size = check_whole_number("chunk", chunk, 1)
        runs = check_whole_number("containers", containers)
        parallel = check_whole_number("at_once", at_once, 1)
        check_names(engine, policy)
        place = find_place(bucket, prefix)
        found = survey(place, size)
        if dry_run is not False:
            return Completed(message=estimate(found, parallel * max(1, runs)))
        given = {"engine": engine, "policy": policy, "at_once": parallel}
        stopped = read_chunks(found, place, given, runs)
        recorded = count_states(place)[UploadState.RECORDED]
    except EdgeError as error:
        return build_failure(error)
    total = found.counts[UploadState.MISSED]
    done = min(total, max(0, recorded - found.counts[UploadState.RECORDED]))
    message = f"{done} of {total} documents got a verdict, {total - done} are left."
    if stopped:
        return Failed(message=f"{message} {stopped} of {len(found.chunks)} chunks failed.")
    return Completed(message=message)


@flow(name="backfill-chunk", validate_parameters=False, persist_result=False)
def backfill_chunk(
    bucket: str,
    prefix: str = "",
    after: str = "",
    until: str = "",
    engine: EngineName = "local",
    policy: PolicyName = "standard",
    at_once: int = 2,
) -> State[None]:
    """Verify the documents of a range of keys that have no verdict yet; `backfill` starts it.

    Args:
        bucket: Name of the S3 bucket.
        prefix: Only keys that begin with this.
        after: Only keys after this one, in the order of their bytes.
        until: Only keys up to this one.
        engine: The engine that reads the documents, as in document-verification.
        policy: The rules and thresholds of the decision, as in document-verification.
        at_once: How many documents to read at the same time.
    """
    try:
        check_names(engine, policy)
        parallel = check_whole_number("at_once", at_once, 1)
        logging.getLogger("prefect.task_runs").addFilter(is_worth_logging)
        place = KeyRange(bucket, prefix, after, until)
        uploads = [each.upload(bucket) for each in find_undecided(place)]
        counts = verify_all(uploads, engine, policy, parallel)
    except EdgeError as error:
        return build_failure(error)
    message = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
    if counts[LEFT]:
        return Failed(message=f"{message}: stopped after {MAX_FAILURES} failures in a row")
    return Completed(message=message or "nothing was left to do")


def check_names(engine: str, policy: str) -> None:
    """Raise SetupError for an unknown engine or policy, before anything is read."""
    find_engine(engine)
    read_policy(policy)


def find_place(bucket: str, prefix: str) -> KeyRange:
    """Return the place to read; raise SetupError if it is not allowed, or not a single place."""
    if not bucket:
        raise InvalidInput("the parameter bucket is empty: give the name of a bucket")
    places = places_to_compare(bucket, prefix)
    if len(places) > 1:
        prefixes = ", ".join(place.prefix for place in places)
        raise InvalidInput(
            f"bucket {bucket} has several allowed places: choose a prefix, {prefixes}"
        )
    return places[0]


def is_worth_logging(record: logging.LogRecord) -> bool:
    """Return whether to log a record, because Prefect Cloud meters log lines.

    Prefect would log for every task that a timeout does not interrupt a thread. S3, PostgreSQL and
    the reader, for which tasks wait, have their own limits.
    """
    return not str(record.msg).startswith(NO_INTERRUPTION)


def estimate(found: Survey, parallel: int) -> str:
    """Describe what a backfill would read, and roughly how long it would take."""
    total = found.counts[UploadState.MISSED]
    measured = seconds_per_document()
    seconds = measured or UNMEASURED_SECONDS
    basis = "measured on recent documents" if measured else "a guess: no run is on record yet"
    time = timedelta(seconds=round(total * seconds / parallel))
    return (
        f"Dry run: {total} documents without a verdict ({found.size / 1e6:.1f} MB) in "
        f"{len(found.chunks)} chunks, {found.counts[UploadState.RECORDED]} recorded before. About "
        f"{time} with {parallel} at the same time, at {seconds:.1f} s a document, {basis}."
    )


def read_chunks(found: Survey, place: KeyRange, given: Parameters, containers: int) -> int:
    """Read all chunks and show the progress; return how many failed."""
    total, done, failed = found.counts[UploadState.MISSED], 0, 0
    started = f"0 of {total} documents done"
    artifact = cast("UUID", create_progress_artifact(0.0, key=PROGRESS, description=started))
    for chunk, state in run_chunks(found.chunks, place, given, containers):
        done += chunk.documents
        failed += not state.is_completed()
        chunks = "chunk" if failed <= 1 else "chunks"
        text = f"{done} of {total} documents done, {failed or 'no'} {chunks} failed"
        update_progress_artifact(artifact, 100.0 * done / total, description=text)
    return failed


def run_chunks(
    chunks: Sequence[Chunk], place: KeyRange, given: Parameters, containers: int
) -> Iterator[tuple[Chunk, State[Any]]]:
    """Run the chunks one after the other here, or up to `containers` at a time on the work pool."""

    def parameters(chunk: Chunk) -> Parameters:
        span = {"after": chunk.after, "until": chunk.until}
        return {"bucket": place.bucket, "prefix": place.prefix, **span, **given}

    if containers:
        yield from run_in_threads(lambda chunk: run_on_pool(parameters(chunk)), chunks, containers)
        return
    for chunk in chunks:
        yield chunk, backfill_chunk(**parameters(chunk), return_state=True)


def run_on_pool(parameters: Parameters) -> State[Any]:
    """Run a chunk on the work pool, and return its state once it has ended."""
    name = deployed_name(CHUNK_DEPLOYMENT)
    try:
        run = cast("FlowRun", run_deployment(name, parameters=parameters))
    except ObjectNotFound:
        raise SetupError(f"Prefect has no deployment {name}: deploy it") from None
    return run.state or Crashed(message="the run has no state")


def verify_all(uploads: Sequence[Upload], engine: str, policy: str, parallel: int) -> Counter[str]:
    """Verify uploads, and count them by outcome; stop after MAX_FAILURES failures in a row."""
    counts: Counter[str] = Counter()
    failures = 0

    def verify(upload: Upload) -> str:
        if failures >= MAX_FAILURES:
            return LEFT
        state = verify_and_report(upload, engine, policy)
        return FAILED if state.is_failed() else str(state.name).lower()

    for _, what in run_in_threads(verify, uploads, parallel):
        counts[what] += 1
        failures = failures + (what == FAILED) if what in (FAILED, LEFT) else 0
    return counts


def run_in_threads(
    do: Callable[[Given], Got], items: Sequence[Given], parallel: int
) -> Iterator[tuple[Given, Got]]:
    """Call a function for each item, several at a time; each thread knows the run it belongs to."""
    with ThreadPoolExecutor(parallel) as pool:
        waiting = {pool.submit(copy_context().run, do, item): item for item in items}
        try:
            for each in as_completed(waiting):
                yield waiting[each], each.result()
        finally:
            pool.shutdown(cancel_futures=True)
