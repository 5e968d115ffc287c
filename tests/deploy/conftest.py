"""A clone to deploy from, and what a deployment talks to."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, PREFECT_CLOUD_API_URL, temporary_settings

from tests.support.docker_engine import Engine, docker_engine
from tests.support.prefect_cloud import prefect_cloud

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


@pytest.fixture
def name() -> str:
    """An environment that no other test has."""
    return f"t{uuid4().hex[:8]}"


@pytest.fixture
def run(monkeypatch, capsys, clone, docker, aws, prefect_server, empty_database_url):
    """Run the script as from the clone, and return its exit code and what it printed."""
    # Imports prefect_aws, which takes seconds that other tests need not wait.
    from deploy import deploy
    from deploy.aws.steps import image

    monkeypatch.setattr(image, "ROOT", clone)
    monkeypatch.setenv("DATABASE_URL", empty_database_url)

    def deploy_py(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(deploy, "console", deploy.Console(highlight=False, width=300))
        code = deploy.main([str(argument) for argument in arguments])
        return code, capsys.readouterr().out

    return deploy_py


@pytest.fixture
def cloud(prefect_server):
    with (
        prefect_cloud(prefect_server) as standing_in,
        temporary_settings(
            {
                PREFECT_API_URL: standing_in.workspace_url,
                PREFECT_CLOUD_API_URL: standing_in.api_url,
            }
        ),
    ):
        yield standing_in


@pytest.fixture
def prefect(prefect_server):
    with get_client(sync_client=True) as client:
        yield client
