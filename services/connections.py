"""Connections of a service: each request has a deadline, and there is always room for another.

A sender that keeps connections open cannot lock others out, neither by not completing its requests
nor by not reading the answers: over the limit, the connection that has waited longest for its
sender is closed. SNS and browsers repeat requests that were not sent completely.
"""

import asyncio
import logging
import resource
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import uvicorn
from fastapi import FastAPI
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send
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
            the previous request; and time for a sender to read what is ready for it.
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
            ignore_disconnects(app),
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


def ignore_disconnects(app: ASGIApp) -> ASGIApp:
    """Wrap an application: a sender that goes away before its request is complete is no error."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(ClientDisconnect):
            await app(scope, receive, send)

    return serve


class LimitedConnection(H11Protocol):
    """A connection that is closed if its sender takes too long, or if others need its place."""

    def __init__(self, *arguments: Any, limits: ConnectionLimits, **named: Any) -> None:  # noqa: ANN401 (uvicorn's)
        """Store the limits, and what uvicorn passes to a protocol."""
        super().__init__(*arguments, **named)
        self.limits = limits
        self.deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timer of the first request, and close a connection if there are too many."""
        super().connection_made(transport)
        self.start_time()
        if len(self.connections) > self.limits.most:
            close_longest_waiting(self.connections, self.limits.most)

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

    def pause_writing(self) -> None:
        """Start the timer in which the sender must read what is ready."""
        super().pause_writing()
        if self.deadline is None:
            self.start_time()

    def resume_writing(self) -> None:
        """Stop the timer, unless the connection waits for a request."""
        super().resume_writing()
        if not self.is_waiting():
            self.stop_time()

    def is_waiting(self) -> bool:
        """Return whether it waits for its sender: for a complete request, or to read an answer."""
        has_no_request = self.cycle is None or self.cycle.more_body or self.cycle.response_complete
        return has_no_request or self.flow.write_paused

    def start_time(self) -> None:
        """Start the timer for what the connection waits for."""
        self.stop_time()
        self.deadline = self.loop.call_later(self.limits.seconds, self.close_slow)

    def stop_time(self) -> None:
        """Stop the timer, so that answering the request may take any time."""
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None

    def close_slow(self) -> None:
        """Close the connection, because its sender has sent or read nothing complete in time."""
        logger.warning(
            "closed a connection: in %g s, its sender did not send a complete request or did not "
            "read the answer",
            self.limits.seconds,
        )
        self.transport.abort()


def close_longest_waiting(connections: Iterable[Any], most: int) -> None:
    """Close the connection that has waited longest for its sender, if more than `most` are open.

    The newest connection counts, too: if all others are being answered, it is closed.
    """
    open_ones = [each for each in connections if keeps_file(each.transport)]
    waiting = [each for each in open_ones if each.deadline is not None]
    if len(open_ones) > most and waiting:
        logger.warning("closed a connection that waited for its sender: others need its place")
        min(waiting, key=lambda each: each.deadline.when()).transport.abort()


def keeps_file(transport: asyncio.Transport) -> bool:
    """Return whether a connection keeps its file: one that is closing does until all is sent."""
    return not transport.is_closing() or transport.get_write_buffer_size() > 0
