"""Checks of the file and the picture: can this be judged at all, and is it of the original?"""

from __future__ import annotations

from collections.abc import Iterator

from docverify.case import Case
from docverify.checks.completeness import KEY_FIELDS
from docverify.checks.mrz import least_confidence
from docverify.checks.result import CheckResult, not_performed, passed_or_failed
from docverify.documents.mrz import Mrz
from docverify.identities import Source
from docverify.policy import Consequence, Policy

MIN_PRINTED_FIELDS = 2
COMMON_FIELDS = {"full_name", "address", "national_number", "issuing_state", "height"}
"""Fields that letters and forms label as well: they make no identity document."""

BLUR, SMALLNESS = (0.5, 4.0), (1.0, 1.5)
"""How much is asked of what was read with certainty, and with doubt, to what the policy asks."""
DOUBTFUL_PRINT = 0.65
UNAMBIGUOUS = {"document_number", "birth_date", "expiry_date"}

NO_PAGE = "there is no page"
NOT_MEASURED = "the engine's picture does not tell"


def check_file(case: Case) -> Iterator[CheckResult]:
    """The file is a picture or PDF within the accepted formats and limits."""
    refusal = case.reading.refusal
    evidence = f"{refusal.code}: {refusal.message}" if refusal else ""
    yield passed_or_failed("file_readable", refusal is None, Consequence.RESUBMIT, evidence)


def check_document_detected(case: Case) -> Iterator[CheckResult]:
    """An identity document is in the picture: a zone, a licence's barcode or labelled fields."""
    if case.page is None:
        yield not_performed("document_detected", NO_PAGE)
        return
    evidence = "neither a machine readable zone nor a licence's barcode nor labelled fields"
    found = _is_detected(case)
    yield passed_or_failed("document_detected", found, Consequence.RESUBMIT, evidence)


def _is_detected(case: Case) -> bool:
    if case.mrz_reading is not None or case.card is not None:
        return True
    return len(case.printed.keys() - COMMON_FIELDS) >= MIN_PRINTED_FIELDS


def check_single_document(case: Case) -> Iterator[CheckResult]:
    """All zones and barcodes of the file are of one document: two are judged one by one."""
    if case.page is None:
        yield not_performed("single_document", NO_PAGE)
        return
    cards = {card.document_number for card in case.cards}
    different = len(set(map(_one_of, case.mrzs))) > 1 or len(cards) > 1
    apart = any(_differ(case, name) for name in ("birth_date", "expiry_date"))
    evidence = "what the zones or barcodes say is of two documents; upload each by itself"
    holds = not different and not apart
    yield passed_or_failed("single_document", holds, Consequence.RESUBMIT, evidence)


def _one_of(mrz: Mrz) -> tuple[str, ...]:
    return mrz.document_number, mrz.birth_date, mrz.expiry_date


def _differ(case: Case, name: str) -> bool:
    """Whether zone and barcode give other days; their numbers may differ on one licence."""
    zone, barcode = getattr(case.mrz_identity, name), getattr(case.barcode_identity, name)
    known = zone is not None and barcode is not None and case.mrz_has(name)
    return known and zone != barcode and not case.is_doubtful(Source.MRZ, name)


def _strictness(case: Case, certain: float, doubtful: float) -> float:
    """Ask more of a picture whose print was read with doubt, and less of one read for certain."""
    if case.viz_confidence < DOUBTFUL_PRINT:
        return doubtful
    return certain if _is_read_for_certain(case) else 1.0


def _is_read_for_certain(case: Case) -> bool:
    """Tell whether zone or barcode and all key fields of the print were read with confidence."""
    read = [case.printed[name].confidence for name in KEY_FIELDS if name in case.printed]
    known = case.printed.keys() >= UNAMBIGUOUS
    return known and min(*read, _machine_confidence(case)) >= case.policy.min_confidence


def check_blur(case: Case) -> Iterator[CheckResult]:
    """The text of the picture is sharp enough to be judged: what was read with doubt, four times.

    Half of it is enough where zone and print were read with certainty.
    """
    if case.page is None:
        yield not_performed("image_blur", NO_PAGE)
        return
    sharpness = min(page.quality.sharpness for page in case.checked_pages)
    least = case.policy.min_sharpness * _strictness(case, *BLUR)
    evidence = f"sharpness {sharpness:.0f} is below {least:.0f}"
    yield passed_or_failed("image_blur", sharpness >= least, Consequence.RESUBMIT, evidence)


