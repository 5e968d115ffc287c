"""The checks of file and picture."""

from dataclasses import replace
from typing import Any

import pytest

from docverify.case import open_case
from docverify.checks import CHECKS
from docverify.checks.image import (
    check_blur,
    check_colour,
    check_cropped,
    check_document_detected,
    check_exposure,
    check_file,
    check_glare,
    check_limits_of_an_image,
    check_resolution,
    check_screen,
    check_single_document,
)
from docverify.page import (
    Barcode,
    Box,
    FieldText,
    Line,
    MrzReading,
    Page,
    Portrait,
    Quality,
    Reading,
)
from docverify.policy import STANDARD
from tests.support.check_rows import (
    FAILED,
    NO_MRZ,
    NOT_PERFORMED,
    NOTE,
    NOTHING,
    PASSED,
    REFER,
    RESUBMIT,
    Row,
    assert_complete,
    assert_holds,
    params,
)
from tests.support.readings import (
    FRONT,
    PRINTED,
    SURE,
    TODAY,
    UNSURE,
    aamva,
    confidences,
    licence,
    line,
    page,
    passport,
    reading,
    refused,
    results,
    td1,
    with_letter,
)

GOOD: dict[str, Any] = {
    **{"glare": 0.015, "brightness": 40.0, "contrast": 60.0, "chroma": 8.0},
    **{"screen_peaks": 1, "edge_margin": 0.01},
}
MISREAD = page(doubtful=[(1, 35)])
PALE = (240.0, 240.1)


def measured(of: Page, **values: float) -> Page:
    """Return a page whose quality is just good enough, except for the given values."""
    return replace(of, quality=replace(of.quality, **{**GOOD, **values}))


def on_white_paper(chroma: float, color_spread: float) -> Page:
    """A page with a portrait on white paper, where glare is not measured."""
    shown = measured(page(), chroma=chroma)
    return replace(shown, quality=replace(shown.quality, glare=None, color_spread=color_spread))


def with_barcode(of: Page, payload: bytes, *, more: tuple[Barcode, ...] = ()) -> Page:
    return replace(of, barcodes=(Barcode("PDF417", payload, Box(0, 0, 9, 9)), *more))


def twice(first: Page, second: Page) -> Reading:
    return reading(first, second)


RENEWED = passport(number="QX7182036", expiry="230914")
VISA = with_letter(RENEWED, 0, 0, "V")


def also_shows(lines: tuple[str, ...]) -> Page:
    """A passport with a further MRZ on its page."""
    return replace(page(), other_mrzs=(MrzReading(lines, confidences(lines), lines, 20.0),))


def first_fields(count: int) -> Page:
    return page(None, dict(list(PRINTED.items())[:count]))


SAME_HOLDER = aamva(DBB="04121990", DBA="09142033")
BY_ENGINE = replace(NOTHING, fields={n: FieldText("X1 12", 0.9) for n in ("surname", "sex")})


def without_number() -> dict[str, str]:
    return {name: value for name, value in PRINTED.items() if name != "document_number"}


def in_doubt(printed: dict[str, str] | None = None, **quality: float) -> Page:
    """Return a page whose print, without the number, was read badly, and whose MRZ was not."""
    of = page(printed=printed or without_number(), **quality)
    return replace(of, lines=tuple(replace(each, confidence=UNSURE) for each in of.lines))


