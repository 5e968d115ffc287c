"""Runs in their own processes, forked from one that has imported everything."""

import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path
from uuid import UUID, uuid4

from tests.support.polling import PATIENCE

# The forking process has no threads. Importing Prefect takes a new process seconds.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["flows.document_verification", "prefect.flow_engine"])


def deliver(bucket: str, key: str, version_id: str = "", engine: str = "local") -> object:
    """Take an upload through the stages, without Prefect's engine, which takes a second."""
    from docverify.page import Engine
    from docverify.policy import STANDARD
    from tasks import judgement, ocr, s3
    from tasks.record import claims, fingerprints, verdicts

    upload, run = s3.Upload(bucket, key, version_id), uuid4()
    file = s3.retrieve_file_from_s3.fn(upload)
    claim = claims.claim_document.fn(upload, file, Engine(engine), STANDARD, run)
    if not isinstance(claim, claims.Claim):
        return claim
    reading = claim.reading or ocr.process_image_with_ocr.fn(file, Engine(engine), upload)
    today = datetime.now(UTC).date()
    known = fingerprints.keep_reading.fn(claim, reading, file, today, STANDARD)
    verdict = judgement.verify.fn(reading, today, STANDARD, file.applicant, known)
    return verdicts.write_to_database.fn(upload, file, reading, verdict, run)


def take_environment(environment: Mapping[str, str]) -> None:
    """Replace the environment; a process is forked with that of the first test."""
    os.environ.clear()
    os.environ.update(environment)


def run_flow(environment: Mapping[str, str], parameters: Mapping[str, str], output: str) -> None:
    """Run the flow as a process that a worker starts; write what it prints to a file.

    Without a file, a run that fails ends as one that completes.
    """
    take_environment(environment)
    if output:
        _print_to(output)
    from flows.document_verification import document_verification
    from tasks.logs import is_json, write_json

    if is_json():  # The flow was imported before this process had its environment.
        write_json(sys.stderr)
    document_verification(**parameters, return_state=not output)


def started(
    environment: Mapping[str, str], *, output: Path | None = None, **parameters: str
) -> BaseProcess:
    """Start a run of the flow in its own process, with this environment added to ours."""
    ours = {**os.environ, **environment}
    process = PROCESSES.Process(target=run_flow, args=(ours, parameters, str(output or "")))
    process.start()
    return process


def execute(run_id: UUID, **environment: str) -> None:
    """Execute an existing flow run by `prefect.engine`, which a worker starts, and wait for it."""
    process = PROCESSES.Process(target=_run_engine, args=({**os.environ, **environment}, run_id))
    process.start()
    process.join(PATIENCE)
    assert process.exitcode == 0


def _run_engine(environment: Mapping[str, str], run_id: UUID) -> None:
    take_environment(environment)
    from prefect.context import refresh_global_settings_context

    refresh_global_settings_context()
    sys.argv[1:] = [str(run_id)]
    runpy.run_module("prefect.engine", run_name="__main__", alter_sys=True)


def _print_to(output: str) -> None:
    """Write what this process prints, and its children print, to a file."""
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        os.dup2(file, stream.fileno())
    os.close(file)


def killed(process: BaseProcess) -> None:
    """End it as the kernel does when memory is short."""
    assert process.pid
    os.kill(process.pid, signal.SIGKILL)
    process.join(PATIENCE)
    assert process.exitcode == -signal.SIGKILL
