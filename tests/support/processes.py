"""Runs in processes of their own, which can be killed."""

import multiprocessing
import os
import signal
from collections.abc import Mapping
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from uuid import uuid4

# Each process is forked from one that has imported everything, and has no thread.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["flows.document_verification"])


def deliver(bucket: str, key: str, version_id: str = "", engine: str = "local") -> object:
    """Take an upload through the stages, without Prefect's engine: a run costs it a second."""
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
    """Have this one; a process was forked with that of the test that came first."""
    os.environ.clear()
    os.environ.update(environment)


def run_flow(environment: Mapping[str, str], parameters: Mapping[str, str]) -> None:
    """Run the flow, as a process that a worker starts does."""
    take_environment(environment)
    from flows.document_verification import document_verification

    document_verification(**parameters, return_state=True)


def started(environment: Mapping[str, str], **parameters: str) -> BaseProcess:
    """Start a run of the flow in a process of its own, with our environment but for this."""
    process = PROCESSES.Process(target=run_flow, args=({**os.environ, **environment}, parameters))
    process.start()
    return process


def killed(process: BaseProcess) -> None:
    """End it as the kernel does when memory is short."""
    assert process.pid
    os.kill(process.pid, signal.SIGKILL)
    process.join(30)
    assert process.exitcode == -signal.SIGKILL
