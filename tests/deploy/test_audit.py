"""The audit fails for a known vulnerability, and is skipped without the database."""

import json
import sys

import pytest

from deploy.audit import COMMAND, REQUIREMENTS, main

CLEAN = {"name": "a", "version": "1", "vulns": []}
KNOWN = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}


def answering(content: str, code: int = 0) -> list[str]:
    """Return a command that prints this and ends with this code, as pip-audit does."""
    program = "import sys; print(sys.argv[1]); print('ConnectionError: x', file=sys.stderr);"
    return [sys.executable, "-c", f"{program} sys.exit(int(sys.argv[2]))", content, str(code)]


@pytest.mark.parametrize(
    ("content", "code", "expected", "line"),
    [
        (json.dumps({"dependencies": [CLEAN]}), 0, 0, "1 packages, 0 known vulnerabilities"),
        (json.dumps({"dependencies": [CLEAN, KNOWN]}), 1, 1, "b 2: PYSEC-1, fixed in 3"),
        ("", 1, 0, "SKIPPED, the database of vulnerabilities does not answer (ConnectionError: x)"),
    ],
    ids=["clean", "vulnerable", "no network"],
)
def test_the_audit_ends_by_what_it_found(content, code, expected, line, capsys):
    assert main(answering(content, code)) == expected
    assert line in capsys.readouterr().out


def test_a_missing_tool_is_not_taken_for_a_missing_network():
    assert main([sys.executable, "-m", "no_such_tool"]) == 1


def test_the_packages_of_the_image_are_audited():
    assert str(REQUIREMENTS) in COMMAND
    assert REQUIREMENTS.exists()
