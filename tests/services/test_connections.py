"""Connections of gateway and desk, with real sockets: those that hold take no place from others."""

import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
import requests
import uvicorn
from fastapi import FastAPI, Request, Response

from deploy.local.child_server import LOOPBACK, free_port, run_server
from deploy.local.isolation import child_environment
from services.connections import ConnectionLimits, build_server, read_limits
from tests.support.polling import eventually
from tests.support.sns_messages import TOPIC
from tests.support.thoroughness import one_of_each_kind

PATIENCE = 60  # seconds until a test gives up
NEVER = 3600.0
HEAD = b"POST /echo HTTP/1.1\r\nhost: gateway\r\ncontent-length: 4\r\n"
HELD = b"GET /held HTTP/1.1\r\nhost: gateway\r\n\r\n"
LARGE = 8_000_000  # bytes, more than the buffers of a connection take
ASK_LARGE = b"GET /large HTTP/1.1\r\nhost: gateway\r\n"
ASK_ONE = ASK_LARGE + b"connection: close\r\n\r\n"
ASK_TWO = 2 * (ASK_LARGE + b"\r\n")
STANDSTILL = b"GET /standstill HTTP/1.1\r\nhost: gateway\r\n\r\n"


class Server:
    """A server with one connection protocol of the gateway, and an app that can be held."""

    def __init__(self, server: uvicorn.Server, port: int, let_go: Event):
        self.server = server
        self.port = port
        self.let_go = let_go

    def connect(self, sent: bytes = b"") -> socket.socket:
        """Open a connection and send some bytes."""
        opened = socket.create_connection((LOOPBACK, self.port), PATIENCE)
        opened.sendall(sent)
        return opened

    def wait_for_connections(self, count: int) -> None:
        eventually(lambda: len(self.server.server_state.connections) == count)

    def wait_for_answers(self, count: int) -> None:
        eventually(lambda: self.server.server_state.total_requests == count)

    def get(self, path: str = "health") -> str:
        return requests.get(f"http://{LOOPBACK}:{self.port}/{path}", timeout=PATIENCE).text


@contextmanager
def running(limits: ConnectionLimits) -> Iterator[Server]:
    let_go = Event()
    app = FastAPI()

    @app.get("/health")
    def health() -> str:
        return "ok"

    @app.get("/held")
    def held() -> str:
        let_go.wait(PATIENCE)
        return "answered"

    @app.get("/large")
    async def answer_large() -> Response:
        return Response(bytes(LARGE))

    @app.get("/standstill")
    async def stand_still() -> None:
        let_go.wait(PATIENCE)

    @app.post("/echo")
    async def echo(request: Request) -> str:
        return (await request.body()).decode()

    port = free_port()
    server = build_server(app, LOOPBACK, port, limits, log_config=None)
    thread = Thread(target=server.run)
    thread.start()
    try:
        eventually(lambda: server.started)
        yield Server(server, port, let_go)
    finally:
        let_go.set()
        server.should_exit = True
        thread.join()


