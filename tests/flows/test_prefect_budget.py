"""The requests and log lines of one document, which Prefect Cloud meters."""

from uuid import uuid4

import pytest
from prefect.client.orchestration import get_client

from benchmarks.metered import (
    counting,
    events_of,
    execute,
    log_lines,
    metered,
    scheduled_run,
)
from flows.backfill import backfill_chunk
from flows.document_verification import document_verification
from tests.support.polling import eventually

MOST_REQUESTS = 19
"""Prefect's own engine makes 14 of them, and a slow run sends its log lines in one more."""
MOST_LOG_LINES = 10
MOST_EVENTS = 24  # Prefect sends three of each task run, and four to six of the run itself
MOST_REQUESTS_OF_A_FURTHER = 4


@pytest.mark.slow
def test_a_document_stays_within_the_budget(prefect_server, bucket, put_specimen, database):
    parameters = {"bucket": bucket, "key": put_specimen("passport.jpg"), "policy": "demonstration"}
    run_id = scheduled_run(document_verification, parameters)

    with counting(prefect_server.port) as (port, requests):
        execute(run_id, port)

    print(*requests, *log_lines(run_id), sep="\n")
    with get_client(sync_client=True) as client:
        assert client.read_flow_run(run_id).state_name == "Verified"
    assert 0 < len(metered(requests)) <= MOST_REQUESTS
    assert 0 < len(log_lines(run_id)) <= MOST_LOG_LINES
    events = eventually(lambda: events_of(run_id), lambda found: "document.verified" in found)
    print(*sorted(events), sep="\n")
    assert len(events) <= MOST_EVENTS


@pytest.mark.slow
def test_a_further_document_of_a_chunk_costs_few_requests_and_no_log_line(
    prefect_server, bucket, put, database
):
    requests_of, lines_of = {}, {}
    for documents in (1, 3):
        prefix = f"inbox/{uuid4()}/"
        for number in range(documents):
            put(f"{prefix}{number}", uuid4().bytes)  # no picture: refused at once, and recorded
        run_id = scheduled_run(backfill_chunk, {"bucket": bucket, "prefix": prefix})
        with counting(prefect_server.port) as (port, requests):
            execute(run_id, port)
        requests_of[documents], lines_of[documents] = len(metered(requests)), log_lines(run_id)

    print(requests_of, *lines_of[3], sep="\n")
    assert requests_of[3] - requests_of[1] <= 2 * MOST_REQUESTS_OF_A_FURTHER
    assert len(lines_of[3]) == len(lines_of[1])
