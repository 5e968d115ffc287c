"""The commands of the tutorial do what it describes.

test_generated_pages runs `docverify verify` and compares its output; tests/deploy/test_demo.py
runs the demo.
"""

import json
import re
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest

from cli.__main__ import main
from docverify.applicant import parse_applicant
from docverify.policy import DEMONSTRATION
from docverify.reading.local import read
from docverify.verdict import Outcome, judge
from tasks.record.verdicts import write_to_database
from tasks.s3 import File, Upload

ROOT = Path(__file__).parents[2]
TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
SPECIMENS = json.loads((ROOT / "specimens" / "verdicts.json").read_text("utf-8"))
TODAY = date(2026, 11, 26)


def commands(name: str) -> list[list[str]]:
    found = re.findall(rf"^\$ \.venv/bin/docverify ({name}.*)$", TUTORIAL, re.MULTILINE)
    return [each.split() for each in found]


@pytest.fixture(name="referred")
def _referred(database):
    """The upload of step 3: a passport with the name of another applicant."""
    given = re.search(r"-H 'x-amz-meta-(.+): (.+)'.*\n.*/(inbox/\S+)", TUTORIAL)
    assert given is not None
    assert given[1] == "applicant-name"
    content = (ROOT / "specimens" / "passport.jpg").read_bytes()
    reading, applicant = read(content), parse_applicant(given[2], None)
    verdict = judge(reading, today=TODAY, policy=DEMONSTRATION, applicant=applicant)
    assert verdict.outcome is Outcome.REFERRED
    upload = Upload("documents", given[3])
    file = File(content, uuid4().hex, len(content), "v1", applicant)
    return write_to_database.fn(upload, file, reading, verdict, None)


def test_a_referred_document_is_decided_as_the_tutorial_describes(referred, capsys):
    numbers = {"review claim": referred.verdict_id, "review decide": referred.verdict_id}
    steps = commands("review")

    for step in steps:
        number = numbers.get(" ".join(step[:2]), referred.document_id)
        assert main([str(number) if word.isdigit() else word for word in step]) == 0, step

    assert [step[1:2] for step in steps] == [[], ["claim"], ["decide"], ["history"]]
    assert "Anna decided rejected (not_the_applicant)" in capsys.readouterr().out


def test_the_policy_of_the_tutorial_is_the_file_that_it_names():
    (shown,) = re.findall(r"```json\n(.*?)```", TUTORIAL, re.DOTALL)

    assert (ROOT / "docs" / "examples" / "car-loans.json").read_text("utf-8") == shown


def test_the_specimens_have_the_outcomes_that_the_tutorial_counts():
    outcomes = [each["outcome"] for each in SPECIMENS.values()]
    words = {6: "six", 3: "three", 5: "five"}

    counts = [outcomes.count(name) for name in ("verified", "rejected", "resubmit")]
    assert len(outcomes) == 14
    assert "{} are `verified`, {} `rejected` and {} `resubmit`".format(
        *(words[each] for each in counts)
    ) in " ".join(TUTORIAL.split())


def test_the_labelled_specimens_are_evaluated(capsys):
    (command,) = commands("evaluate")
    assert command[1] == "specimens"

    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])

    assert ended.value.code == 0
    assert "--policy" in capsys.readouterr().out
