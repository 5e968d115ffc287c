"""A proxy on loopback that lets a connection fail at the moment that a test names."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """What the proxy does at the moment."""

    STALL = "stall"  # before the server gets the message
    STALL_ANSWER = "stall the answer"  # once the server has answered
    LOSE_ANSWER = "lose the answer"  # once the server has answered, the client is cut off


@dataclass
class Moment:
    """A message of a client with the last of the texts, once the others were sent before.

    `reached` is set when it came, or when its answer did where that is what fails; the proxy goes
    on once `go_on` is set. It comes once only.
    """

    fault: Fault
    texts: tuple[bytes, ...]
    reached: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    came: bool = False
    dropped: bool = False

    def drop(self) -> None:
        """Drop the message, as if its sender had died before."""
        self.dropped = True
        self.go_on.set()

    def is_now(self, sent: bytes) -> bool:
        at = 0
        for text in self.texts:
            at = sent.find(text, at)
            if at < 0:
                return False
        return not self.came


NEVER = Moment(Fault.STALL, (b"this is sent by nobody",))


@contextmanager
def proxy(port: int, moment: Moment = NEVER) -> Iterator[int]:
    """Listen before the server at the port; yield our own port."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        accepting = threading.Thread(target=_accept, args=(listener, port, moment), daemon=True)
        accepting.start()
        try:
            yield listener.getsockname()[1]
        finally:
            moment.drop()
            # Awake before it is closed: it would go on waiting at the next socket of that number.
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join(10)


def _accept(listener: socket.socket, port: int, moment: Moment) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_serve, args=(client, port, moment), daemon=True).start()


def _serve(client: socket.socket, port: int, moment: Moment) -> None:
    ours = threading.Event()  # The moment is on this connection.
    with client, suppress(OSError), socket.create_connection(("127.0.0.1", port)) as server:
        answers = (server, client, ours, moment)
        threading.Thread(target=_answer, args=answers, daemon=True).start()
        sent = b""
        while chunk := client.recv(1 << 20):
            sent += chunk
            if moment.is_now(sent):
                moment.came = True
                ours.set()
                if moment.fault is Fault.STALL:
                    moment.reached.set()
                    moment.go_on.wait()
                if moment.dropped:
                    break
            server.sendall(chunk)
        server.shutdown(socket.SHUT_RDWR)  # To close it alone would wait for the other thread.


def _answer(
    server: socket.socket, client: socket.socket, ours: threading.Event, moment: Moment
) -> None:
    with suppress(OSError):
        while chunk := server.recv(1 << 20):
            if ours.is_set() and moment.fault is not Fault.STALL:
                moment.reached.set()
                if moment.fault is Fault.LOSE_ANSWER:
                    break
                moment.go_on.wait()
            client.sendall(chunk)
        client.shutdown(socket.SHUT_RDWR)
