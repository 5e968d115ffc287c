"""What is added to a file never helps a document that was not verified without it.

The readings in `readings/` are those of drawn forgeries of the corpus.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from docverify.applicant import Applicant
from docverify.page import Barcode, Box, Line, Page, Provenance, Reading
from docverify.policy import LENIENT, STANDARD, STRICT
from docverify.reading import wire
from docverify.verdict import FROM_BEST, Outcome, Verdict, judge
from tests.support.readings import PRINTED, TODAY, aamva, line, page, passport, reading, results
from tests.support.thoroughness import examples

FOLDER = Path(__file__).with_name("readings")
STORED = {each.stem: wire.read(each.read_text("utf-8")) for each in sorted(FOLDER.glob("*.json"))}
GENUINE = STORED.pop("card-on-two-pages")
FORGED = list(STORED.values())
POLICIES = (LENIENT, STRICT)
MISSING_PARTS = {
    *("barcode_present", "document_detected", "mrz_present", "portrait_present"),
    *("document_identified", "mandatory_fields", "visa_alone"),
}
"""The checks that ask for the other side of a document, or for the document itself."""
OTHER_PAGES = [each for of in (*FORGED, GENUINE) for each in of.pages]
TEXTS = st.sampled_from(
    [
        *(line.text for each in OTHER_PAGES for line in each.lines),
        *("PASSPORT", "IDENTITY CARD", "DRIVER LICENSE", "CALIFORNIA", "FINLAND"),
        *("Surname", "Date of birth", "Date of expiry 12 APR 2031", "12 APR 1990", "VISA"),
    ]
)
SIDES = st.floats(0, 1)
LINES = st.builds(
    lambda text, left, top, confidence, contrast: (text, left, top, confidence, contrast),
    *(TEXTS, SIDES, SIDES, st.sampled_from((0.5, 0.99)), st.sampled_from((None, 3.0, 60.0))),
)
PAYLOADS = st.sampled_from(
    [
        *(code.payload for each in OTHER_PAGES for code in each.barcodes),
        *(aamva(), aamva(DBA="01012040"), b"@nothing"),
    ]
)
NAMES = st.sampled_from(["Louise Meridian", "L M", "", "A" * 201, "LOUISE\u200b MERIDIAN"])
APPLICANTS = st.builds(Applicant, NAMES, st.none() | st.dates())
SOFTWARE = st.lists(st.sampled_from(["GIMP", "Adobe Photoshop", "iPhone"]), max_size=2).map(tuple)
PROVENANCES = st.builds(
    Provenance,
    st.sampled_from(["JPEG", "PDF"]),
    software=SOFTWARE,
    camera=st.booleans(),
    content_credentials=st.booleans(),
    pdf_updates=st.integers(0, 3),
    text_layer=st.booleans(),
)


def decide_with_each_policy(of: Reading, applicant: Applicant | None = None) -> list[Verdict]:
    return [judge(of, today=TODAY, policy=each, applicant=applicant) for each in POLICIES]


def rank(verdict: Verdict) -> int:
    return FROM_BEST.index(verdict.outcome)


def with_line(on: Page, drawn: tuple[str, float, float, float, float | None]) -> Page:
    text, left, top, confidence, contrast = drawn
    usual = sorted(each.box.height for each in on.lines)[len(on.lines) // 2]
    x, y = left * on.width, top * on.height
    box = Box(x, y, x + 0.6 * usual * len(text), y + usual)
    lines = (*on.lines, Line(text, confidence, box, contrast))
    return replace(on, lines=tuple(sorted(lines, key=lambda each: (each.box.top, each.box.left))))


def on_one_page(of: Reading, number: int, changed: Page) -> Reading:
    return replace(of, pages=(*of.pages[:number], changed, *of.pages[number + 1 :]))


@pytest.mark.parametrize("name", STORED)
def test_forgeries_are_not_verified(name):
    outcomes = {each.outcome for each in decide_with_each_policy(STORED[name])}

    assert Outcome.VERIFIED not in outcomes


@examples(40)
@given(st.sampled_from(FORGED), st.data(), LINES)
def test_added_line_never_improves_the_outcome(of: Reading, data: st.DataObject, drawn):
    number = data.draw(st.integers(0, len(of.pages) - 1))
    before = decide_with_each_policy(of)
    after = decide_with_each_policy(on_one_page(of, number, with_line(of.pages[number], drawn)))

    for first, second in zip(before, after, strict=True):
        assume(not {*first.reasons} <= MISSING_PARTS)
        assert rank(second) >= rank(first)


@examples(40)
@given(st.sampled_from(FORGED), st.data(), PAYLOADS, st.booleans())
def test_added_barcode_never_verifies_a_document(
    of: Reading, data: st.DataObject, payload: bytes, first_one: bool
):
    number = data.draw(st.integers(0, len(of.pages) - 1))
    on, code = of.pages[number], Barcode("PDF417", payload, Box(0, 0, 400, 120))
    codes = (code, *on.barcodes) if first_one else (*on.barcodes, code)
    verdicts = decide_with_each_policy(on_one_page(of, number, replace(on, barcodes=codes)))

    assert [each.outcome for each in verdicts if each.outcome is Outcome.VERIFIED] == []


@examples(40)
@given(st.sampled_from(FORGED), st.sampled_from(OTHER_PAGES), st.booleans(), st.data())
def test_added_page_never_verifies_a_document(
    of: Reading, another: Page, machine_readable: bool, data: st.DataObject
):
    if not machine_readable:
        another = replace(another, mrz=None, other_mrzs=(), barcodes=())
    place = data.draw(st.integers(0, len(of.pages)))
    pages = (*of.pages[:place], another, *of.pages[place:])
    before = decide_with_each_policy(of)
    after = decide_with_each_policy(replace(of, pages=pages))

    for first, second in zip(before, after, strict=True):
        assume(not {*first.reasons} <= MISSING_PARTS)
        assert second.outcome is not Outcome.VERIFIED


@examples(40)
@given(st.sampled_from(FORGED), APPLICANTS, PROVENANCES)
def test_applicant_data_and_metadata_never_improve_the_outcome(
    of: Reading, applicant: Applicant, provenance: Provenance
):
    before = decide_with_each_policy(replace(of, provenance=None))
    for more in (
        decide_with_each_policy(replace(of, provenance=None), applicant),
        decide_with_each_policy(replace(of, provenance=provenance)),
    ):
        assert all(rank(a) >= rank(b) for a, b in zip(more, before, strict=True))


@examples(40)
@given(st.lists(st.sampled_from(OTHER_PAGES), min_size=2, max_size=4), st.randoms(), st.booleans())
def test_order_of_the_pages_changes_nothing(pages: list[Page], random, genuine: bool):
    of = replace(GENUINE, pages=GENUINE.pages if genuine else tuple(pages))
    shuffled = list(of.pages)
    random.shuffle(shuffled)
    verdicts = [
        [(each.outcome, each.reasons) for each in decide_with_each_policy(replace(of, pages=order))]
        for order in (of.pages, tuple(shuffled))
    ]

    assert verdicts[0] == verdicts[1]


def test_barcode_of_a_valid_licence_does_not_hide_that_a_passport_has_expired():
    expired = date(2034, 1, 1)
    added = replace(page(), barcodes=(Barcode("PDF417", aamva(DBA="01012040"), Box(0, 0, 9, 9)),))

    for of in (page(), added):
        verdict = judge(reading(of), today=expired, policy=STANDARD)
        assert "document_expired" in {
            each.code for each in verdict.results if each.status == "failed"
        }


def test_page_with_clear_text_does_not_lower_the_sharpness_that_a_page_needs():
    printed = {name: text for name, text in PRINTED.items() if name != "document_number"}
    blurred = page(passport(), printed)
    doubtful = replace(
        blurred,
        quality=replace(blurred.quality, sharpness=100.0),
        lines=tuple(replace(each, confidence=0.5) for each in blurred.lines),
    )
    clear = [line("A LONG SENTENCE IN CLEAR LETTERS", top=40 * row) for row in range(20)]
    other = page(None, {}, more=clear)

    for of in (reading(doubtful), reading(doubtful, other)):
        assert results(of)["image_blur"].status == "failed"
