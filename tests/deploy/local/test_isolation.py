"""The settings of this user do not affect the embedded servers."""

import os
import subprocess
import sys

import pytest

from deploy.local.aws_server import EmbeddedAws
from deploy.local.isolation import ROOT, without_other_servers
from tests.support.polling import PATIENCE

HOSTILE = {
    "AWS_PROFILE": "production",
    "AWS_ENDPOINT_URL_S3": "https://s3.example",
    "AWS_SESSION_TOKEN": "secret",
    "DOCVERIFY_DATABASE_URL": "postgresql://production",
    "DOCVERIFY_MAX_BYTES": "1",
    "PREFECT_API_KEY": "secret",
    "PREFECT_API_URL": "https://prefect.example/api",
    "PREFECT_PROFILE": "production",
}
OURS = {"DATABASE_URL": "postgresql://ours", "AWS_CA_BUNDLE": "/ca.pem", "LANG": "C.UTF-8"}
ISOLATED = """
import sys
from pathlib import Path
from deploy.local.isolation import isolate
isolate(Path(sys.argv[1]))
from prefect.settings import get_current_settings
from deploy.local.aws_server import EmbeddedAws
from deploy.local.prefect_server import EmbeddedPrefect
from deploy.local.stack import Service, aws_client
settings = get_current_settings()
aws = EmbeddedAws(1)
print(settings.home, settings.api.url, settings.api.key, aws_client(aws, "s3").meta.endpoint_url)
service = Service(aws, EmbeddedPrefect(2, Path(sys.argv[1])), "postgresql://ours")
print(*sorted(service.environment))
"""


def test_only_settings_for_other_servers_are_removed():
    assert without_other_servers(HOSTILE | OURS) == OURS


def test_the_key_of_the_fingerprints_stays_with_its_database():
    key = {"DOCVERIFY_HMAC_KEY": "of our database"}

    assert without_other_servers(HOSTILE | OURS | key) == OURS | key
    assert without_other_servers(HOSTILE | key) == {}


@pytest.fixture
def home(tmp_path):
    """Create the home of a user whose profiles lead to production."""
    home = tmp_path / "user"
    (home / ".aws").mkdir(parents=True)
    (home / ".aws" / "config").write_text("[default]\nendpoint_url = https://default.example\n")
    return home


def test_settings_and_profiles_of_this_user_are_not_used(home, tmp_path):
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(ROOT)} | HOSTILE
    own = tmp_path / "own"

    lines = subprocess.run(
        [sys.executable, "-c", ISOLATED, str(own)],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    ).stdout.splitlines()

    assert lines[0].split() == [str(own), "None", "None", EmbeddedAws(1).endpoint_url]
    # Only the user's environment set the key, the profiles and the limits.
    assert not HOSTILE.keys() - {"PREFECT_API_URL"} & set(lines[1].split())
    assert not (home / ".prefect").exists()
