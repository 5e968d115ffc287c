"""Runs in processes of their own, which can be killed."""

import multiprocessing
import os
import signal
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from uuid import uuid4

# Each process is forked from one that has imported everything, and has no thread.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["flows.document_verification"])


def deliver(bucket: str, key: str, version_id: str = "", engine: str = "local") -> object:
    """Do what the flow does with an upload, without Prefect's engine around it."""
    from docverify.policy import STANDARD
    from docverify.reading import Engine
    from flows.document_verification import verify_upload
    from tasks.s3 import Upload

    return verify_upload(Upload(bucket, key, version_id), Engine(engine), STANDARD, uuid4())


def run_flow(environment: Mapping[str, str], parameters: Mapping[str, str]) -> None:
    """Run the flow, as a process that a worker starts does."""
    os.environ.update(environment)
    from flows.document_verification import document_verification

    document_verification(**parameters, return_state=True)


def started(environment: Mapping[str, str], **parameters: str) -> BaseProcess:
    """Start a run of the flow in a process of its own."""
    process = PROCESSES.Process(target=run_flow, args=(dict(environment), parameters))
    process.start()
    return process


def killed(process: BaseProcess) -> None:
    """End it as the kernel does when memory is short."""
    assert process.pid
    os.kill(process.pid, signal.SIGKILL)
    process.join(30)
    assert process.exitcode == -signal.SIGKILL
