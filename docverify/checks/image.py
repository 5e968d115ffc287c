"""Checks of the file and the image: whether it can be checked and shows an original document."""

from __future__ import annotations

from collections.abc import Iterator

from docverify.case import Case
from docverify.checks.completeness import KEY_FIELDS
from docverify.checks.mrz import compute_unconfirmed_confidence
from docverify.checks.result import CheckResult, Status, not_performed, passed_or_failed
from docverify.checks.viz_comparison import compare_with_viz
from docverify.documents.kinds import PASSPORTS, DocumentKind, find_document_kind
from docverify.documents.mrz import Mrz
from docverify.identities import NAMES, Source
from docverify.layout.frame import find_frame
from docverify.layout.sides import find_document_lines
from docverify.page import Page
from docverify.policy import Consequence, Policy

MIN_PRINTED_FIELDS = 2  # with fewer, a page is not an identity document
COMMON_FIELDS = {"full_name", "address", "national_number", "issuing_state", "height"}
"""Fields that letters and forms have, too: they do not make a page an identity document."""

SHARPNESS_FACTORS, PITCH_FACTORS = (0.5, 4.0), (1.0, 1.5)
"""Factors by which the policy's threshold is multiplied for certain and for doubtful readings."""
MAX_DOUBTFUL_CONFIDENCE = 0.65  # mean of the printed characters, below which they are doubtful
MAX_PAPER_CHROMA = 6.0  # 95th percentile; documents on a white background have 9 and more
MAX_PAPER_SPREAD = 3.0  # of colours; documents have 4 and more
UNAMBIGUOUS = {"document_number", "birth_date", "expiry_date"}

NO_PAGE = "the file could not be opened"
NOT_MEASURED = "not measured, or the file could not be opened"


def check_file(case: Case) -> Iterator[CheckResult]:
    """The file is an image or a PDF within the accepted formats and limits."""
    refusal = case.reading.refusal
    evidence = f"{refusal.code}: {refusal.message}" if refusal else ""
    yield passed_or_failed("file_readable", refusal is None, Consequence.RESUBMIT, evidence)


def check_document_detected(case: Case) -> Iterator[CheckResult]:
    """The file shows an identity document: an MRZ, an AAMVA barcode or labelled fields."""
    if case.page is None:
        yield not_performed("document_detected", NO_PAGE)
        return
    evidence = "neither an MRZ nor an AAMVA barcode nor labelled fields were found"
    found = _is_detected(case)
    yield passed_or_failed("document_detected", found, Consequence.RESUBMIT, evidence)


def _is_detected(case: Case) -> bool:
    if case.mrz_reading is not None or case.card is not None:
        return True
    return len(case.printed.keys() - COMMON_FIELDS) >= MIN_PRINTED_FIELDS


def check_single_document(case: Case) -> Iterator[CheckResult]:
    """All MRZs and barcodes of the file belong to one document. Two must come separately.

    A passport may contain visas.
    """
    if case.page is None:
        yield not_performed("single_document", NO_PAGE)
        return
    cards = {(card.document_number, card.birth_date, card.expiry_date) for card in case.cards}
    numbers = {
        (mrz.document_number, mrz.birth_date, mrz.expiry_date)
        for mrz in case.all_mrzs
        if (mrz in case.mrzs or _is_same_kind(case, mrz)) and not _is_visa_in_passport(case, mrz)
    }
    has_conflict = any(_differs_in_barcode(case, name) for name in ("birth_date", "expiry_date"))
    evidence = "the file shows two different documents; upload each one separately"
    passes = len(numbers) <= 1 and len(cards) <= 1 and not has_conflict
    yield passed_or_failed("single_document", passes, Consequence.RESUBMIT, evidence)


def _is_same_kind(case: Case, mrz: Mrz) -> bool:
    """Return whether another MRZ of a page is of the same kind, and was not misread.

    A page may show a visa next to the passport.
    """
    return find_document_kind(mrz) is case.kind and all(
        each.is_correct for each in mrz.check_digits
    )


def _is_visa_in_passport(case: Case, mrz: Mrz) -> bool:
    return case.kind in PASSPORTS and find_document_kind(mrz) is DocumentKind.VISA


def _differs_in_barcode(case: Case, name: str) -> bool:
    """Return whether a date differs in MRZ and barcode; the numbers may differ on one licence."""
    in_mrz, in_barcode = getattr(case.mrz_identity, name), getattr(case.barcode_identity, name)
    is_known = in_mrz is not None and in_barcode is not None and case.mrz_has(name)
    return is_known and in_mrz != in_barcode and not case.is_doubtful(Source.MRZ, name)


