"""The gateway as a process of its own on this machine."""

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from deploy.embedded_prefect import EmbeddedPrefect
from deploy.embedded_server import LOOPBACK, free_port, serving, temporary_folder
from deploy.gateway import PATH
from deploy.isolation import child_environment


@contextmanager
def gateway_server(prefect: EmbeddedPrefect, topics: Collection[str]) -> Iterator[str]:
    """Run the gateway before the Prefect server, and yield the URL that SNS posts to."""
    port = free_port()
    environment = {
        **child_environment(),
        **prefect.environment,
        "DOCVERIFY_GATEWAY_HOST": LOOPBACK,
        "DOCVERIFY_GATEWAY_PORT": str(port),
        "DOCVERIFY_GATEWAY_TOPICS": ",".join(topics),
        # moto signs nothing.
        "DOCVERIFY_GATEWAY_UNSIGNED_FROM_LOOPBACK": "true",
    }
    with (
        temporary_folder("gateway") as folder,
        serving(
            [sys.executable, "-m", "deploy.gateway"],
            health=f"{LOOPBACK}:{port}/health",
            environment=environment,
            folder=folder,
        ),
    ):
        yield f"http://{LOOPBACK}:{port}{PATH}"
