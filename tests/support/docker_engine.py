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
from urllib.parse import parse_qs, unquote, urlsplit

import boto3

from deploy.local.child_server import LOOPBACK
from tests.support.http_server import Request, Response, http_server

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
    base_digest: str = ""

    @property
    def url(self) -> str:
        return f"tcp://{LOOPBACK}:{self.port}"

    def answer(self, request: Request) -> Response:
        """Record a build or a push; other questions are about the base image or the version."""
        if "/distribution/" in request.path:
            answer = {"Descriptor": {"digest": self.base_digest}, "Platforms": []}
            return Response(200, answer) if self.base_digest else Response(500)
        if request.method == "GET":
            version = {"ApiVersion": "1.43", "MinAPIVersion": "1.24", "Version": "24.0"}
            return Response(200, version)
        path, query = urlsplit(request.path).path, parse_qs(urlsplit(request.path).query)
        if self.refuses:
            return Response(200, {"error": self.refuses})
        if not path.endswith("/build"):
            return self.push(unquote(path), query["tag"][0], request.headers["X-Registry-Auth"])
        self.builds.append(query)
        with tarfile.open(fileobj=io.BytesIO(request.content)) as sent:
            self.files = sent.getnames()
        return Response(200, {"aux": {"ID": "sha256:" + "1" * 64}})

    def push(self, path: str, tag: str, login: str) -> Response:
        """Record a push, and put its image into the registry."""
        name = path.partition("/images/")[2].removesuffix("/push")
        self.pushes.append(f"{name}:{tag}")
        sent = json.loads(base64.urlsafe_b64decode(login))
        self.logins.append(sent.get("username", ""))
        boto3.client("ecr").put_image(
            repositoryName=name.partition("/")[2],
            imageTag=tag,
            imageManifest=json.dumps(MANIFEST | {"tag": tag}),
        )
        return Response(200, {"status": "pushed"})


@contextmanager
def docker_engine() -> Iterator[Engine]:
    engine = Engine()
    with http_server(engine.answer) as engine.port:
        yield engine
