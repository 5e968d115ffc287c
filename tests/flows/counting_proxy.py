"""A proxy on loopback that passes bytes on and notes each HTTP request that goes through."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

REQUEST = re.compile(rb"(GET|POST|PUT|PATCH|DELETE) (/\S*) HTTP/1\.1\r\n")


@contextmanager
def counting(port: int) -> Iterator[tuple[int, list[str]]]:
    """Listen before the server at the port; yield our own port and the requests seen so far."""
    requests: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_accept, args=(listener, port, requests), daemon=True).start()
        yield listener.getsockname()[1], requests


def _accept(listener: socket.socket, port: int, requests: list[str]) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            server = socket.create_connection(("127.0.0.1", port))
            _pass_on(client, server, requests)
            _pass_on(server, client, None)


def _pass_on(source: socket.socket, target: socket.socket, requests: list[str] | None) -> None:
    def copy() -> None:
        with source, suppress(OSError):
            while chunk := source.recv(65536):
                if requests is not None:
                    requests.extend(_seen(chunk))
                target.sendall(chunk)
            target.shutdown(socket.SHUT_WR)

    threading.Thread(target=copy, daemon=True).start()


def _seen(chunk: bytes) -> Iterator[str]:
    for method, path in REQUEST.findall(chunk):
        yield f"{method.decode()} {path.decode()}"
