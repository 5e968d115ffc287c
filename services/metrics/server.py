"""The HTTP server of /metrics and /health, on a separate port that users never see."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from services.metrics.settings import MetricsSettings
from services.starting import read_or_exit

REQUEST_SECONDS = 10
TEXT = "text/plain; charset=utf-8"

FindProblem = Callable[[], str]
"""Returns what is wrong with a program; empty if it works."""


class MetricsServer(ThreadingHTTPServer):
    """Serves the metrics of a registry, and whether the program works."""

    daemon_threads = True

    def __init__(
        self, address: tuple[str, int], registry: CollectorRegistry, find_problem: FindProblem
    ) -> None:
        """Listen on an address."""
        super().__init__(address, MetricsHandler)
        self.registry = registry
        self.find_problem = find_problem


class MetricsHandler(BaseHTTPRequestHandler):
    """Answers one connection."""

    server: MetricsServer
    timeout = REQUEST_SECONDS
    server_version = "docverify"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer /metrics and /health."""
        match self.path.partition("?")[0]:
            case "/metrics":
                self.answer(200, generate_latest(self.server.registry), CONTENT_TYPE_LATEST)
            case "/health":
                problem = self.server.find_problem()
                self.answer(503 if problem else 200, f"{problem or 'ok'}\n".encode(), TEXT)
            case _:
                self.answer(404, b"This port has /metrics and /health.\n", TEXT)

    def answer(self, status: int, content: bytes, kind: str) -> None:
        """Send an answer."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Log no request: there is one every few seconds."""


@contextmanager
def serving_metrics(
    *collectors: Collector, find_problem: FindProblem = str, settings: MetricsSettings | None = None
) -> Iterator[int]:
    """Serve metrics while the block runs, and yield the port; 0 without DOCVERIFY_METRICS_PORT.

    End the program with a message if the settings are invalid or the port is taken.
    """
    chosen = settings or read_or_exit(MetricsSettings)
    if not chosen.port:
        yield 0
        return
    registry = CollectorRegistry(auto_describe=False)
    for each in collectors:
        registry.register(each)
    try:
        server = MetricsServer((chosen.host, chosen.port), registry, find_problem)
    except OSError as error:
        sys.exit(
            f"DOCVERIFY_METRICS_PORT: port {chosen.port} cannot be used ({error.strerror}): give "
            "each program on this machine its own port"
        )
    with server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