def is_closed(connection: socket.socket) -> bool:
    """Wait for what the server sends, and return whether it closed the connection instead."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"POST /echo HTTP/1.1\r\nhost: g", id="half a head"),
        pytest.param(HEAD + b"\r\nab", id="half a body"),
    ],
)
def test_a_connection_without_a_complete_request_is_closed(sent: bytes):
    with running(ConnectionLimits(most=9, seconds=0.3)) as server, server.connect(sent) as slow:
        assert is_closed(slow)
        assert server.get() == '"ok"'


def test_the_time_does_not_start_again_with_each_byte():
    limits = ConnectionLimits(most=9, seconds=0.3)
    dripping = HEAD + b"x-long: " + b"a" * 10_000
    with running(limits) as server, server.connect() as slow:
        sent = iter(dripping)

        def drip() -> bool:
            try:
                slow.send(bytes([next(sent)]))
            except OSError:
                return True
            return False

        assert eventually(drip)


def test_an_answer_may_take_longer_than_a_request():
    limits = ConnectionLimits(most=9, seconds=0.1)
    with running(limits) as server, server.connect(HELD) as patient:
        with server.connect() as slow:
            assert is_closed(slow), "the time of a request has passed"
        server.let_go.set()

        assert patient.recv(12) == b"HTTP/1.1 200"


def test_two_requests_of_one_connection_are_answered():
    with running(ConnectionLimits(most=9)) as server, requests.Session() as session:
        url = f"http://{LOOPBACK}:{server.port}/echo"

        assert [session.post(url, data=each).text for each in ("a", "b")] == ['"a"', '"b"']


def test_over_the_limit_the_longest_waiting_connection_is_closed():
    with running(ConnectionLimits(most=3, seconds=NEVER)) as server, ExitStack() as opened:
        server.wait_for_connections(0)
        held = []
        for count in (1, 2, 3):
            held.append(opened.enter_context(server.connect()))
            server.wait_for_connections(count)

        assert server.get() == '"ok"'

        assert is_closed(held[0])
        for each in held[1:]:
            each.sendall(HEAD + b"\r\nabcd")
            assert each.recv(12) == b"HTTP/1.1 200"


def test_connections_that_arrive_at_once_never_stay_over_the_limit():
    """The server stands still while they arrive, so it accepts several of them in one step."""
    limits = ConnectionLimits(most=4, seconds=NEVER)
    with running(limits) as server, server.connect(STANDSTILL) as first, ExitStack() as opened:
        eventually(lambda: server.server.server_state.tasks)
        held = [opened.enter_context(server.connect()) for _ in range(12)]
        server.let_go.set()

        assert all(map(is_closed, held[:8]))
        assert first.recv(12) == b"HTTP/1.1 200"
        eventually(lambda: len(server.server.server_state.connections) <= 4)


def test_a_request_that_is_being_answered_keeps_its_connection():
    limits = ConnectionLimits(most=1, seconds=NEVER)
    with running(limits) as server, server.connect(HELD) as busy:
        eventually(lambda: server.server.server_state.tasks)
        with server.connect() as another:
            assert is_closed(another)
        server.let_go.set()

        assert busy.recv(12) == b"HTTP/1.1 200"


def test_a_sender_that_goes_away_before_its_request_is_complete_is_not_logged(caplog):
    with running(ConnectionLimits(most=9)) as server:
        with server.connect(HEAD + b"\r\nab"):
            eventually(lambda: server.server.server_state.tasks)
        eventually(lambda: not server.server.server_state.tasks)

    assert caplog.records == []


@pytest.mark.parametrize("sent", [ASK_ONE, ASK_TWO], ids=["one", "two"])
def test_a_connection_whose_sender_reads_no_answer_is_closed(sent: bytes):
    with running(ConnectionLimits(most=9, seconds=0.3)) as server, server.connect(sent):
        server.wait_for_answers(1)

        server.wait_for_connections(0)


@pytest.mark.parametrize("sent", [ASK_ONE, ASK_TWO], ids=["one", "two"])
def test_over_the_limit_a_connection_whose_sender_reads_no_answer_is_closed(sent: bytes):
    limits = ConnectionLimits(most=3, seconds=NEVER)
    with running(limits) as server, ExitStack() as opened:
        for count in range(1, 6):
            opened.enter_context(server.connect(sent))
            server.wait_for_answers(count)

        assert server.get() == '"ok"'
        eventually(lambda: len(server.server.server_state.connections) <= limits.most)


def test_a_large_answer_arrives_at_a_sender_that_reads_it_later():
    limits = ConnectionLimits(most=9, seconds=5)
    with running(limits) as server, server.connect(ASK_TWO) as late:
        server.wait_for_answers(1)
        received = 0
        while received < 2 * LARGE:
            arrived = len(late.recv(1_000_000))
            assert arrived
            received += arrived


def test_limits_leave_files_for_everything_else():
    assert 1 <= read_limits().most <= 1000


LIMITED = """
import resource, runpy
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
runpy.run_module("services.{}", run_name="__main__")
"""


@pytest.mark.parametrize("program", one_of_each_kind(["gateway", "desk"], "gateway"))
def test_held_connections_neither_stop_a_program_nor_fill_its_log(program: str, tmp_path: Path):
    """300 of them, although the process may have only 256 files open."""
    port = free_port()
    environment = {
        **child_environment(),
        "PREFECT_API_URL": f"http://{LOOPBACK}:{free_port()}/api",
        "DATABASE_URL": f"postgresql://reviewer@{LOOPBACK}:{free_port()}/record",
        f"DOCVERIFY_{program.upper()}_PORT": str(port),
        "DOCVERIFY_GATEWAY_TOPICS": TOPIC,
    }
    health = f"{LOOPBACK}:{port}/health"
    command = [sys.executable, "-c", LIMITED.format(program)]
    with (
        run_server(command, health=health, environment=environment, folder=tmp_path),
        ExitStack() as opened,
    ):
        for _ in range(6):
            for _ in range(50):
                opened.enter_context(socket.create_connection((LOOPBACK, port), PATIENCE))
                with socket.create_connection((LOOPBACK, port), PATIENCE) as other:
                    other.sendall(b"not a request\r\n\r\n")
                    other.recv(1)
            assert requests.get(f"http://{health}", timeout=PATIENCE).text == '"ok"'

    assert len((tmp_path / "server.log").read_bytes()) < 20_000
