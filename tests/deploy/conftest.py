"""Fixtures of the deployment tests: a clone, an environment, Docker, AWS and Prefect."""

import io
import subprocess
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from functools import cache, partial
from pathlib import Path
from uuid import uuid4

import pytest
from botocore.loaders import JSONFileLoader
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, PREFECT_CLOUD_API_URL, temporary_settings
from rich.console import Console

from tests.conftest import fresh_database
from tests.support.docker_engine import Engine, docker_engine
from tests.support.prefect_cloud import prefect_cloud

GATEWAY = "http://127.0.0.1:9/notifications"


@pytest.fixture(scope="session", autouse=True)
def _read_service_models_once() -> Iterator[None]:
    """Parse botocore's descriptions of services once, and not in every run of the script."""
    load = cache(JSONFileLoader().load_file)
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(JSONFileLoader, "load_file", lambda _, path: load(path))
        yield


def make_clone(folder: Path) -> Path:
    """Create a git repository with one commit and a Dockerfile."""
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM scratch\n")
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *command], check=True)
    return folder


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Create a clone for this test."""
    return make_clone(tmp_path / "clone")


@pytest.fixture
def docker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """Run a fake Docker engine, and lead every Docker client of the test to it."""
    with docker_engine() as engine:
        monkeypatch.setenv("DOCKER_HOST", engine.url)
        yield engine


def write_environment(folder: Path, name: str, **settings: str) -> Path:
    """Write an environment's file: `ecs` on a self-hosted server, unless settings are given."""
    values = {"region": '"eu-west-1"', "pool": '"ecs"', "gateway": f'"{GATEWAY}"'} | settings
    file = folder / f"{name}.toml"
    file.write_text("".join(f"{key} = {value}\n" for key, value in values.items() if value))
    return file


@pytest.fixture
def environment_file(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes an environment's file for this test."""
    return partial(write_environment, tmp_path)


@pytest.fixture
def name() -> str:
    """Return the name of an environment that no other test uses."""
    return f"t{uuid4().hex[:8]}"


def deploy_py(clone: Path, *arguments: object, **options: float) -> tuple[int, str]:
    """Run deploy.py on the clone, and return its exit code and output."""
    # Imported here because prefect_aws takes seconds, which other tests need not wait for.
    from deploy import deploy

    shown = io.StringIO()
    with pytest.MonkeyPatch.context() as changed, redirect_stderr(shown):
        changed.setattr(deploy, "console", Console(file=shown, highlight=False, width=300))
        code = deploy.main([*map(str, arguments)], clone=clone, **options)
    return code, shown.getvalue()


@pytest.fixture
def run(monkeypatch, capsys, clone, docker, aws, prefect_server, empty_database_url):
    """Return a function that runs deploy.py on the clone: exit code and output."""
    monkeypatch.setenv("DATABASE_URL", empty_database_url)

    def deploy_and_read(*arguments: object, **options: float) -> tuple[int, str]:
        code, shown = deploy_py(clone, *arguments, **options)
        return code, shown + capsys.readouterr().out

    return deploy_and_read


@pytest.fixture(scope="module")
def run_of_module(tmp_path_factory, aws, prefect_server, postgres_url):
    """Return the same function as `run`, for an environment that the tests of a file only read."""
    clone = make_clone(tmp_path_factory.mktemp("of-module") / "clone")
    with (
        docker_engine() as engine,
        fresh_database(postgres_url) as url,
        pytest.MonkeyPatch.context() as changed,
    ):
        changed.setenv("DOCKER_HOST", engine.url)
        changed.setenv("DATABASE_URL", url)
        yield partial(deploy_py, clone)


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
