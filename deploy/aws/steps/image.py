"""The container image of this clone: tagged with its commit, built and pushed by Prefect."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import docker
from prefect.docker import DockerImage
from prefect.utilities.dockerutils import BuildError, PushError

from deploy.aws import base_image, image_records
from deploy.aws.errors import DeployError, NotYet
from deploy.aws.plan import Finding, done, missing, not_needed
from deploy.aws.steps import repository
from deploy.aws.target import Target
from deploy.local.child_server import temporary_folder

WRITTEN_BY_BUILDS = (f":!{base_image.LOCK}", f":!{image_records.FOLDER}")
"""Files that do not count as changes of the clone."""

LIST_SECONDS = 60.0  # until ECR lists an image that was pushed
PLATFORMS = {"X86_64": "linux/amd64", "ARM64": "linux/arm64"}


def check(target: Target) -> Finding:
    """Check that the repository has the image of this commit."""
    if not target.environment.in_containers:
        return not_needed("runs are processes here")
    wanted = tag(target)
    return done(wanted) if is_pushed(target, wanted) else missing(wanted)


def apply(target: Target) -> None:
    """Build the image from the locked base and push it, with a temporary login to ECR."""
    if target.image:
        raise DeployError(f"the repository {target.name} has no image {target.image}")
    if not (target.clone / "Dockerfile").exists():
        raise DeployError(f"{target.clone} has no Dockerfile: deploy from a complete clone")
    started, wanted = datetime.now(UTC), tag(target)
    try:
        client = docker.from_env()
        digest = base_image.lock_base(target.clone, client, accept=target.accept_base)
        image = describe_image(target, wanted, digest)
        with ecr_login(target):
            image.build()
            image.push()
    except (docker.errors.DockerException, BuildError, PushError, RuntimeError) as error:
        raise DeployError(f"Docker did not build and push the image: {error}") from error
    build = image_records.ImageBuild(
        name=repository_uri(target),
        tag=wanted,
        digest=find_digest(target, wanted),
        commit=_git(target.clone, "rev-parse", "HEAD"),
        base=base_image.find_base(target.clone),
        base_digest=digest,
        requirements=read_requirements(target.clone),
        platform=PLATFORMS[target.environment.architecture],
        started=started,
        finished=datetime.now(UTC),
    )
    image_records.write_records(target.clone, target.environment.name, build)


def describe_image(target: Target, tag: str, base_digest: str) -> DockerImage:
    """Return the image to build: its name, its platform, its base and its labels."""
    commit, requirements = _git(target.clone, "rev-parse", "HEAD"), read_requirements(target.clone)
    options = package_index_options()
    options["buildargs"] = {
        **options.get("buildargs", {}),
        **base_image.pin_base(target.clone, base_digest),
        **image_records.build_arguments(commit, base_digest, requirements),
    }
    return DockerImage(
        name=repository_uri(target),
        tag=tag,
        dockerfile="Dockerfile",
        context=target.clone,
        platform=PLATFORMS[target.environment.architecture],
        # Prefect's default is what stdout was when Prefect was imported.
        stream_progress_to=sys.stdout,
        rm=True,
        **options,
    )


def read_requirements(clone: Path) -> str:
    """Return the lock of the image's packages; empty if the clone has none."""
    path = clone / image_records.REQUIREMENTS
    return path.read_text("utf-8") if path.exists() else ""


def find_digest(target: Target, tag: str, wait_seconds: float = LIST_SECONDS) -> str:
    """Return the digest of a pushed image; wait until ECR lists it."""
    deadline = time.monotonic() + wait_seconds
    while not is_pushed(target, tag) and time.monotonic() < deadline:
        time.sleep(1)
    images = target.aws("ecr").describe_images(
        repositoryName=target.name, imageIds=[{"imageTag": tag}]
    )
    return str(images["imageDetails"][0]["imageDigest"])


def destroy(target: Target) -> str:
    """Do nothing: the images are removed together with the repository."""
    return "removed with the repository" if repository.find_uri(target) else "did not exist"


def reference(target: Target) -> str:
    """Return the name of this commit's image; raise NotYet until it is pushed."""
    wanted = tag(target)
    if not is_pushed(target, wanted):
        raise NotYet(f"the image {wanted}")
    return f"{repository_uri(target)}:{wanted}"


def image_tag(root: Path, *, allow_dirty: bool = False) -> str:
    """Return the tag of the clone's content: its commit, and the tree's hash if it has changes.

    Raise DeployError if the clone has uncommitted changes, unless `allow_dirty` is set.
    """
    commit = _git(root, "rev-parse", "HEAD")[:12]
    if not _git(root, "status", "--porcelain", "--", ".", *WRITTEN_BY_BUILDS):
        return commit
    if not allow_dirty:
        raise DeployError(
            "the clone has uncommitted changes: commit them, so that the tag identifies the image, "
            "or use --allow-dirty"
        )
    with temporary_folder("index") as folder:
        index = {"GIT_INDEX_FILE": str(folder / "index")}
        _git(root, "read-tree", "HEAD", **index)
        _git(root, "add", "--all", "--", ".", *WRITTEN_BY_BUILDS, **index)
        return f"{commit}-{_git(root, 'write-tree', **index)[:12]}"


def tag(target: Target) -> str:
    """Return the tag of the image to deploy; raise DeployError for uncommitted changes."""
    return target.image or image_tag(target.clone, allow_dirty=target.allow_dirty)


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
        raise DeployError(
            f"{root} is not a git clone: use one, because its commit is the tag of the image"
        ) from None


def package_index_options() -> dict[str, Any]:
    """Return build options that use this machine's PIP_INDEX_URL, if one is set."""
    index = os.environ.get("PIP_INDEX_URL")
    if not index:
        return {}
    # The network of this machine may be the only one that reaches the index.
    return {"buildargs": {"PIP_INDEX_URL": index}, "network_mode": "host"}


def repository_uri(target: Target) -> str:
    """Return the repository's address; raise NotYet until it exists."""
    uri = repository.find_uri(target)
    if uri is None:
        raise NotYet("the repository")
    return uri


def is_pushed(target: Target, tag: str) -> bool:
    """Return whether the repository has an image with the tag."""
    if repository.find_uri(target) is None:
        return False
    ecr = target.aws("ecr")
    try:
        ecr.describe_images(repositoryName=target.name, imageIds=[{"imageTag": tag}])
    except ecr.exceptions.ImageNotFoundException:
        return False
    return True


@contextmanager
def ecr_login(target: Target) -> Iterator[None]:
    """Log the Docker client of this process in to ECR; the user's own logins stay unchanged."""
    (authorization,) = target.aws("ecr").get_authorization_token()["authorizationData"]
    token = authorization["authorizationToken"]
    # Docker's client would take another token for the password of another user.
    if not base64.b64decode(token).startswith(b"AWS:"):
        raise DeployError("ECR returned an invalid login: run the command again")
    registry = repository_uri(target).partition("/")[0]
    logins = {"auths": {registry: {"auth": token}}}
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
