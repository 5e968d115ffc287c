"""A stand-in for a Docker engine and ECR's registry: it records requests, and builds nothing.

What it pushes appears in moto's ECR, which has no registry of its own.
"""

import base64
import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, unquote, urlsplit

import boto3

from deploy.local.child_server import LOOPBACK

MANIFEST = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
    "config": {"digest": "sha256:" + "0" * 64, "size": 1, "mediaType": "application/json"},
    "layers": [],
}


@dataclass
class Engine:
    """The requests that it received."""

    port: int = 0
    builds: list[dict[str, list[str]]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    pushes: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    refuses: str = ""

    @property
    def url(self) -> str:
        return f"tcp://{LOOPBACK}:{self.port}"


@contextmanager
def docker_engine() -> Iterator[Engine]:
    engine = Engine()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({"ApiVersion": "1.43", "MinAPIVersion": "1.24", "Version": "24.0"})

        def do_POST(self) -> None:
            content = self._content()
            path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
            if engine.refuses:
                self._answer({"error": engine.refuses})
            elif path.endswith("/build"):
                engine.builds.append(query)
                with tarfile.open(fileobj=io.BytesIO(content)) as sent:
                    engine.files = sent.getnames()
                self._answer({"aux": {"ID": "sha256:" + "1" * 64}})
            else:
                self._push(unquote(path), query["tag"][0])

        def _push(self, path: str, tag: str) -> None:
            name = path.partition("/images/")[2].removesuffix("/push")
            engine.pushes.append(f"{name}:{tag}")
            sent = json.loads(base64.urlsafe_b64decode(self.headers["X-Registry-Auth"]))
            engine.logins.append(sent.get("username", ""))
            boto3.client("ecr").put_image(
                repositoryName=name.partition("/")[2],
                imageTag=tag,
                imageManifest=json.dumps(MANIFEST | {"tag": tag}),
            )
            self._answer({"status": "pushed"})

        def _content(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            content = b""
            while size := int(self.rfile.readline(), 16):
                content += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return content

        def _answer(self, answer: object) -> None:
            content = json.dumps(answer).encode() + b"\n"
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer((LOOPBACK, 0), Handler) as server:
        engine.port = server.server_port
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield engine
        finally:
            server.shutdown()
            thread.join()