def _choose_factor(case: Case, certain: float, doubtful: float) -> float:
    """Return the factor of a threshold: more is required if the reading of the text is doubtful.

    Labels that are too small to be read do not matter if the MRZ confirms every value.
    """
    if case.viz_confidence < MAX_DOUBTFUL_CONFIDENCE and not _is_confirmed(case):
        return doubtful
    return certain if _is_read_with_certainty(case) else 1.0


def _is_confirmed(case: Case) -> bool:
    """Return whether number, dates and names of the MRZ are all printed."""
    names = (*sorted(UNAMBIGUOUS), *NAMES)
    compared = (compare_with_viz(case, case.mrz_identity, name) for name in names)
    return case.mrz is not None and all(each is Status.PASSED for each in compared)


def _is_read_with_certainty(case: Case) -> bool:
    """Return whether MRZ or barcode and all printed key fields were read with confidence.

    A printed value that is also in the MRZ was read correctly, regardless of its confidence.
    """
    if _is_confirmed(case) and _machine_confidence(case) >= case.policy.min_confidence:
        return True
    read = [case.printed[name].confidence for name in KEY_FIELDS if name in case.printed]
    has_all = case.printed.keys() >= UNAMBIGUOUS
    return has_all and min(*read, _machine_confidence(case)) >= case.policy.min_confidence


def check_blur(case: Case) -> Iterator[CheckResult]:
    """The text is sharp enough.

    If the reading is doubtful, four times the threshold is required; if everything was read with
    certainty, half of it.
    """
    if case.page is None:
        yield not_performed("image_blur", NO_PAGE)
        return
    sharpness = min(page.quality.sharpness for page in case.checked_pages)
    least = case.policy.min_sharpness * _choose_factor(case, *SHARPNESS_FACTORS)
    evidence = f"the text is blurred: sharpness {sharpness:.0f}, required {least:.0f}"
    yield passed_or_failed("image_blur", sharpness >= least, Consequence.RESUBMIT, evidence)


def check_resolution(case: Case) -> Iterator[CheckResult]:
    """The characters of the MRZ are large enough.

    If the reading of the printed text is doubtful, they must be 1.5 times as large.
    """
    if case.page is None or case.page.mrz is None:
        yield not_performed("image_resolution", "only the characters of an MRZ are measured")
        return
    pitch = case.page.mrz.pitch
    least = case.policy.min_mrz_pitch * _choose_factor(case, *PITCH_FACTORS)
    evidence = f"{pitch:.1f} pixels per character of the MRZ, required {least:.1f}"
    yield passed_or_failed("image_resolution", pitch >= least, Consequence.RESUBMIT, evidence)


def check_glare(case: Case) -> Iterator[CheckResult]:
    """The document shows no glare.

    If the MRZ or the barcode was read with certainty, a failure is only noted.
    """
    measured = (page.quality.glare for page in case.checked_pages)
    glare = max((each for each in measured if each is not None), default=None)
    if glare is None:
        yield not_performed("image_glare", NOT_MEASURED)
        return
    passes = glare <= case.policy.max_glare
    evidence = f"{100 * glare:.1f} % of the document is overexposed by glare"
    yield passed_or_failed("image_glare", passes, _choose_consequence(case), evidence)


def check_exposure(case: Case) -> Iterator[CheckResult]:
    """The image is not too dark, too bright or too low in contrast.

    If the MRZ or the barcode was read with certainty, a failure is only noted.
    """
    measured = [
        (quality.brightness, quality.contrast)
        for quality in (page.quality for page in case.checked_pages)
        if quality.brightness is not None and quality.contrast is not None
    ]
    if not measured:
        yield not_performed("image_exposure", NOT_MEASURED)
        return
    wrong = [each for each in measured if not _is_lit(case.policy, *each)]
    evidence = "; ".join(
        f"brightness {grey:.0f} of 255, contrast {spread:.0f}" for grey, spread in wrong
    )
    yield passed_or_failed("image_exposure", not wrong, _choose_consequence(case), evidence)


def _is_lit(policy: Policy, brightness: float, contrast: float) -> bool:
    is_bright_enough = policy.min_brightness <= brightness <= policy.max_brightness
    return is_bright_enough and contrast >= policy.min_contrast


def check_cropped(case: Case) -> Iterator[CheckResult]:
    """No text of the document touches the edge of the image.

    If the MRZ or the barcode was read with certainty, a failure is only noted.
    """
    measured = map(_measure_margin, case.checked_pages)
    margin = min((each for each in measured if each is not None), default=None)
    if margin is None or not _is_detected(case):
        why = NOT_MEASURED if margin is None else "no document was found"
        yield not_performed("document_cropped", why)
        return
    passes = margin >= case.policy.min_edge_margin
    evidence = f"text is {100 * margin:.1f} % of the image's longer side away from its edge"
    yield passed_or_failed("document_cropped", passes, _choose_consequence(case), evidence)


