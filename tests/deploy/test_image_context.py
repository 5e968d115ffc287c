"""The build context of the image, and the packages that the Dockerfile installs."""

import re
import tomllib
from pathlib import Path

import pytest
from docker.utils.build import exclude_paths
from packaging.requirements import Requirement

from deploy.local.isolation import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()
IGNORED = (ROOT / ".dockerignore").read_text().splitlines()
# Docker's client always sends these two; the Dockerfile copies neither.
SENT_ANYWAY = {"Dockerfile", ".dockerignore"}


def context(root: Path) -> set[str]:
    """Return the files that Docker's client sends, by its reading of .dockerignore."""
    patterns = [line for line in IGNORED if line and not line.startswith("#")]
    return {path for path in exclude_paths(str(root), patterns) if (root / path).is_file()}


def copied() -> list[str]:
    return re.findall(r"^COPY (?!--from)(\S+) ", DOCKERFILE, re.MULTILINE)


def test_only_files_that_the_dockerfile_copies_are_sent():
    sources = tuple(copied())

    assert {path for path in context(ROOT) if not path.startswith(sources)} <= SENT_ANYWAY


def test_every_file_that_the_dockerfile_copies_is_sent():
    sent = context(ROOT)

    missing = [source for source in copied() if not any(each.startswith(source) for each in sent)]
    assert missing == []
    assert {"docverify/documents/data/iin.json", "tasks/migrations/script.py.mako"} <= sent


@pytest.mark.parametrize(
    "stray",
    [
        ".git/config",
        ".venv/bin/python",
        ".env",
        "benchmarks/.peers/a",
        "deploy/environments/production.toml",
        "docverify/__pycache__/case.cpython-312.pyc",
        "flows/ruff.toml",
        "specimens/passport.jpg",
        "tests/conftest.py",
    ],
)
def test_stray_file_is_not_sent(tmp_path, stray):
    for path in (stray, "flows/review.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")

    assert context(tmp_path) == {"flows/review.py"}


def test_base_image_has_the_locked_version_of_prefect():
    locked = re.search(r"^prefect==(\S+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)

    assert f"ARG PREFECT={locked[1]}-python3.12\n" in DOCKERFILE
    assert "FROM prefecthq/prefect:${PREFECT} AS system\n" in DOCKERFILE


def test_every_requirement_is_locked_with_hashes():
    lock = (ROOT / "requirements.txt").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = {Requirement(each).name for each in project["dependencies"]}

    assert needed <= set(re.findall(r"^([a-z0-9-]+)==\S+.*\\\n    --hash=sha256:", lock, re.M))
    assert "://" not in lock
