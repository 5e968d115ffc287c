"""Bucket and record compared for a hundred thousand keys: `python -m benchmarks.reconciliation`.

S3 is a stand-in that answers ListObjectVersions from a formula, so that its own time is small;
PostgreSQL is real (embedded, or that of DATABASE_URL). One key in a thousand is missed. Memory is
the peak of a separate process that does nothing else.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import perf_counter, process_time
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from sqlalchemy import text

from deploy.local.postgres_server import create_database, database_server, drop_database

BUCKET = "uploads"
PAGE = 1000
EVERY_MISSED = 1000
MEGABYTE = 1024  # ru_maxrss is in kilobytes
VERSION = (
    "<Version><Key>{key}</Key><VersionId>v{number}</VersionId><IsLatest>true</IsLatest>"
    "<LastModified>2026-11-01T00:00:00.000Z</LastModified>"
    "<ETag>&quot;9dd4e461268c8034f5c8564e155c67a6&quot;</ETag><Size>1</Size></Version>"
)
ANSWER = (
    '<ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>uploads</Name>'
    "<IsTruncated>{more}</IsTruncated><NextKeyMarker>{last}</NextKeyMarker>"
    "<NextVersionIdMarker>x</NextVersionIdMarker><EncodingType>url</EncodingType>{versions}"
    "</ListVersionsResult>"
)
FILL = """
    WITH filled AS (
        INSERT INTO documents (bucket, key, version_id, sha256, size)
        SELECT 'uploads', 'inbox/' || lpad(n::text, 9, '0'), 'v' || n, 'x', 1
        FROM generate_series(0, :keys - 1) AS n WHERE n % :missed <> 0
        RETURNING id
    )
    INSERT INTO verdicts (document_id, reader_version, pipeline_version, policy_name,
        policy_version, engine, outcome, reasons, summary, applicant_message, risk)
    SELECT id, '1', '1', 'standard', '1', 'local', 'verified', '{}', '', '', 0 FROM filled
"""


def main() -> None:
    """Fill the record, compare in a separate process, and print seconds and memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=100_000)
    keys = parser.parse_args().keys
    with database_server() as server, _bucket(keys) as endpoint, _record(server, keys) as url:
        environment = {
            **{
                "DATABASE_URL": url,
                "AWS_ENDPOINT_URL": endpoint,
                "AWS_DEFAULT_REGION": "eu-central-1",
            },
            **{"AWS_ACCESS_KEY_ID": "benchmark", "AWS_SECRET_ACCESS_KEY": "benchmark"},
        }
        os.environ.update(environment)
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            print(pool.apply(_compare, (keys,)))


def _compare(keys: int) -> str:
    from tasks.bucket_comparison import (  # imports Prefect, whose memory counts as well
        KeyRange,
        UploadState,
        compare,
    )

    before = _peak()
    clock, work = perf_counter(), process_time()
    counts = Counter(each.state for each in compare(KeyRange(BUCKET)))
    seconds, busy = perf_counter() - clock, process_time() - work
    expected = {UploadState.MISSED: -(-keys // EVERY_MISSED)}
    expected[UploadState.RECORDED] = keys - expected[UploadState.MISSED]
    if counts != expected:
        raise SystemExit(f"wrong: {dict(counts)}")
    return (
        f"{keys} keys against {counts[UploadState.RECORDED]} rows: {seconds:.1f} s "
        f"({busy:.1f} s of processor), {keys / seconds:.0f} keys a second; "
        f"peak memory {_peak():.0f} MB, of which {before:.0f} MB are the imports; "
        f"{counts[UploadState.MISSED]} missed, as made"
    )


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE


@contextmanager
def _record(server: str, keys: int) -> Iterator[str]:
    from tasks.migrations import migrate
    from tasks.record.connection import connect

    name = f"docverify_benchmark_{uuid4().hex}"
    url = create_database(server, name)
    try:
        migrate(connect(url))
        with connect(url).begin() as connection:
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text(FILL), {"keys": keys, "missed": EVERY_MISSED})
        yield url
    finally:
        drop_database(server, name)


@contextmanager
def _bucket(keys: int) -> Iterator[str]:
    class Listing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            marker = query.get("key-marker", [""])[0]
            start = int(marker.rpartition("/")[2]) + 1 if marker else 0
            page = range(start, min(keys, start + PAGE))
            versions = "".join(VERSION.format(key=_key(n), number=n) for n in page)
            more = str(page.stop < keys).lower()
            answer = ANSWER.format(more=more, last=_key(page.stop - 1), versions=versions).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listing)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _key(number: int) -> str:
    return f"inbox/{number:09d}"


if __name__ == "__main__":
    main()
