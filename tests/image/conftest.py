"""Fixtures of the image tests: the deploy script builds the image and pushes it to loopback."""

import io
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest
from rich.console import Console

from deploy.local.child_server import LOOPBACK, ServerNotStarted, temporary_folder
from deploy.local.gateway_server import run_gateway
from deploy.local.isolation import ROOT
from tests.conftest import fresh_database
from tests.image.base import BASE, base_archive, wheel_index
from tests.image.container_engine import Containers, check_machine, containers
from tests.image.ecr import Registry, pushes
from tests.support.aws_calls import watched
from tests.support.ecs import default_network
from tests.support.permissions import ACCOUNT

NAME = "image"
REPOSITORY = f"docverify-{NAME}"
TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:docverify-{NAME}-uploads"
NOT_OURS = (".git", ".venv", ".peers", "__pycache__", ".*_cache", ".hypothesis", "*.egg-info")


def pytest_configure(config: pytest.Config) -> None:
    # Docker's client does not close its connections.
    unix_socket = r"unclosed <socket.socket fd=\d+, family=1"
    config.addinivalue_line("filterwarnings", f"ignore:{unix_socket}:ResourceWarning")


@dataclass(frozen=True)
class Built:
    """A deployed clone, its environment, and its image in the registry."""

    clone: Path
    environment: Path
    containers: Containers
    registry: Registry

    @property
    def tag(self) -> str:
        return commit(self.clone)

    @property
    def reference(self) -> str:
        return f"{self.containers.registry}/{REPOSITORY}:{self.tag}"

    def deploy(self, *arguments: str) -> tuple[int, str]:
        """Run the script, and return its exit code and what it printed."""
        from deploy import deploy

        shown = io.StringIO()
        with pytest.MonkeyPatch.context() as changed, watched(changed, self.registry):
            changed.setattr(deploy, "console", Console(file=shown, width=300))
            code = deploy.main([str(self.environment), *arguments], clone=self.clone)
        return code, shown.getvalue()

    def run(self, *command: str, **options: object) -> str:
        """Run a command in a container of the image, and return what it printed."""
        options = {"network_mode": "none", "remove": True} | options
        return self.containers.engine.containers.run(self.reference, command, **options).decode()


def git(clone: Path, *arguments: str) -> str:
    command = ["git", "-C", str(clone), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(clone: Path) -> str:
    return git(clone, "rev-parse", "HEAD")[:12]


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    check_machine()
    with temporary_folder("image") as made:
        yield made


@pytest.fixture(scope="session")
def base_and_index(folder: Path) -> Iterator[tuple[Path, str]]:
    """Return the archive of the fake base image, and the URL of an index of locked packages."""
    with ThreadPoolExecutor(2) as pool:
        base, index = pool.submit(base_archive, folder), pool.submit(wheel_index, folder)
        archive = base.result()
        with serving_files(index.result()) as url:
            yield archive, f"{url}/simple/"


@pytest.fixture(scope="session")
def engine(folder: Path, aws: object, base_and_index: tuple[Path, str]) -> Iterator[Containers]:
    """Run a Docker engine whose registry has the base image."""
    archive, _ = base_and_index
    with pushes() as told, ExitStack() as running:
        try:
            found = running.enter_context(containers(folder, told))
        except ServerNotStarted as error:
            pytest.skip(f"no Docker engine runs here: {error}")
        base = f"{found.registry}/prefecthq/prefect"
        path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        found.engine.api.import_image_from_file(
            str(archive), repository=base, tag=BASE, changes=[f"ENV {path}"]
        )
        found.engine.api.push(base, BASE)
        yield found


@pytest.fixture(scope="session")
def clone(folder: Path) -> Path:
    """Create a clone with this tree, and with files that a build must leave out."""
    made = folder / "clone"
    copytree(ROOT, made, ignore=ignore_patterns(*NOT_OURS))
    git(folder, "init", "-q", str(made))
    git(made, "add", ".")
    git(made, "commit", "-q", "-m", "first")
    return made


@pytest.fixture(scope="session")
def record_url(postgres_url: str) -> Iterator[str]:
    with fresh_database(postgres_url) as url:
        yield url


@pytest.fixture(scope="session")
def built(
    folder, engine, clone, base_and_index, aws, prefect_server, record_url
) -> Iterator[Built]:
    """Deploy everything; the image is built with the project's Dockerfile."""
    vpc, subnet, group = default_network()
    environment = folder / f"{NAME}.toml"
    with run_gateway(prefect_server, [TOPIC]) as endpoint, pytest.MonkeyPatch.context() as set_:
        environment.write_text(
            f'region = "eu-west-1"\npool = "ecs"\ngateway = "{endpoint}"\n'
            f'policy = "demonstration"\nvpc = "{vpc}"\nsubnets = ["{subnet}"]\n'
            f'security_groups = ["{group}"]\n'
        )
        set_.setenv("DATABASE_URL", record_url)
        set_.setenv("DOCKER_HOST", engine.host)
        set_.setenv("PIP_INDEX_URL", base_and_index[1])
        made = Built(clone, environment, engine, Registry(engine.registry))
        code, output = made.deploy()
        assert code == 0, output
        yield made


@contextmanager
def serving_files(folder: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer((LOOPBACK, 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://{LOOPBACK}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
