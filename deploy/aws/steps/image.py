"""The image of this clone: tagged with its commit, built and pushed by Prefect's DockerImage."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from docker.errors import DockerException
from prefect.docker import DockerImage
from prefect.utilities.dockerutils import BuildError, PushError

from deploy.aws.errors import DeployError, NotYet
from deploy.aws.plan import Finding, done, missing, not_needed
from deploy.aws.steps import repository
from deploy.aws.target import Target
from deploy.local.child_server import temporary_folder
from deploy.local.isolation import ROOT

PLATFORM = "linux/amd64"


def check(target: Target) -> Finding:
    """Look for the image of this commit in the repository."""
    if not target.environment.in_containers:
        return not_needed("runs are processes here")
    tag = _tag(target)
    return done(tag) if _is_pushed(target, tag) else missing(tag)


def apply(target: Target) -> None:
    """Build the image and push it, with a login to ECR that is gone afterwards."""
    if target.image:
        raise DeployError(f"the repository {target.name} has no image {target.image}")
    image = DockerImage(
        name=_repository(target),
        tag=_tag(target),
        dockerfile="Dockerfile",
        context=ROOT,
        platform=PLATFORM,
        # Prefect's default is what stdout was when Prefect was imported.
        stream_progress_to=sys.stdout,
        rm=True,
        **_index(),
    )
    if not (ROOT / "Dockerfile").exists():
        raise DeployError(f"there is no Dockerfile in {ROOT}: deploy from a complete clone")
    try:
        with _login(target):
            image.build()
            image.push()
    except (DockerException, BuildError, PushError, RuntimeError) as error:
        raise DeployError(f"Docker did not build and push the image: {error}") from error


def destroy(target: Target) -> str:
    """Leave the images to the repository, which is removed with them."""
    return "with the repository" if repository.uri(target) else "was not there"


def reference(target: Target) -> str:
    """Name the image of this commit; raises NotYet until it is pushed."""
    tag = _tag(target)
    if not _is_pushed(target, tag):
        raise NotYet(f"the image {tag}")
    return f"{_repository(target)}:{tag}"


def image_tag(root: Path, *, allow_dirty: bool = False) -> str:
    """Name what is in the clone: its commit, and for a changed tree what it changed to.

    Raises DeployError when the tree was changed, unless that is allowed.
    """
    commit = _git(root, "rev-parse", "HEAD")[:12]
    if not _git(root, "status", "--porcelain"):
        return commit
    if not allow_dirty:
        raise DeployError(
            "the clone has changes that are not committed: commit them, so that the image can be "
            "told from its tag, or say --allow-dirty"
        )
    with temporary_folder("index") as folder:
        index = {"GIT_INDEX_FILE": str(folder / "index")}
        _git(root, "read-tree", "HEAD", **index)
        _git(root, "add", "--all", **index)
        return f"{commit}-{_git(root, 'write-tree', **index)[:12]}"


def _tag(target: Target) -> str:
    return target.image or image_tag(ROOT, allow_dirty=target.allow_dirty)


def _git(root: Path, *arguments: str, **environment: str) -> str:
    try:
        return subprocess.run(  # noqa: S603 - our own command, no shell.
            ["git", "-C", str(root), *arguments],  # noqa: S607
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        raise DeployError(f"{root} is no git clone: the image is tagged with its commit") from None


def _index() -> dict[str, Any]:
    """Let the build ask the index that pip is told of here, which nothing in the image names."""
    index = os.environ.get("PIP_INDEX_URL")
    if not index:
        return {}
    # From the network of this machine, which may be all that reaches it.
    return {"buildargs": {"PIP_INDEX_URL": index}, "network_mode": "host"}


def _repository(target: Target) -> str:
    uri = repository.uri(target)
    if uri is None:
        raise NotYet("the repository")
    return uri


def _is_pushed(target: Target, tag: str) -> bool:
    if repository.uri(target) is None:
        return False
    ecr = target.aws("ecr")
    try:
        ecr.describe_images(repositoryName=target.name, imageIds=[{"imageTag": tag}])
    except ecr.exceptions.ImageNotFoundException:
        return False
    return True


@contextmanager
def _login(target: Target) -> Iterator[None]:
    """Let Docker's client in this process push; the user's own logins stay as they are."""
    (token,) = target.aws("ecr").get_authorization_token()["authorizationData"]
    registry = _repository(target).partition("/")[0]
    logins = {"auths": {registry: {"auth": _docker_auth(token["authorizationToken"])}}}
    before = os.environ.get("DOCKER_CONFIG")
    with temporary_folder("docker") as folder:
        (folder / "config.json").write_text(json.dumps(logins))
        os.environ["DOCKER_CONFIG"] = str(folder)
        try:
            yield
        finally:
            os.environ.pop("DOCKER_CONFIG")
            if before is not None:
                os.environ["DOCKER_CONFIG"] = before


def _docker_auth(token: str) -> str:
    """Refuse a token that Docker's client would take for another user than ECR's."""
    user, _, _ = base64.b64decode(token).decode().partition(":")
    if user != "AWS":
        raise DeployError("ECR gave a login that is none: try again")
    return token
