"""A clone to deploy from, and what a deployment talks to."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.deploy.docker_engine import Engine, docker_engine

GATEWAY = "http://127.0.0.1:9/notifications"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A git repository with one commit and a Dockerfile."""
    folder = tmp_path / "clone"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM scratch\n")
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *command], check=True)
    return folder


@pytest.fixture
def docker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A Docker engine's stand-in, which every client in the test finds by itself."""
    with docker_engine() as engine:
        monkeypatch.setenv("DOCKER_HOST", engine.url)
        yield engine


@pytest.fixture
def environment_file(tmp_path: Path) -> Callable[..., Path]:
    """Write an environment's file: `ecs` on a self-hosted server, but for what is given."""

    def write(name: str, **settings: str) -> Path:
        values = {"region": '"eu-west-1"', "pool": '"ecs"', "gateway": f'"{GATEWAY}"'} | settings
        file = tmp_path / f"{name}.toml"
        file.write_text("".join(f"{key} = {value}\n" for key, value in values.items() if value))
        return file

    return write
