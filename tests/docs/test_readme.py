"""The README tells the truth: its commands run, its output is real, its names exist."""

import re
from pathlib import Path

import pytest

from cli.verify import main
from docverify.policy import POLICIES
from docverify.verdict import Outcome
from services.gateway.app import GatewaySettings
from tasks.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
COMMANDS = re.findall(r"^\$ (.+)$", README, re.MULTILINE)


def test_the_output_shown_is_the_output_of_the_command(monkeypatch, capsys):
    (command,) = [each for each in COMMANDS if each.startswith(".venv/bin/docverify ")]
    shown = re.search(r"<!-- output of the command above -->\n```\n(.*?)```", README, re.DOTALL)
    monkeypatch.chdir(ROOT)

    main(command.split()[1:])

    assert shown is not None
    assert without_seconds(capsys.readouterr().out) == without_seconds(shown[1])


def without_seconds(output: str) -> list[str]:
    return [re.sub(r"in \d+\.\d s", "in N s", line).rstrip() for line in output.splitlines()]


def test_every_make_target_of_the_readme_exists():
    named = set(re.findall(r"(?:^\$ |`)make ([a-z]+)", README, re.MULTILINE))
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert {"demo", "test", "lint"} <= named <= targets


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r'(?:src="|`)([a-z.][\w./-]*/[\w./-]*)["`]', README)))
)
def test_every_path_of_the_readme_exists(path):
    assert path.startswith(".venv") or (ROOT / path).exists()


def test_every_setting_of_the_readme_exists_and_none_is_missing():
    named = set(re.findall(r"`(DOCVERIFY_\w+|DATABASE_URL)`", README))
    ours = {f"DOCVERIFY_{name}".upper() for name in Settings.model_fields}
    gateway = {f"DOCVERIFY_GATEWAY_{name}".upper() for name in GatewaySettings.model_fields}

    assert named == (ours | gateway | {"DATABASE_URL"}) - {"DOCVERIFY_DATABASE_URL"}


def test_every_outcome_and_policy_is_explained():
    for name in (*Outcome, *POLICIES):
        assert re.search(rf"^\| `?{name}`? \|", README, re.MULTILINE)
