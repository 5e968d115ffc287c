"""A Docker engine and a registry on this machine that end with the test."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which

import docker
import pytest

from deploy.local.child_server import LOOPBACK, ServerNotStarted, free_port, log_tail, run_server
from tests.support.polling import eventually

PROGRAMS = ("dockerd", "docker-registry", "mmdebstrap")


@dataclass(frozen=True)
class Containers:
    """Addresses of the engine and the registry."""

    host: str
    registry: str
    engine: docker.DockerClient


def check_machine() -> None:
    """Skip the test with a reason if no engine can run here."""
    if os.geteuid() != 0:
        pytest.skip("a Docker engine of our own needs root")
    if os.uname().machine != "x86_64":
        pytest.skip("the image is for linux/amd64, and this machine is another")
    absent = [program for program in PROGRAMS if which(program) is None]
    if absent:
        packages = "docker.io docker-registry mmdebstrap"
        pytest.skip(f"{', '.join(absent)} not found: apt-get install {packages}")


@contextmanager
def containers(folder: Path, pushed: str) -> Iterator[Containers]:
    """Run a registry that reports pushed images to `pushed`, and an engine that pulls from it."""
    registry = f"{LOOPBACK}:{free_port()}"
    settings = folder / "registry.yml"
    settings.write_text(
        f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {folder / 'registry'}}}}}\n"
        f"http: {{addr: '{registry}'}}\n"
        f"notifications: {{endpoints: [{{name: ecr, url: '{pushed}', timeout: 5s, "
        "threshold: 3, backoff: 1s}]}\n"
    )
    command = ["docker-registry", "serve", str(settings)]
    (folder / "log").mkdir()
    with (
        run_server(
            command, health=f"{registry}/v2/", environment=os.environ, folder=folder / "log"
        ),
        _engine(folder, registry) as host,
        closing(docker.DockerClient(base_url=host, timeout=600)) as engine,
    ):
        yield Containers(host, registry, engine)


@contextmanager
def _engine(folder: Path, registry: str) -> Iterator[str]:
    host, log = f"unix://{folder / 'docker.sock'}", folder / "dockerd.log"
    command = [
        *("dockerd", "--host", host, "--pidfile", str(folder / "docker.pid")),
        *("--data-root", str(folder / "docker"), "--exec-root", str(folder / "exec")),
        # The machine's network stays unchanged: containers share it.
        *("--iptables=false", "--ip6tables=false", "--bridge=none"),
        *("--insecure-registry", registry, "--registry-mirror", f"http://{registry}"),
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
    try:
        _wait_for(process, host, log)
        yield host
    finally:
        process.terminate()
        process.wait(60)
        _unmount_below(folder)


def _wait_for(process: subprocess.Popen[bytes], host: str, log: Path) -> None:
    def answers() -> bool:
        if process.poll() is not None:
            raise ServerNotStarted(f"dockerd ended:\n{log_tail(log)}")
        try:
            with closing(docker.DockerClient(base_url=host)) as client:
                return client.ping()
        except docker.errors.DockerException:
            return False

    eventually(answers)


def _unmount_below(folder: Path) -> None:
    """Unmount the network namespaces of containers, which the engine leaves mounted."""
    mounted = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    for point in mounted:
        if Path(point).is_relative_to(folder):
            subprocess.run(["umount", point], check=True)
