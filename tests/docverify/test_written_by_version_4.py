"""Readings, verdicts and policies that pipeline version 4 wrote keep their meaning."""

import gzip
import json
from datetime import date
from pathlib import Path

import pytest

from docverify.documents.kinds import DocumentKind
from docverify.policy import DEMONSTRATION, POLICIES, STANDARD
from docverify.reading import wire
from docverify.verdict import judge, must_be_read_again
from tests.support.thoroughness import one_of_each_kind

FOLDER = Path(__file__).parent / "written_by_version_4"
DAY = date(2026, 11, 26)


def unpacked(name: str) -> dict:
    return json.loads(gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes()))


READINGS = unpacked("readings")
VERDICTS = unpacked("verdicts")
ANSWERS_SINCE = {
    # The sex and the given names of this licence are found by their labels since version 5.
    "corpus-00002.jpg": {"barcode_front_match_sex": "passed", "field_confidence": "inconclusive"},
    # A C with a caron may be a G with a breve since version 5.
    "corpus-00004.jpg": {"viz_mrz_match_surname": "passed"},
    "corpus-00009.pdf": {"viz_mrz_match_given_names": "passed"},
    "corpus-00016.jpg": {"viz_mrz_match_given_names": "passed"},
}
OUTCOMES_SINCE = {("corpus-00016.jpg", DEMONSTRATION.name): "verified"}


@pytest.mark.parametrize("name", READINGS)
def test_stored_reading_is_read_and_written_back_unchanged(name):
    written = wire.write(wire.read(json.dumps(READINGS[name])))

    assert what_was_known(READINGS[name], json.loads(written)) == READINGS[name]


def what_was_known(stored, written):
    """Return the written form without the keys that were added later and are at their default."""
    if isinstance(stored, dict):
        added = {key: each for key, each in written.items() if key not in stored}
        assert {key: each for key, each in added.items() if each not in (None, [])} == {}
        return {key: what_was_known(stored[key], written[key]) for key in written.keys() - added}
    if isinstance(stored, list) and len(stored) == len(written):
        return [what_was_known(*each) for each in zip(stored, written, strict=True)]
    return written


@pytest.mark.parametrize("name", READINGS)
@pytest.mark.parametrize(
    "policy", one_of_each_kind(POLICIES.values(), STANDARD), ids=lambda each: each.name
)
def test_checks_of_version_4_answer_a_stored_reading_as_before(name, policy):
    written = VERDICTS[name][policy.name]
    verdict = judge(wire.read(json.dumps(READINGS[name])), today=DAY, policy=policy)
    codes = {code for code, _, _ in written["results"]}
    found = sorted(
        [each.code, each.status.value, each.severity.value]
        for each in verdict.results
        if each.code in codes
    )

    changed = ANSWERS_SINCE.get(name, {})
    assert found == [
        [code, changed.get(code, status), severity] for code, status, severity in written["results"]
    ]
    assert verdict.kind.policy_key == written["kind"]


@pytest.mark.parametrize("name", READINGS)
@pytest.mark.parametrize(
    "policy", one_of_each_kind(POLICIES.values(), STANDARD), ids=lambda each: each.name
)
def test_only_the_portrait_and_the_missing_passport_change_a_stored_outcome(name, policy):
    """Version 4 did not look for portraits, and verified a visa without the passport.

    Redecision does not decide a reading without the facts of now, and lists it to be read again. A
    visa needs no portrait, so its stored reading follows the present rule.
    """
    reading = wire.read(json.dumps(READINGS[name]))
    verdict = judge(reading, today=DAY, policy=policy)
    written = VERDICTS[name][policy.name]["outcome"]
    outcome = OUTCOMES_SINCE.get((name, policy.name), written)
    is_visa = verdict.kind is DocumentKind.VISA

    assert must_be_read_again(reading, verdict) is (bool(reading.pages) and not is_visa)
    if is_visa and outcome != "rejected":
        assert (verdict.outcome, verdict.reasons) == ("resubmit", ("visa_with_passport",))
    elif outcome == "verified" and policy is not DEMONSTRATION:
        assert (verdict.outcome, verdict.reasons) == ("referred", ("portrait_present",))
    else:
        assert verdict.outcome == outcome


def test_preset_that_changed_has_another_version():
    written = json.loads((FOLDER / "policies.json").read_text())

    for name, policy in POLICIES.items():
        unchanged = policy.digest == written[name]["digest"]
        assert (policy.version == written[name]["version"]) is unchanged
