"""A stand-in for Prefect Cloud: a real self-hosted server, and the webhooks that only Cloud has.

The shapes of `/webhooks` are those that Prefect's own command line sends and reads
(prefect/cli/cloud/webhook.py, 3.9.1); no response of Cloud itself was available.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import requests
from jinja2.sandbox import ImmutableSandboxedEnvironment
from prefect.events import Event

from deploy.local.child_server import LOOPBACK
from deploy.local.prefect_server import EmbeddedPrefect
from tests.support.http_server import Request, Response, http_server
from tests.support.polling import PATIENCE

WORKSPACE = f"/accounts/{uuid4()}/workspaces/{uuid4()}"


@dataclass
class Cloud:
    """Where it is, the server behind it, and the webhooks that it keeps."""

    behind: EmbeddedPrefect
    port: int = 0
    webhooks: list[dict[str, Any]] = field(default_factory=list)
    enforces_authentication: bool = False

    @property
    def api_url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/api"

    @property
    def workspace_url(self) -> str:
        return self.api_url + WORKSPACE

    def answer(self, request: Request) -> Response:
        """Answer for webhooks; everything else is forwarded."""
        path = request.path.removeprefix("/api").removeprefix(WORKSPACE)
        if path.startswith("/hooks/"):
            return self.receive(path.removeprefix("/hooks/"), request)
        if path.startswith("/webhooks/"):
            sent = json.loads(request.content or b"null")
            return self.manage(request.method, path.removeprefix("/webhooks/"), sent)
        url = self.behind.api_url + path
        headers = {"Content-Type": request.headers.get("Content-Type", "application/json")}
        answer = requests.request(
            request.method, url, data=request.content, headers=headers, timeout=PATIENCE
        )
        return Response(answer.status_code, answer.content, {"Content-Type": "application/json"})

    def manage(self, method: str, path: str, sent: dict[str, Any]) -> Response:
        """List, create, change, rotate or delete a webhook."""
        if path == "filter":
            return Response(200, self.webhooks)
        if path == "":
            made = {"id": str(uuid4()), "slug": uuid4().hex, "enabled": True, **sent}
            self.webhooks.append(made)
            return Response(201, made)
        which, _, action = path.partition("/")
        (webhook,) = [each for each in self.webhooks if each["id"] == which]
        if method == "DELETE":
            self.webhooks.remove(webhook)
            return Response(204)
        webhook.update({"slug": uuid4().hex} if action == "rotate" else sent)
        return Response(200, webhook)

    def receive(self, slug: str, request: Request) -> Response:
        """Turn a message into an event by the template of its webhook."""
        webhook = next((each for each in self.webhooks if each["slug"] == slug), None)
        if webhook is None or not webhook["enabled"]:
            return Response(404)
        if self.enforces_authentication:
            return Response(401)
        template = ImmutableSandboxedEnvironment().from_string(webhook["template"])
        text = template.render(
            method="POST", headers=dict(request.headers), body=json.loads(request.content)
        )
        event = Event.model_validate_json(text).model_dump(mode="json")
        requests.post(f"{self.behind.api_url}/events", json=[event], timeout=PATIENCE)
        return Response(204)


@contextmanager
def prefect_cloud(behind: EmbeddedPrefect) -> Iterator[Cloud]:
    cloud = Cloud(behind)
    with http_server(cloud.answer) as cloud.port:
        yield cloud
