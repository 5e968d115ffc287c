"""The deploy script against moto, a real Prefect server and stand-ins for Docker and Prefect Cloud."""

import re

import boto3
import pytest
from prefect.client.orchestration import get_client

from deploy import deploy
from deploy.steps import STEPS, image

NAMES = [step.name for step in STEPS]


@pytest.fixture
def run(monkeypatch, capsys, clone, docker, aws, prefect_server, empty_database_url):
    """Run the script as from the clone, and return its exit code and what it printed."""
    monkeypatch.setattr(image, "ROOT", clone)
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    monkeypatch.setenv("COLUMNS", "300")

    def deploy_py(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(deploy, "console", deploy.Console(highlight=False, width=300))
        code = deploy.main([str(argument) for argument in arguments])
        return code, capsys.readouterr().out

    return deploy_py


def marks(output: str) -> dict[str, str]:
    """What happened to each step."""
    return {
        found[2]: found[3]
        for found in re.finditer(r"^([·+-]) (\S+) +(made|changed|unchanged)", output, re.MULTILINE)
    }


def test_a_first_run_makes_everything_and_a_second_changes_nothing(run, environment_file):
    file = environment_file("first")

    code, output = run(file)
    assert code == 0, output
    assert set(marks(output)) == set(NAMES)
    assert "unchanged" in output

    code, output = run(file)
    assert code == 0, output
    assert set(marks(output).values()) == {"unchanged"}
    assert "Nothing was to be done." in output
