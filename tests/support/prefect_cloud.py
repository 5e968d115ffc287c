"""A stand-in for Prefect Cloud: a real self-hosted server, and the webhooks that only Cloud has.

The shapes of `/webhooks` are those that Prefect's own command line sends and reads
(prefect/cli/cloud/webhook.py, 3.9.1); no response of Cloud itself was available.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import uuid4

import requests
from jinja2.sandbox import ImmutableSandboxedEnvironment
from prefect.events import Event

from deploy.local.child_server import LOOPBACK
from deploy.local.prefect_server import EmbeddedPrefect
from tests.support.polling import PATIENCE

WORKSPACE = f"/accounts/{uuid4()}/workspaces/{uuid4()}"


@dataclass
class Cloud:
    """Where it is, and what it keeps."""

    port: int = 0
    webhooks: list[dict[str, Any]] = field(default_factory=list)
    enforces_authentication: bool = False

    @property
    def api_url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/api"

    @property
    def workspace_url(self) -> str:
        return self.api_url + WORKSPACE


@contextmanager
def prefect_cloud(behind: EmbeddedPrefect) -> Iterator[Cloud]:
    cloud = Cloud()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            path = self.path.removeprefix("/api").removeprefix(WORKSPACE)
            if path.startswith("/hooks/"):
                self._hook(path.removeprefix("/hooks/"), content)
            elif path.startswith("/webhooks/"):
                self._webhooks(path.removeprefix("/webhooks/"), content)
            else:
                self._forward(path, content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any

        def _forward(self, path: str, content: bytes) -> None:
            headers = {"Content-Type": self.headers.get("Content-Type", "application/json")}
            url = behind.api_url + path
            answer = requests.request(
                self.command, url, data=content, headers=headers, timeout=PATIENCE
            )
            self._answer(answer.status_code, answer.content)

        def _webhooks(self, path: str, content: bytes) -> None:
            sent = json.loads(content or b"null")
            if path == "filter":
                self._answer(200, cloud.webhooks)
            elif path == "":
                made = {"id": str(uuid4()), "slug": uuid4().hex, "enabled": True, **sent}
                cloud.webhooks.append(made)
                self._answer(201, made)
            else:
                self._webhook(path, sent)

        def _webhook(self, path: str, sent: dict[str, Any]) -> None:
            which, _, action = path.partition("/")
            (webhook,) = [each for each in cloud.webhooks if each["id"] == which]
            if self.command == "DELETE":
                cloud.webhooks.remove(webhook)
                self._answer(204, b"")
                return
            webhook.update({"slug": uuid4().hex} if action == "rotate" else sent)
            self._answer(200, webhook)

        def _hook(self, slug: str, content: bytes) -> None:
            webhook = next((each for each in cloud.webhooks if each["slug"] == slug), None)
            if webhook is None or not webhook["enabled"]:
                self._answer(404, b"")
            elif cloud.enforces_authentication:
                self._answer(401, b"")
            else:
                template = ImmutableSandboxedEnvironment().from_string(webhook["template"])
                text = template.render(
                    method="POST", headers=dict(self.headers), body=json.loads(content)
                )
                event = Event.model_validate_json(text).model_dump(mode="json")
                requests.post(f"{behind.api_url}/events", json=[event], timeout=PATIENCE)
                self._answer(204, b"")

        def _answer(self, status: int, answer: object) -> None:
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer((LOOPBACK, 0), Handler) as server:
        server.daemon_threads = True
        cloud.port = server.server_port
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield cloud
        finally:
            server.shutdown()
            thread.join()