def check_resolution(case: Case) -> Iterator[CheckResult]:
    """The characters of the zone are large enough to be judged: half as large again in doubt.

    The print is smaller than the zone: its lines tell whether the picture is too small for them.
    """
    if case.page is None or case.page.mrz is None:
        yield not_performed("image_resolution", "measured on the machine readable zone")
        return
    pitch = case.page.mrz.pitch
    least = case.policy.min_mrz_pitch * _strictness(case, *SMALLNESS)
    evidence = f"{pitch:.1f} pixels per character of the zone are less than {least:.1f}"
    yield passed_or_failed("image_resolution", pitch >= least, Consequence.RESUBMIT, evidence)


def check_glare(case: Case) -> Iterator[CheckResult]:
    """No lamp is reflected on the document; where all was read with certainty, it is only noted."""
    measured = (page.quality.glare for page in case.checked_pages)
    glare = max((each for each in measured if each is not None), default=None)
    if glare is None:
        yield not_performed("image_glare", NOT_MEASURED)
        return
    holds = glare <= case.policy.max_glare
    evidence = f"{100 * glare:.1f} % of the document are blown out"
    yield passed_or_failed("image_glare", holds, _asked_of(case), evidence)


def check_exposure(case: Case) -> Iterator[CheckResult]:
    """The picture is neither dark nor pale nor flat; noted where all was read with certainty."""
    measured = [
        (quality.brightness, quality.contrast)
        for quality in (page.quality for page in case.checked_pages)
        if quality.brightness is not None and quality.contrast is not None
    ]
    if not measured:
        yield not_performed("image_exposure", NOT_MEASURED)
        return
    wrong = [each for each in measured if not _is_lit(case.policy, *each)]
    evidence = "; ".join(f"mean grey {grey:.0f}, contrast {spread:.0f}" for grey, spread in wrong)
    yield passed_or_failed("image_exposure", not wrong, _asked_of(case), evidence)


def _is_lit(policy: Policy, brightness: float, contrast: float) -> bool:
    lit = policy.min_brightness <= brightness <= policy.max_brightness
    return lit and contrast >= policy.min_contrast


def check_cropped(case: Case) -> Iterator[CheckResult]:
    """No text touches the edge of the picture; noted where all was read with certainty."""
    measured = (page.quality.edge_margin for page in case.checked_pages)
    margin = min((each for each in measured if each is not None), default=None)
    if margin is None or not _is_detected(case):
        why = NOT_MEASURED if margin is None else "no document was found that could be cut off"
        yield not_performed("document_cropped", why)
        return
    holds = margin >= case.policy.min_edge_margin
    evidence = f"text begins {100 * margin:.1f} % of the picture's length from its edge"
    yield passed_or_failed("document_cropped", holds, _asked_of(case), evidence)


def _asked_of(case: Case) -> Consequence:
    """A flaw of the picture asks for a new one only if the reading suffered from it."""
    certain = _machine_confidence(case) >= case.policy.min_confidence
    return Consequence.NOTE if certain else Consequence.RESUBMIT


def _machine_confidence(case: Case) -> float:
    """Return how surely the zone was read; a barcode is read or not."""
    if case.mrz:
        return least_confidence(case, case.mrz)
    return float(case.mrz_reading is None and case.card is not None)


def check_colour(case: Case) -> Iterator[CheckResult]:
    """The picture has colours: a photocopy is no original. (DLC-2021: precision 99 %, recall 85 %)

    Grey scans of originals fail as well, so it asks for a person.
    """
    found = [page.quality.chroma for page in case.reading.pages]
    chroma = max((each for each in found if each is not None), default=None)
    if chroma is None:
        yield not_performed("grayscale_copy", NOT_MEASURED)
        return
    holds = chroma >= case.policy.min_chroma
    evidence = f"the strongest colours have a chroma of {chroma:.1f}"
    yield passed_or_failed("grayscale_copy", holds, Consequence.REFER, evidence)


def check_screen(case: Case) -> Iterator[CheckResult]:
    """The picture has no regular raster, as one of a screen has; printed patterns may have one."""
    found = [page.quality.screen_peaks for page in case.reading.pages]
    peaks = min((each for each in found if each is not None), default=None)
    if peaks is None:
        yield not_performed("screen_recapture", NOT_MEASURED)
        return
    holds = peaks <= case.policy.max_screen_peaks
    evidence = f"{peaks} pairs of peaks in the spectrum"
    yield passed_or_failed("screen_recapture", holds, Consequence.REFER, evidence)


def check_beyond_the_picture(_: Case) -> Iterator[CheckResult]:
    """What one picture can't show, or this service does not ask: said, never assumed."""
    yield not_performed(
        "physical_security_features", "needs the document itself: ultraviolet, holograms, chip"
    )
    yield not_performed("pixel_forensics", "traces of retouching are not looked for")
    yield not_performed("issuing_authority", "no register of an issuer is asked")
