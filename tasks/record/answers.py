"""Connections to PostgreSQL that limit the time for every answer.

psycopg2 waits in C, where neither a signal nor a timeout of Prefect can interrupt it. With a wait
callback, it waits here in Python, up to the limit of the connection, and both can interrupt it.
"""

from __future__ import annotations

import select
from collections.abc import Iterator, Mapping
from functools import partial
from time import monotonic
from typing import Any

import psycopg2
from psycopg2.extensions import POLL_OK, POLL_READ, connection, set_wait_callback

REFUSAL = "FATAL"  # beginning of a server's answer; errors of the network have a different text
SLICE_SECONDS = 0.5  # A timeout in a thread takes effect between two slices.


class NoAnswer(psycopg2.OperationalError):
    """The server did not answer within the limit, so its connection was closed."""


class RecordConnection(connection):
    """A connection of this program.

    Attributes:
        answer_seconds: How long the server may take to answer; while the connection is opened, to
            accept it.
    """

    def __init__(self, dsn: str, async_: int = 0, *, connect_seconds: float) -> None:
        """Open the connection; raise NoAnswer if the server takes longer than the seconds."""
        self.answer_seconds = connect_seconds
        super().__init__(dsn, async_)  # type: ignore[call-arg]  # its stub lacks them


def wait_for_answer(waiting: connection) -> None:
    """Wait until psycopg2 has its answer; raise NoAnswer at the limit of the connection.

    Connections of others, such as those of a test, wait without a limit.
    """
    seconds = getattr(waiting, "answer_seconds", float("inf"))
    deadline = monotonic() + seconds
    while (state := waiting.poll()) != POLL_OK:
        ready = select.poll()
        ready.register(waiting.fileno(), select.POLLIN if state == POLL_READ else select.POLLOUT)
        while not ready.poll(SLICE_SECONDS * 1000):
            if monotonic() >= deadline:
                raise NoAnswer(f"no answer within {seconds:g} s")


def open_connection(
    parameters: Mapping[str, Any], connect_seconds: float, answer_seconds: float
) -> RecordConnection:
    """Open a connection to the first host that accepts it.

    libpq itself tries several hosts, but with a wait callback it stops at a silent one. If no host
    accepts the connection, raise the error of a server that refuses, or else of the last host.
    """
    set_wait_callback(wait_for_answer)
    factory = partial(RecordConnection, connect_seconds=connect_seconds)
    errors: list[psycopg2.OperationalError] = []
    for each in split_hosts(parameters):
        try:
            opened: RecordConnection = psycopg2.connect(**each, connection_factory=factory)
        except psycopg2.OperationalError as error:
            errors.append(error)
        else:
            opened.answer_seconds = answer_seconds
            return opened
    try:
        raise next((each for each in errors if REFUSAL in str(each)), errors[-1])
    finally:
        del errors  # The traceback would keep the sockets of failed tries open.


def split_hosts(parameters: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the parameters of each host of a list, `host=a,b` and `port=1,2`, in its order."""
    hosts = str(parameters.get("host") or "").split(",")
    ports = str(parameters.get("port") or "").split(",")
    if len(hosts) == 1 or "hostaddr" in parameters:
        yield dict(parameters)
        return
    for position, host in enumerate(hosts):
        port = ports[position] if len(ports) == len(hosts) else ports[0]
        yield {**parameters, "host": host} | ({"port": port} if port else {})
