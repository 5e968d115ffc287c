"""Connections of a service: each request has a deadline, and there is always room for another.

A sender that keeps connections open without completing a request cannot lock others out: over the
limit, the connection that has waited longest for its request is closed. SNS and browsers repeat
requests that were not sent completely.
"""

import asyncio
import logging
import resource
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_SECONDS = 10.0
MAX_CONNECTIONS = 1000
RESERVED_FILES = 100
"""Open files for everything else, and for new connections before another one is closed."""
BACKLOG = 16
"""Connections that are accepted in one step."""

logger = logging.getLogger("docverify.connections")


@dataclass(frozen=True)
class ConnectionLimits:
    """Limits of the connections of a server.

    Attributes:
        most: Connections at the same time.
        seconds: Time for a request to be complete, from the opening of the connection or the end of
            the previous request.
    """

    most: int
    seconds: float = REQUEST_SECONDS


def read_limits() -> ConnectionLimits:
    """Return limits that fit the number of files that this process may open."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MAX_CONNECTIONS if files == resource.RLIM_INFINITY else files - RESERVED_FILES
    return ConnectionLimits(max(1, min(MAX_CONNECTIONS, most)))


def build_server(
    app: FastAPI,
    host: str,
    port: int,
    limits: ConnectionLimits,
    **options: Any,  # noqa: ANN401 (uvicorn's)
) -> uvicorn.Server:
    """Build the server of an application, with limits and other options of uvicorn."""
    connection = cast("type[asyncio.Protocol]", partial(LimitedConnection, limits=limits))
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            http=connection,
            ws="none",
            loop="asyncio",
            backlog=BACKLOG,
            access_log=False,
            **options,
        )
    )


class LimitedConnection(H11Protocol):
    """A connection that is closed if its request takes too long, or if others need its place."""

    def __init__(self, *arguments: Any, limits: ConnectionLimits, **named: Any) -> None:  # noqa: ANN401 (uvicorn's)
        """Store the limits, and what uvicorn passes to a protocol."""
        super().__init__(*arguments, **named)
        self.limits = limits
        self.deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timer of the first request, and close a connection if there are too many."""
        super().connection_made(transport)
        self.start_time()
        open_ones = [each for each in self.connections if not each.transport.is_closing()]
        if len(open_ones) > self.limits.most:
            close_longest_waiting(open_ones)

    def data_received(self, data: bytes) -> None:
        """Stop the timer when a request is complete."""
        super().data_received(data)
        if not self.is_waiting():
            self.stop_time()

    def on_response_complete(self) -> None:
        """Start the timer of the next request."""
        self.start_time()
        super().on_response_complete()
        if not self.is_waiting():
            self.stop_time()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the time."""
        self.stop_time()
        super().connection_lost(exc)

    def is_waiting(self) -> bool:
        """Return whether the connection still waits for a complete request."""
        return self.cycle is None or self.cycle.more_body or self.cycle.response_complete

    def start_time(self) -> None:
        """Start the timer for a complete request."""
        self.stop_time()
        self.deadline = self.loop.call_later(self.limits.seconds, self.close_slow)

    def stop_time(self) -> None:
        """Stop the timer, so that answering the request may take any time."""
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None

    def close_slow(self) -> None:
        """Close the connection, because its request is not complete in time."""
        logger.warning("closed a connection: no complete request in %g s", self.limits.seconds)
        self.transport.abort()


def close_longest_waiting(connections: Sequence[Any]) -> None:
    """Close the connection that has waited longest for its request.

    The newest connection counts, too: if all others have their requests, it is closed.
    """
    waiting = [each for each in connections if each.deadline is not None]
    if waiting:
        logger.warning("closed a connection without a complete request: others need its place")
        min(waiting, key=lambda each: each.deadline.when()).transport.abort()
