"""Prefect Cloud meters requests and log lines: what one document costs, counted on the wire."""

from prefect.client.orchestration import get_client

from benchmarks.metered import counting, execute, log_lines, metered, scheduled_run
from flows.document_verification import document_verification

MOST_REQUESTS = 16  # Prefect's own engine makes 14 of them; the connections for events come on top
MOST_LOG_LINES = 10


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
