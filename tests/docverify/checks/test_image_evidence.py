"""The checks of what only the image shows: each refers, and none passes without a measurement."""

from dataclasses import replace

import pytest

from docverify.checks import Status
from docverify.checks.image_evidence import (
    check_background,
    check_mrz_characters,
    check_mrz_typeface,
    check_portraits_alike,
    find_sign,
)
from docverify.page import (
    Box,
    ImageEvidence,
    MrzShape,
    OddCharacter,
    Page,
    PortraitPair,
    SmoothLine,
)
from docverify.policy import POLICIES, STANDARD
from docverify.verdict import Outcome, judge
from tests.support.check_rows import (
    FAILED,
    NO_MRZ,
    NOT_PERFORMED,
    PASSED,
    REFER,
    Row,
    assert_complete,
    assert_holds,
    params,
)
from tests.support.readings import TODAY, page, reading, refused, results

CHARACTER, LINE = Box(100, 600, 118, 640), Box(300, 200, 600, 230)
LARGE, SMALL = Box(20, 100, 220, 350), Box(800, 300, 860, 380)


def odd(amount: float) -> OddCharacter:
    return OddCharacter(1, 4, amount, CHARACTER)


def shaped(
    distance: float = 0.115, shape: float = 0.13, offset: float = 2.4, like: float = 5.2
) -> ImageEvidence:
    return ImageEvidence(mrz=MrzShape(distance, odd(shape), odd(offset), odd(like)))


def paired(similarity: float) -> ImageEvidence:
    return ImageEvidence(portraits=PortraitPair(LARGE, SMALL, similarity))


def smooth(loss: float) -> ImageEvidence:
    return ImageEvidence(background=SmoothLine(LINE, loss))


def showing(evidence: ImageEvidence, of: Page | None = None) -> Page:
    return replace(of or page(), evidence=evidence)


BY_EARLIER_VERSION = page()
WITHOUT_LIKE = ImageEvidence(mrz=MrzShape(0.1, odd(0.1), odd(2.0)))
NOTHING_SEEN = showing(ImageEvidence())
SHAPE_ROWS = [
    row
    for code in ("mrz_typeface", "mrz_character_shape")
    for row in (
        Row("just good enough", code, PASSED, showing(shaped())),
        Row("small characters", code, NOT_PERFORMED, showing(shaped(), page(pitch=8.9))),
        Row("characters of 9 pixels", code, PASSED, showing(shaped(), page(pitch=9.0))),
        Row("uncertain", code, NOT_PERFORMED, showing(shaped(), page(doubtful=[(1, 30)]))),
        Row("no MRZ", code, NOT_PERFORMED, showing(ImageEvidence(), NO_MRZ)),
        Row("MRZ not placed", code, NOT_PERFORMED, NOTHING_SEEN),
        Row("earlier version", code, NOT_PERFORMED, BY_EARLIER_VERSION),
        Row("no page", code, NOT_PERFORMED, refused()),
    )
]
ROWS = [
    *SHAPE_ROWS,
    Row("another typeface", "mrz_typeface", FAILED, showing(shaped(distance=0.12)), REFER),
    Row("one of two pages", "mrz_typeface", FAILED, reading(showing(shaped(0.3)), page()), REFER),
    Row("shape", "mrz_character_shape", FAILED, showing(shaped(shape=0.14)), REFER),
    Row("off its line", "mrz_character_shape", FAILED, showing(shaped(offset=2.5)), REFER),
    Row("unlike its like", "mrz_character_shape", FAILED, showing(shaped(like=5.3)), REFER),
    Row("like not compared", "mrz_character_shape", PASSED, showing(WITHOUT_LIKE)),
    Row("not OCR-B", "mrz_character_shape", NOT_PERFORMED, showing(shaped(0.3, 0.4, 9.0))),
    Row("one photo", "portraits_differ", PASSED, showing(paired(0.65))),
    Row("two photos", "portraits_differ", FAILED, showing(paired(0.64)), REFER),
    Row("one portrait", "portraits_differ", NOT_PERFORMED, NOTHING_SEEN),
    Row("earlier version", "portraits_differ", NOT_PERFORMED, BY_EARLIER_VERSION),
    Row("even", "background_erased", PASSED, showing(smooth(3.75))),
    Row("smooth", "background_erased", FAILED, showing(smooth(3.8)), REFER),
    Row("few lines", "background_erased", NOT_PERFORMED, NOTHING_SEEN),
    Row("earlier version", "background_erased", NOT_PERFORMED, BY_EARLIER_VERSION),
]


@pytest.mark.parametrize("row", params(ROWS))
def test_check_answers(row: Row):
    assert_holds(row)


def test_the_table_is_complete():
    assert_complete(
        ROWS, check_mrz_typeface, check_mrz_characters, check_portraits_alike, check_background
    )


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
@pytest.mark.parametrize(
    ("code", "evidence"),
    [
        ("mrz_typeface", shaped(distance=0.4)),
        ("mrz_character_shape", shaped(shape=0.4)),
        ("portraits_differ", paired(0.2)),
        ("background_erased", smooth(9)),
    ],
)
def test_failure_refers_under_every_preset_and_never_rejects(policy, code, evidence):
    verdict = judge(reading(showing(evidence)), today=TODAY, policy=policy)

    assert verdict.outcome is Outcome.REFERRED
    assert code in verdict.reasons


def test_threshold_of_the_policy_decides():
    own = replace(STANDARD, name="own", max_background_loss=5.0)

    assert results(reading(showing(smooth(4))), policy=own)["background_erased"].status is (
        Status.PASSED
    )


def test_evidence_names_the_place_of_a_character_and_not_the_character():
    result = results(reading(showing(shaped(shape=0.4))))["mrz_character_shape"]

    assert result.evidence == "MRZ: character 5 of line 2 differs in shape from the others"


def test_character_that_differs_twice_is_shown_once():
    sign = find_sign("mrz_character_shape", showing(shaped(shape=0.4, like=9)), STANDARD)

    assert sign.boxes == (CHARACTER,)
    assert "is not printed like the same character elsewhere" in sign.evidence
