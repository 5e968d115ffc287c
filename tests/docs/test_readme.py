"""The README is short and complete: settings, outcomes, policies and outputs are real."""

import re
from pathlib import Path

from docs.tools.generate import SHOWN
from docverify.policy import POLICIES
from docverify.verdict import Outcome
from services.desk.settings import DeskSettings
from services.gateway.app import GatewaySettings
from services.metrics.settings import MetricsSettings
from tasks.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
MAX_WORDS = 1800
FIRST_SCREEN = 20  # lines


def test_the_readme_is_short():
    assert len(README.split()) <= MAX_WORDS


def test_the_first_screen_has_the_two_commands():
    first = README.splitlines()[:FIRST_SCREEN]

    assert any(line.startswith("$ make demo") for line in first)
    assert any(line.startswith("$ make test") for line in first)


def test_the_readme_shows_the_output_of_verify():
    """test_generated_pages compares it with what the command prints."""
    commands = [shown[2] for shown in SHOWN.finditer(README)]

    assert [each for each in commands if each.startswith("verify ")] != []


def test_the_readme_names_the_make_targets_of_the_ci():
    named = set(re.findall(r"(?:^\$ |`)make ([a-z-]+)", README, re.MULTILINE))

    assert {"demo", "test", "lint"} <= named


def test_every_setting_is_explained_and_no_other():
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    explained = set(re.findall(r"^\| `(DOCVERIFY_\w+|DATABASE_URL)` \|", page, re.MULTILINE))
    ours = {f"DOCVERIFY_{name}".upper() for name in Settings.model_fields}
    gateway = {f"DOCVERIFY_GATEWAY_{name}".upper() for name in GatewaySettings.model_fields}
    desk = {f"DOCVERIFY_DESK_{name}".upper() for name in DeskSettings.model_fields}
    metrics = {f"DOCVERIFY_METRICS_{name}".upper() for name in MetricsSettings.model_fields}

    known = ours | gateway | desk | metrics | {"DATABASE_URL"}
    assert explained == known - {"DOCVERIFY_DATABASE_URL"}


def test_every_outcome_and_policy_is_explained():
    for name in (*Outcome, *POLICIES):
        assert re.search(rf"^\| `?{name}`? \|", README, re.MULTILINE)