ANSWERS = [
    Row("an image", "file_readable", PASSED, page()),
    Row("a damaged file", "file_readable", FAILED, refused(), RESUBMIT),
    Row("an MRZ", "document_detected", PASSED, page(printed={})),
    Row("an MRZ of no format", "document_detected", PASSED, page(("P<ATA",), {})),
    Row("a licence's barcode", "document_detected", PASSED, licence(front=())),
    Row("two labelled fields", "document_detected", PASSED, first_fields(2)),
    Row("two fields of the engine", "document_detected", PASSED, BY_ENGINE),
    Row("one labelled field", "document_detected", FAILED, first_fields(1), RESUBMIT),
    Row("a letter", "document_detected", FAILED, page(
        None, {}, more=[line("Name: LOUISE MERIDIAN", top=0), line("Address: 1 ROAD", top=90)]
    )),
    Row("another barcode", "document_detected", FAILED, with_barcode(NOTHING, b"M1MERIDIAN")),
    Row("no page", "document_detected", NOT_PERFORMED, refused()),
    Row("one MRZ", "single_document", PASSED, page()),
    Row("the same MRZ twice", "single_document", PASSED, twice(page(), page())),
    Row("both sides", "single_document", PASSED, twice(page(td1(), {}), NO_MRZ)),
    Row("two numbers", "single_document", FAILED,
        twice(page(), page(passport(number="QX7182036"))), RESUBMIT),
    Row("two holders of one number", "single_document", FAILED,
        twice(page(), page(passport(birth="900413")))),
    Row("two barcodes with other dates", "single_document", FAILED,
        with_barcode(licence(), aamva(DBA="04122025"), more=licence().barcodes), RESUBMIT),
    Row("a second passport on the page", "single_document", FAILED, also_shows(RENEWED), RESUBMIT),
    Row("a visa next to the passport", "single_document", PASSED, also_shows(VISA)),
    Row("a second MRZ, misread", "single_document", PASSED,
        also_shows(with_letter(RENEWED, 1, 27, "0"))),
    Row("MRZ and barcode of one", "single_document", PASSED, with_barcode(page(), SAME_HOLDER)),
    Row("another birth date", "single_document", FAILED,
        with_barcode(page(), aamva(DBA="09142033", DBB="04131990"))),
    Row("another expiry date", "single_document", FAILED, with_barcode(page(), aamva())),
    Row("another date, misread", "single_document", PASSED,
        with_barcode(page(doubtful=[(1, 13), (1, 21)]), aamva(DBB="04131990"))),
    Row("two barcodes", "single_document", FAILED,
        twice(licence(), licence(aamva(DAQ="D5521739")))),
    Row("one barcode twice", "single_document", PASSED, twice(licence(), licence())),
    Row("no page", "single_document", NOT_PERFORMED, refused()),
    Row("just sharp", "image_blur", PASSED, page(sharpness=30, printed_confidence=UNSURE)),
    Row(
        "blurred",
        "image_blur",
        FAILED,
        page(sharpness=29.9, printed_confidence=UNSURE),
        RESUBMIT,
    ),
    Row("read with certainty", "image_blur", PASSED, page(sharpness=30)),
    Row("a licence", "image_blur", PASSED, measured(licence(), sharpness=30)),
    Row("blurred, read with certainty", "image_blur", FAILED, page(sharpness=29.9), RESUBMIT),
    Row("doubtful MRZ", "image_blur", FAILED, page(sharpness=59.9, doubtful=[(1, 35)]), RESUBMIT),
    Row("no number", "image_blur", FAILED, page(printed=without_number(), sharpness=59.9)),
    Row("sharp, in doubt", "image_blur", PASSED, in_doubt(sharpness=240)),
    Row("blurred, in doubt", "image_blur", FAILED, in_doubt(sharpness=239.9), RESUBMIT),
    Row("no page", "image_blur", NOT_PERFORMED, refused()),
    Row("just large", "image_resolution", PASSED, page(pitch=8)),
    Row("tiny", "image_resolution", FAILED, page(pitch=7.9), RESUBMIT),
    Row("just large, in doubt", "image_resolution", PASSED, in_doubt(pitch=12)),
    Row("tiny, in doubt", "image_resolution", FAILED, in_doubt(pitch=11.9), RESUBMIT),
    Row("no MRZ", "image_resolution", NOT_PERFORMED, NO_MRZ),
    Row("tiny, confirmed", "image_resolution", PASSED, in_doubt({**PRINTED}, pitch=8)),
    Row("blurred, confirmed", "image_blur", PASSED, in_doubt({**PRINTED}, sharpness=30)),
    Row("too blurred, confirmed", "image_blur", FAILED, in_doubt({**PRINTED}, sharpness=29)),
    Row("no page", "image_resolution", NOT_PERFORMED, refused()),
    *(
        row
        for code, bad in {
            "image_glare": {"glare": 0.0601},
            "image_exposure": {"brightness": 39.9},
            "document_cropped": {"edge_margin": 0.0049},
        }.items()
        for row in (
            Row("just good enough", code, PASSED, measured(page())),
            Row("read with certainty", code, FAILED, measured(page(), **bad), NOTE),
            Row("misread", code, FAILED, measured(MISREAD, **bad), RESUBMIT),
            Row("only the printed text", code, FAILED, measured(NO_MRZ, **bad), RESUBMIT),
            Row("a barcode", code, FAILED, measured(licence(), **bad), NOTE),
            Row("an MRZ of no format", code, FAILED, measured(page(("P<ATA",)), **bad), RESUBMIT),
            Row("not measured", code, NOT_PERFORMED, page()),
            Row("no page", code, NOT_PERFORMED, refused()),
        )
    ),
    Row("just bright enough", "image_exposure", PASSED, measured(page(), brightness=PALE[0])),
    Row("too bright", "image_exposure", FAILED, measured(page(), brightness=PALE[1])),
    Row("low contrast", "image_exposure", FAILED, measured(page(), contrast=59.9)),
    Row("no document", "document_cropped", NOT_PERFORMED, measured(NOTHING, edge_margin=0.0)),
    Row("just coloured", "grayscale_copy", PASSED, measured(page())),
    Row("grey", "grayscale_copy", FAILED, measured(page(), chroma=2.9), REFER),
    Row("printed on white paper", "grayscale_copy", FAILED, on_white_paper(5.9, 2.9), REFER),
    Row("a white background with colours", "grayscale_copy", PASSED, on_white_paper(9.0, 6.8)),
    Row("few colours, not on white paper", "grayscale_copy", PASSED, measured(page(), chroma=5.9)),
    Row("not measured", "grayscale_copy", NOT_PERFORMED, page()),
    Row("no page", "grayscale_copy", NOT_PERFORMED, refused()),
    Row("three pairs of peaks", "screen_recapture", PASSED, measured(page())),
    Row("four", "screen_recapture", FAILED, measured(page(), screen_peaks=4), REFER),
    Row("not measured", "screen_recapture", NOT_PERFORMED, page()),
    Row("no page", "screen_recapture", NOT_PERFORMED, refused()),
    *(
        Row(why, code, NOT_PERFORMED, of)
        for check in (check_limits_of_an_image,)
        for code in CHECKS[check].codes
        for why, of in (("a passport", reading(page())), ("no page", refused()))
    ),
]  # fmt: skip


