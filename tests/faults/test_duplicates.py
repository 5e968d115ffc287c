"""Duplicates: an upload has one verdict, however often and in whatever order it is notified."""

import os
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from random import Random
from uuid import uuid4

import pytest

from tasks.record.verdicts import RecordedVerdict
from tests.support.polling import PATIENCE
from tests.support.processes import PROCESSES, deliver, started, take_environment
from tests.support.vision_server import KEY, annotation, vision_server

TOO_LARGE = bytes(100)
"""Decided without being read, with DOCVERIFY_MAX_BYTES below."""


@pytest.fixture(autouse=True)
def _servers(prefect_server, database, bucket, monkeypatch):
    monkeypatch.setenv("DOCVERIFY_MAX_BYTES", "99")


@pytest.fixture(name="prefix")
def _prefix() -> str:
    return f"inbox/{uuid4()}"


@pytest.mark.slow
def test_a_hundred_duplicates_in_threads_get_one_verdict(bucket, put, prefix, settled):
    version = put(prefix, TOO_LARGE)

    with ThreadPoolExecutor(25) as threads:
        records = list(threads.map(lambda _: deliver(bucket, prefix, version), range(100)))

    assert len({each.verdict_id for each in records}) == 1
    assert [each.replayed for each in records].count(False) == 1
    settled("100 duplicates at once, in threads", prefix, tries=100)


@pytest.mark.slow
def test_a_hundred_duplicates_in_processes_get_one_verdict(bucket, put, prefix, settled):
    version = put(prefix, TOO_LARGE)

    with ProcessPoolExecutor(4, PROCESSES, take_environment, (dict(os.environ),)) as processes:
        tasks = [processes.submit(deliver, bucket, prefix, version) for _ in range(100)]
        records = [each.result() for each in tasks]

    assert len({each.verdict_id for each in records}) == 1
    assert [each.replayed for each in records].count(False) == 1
    settled("100 duplicates at once, in 4 processes", prefix, tries=100)


def test_duplicates_that_start_a_run_each_get_one_verdict(bucket, put, prefix, settled):
    version = put(prefix, TOO_LARGE)

    runs = [started({}, bucket=bucket, key=prefix, version_id=version) for _ in range(6)]
    for run in runs:
        run.join(PATIENCE)

    settled("6 runs of the flow at once, each a process", prefix, tries=6)


def test_duplicates_at_the_same_time_pay_for_one_reading(
    bucket, put_specimen, prefix, settled, monkeypatch
):
    monkeypatch.setenv("DOCVERIFY_MAX_BYTES", "20000000")
    put_specimen("passport.jpg", prefix)
    with vision_server() as vision:
        monkeypatch.setenv("DOCVERIFY_GOOGLE_URL", vision.url)
        monkeypatch.setenv("DOCVERIFY_GOOGLE_API_KEY", KEY)
        vision.answers = [annotation([((60, 600), "SPECIMEN")])]
        with ThreadPoolExecutor(20) as threads:
            again = range(20)
            records = list(
                threads.map(lambda _: deliver(bucket, prefix, "", "google-vision"), again)
            )

        assert len(vision.paths) == 1
    assert all(isinstance(each, RecordedVerdict) for each in records)
    settled("20 duplicates of an image at once: one OCR request", prefix, tries=20)


def test_versions_delivered_in_any_order_get_one_verdict_each(bucket, put, prefix, settled):
    versions = [put(prefix, TOO_LARGE + bytes([number])) for number in range(10)]
    deliveries = versions * 3
    Random(1).shuffle(deliveries)  # noqa: S311 (any order)

    with ThreadPoolExecutor(10) as threads:
        list(threads.map(lambda version: deliver(bucket, prefix, version), deliveries))

    settled("10 versions of a key, each thrice, shuffled", prefix, tries=30, uploads=10)
