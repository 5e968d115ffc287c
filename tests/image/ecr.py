"""The loopback registry in the place of ECR: moto lists the images, it stores their layers."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import requests

from deploy.local.child_server import LOOPBACK
from tests.support.aws_calls import Call
from tests.support.http_server import Request, Response, http_server
from tests.support.polling import PATIENCE

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


@dataclass(frozen=True)
class Registry:
    """Replace ECR's address in the responses of moto by the registry's."""

    address: str

    def __call__(self, call: Call, answer: Any) -> Any:
        if call.operation == "DescribeRepositories":
            for each in answer["repositories"]:
                each["repositoryUri"] = f"{self.address}/{each['repositoryName']}"
        return answer

    def manifest(self, repository: str, tag: str) -> dict[str, Any]:
        return manifest(f"http://{self.address}/v2/{repository}/manifests/{tag}")


def manifest(url: str) -> dict[str, Any]:
    answer = requests.get(url, headers={"Accept": MANIFEST}, timeout=PATIENCE)
    answer.raise_for_status()
    return answer.json()


@contextmanager
def pushes() -> Iterator[str]:
    """Add every pushed image to moto's ECR, and yield the URL that the registry reports to."""

    def record(request: Request) -> Response:
        for event in json.loads(request.content)["events"]:
            if event["action"] == "push" and "tag" in event["target"]:
                _put(event["target"])
        return Response()

    with http_server(record) as port:
        yield f"http://{LOOPBACK}:{port}/"


def _put(pushed: dict[str, str]) -> None:
    ecr = boto3.client("ecr")
    repositories = [each["repositoryName"] for each in _repositories(ecr)]
    if pushed["repository"] in repositories:
        ecr.put_image(
            repositoryName=pushed["repository"],
            imageTag=pushed["tag"],
            imageManifest=json.dumps(manifest(pushed["url"])),
        )


def _repositories(ecr: Any) -> list[dict[str, Any]]:
    return ecr.describe_repositories()["repositories"]