@pytest.mark.parametrize("row", params(ANSWERS))
def test_check_gives_the_expected_result(row: Row):
    assert_holds(row)


def test_table_covers_every_result():
    assert_complete(
        ANSWERS,
        *(check_file, check_document_detected, check_single_document, check_blur),
        *(check_resolution, check_glare, check_exposure, check_cropped, check_colour),
        *(check_screen, check_limits_of_an_image),
    )


def test_thresholds_come_from_the_policy():
    bad = measured(
        page(sharpness=10, pitch=2),
        **{"glare": 0.5, "brightness": 10.0, "contrast": 10.0, "chroma": 1.0},
        **{"screen_peaks": 9, "edge_margin": 0.0},
    )
    lax = replace(
        STANDARD,
        **{"min_sharpness": 10, "min_mrz_pitch": 2, "max_glare": 0.5, "min_brightness": 10},
        **{"min_contrast": 10, "min_chroma": 1, "max_screen_peaks": 9, "min_edge_margin": 0},
    )
    codes = (
        *("image_blur", "image_resolution", "image_glare", "image_exposure"),
        *("grayscale_copy", "screen_recapture", "document_cropped"),
    )

    assert {results(reading(bad))[code].status for code in codes} == {FAILED}
    assert {results(reading(bad), policy=lax)[code].status for code in codes} == {PASSED}


def test_mrz_and_barcode_of_two_sides_are_one_document():
    """Enhanced licences have both, with different numbers."""
    both = twice(page(td1(expiry="330914")), licence(SAME_HOLDER, ()))
    case = open_case(both, today=TODAY, policy=STANDARD)

    assert (len(case.mrzs), len(case.cards)) == (1, 1)
    assert results(both)["single_document"].status is PASSED


def test_unreadable_mrz_is_not_a_second_document():
    both = twice(page(), page(with_letter(passport(), 0, 0, "-"), {}))

    assert results(both)["single_document"].status is PASSED


def test_printed_fields_of_a_licence_make_it_a_document():
    assert results(reading(licence(b"", FRONT)))["document_detected"].status is PASSED


