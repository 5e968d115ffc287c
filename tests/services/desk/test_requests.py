"""Requests that no browser sends: bodies that never end, sockets that wait, other protocols."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
import requests

from deploy.local.child_server import LOOPBACK, free_port
from services.desk.app import build_desk
from services.desk.security import MAX_BODY_BYTES
from services.desk.settings import DeskSettings
from tasks.record.tokens import Scope, create_token
from tests.support.polling import eventually

PATIENCE = 30
UPGRADE = (
    b"GET / HTTP/1.1\r\nhost: desk\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
DECISION = "/api/v1/documents/1/decision"


@contextmanager
def running() -> Iterator[int]:
    """Run the desk with its own server, and yield its port."""
    port = free_port()
    server = build_desk(DeskSettings(host=LOOPBACK, port=port))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    eventually(lambda: server.started)
    yield port
    server.should_exit = True
    thread.join(PATIENCE)


@pytest.fixture(name="port", scope="module")
def _port(database) -> Iterator[int]:
    with running() as port:
        yield port


def connect(port: int, sent: bytes) -> socket.socket:
    opened = socket.create_connection((LOOPBACK, port), PATIENCE)
    opened.sendall(sent)
    return opened


def send_endless_body(port: int, path: str, header: bytes = b"") -> tuple[bytes, int]:
    """Send chunks until the desk closes the connection; return its answer and the bytes sent."""
    head = f"POST {path} HTTP/1.1\r\nhost: desk\r\ntransfer-encoding: chunked\r\n".encode()
    sent, chunk = 0, b"4000\r\n" + b" " * 0x4000 + b"\r\n"
    with connect(port, head + header + b"content-type: application/json\r\n\r\n") as opened:
        try:
            while sent < 100 * MAX_BODY_BYTES:
                opened.sendall(chunk)
                sent += 0x4000
        except OSError:
            pass
        try:
            return opened.recv(65536), sent
        except OSError:
            return b"", sent


@pytest.mark.parametrize("token", ["", "made-up", "genuine"])
def test_endless_body_is_refused_before_it_fills_the_memory(port, token):
    """FastAPI reads the body of a request before it looks at the token."""
    if token == "genuine":
        token = create_token("loans", [Scope.DECIDE])
    header = f"authorization: Bearer {token}\r\n".encode() if token else b""

    _, sent = send_endless_body(port, DECISION, header)

    assert sent < 100 * MAX_BODY_BYTES


@pytest.mark.parametrize("path", [DECISION, "/sign-in/link", "/search", "/cases/1/decide"])
def test_long_body_is_answered(port, path):
    body = b" " * (MAX_BODY_BYTES + 1)

    answer = requests.post(f"http://{LOOPBACK}:{port}{path}", data=body, timeout=PATIENCE)

    assert answer.status_code in (401, 413)


def test_request_for_a_websocket_is_an_ordinary_one(port):
    with connect(port, UPGRADE) as opened:
        answer = opened.recv(4096)

    assert answer.startswith(b"HTTP/1.1 303")
    assert b"sec-websocket-accept" not in answer.lower()


def test_header_without_an_end_is_refused(port):
    with connect(port, b"GET / HTTP/1.1\r\nhost: desk\r\n") as opened:
        try:
            for number in range(100):
                opened.sendall(f"x-{number}: {'a' * 4000}\r\n".encode())
            answer = opened.recv(4096)
        except OSError:
            answer = b""
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")


def test_requests_that_never_end_take_no_place_from_others(port):
    held = [connect(port, b"POST /search HTTP/1.1\r\nhost: desk\r\n") for _ in range(200)]
    start = time.monotonic()

    assert requests.get(f"http://{LOOPBACK}:{port}/health", timeout=PATIENCE).ok

    assert time.monotonic() - start < PATIENCE / 2
    for each in held:
        each.close()
