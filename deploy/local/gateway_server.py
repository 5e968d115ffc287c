"""The gateway as a process on this machine."""

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from deploy.local.child_server import LOOPBACK, free_port, run_server, temporary_folder
from deploy.local.isolation import child_environment
from deploy.local.prefect_server import EmbeddedPrefect
from services.gateway.app import PATH


@contextmanager
def run_gateway(prefect: EmbeddedPrefect, topics: Collection[str]) -> Iterator[str]:
    """Run the gateway of a Prefect server, and yield the URL for SNS."""
    port = free_port()
    environment = {
        **child_environment(),
        **prefect.environment,
        "DOCVERIFY_GATEWAY_HOST": LOOPBACK,
        "DOCVERIFY_GATEWAY_PORT": str(port),
        "DOCVERIFY_GATEWAY_TOPICS": ",".join(topics),
        # moto does not sign its messages.
        "DOCVERIFY_GATEWAY_UNSIGNED_FROM_LOOPBACK": "true",
    }
    with (
        temporary_folder("gateway") as folder,
        run_server(
            [sys.executable, "-m", "services.gateway"],
            health=f"{LOOPBACK}:{port}/health",
            environment=environment,
            folder=folder,
        ),
    ):
        yield f"http://{LOOPBACK}:{port}{PATH}"
