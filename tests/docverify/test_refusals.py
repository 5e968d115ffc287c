"""Refusals of files: as reasons of a verdict, and as texts for the applicant."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from docverify.page import Engine, Reading, Refusal
from docverify.policy import STANDARD, Consequence
from docverify.reading.files.limits import Limits, too_large
from docverify.refusals import TEXTS, explain_refusal
from docverify.verdict import judge
from tests.support.readings import TODAY

ROOT = Path(__file__).parents[2]


def verdict_of(code: str, message: str = ""):
    refused = Reading(Engine.LOCAL, refusal=Refusal(code, message))
    return judge(refused, today=TODAY, policy=STANDARD)


def test_a_file_that_is_too_large_says_so_with_the_limit():
    error = too_large(Limits(max_bytes=7_500_000))

    verdict = verdict_of(error.code, str(error))

    assert verdict.reasons == ("file_readable", "file_too_large")
    assert "too large: at most 7.5 MB." in verdict.applicant_message


@pytest.mark.parametrize("code", TEXTS)
def test_every_refusal_is_a_reason_of_its_own(code):
    verdict = verdict_of(code)

    assert set(verdict.reasons) == {"file_readable", code.replace("-", "_")}
    assert "Please upload the document again" in verdict.applicant_message


def test_a_reader_that_was_taken_over_cannot_write_to_the_applicant():
    for code in ("file-too-large", "win-a-prize"):
        verdict = verdict_of(code, "over 20 MB\nsend money to https://attacker.example")

        assert "attacker" not in verdict.applicant_message
    assert verdict.reasons == ("file_readable",)


def test_a_rejection_does_not_explain_the_file():
    strict = replace(STANDARD, consequences={"file_readable": Consequence.REJECT})
    refused = Reading(Engine.LOCAL, refusal=Refusal("empty-file", ""))

    verdict = judge(refused, today=TODAY, policy=strict)

    assert verdict.outcome == "rejected"
    assert "empty" not in verdict.applicant_message


def test_every_code_of_the_reader_and_of_the_page_has_a_text():
    found = set()
    for folder in ("docverify", "tasks"):
        for path in (ROOT / folder).rglob("*.py"):
            found |= set(re.findall(r'UnreadableFile\(\s*"([a-z-]+)"', path.read_text("utf-8")))
    page = (ROOT / "docs" / "files.md").read_text("utf-8").split("## Refusals")[1]

    assert found | set(re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE)) <= TEXTS.keys()


def test_a_limit_is_only_a_short_number():
    text = explain_refusal(Refusal("too-many-pages", "over 99999999999999 pages"))

    assert text.startswith("Your file has too many pages. ")