def _measure_margin(page: Page) -> float | None:
    """Return the distance of the document's text from the edge, as a share of the longer side.

    Text around a document that has a frame, such as that of the paper under it, does not count.
    """
    margin = page.quality.edge_margin
    if margin is None or page.mrz is None or page.mrz.box is None or find_frame(page) is None:
        return margin
    boxes = [page.mrz.box, *(line.box for line in find_document_lines(page))]
    distances = (
        min(box.left, box.top, page.width - box.right, page.height - box.bottom) for box in boxes
    )
    return max(margin, min(distances) / max(page.width, page.height))


def _choose_consequence(case: Case) -> Consequence:
    """Return what a flaw of the image asks for: a new image only if the reading suffered."""
    certain = _machine_confidence(case) >= case.policy.min_confidence
    return Consequence.NOTE if certain else Consequence.RESUBMIT


def _machine_confidence(case: Case) -> float:
    """Return the confidence of the MRZ, else 1 if a barcode was read and 0 if not."""
    if case.mrz:
        return compute_unconfirmed_confidence(case, case.mrz)
    return float(case.mrz_reading is None and case.card is not None)


def check_colour(case: Case) -> Iterator[CheckResult]:
    """Every page of the document has colours, unlike a photocopy (DLC-2021: 99 % precision).

    85 % of the photocopies in that data set are recognised. A photocopy on tinted paper or in warm
    light has a tint, but no spread of colours. Grey scans of originals fail, too, so a failure asks
    for a person. The back of a licence, with its barcode and no portrait, may be printed in black
    only. White paper on which only a portrait has colours fails, because it lacks the background of
    a document.
    """
    in_colour = [page for page in case.checked_pages if not is_licence_back(page)]
    qualities = [page.quality for page in in_colour or case.checked_pages]
    chroma = min((each.chroma for each in qualities if each.chroma is not None), default=None)
    spread = min(
        (each.color_spread for each in qualities if each.color_spread is not None), default=None
    )
    if chroma is None and spread is None:
        yield not_performed("grayscale_copy", NOT_MEASURED)
        return
    flaws = []
    if chroma is not None and chroma < case.policy.min_chroma:
        flaws.append(f"the image has no colour (chroma {chroma:.1f})")
    if spread is not None and spread < case.policy.min_color_spread:
        flaws.append(f"the image has one tint instead of colours (spread {spread:.1f})")
    if any(map(is_white_paper, case.checked_pages)):
        flaws.append("black print and a portrait on white paper")
    evidence = f"{'; '.join(flaws)}: a photocopy, a grey scan or a printed page"
    yield passed_or_failed("grayscale_copy", not flaws, Consequence.REFER, evidence)


def is_white_paper(page: Page) -> bool:
    """Return whether a page with a portrait is white paper, with few colours."""
    quality = page.quality
    # Glare is measured everywhere except on white paper.
    is_white = quality.glare is None and quality.brightness is not None
    is_pale = (quality.chroma or 0.0) < MAX_PAPER_CHROMA
    spread = quality.color_spread
    has_few_colours = spread is not None and spread < MAX_PAPER_SPREAD
    return bool(page.portraits) and is_white and is_pale and has_few_colours


def is_licence_back(page: Page) -> bool:
    """Return whether a page has a barcode, and neither an MRZ nor a portrait."""
    return bool(page.barcodes) and page.mrz is None and page.portraits == ()


def check_screen(case: Case) -> Iterator[CheckResult]:
    """No page of the document shows the raster of a screen.

    The check finds simulated screens, but recognised none of three real photos of screens, so a
    pass means little. Printed patterns may look like a raster.
    """
    found = [page.quality.screen_peaks for page in case.checked_pages]
    peaks = max((each for each in found if each is not None), default=None)
    if peaks is None:
        yield not_performed("screen_recapture", NOT_MEASURED)
        return
    passes = peaks <= case.policy.max_screen_peaks
    evidence = f"a regular raster, as on a screen: {peaks} pairs of peaks in the spectrum"
    yield passed_or_failed("screen_recapture", passes, Consequence.REFER, evidence)


def check_limits_of_an_image(_: Case) -> Iterator[CheckResult]:
    """What an image cannot show or docverify does not check; always reported as not performed."""
    yield not_performed(
        "physical_security_features",
        "needs the document itself: ultraviolet light, holograms, chip",
    )
    yield not_performed(
        "pixel_forensics",
        "only shapes are compared (MRZ, portraits, backgrounds of lines); compression, noise and"
        " copied regions are not searched",
    )
    yield not_performed("issuing_authority", "the registers of issuers are not queried")
