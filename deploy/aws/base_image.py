"""The base image of the Dockerfile: its digest is locked, so that no build changes unnoticed."""

from __future__ import annotations

import re
from pathlib import Path

import docker

from deploy.aws.errors import DeployError

LOCK = "Dockerfile.lock"
"""Next to the Dockerfile: a line `IMAGE:TAG sha256:…` for the base image."""

DIGEST = r"sha256:[0-9a-f]{64}"
ARGUMENT = re.compile(r"^ARG (\w+)=(\S+)$", re.MULTILINE)
FROM = re.compile(r"^FROM (\S+)", re.MULTILINE)
NO_BASE = "scratch"


def find_base(clone: Path) -> str:
    """Return the image that the Dockerfile begins with, NAME:TAG; empty if it has none."""
    content = (clone / "Dockerfile").read_text("utf-8")
    (base, *_) = FROM.findall(content)
    for name, value in ARGUMENT.findall(content):
        base = base.replace(f"${{{name}}}", value)
    return "" if base == NO_BASE else base


def lock_base(clone: Path, client: docker.DockerClient, *, accept: bool) -> str:
    """Return the digest of the base image to build from, and write the lock if it is new.

    The Docker engine asks the image's registry. If the registry cannot be reached, the locked
    digest is used.

    Raise DeployError if the registry has another digest than the lock and it is not accepted, or
    if there is neither.
    """
    base = find_base(clone)
    if not base:
        return ""
    locked, found = read_lock(clone, base), resolve_digest(client, base)
    if not (locked or found):
        raise DeployError(
            f"the digest of the base image {base} cannot be looked up, and {LOCK} does not "
            "contain it: check the network of the Docker engine"
        )
    if found and locked and found != locked and not accept:
        raise DeployError(
            f"the base image {base} has changed: {LOCK} has {locked}, its registry has {found}. "
            "Find out why, then accept the new one with --accept-base"
        )
    digest = found or locked
    if digest != locked:
        (clone / LOCK).write_text(f"{base} {digest}\n", "utf-8")
    return digest


def read_lock(clone: Path, base: str) -> str:
    """Return the locked digest of an image; empty if the lock does not have it."""
    path = clone / LOCK
    content = path.read_text("utf-8") if path.exists() else ""
    found = re.search(rf"^{re.escape(base)} ({DIGEST})$", content, re.MULTILINE)
    return found[1] if found else ""


def resolve_digest(client: docker.DockerClient, base: str) -> str:
    """Return the digest that the image's registry has now; empty if it does not answer."""
    try:
        digest = str(client.images.get_registry_data(base).id)
    except docker.errors.DockerException:
        return ""
    return digest if re.fullmatch(DIGEST, digest) else ""


def pin_base(clone: Path, digest: str) -> dict[str, str]:
    """Return the build argument that makes the Dockerfile begin with this digest."""
    content = (clone / "Dockerfile").read_text("utf-8")
    (base, *_) = FROM.findall(content)
    if not digest:
        return {}
    for name, value in ARGUMENT.findall(content):
        if base.endswith(f"${{{name}}}"):
            return {name: f"{value}@{digest}"}
    raise DeployError("the first FROM of the Dockerfile must end with an ARG that has its tag")
