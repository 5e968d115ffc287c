"""A server on loopback that stands in for a service: a function answers its requests."""

import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from requests.structures import CaseInsensitiveDict

from deploy.local.child_server import LOOPBACK


@dataclass(frozen=True)
class Request:
    """A request with its whole content; `path` has the query too."""

    method: str
    path: str
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True)
class Response:
    """A response; content that is not bytes is sent as JSON."""

    status: int = 200
    content: object = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Handler(BaseHTTPRequestHandler):
    """Reads requests, and sends the responses of its server's function; None sends nothing."""

    server: "Server"

    def handle_request(self) -> None:
        headers = CaseInsensitiveDict(self.headers.items())
        content = self.read_chunks() if "Transfer-Encoding" in headers else self.read_content()
        response = self.server.answer(Request(self.command, self.path, headers, content))
        if response is None:
            return
        sent = response.content
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if not isinstance(sent, bytes):
            self.send_header("Content-Type", "application/json")
            sent = json.dumps(sent).encode()
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_request

    def read_content(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def read_chunks(self) -> bytes:
        content = b""
        while size := int(self.rfile.readline(), 16):
            content += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return content

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """A server whose requests a function answers, each in a thread of its own."""

    daemon_threads = True

    def __init__(self, answer: Callable[[Request], Response | None]) -> None:
        self.answer = answer
        super().__init__((LOOPBACK, 0), Handler)


@contextmanager
def http_server(
    answer: Callable[[Request], Response | None], tls: ssl.SSLContext | None = None
) -> Iterator[int]:
    """Answer requests while the block runs, and yield the port."""
    with Server(answer) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