@pytest.mark.parametrize(
    ("code", "flaw"),
    [
        ("image_blur", {"sharpness": 10.0}),
        ("image_glare", {"glare": 0.5}),
        ("image_exposure", {"brightness": 10.0}),
        ("document_cropped", {"edge_margin": 0.0}),
    ],
)
def test_page_with_the_holder_counts_like_the_page_with_the_mrz(code, flaw):
    """The front of a card has a portrait and printed fields; a page without either is not."""
    back = measured(page(td1(), {}), **GOOD)
    front = measured(page(None), **{**GOOD, **flaw})
    other = measured(page(None, {"document_number": "QX7182035"}), **{**GOOD, **flaw})
    other = replace(other, portraits=())

    assert [results(reading(back, each))[code].status for each in (front, other)] == [
        FAILED,
        PASSED,
    ]


COPIED = {"chroma": 2.9}
FILMED = {"screen_peaks": 4}
UNRELATED = replace(page(None, {}), portraits=())


@pytest.mark.parametrize(
    ("code", "flaw"),
    [
        ("image_blur", {"sharpness": 10.0}),
        ("image_glare", {"glare": 0.5}),
        ("image_exposure", {"brightness": 10.0}),
        ("grayscale_copy", COPIED),
        ("screen_recapture", FILMED),
    ],
)
def test_worst_page_of_the_document_counts_in_any_order(code, flaw):
    good, bad = measured(page(td1(), {})), measured(page(None), **flaw)

    assert results(reading(good, bad))[code].status is FAILED
    assert results(reading(bad, good))[code].status is FAILED


@pytest.mark.parametrize(
    ("code", "flaw"), [("grayscale_copy", COPIED), ("screen_recapture", FILMED)]
)
def test_page_that_is_not_of_the_document_neither_helps_nor_hurts(code, flaw):
    for of, expected in ((measured(page(), **flaw), FAILED), (measured(page()), PASSED)):
        for other in (measured(UNRELATED), measured(UNRELATED, **flaw)):
            assert results(reading(of, other))[code].status is expected
            assert results(reading(other, of))[code].status is expected


def test_page_with_a_portrait_counts_like_the_page_with_the_mrz():
    face = Portrait(Box(0, 0, 90, 90), 0.9)
    front = replace(measured(UNRELATED, **COPIED), portraits=(face,))

    assert results(reading(measured(page()), front))["grayscale_copy"].status is FAILED


@pytest.mark.parametrize(
    ("spread", "chroma", "expected"),
    [(0.99, 8.0, FAILED), (1.0, 8.0, PASSED), (1.0, 2.9, FAILED), (0.99, None, FAILED)],
)
def test_tinted_photocopy_is_a_grey_copy(spread, chroma, expected):
    of = measured(page(), color_spread=spread, chroma=chroma)

    assert results(reading(of))["grayscale_copy"].status is expected


def side_of_licence(chroma: float, *portraits: Portrait) -> Page:
    """A side of a licence with its barcode, on which portraits were searched."""
    return replace(measured(licence(), chroma=chroma), portraits=portraits)


PHOTO = Portrait(Box(20, 100, 220, 360), 0.9)


def test_grey_back_of_a_licence_is_not_a_photocopy():
    front = replace(side_of_licence(20.0, PHOTO), barcodes=())

    assert results(reading(front, side_of_licence(0.5)))["grayscale_copy"].status is PASSED


def test_grey_side_with_a_barcode_and_a_portrait_is_a_photocopy():
    assert results(reading(side_of_licence(0.5, PHOTO)))["grayscale_copy"].status is FAILED


def test_grey_back_of_a_licence_alone_is_a_photocopy():
    assert results(reading(side_of_licence(0.5)))["grayscale_copy"].status is FAILED


def framed(text: Line, mrz_top: float) -> Page:
    """Return a passport of 1250 by 880 pixels; its upper edge is 719 pixels above its MRZ."""
    lines = passport()
    doubtful = ((UNSURE,) * 44,) * 2
    box = Box(266, mrz_top, 266 + 44 * 25.4, mrz_top + 101.5)
    mrz = MrzReading(lines, doubtful, lines, 25.4, box=box)
    return Page(1650, 1280, (text,), mrz, Quality(900, edge_margin=0.0))


def test_text_around_a_document_does_not_crop_it():
    beside = Line("SOME TEXT", SURE, Box(0, 300, 100, 320))

    assert results(reading(framed(beside, 900)))["document_cropped"].status is PASSED


def test_text_of_a_document_at_the_edge_is_cropped():
    title = Line("SOME TEXT", SURE, Box(600, 0, 700, 20))

    assert results(reading(framed(title, 719)))["document_cropped"].status is FAILED
