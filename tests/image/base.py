"""A fake of the base image prefecthq/prefect, which tests cannot pull: Debian, Python, Prefect.

It differs from the real one on purpose: its Prefect was not installed from our hashes, one other
package is older than ours, and `make` represents the build tools.
"""

import platform
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from deploy.local.isolation import ROOT

LOCK = ROOT / "requirements.txt"
BASE = re.search(r"^ARG PREFECT=(\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)[1]
OLDER = "fastapi==0.139.0"
_SOURCES = (Path("/etc/apt/sources.list"), Path("/etc/apt/sources.list.d/debian.sources"))
_PROCESSES = 8


def base_archive(folder: Path) -> Path:
    """Create the files of the fake base image as an archive; skip the test without apt."""
    site, archive = folder / "site", folder / "base.tar"
    prefect = f"prefect=={BASE.partition('-')[0]}"
    _pip("install", "--no-deps", "--no-compile", "--target", site, "pip", prefect, OLDER)
    into = f'cp -r {site}/. "$1"/usr/local/lib/python3.*/dist-packages/'
    python = 'ln -s /usr/bin/python3 "$1"/usr/local/bin/python'
    free = 'rm -rf "$1"/usr/lib/python3.*/EXTERNALLY-MANAGED "$1"/etc/apt/sources.list*'
    done = subprocess.run(
        [
            *("mmdebstrap", "--quiet", "--variant=minbase"),
            "--include=python3,ca-certificates,tini,make",
            # The package mirror may be older.
            "--aptopt=Acquire::Check-Valid-Until false",
            "--aptopt=Acquire::Check-Date false",
            *(f"--customize-hook={hook}" for hook in (into, python, free)),
            *(_release(), str(archive)),
            *(str(file) for file in _SOURCES if file.exists()),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        pytest.skip(f"mmdebstrap made no base: {done.stderr[-300:]}")
    return archive


def wheel_index(folder: Path) -> Path:
    """Download the locked packages with this machine's pip into the folders of an index."""
    index = folder / "index"
    wanted = [each for each in _locked() if _is_for_this_python(each)]
    with ThreadPoolExecutor(_PROCESSES) as pool:
        numbers = range(_PROCESSES)
        list(pool.map(lambda number: _fetch(wanted[number::_PROCESSES], folder, number), numbers))
    for wheel in folder.glob("wheels-*/*"):
        name = re.sub(r"[-_.]+", "-", wheel.name.split("-")[0]).lower()
        (index / "simple" / name).mkdir(parents=True, exist_ok=True)
        wheel.rename(index / "simple" / name / wheel.name)
    return index


def _locked() -> list[str]:
    """Split the lock into its requirements, each with its hashes."""
    lines = [line for line in LOCK.read_text().splitlines() if not line.lstrip().startswith("#")]
    return re.split(r"\n(?=\S)", "\n".join(lines))


def _is_for_this_python(requirement: str) -> bool:
    """Return whether any release of this minor version of Python needs the package."""
    marker = Requirement(requirement.partition("\\")[0]).marker
    first = ".".join([*platform.python_version_tuple()[:2], "0"])
    releases = ({"python_full_version": each} for each in (first, platform.python_version()))
    return marker is None or any(marker.evaluate(release) for release in releases)


def _fetch(requirements: list[str], folder: Path, number: int) -> None:
    file = folder / f"part-{number}.txt"
    # Without their markers, which depend on the base image.
    file.write_text("\n".join(re.sub(r" ;[^\\]*", " ", each) for each in requirements) + "\n")
    options = ("--no-deps", "--only-binary", ":all:", "--require-hashes")
    _pip("download", *options, "-d", folder / f"wheels-{number}", "-r", file)


def _pip(*arguments: object) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", *map(str, arguments)]
    subprocess.run(command, capture_output=True, check=True)


def _release() -> str:
    found = re.search(r"^VERSION_CODENAME=(\w+)", Path("/etc/os-release").read_text(), re.MULTILINE)
    if found is None:
        pytest.skip("mmdebstrap needs a Debian or an Ubuntu")
    return found[1]
