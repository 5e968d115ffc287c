"""What the files at the root promise: the environment, the checks and the distributions."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from shutil import copy
from zipfile import ZipFile

import pytest

from deploy.local.isolation import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
REFUSAL = "docverify runs from its clone or its image: run `make install`"


def commands(target: str) -> list[str]:
    """Return the commands of a make target."""
    recipe = re.search(rf"^{target}: \$\(INSTALLED\)\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    assert recipe is not None
    return [line.strip().replace("$(BIN)", ".venv/bin") for line in recipe[1].splitlines()]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with what a build of the project reads."""
    for name in ("pyproject.toml", "setup.py", "README.md", *PROJECT["project"]["license-files"]):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, tmp_path / name)
    for package in PROJECT["tool"]["setuptools"]["packages"]:
        (tmp_path / package).mkdir(exist_ok=True)
        (tmp_path / package / "__init__.py").touch()
    return tmp_path


def build(project: Path, kind: str) -> subprocess.CompletedProcess[str]:
    hook = f"from setuptools import build_meta; print(build_meta.build_{kind}('.'))"
    command = [sys.executable, "-W", "ignore", "-c", hook]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_building_a_distribution_is_refused_in_one_line(project, kind):
    done = build(project, kind)

    assert done.returncode == 1
    assert done.stderr == f"{REFUSAL}\n"
    assert not [*project.glob("*.whl"), *project.glob("*.tar.gz")]


def test_an_editable_install_gives_the_command(project):
    done = build(project, "editable")

    assert done.returncode == 0, done.stderr
    with ZipFile(project / done.stdout.split()[-1]) as wheel:
        [entry_points] = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
        assert wheel.read(entry_points).decode().split() == [
            "[console_scripts]",
            "docverify",
            "=",
            "cli.__main__:main",
        ]


def test_every_package_is_typed():
    packages = PROJECT["tool"]["setuptools"]["packages"]

    assert [name for name in packages if not (ROOT / name / "py.typed").exists()] == []
    assert set(packages) <= set(PROJECT["tool"]["mypy"]["files"])


def test_the_commit_hooks_run_what_make_lint_runs():
    hooks = (ROOT / ".pre-commit-config.yaml").read_text()
    entries = re.findall(r"entry: (.+)", hooks)

    assert [each.removesuffix(" --force-exclude") for each in entries] == commands("lint")


def test_the_workflow_runs_the_make_targets_of_ci_run():
    script = (ROOT / ".ci" / "run").read_text()
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    here = re.findall(r"^make .+$", script, re.MULTILINE)

    assert here == re.findall(r"- run: (make .+)", workflow)
    assert here == ["make lint", "make audit", "make demo ONCE=1", "make test-all"]


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.lock"])
def test_every_locked_package_has_hashes_and_no_url(lock):
    text = (ROOT / lock).read_text()
    named = re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE)
    hashed = re.findall(r"^([a-z0-9-]+)==\S+.*\\\n    --hash=sha256:", text, re.MULTILINE)

    assert named == hashed
    assert "://" not in text


def test_no_test_imports_another_test_module():
    """What several tests share is in tests/support."""
    modules = {path: path.read_text() for path in (ROOT / "tests").rglob("*.py")}
    imports = re.compile(r"^\s*(?:from|import) tests\.(?:\w+\.)*test_", re.MULTILINE)

    assert [path for path, code in modules.items() if imports.search(code)] == []
