"""The checks of the barcode of North American licences."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from docverify.case import open_case
from docverify.checks.barcode import (
    check_barcode_parse,
    check_barcode_present,
    check_barcode_structure,
    check_issuer_of_barcode,
)
from docverify.documents.kinds import DocumentKind
from docverify.page import Barcode, Box, Page
from docverify.policy import STANDARD
from tests.support.check_rows import (
    FAILED,
    INCONCLUSIVE,
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
    TODAY,
    aamva,
    licence,
    page,
    reading,
    refused,
    results,
    td1,
)

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "aamva.json").read_text())
CARDS = [each for each in VECTORS if each["expected"].get("format") != "magstripe"]
TEXAS, ONTARIO, UNVERIFIED = "ANSI 636015100001", "ANSI 636012100001", "ANSI 604434100001"
EUROPEAN = (
    *("DRIVING LICENCE", "1. MERIDIAN", "2. LOUISE ANN", "3. 12.04.1990"),
    *("4a. 15.09.2023", "4b. 14.09.2033", "5. QX7182035"),
)


def code(payload: bytes, symbology: str = "PDF417") -> tuple[Barcode, ...]:
    return (Barcode(symbology, payload, Box(0, 0, 9, 9)),)


def front(*more: str) -> tuple[str, ...]:
    """Print an issuer other than California and USA on the front."""
    return (*FRONT[1:], *more)


def issued(issuer: str) -> tuple[str, ...]:
    """Print a driver licence of an issuer that does not spell it license."""
    return ("DRIVER LICENCE", issuer, *FRONT[2:])


IIN = "barcode_iin_matches_state"
ANSWERS = [
    Row("a licence", "barcode_present", PASSED, licence()),
    Row("another barcode", "barcode_present", PASSED, licence(b"M1MERIDIAN")),
    Row("only the front", "barcode_present", FAILED, licence(b""), RESUBMIT),
    Row("a Canadian front", "barcode_present", FAILED, licence(b"", ("DRIVER'S LICENCE",))),
    Row("a European licence", "barcode_present", NOT_PERFORMED, licence(b"", EUROPEAN)),
    *(
        Row(f"a licence: {issuer}", "barcode_present", NOT_PERFORMED, licence(b"", issued(issuer)))
        for issuer in (
            *("NEW ZEALAND", "Queensland Government", "Victoria Australia"),
            *("Northern Territory", "REPUBLIC OF THE PHILIPPINES", "QUEENSLAND VIRGINIA 4014"),
        )
    ),
    *(
        Row(f"a licence: {issuer}", "barcode_present", FAILED, licence(b"", issued(issuer)))
        for issuer in ("BRITISH COLUMBIA VICTORIA", "Prince Edward Island", "NOWHERE")
    ),
    Row(
        "a license of Virginia",
        "barcode_present",
        FAILED,
        licence(b"", ("DRIVER LICENSE", "VIRGINIA", "12 VICTORIA STREET")),
    ),
    Row("a passport", "barcode_present", NOT_PERFORMED, page()),
    Row("a QR code", "barcode_present", NOT_PERFORMED, replace(page(), barcodes=code(b"1", "QR"))),
    Row("no page", "barcode_present", NOT_PERFORMED, refused()),
    Row("a licence", "barcode_parse", PASSED, licence()),
    Row("a licence's back", "barcode_parse", PASSED, licence(front=())),
    Row("a boarding pass", "barcode_parse", FAILED, replace(NOTHING, barcodes=code(b"M1")), REFER),
    Row("a card", "barcode_parse", NOT_PERFORMED, replace(page(td1()), barcodes=code(b"0"))),
    Row("no barcode", "barcode_parse", NOT_PERFORMED, licence(b"")),
    Row("as published", "barcode_structure", PASSED, licence()),
    Row("a deviation", "barcode_structure", FAILED, licence(aamva("AAMVA636014100001")), NOTE),
    Row("an element missing", "barcode_structure", FAILED, licence(aamva(DDG=None)), NOTE),
    Row("in its year", "barcode_structure", PASSED, licence(aamva(DBD="01012020"))),
    Row("a year before", "barcode_structure", PASSED, licence(aamva(DBD="01012019"))),
    Row("two years before", "barcode_structure", FAILED, licence(aamva(DBD="12312018")), REFER),
    Row("issue date unknown", "barcode_structure", FAILED, licence(aamva(DBD=None)), NOTE),
    Row("a version of an unknown year", "barcode_structure", PASSED, licence(
        aamva("ANSI 636014110001", DBD="01012018")
    )),
    Row("no barcode", "barcode_structure", NOT_PERFORMED, NO_MRZ),
    Row("named on the front", IIN, PASSED, licence()),
    Row("only the back", IIN, PASSED, licence(front=())),
    Row("an address in another State", IIN, PASSED, licence(aamva(DAJ="NV"))),
    Row("named by its code", IIN, PASSED, licence(front=front("Issuing State: CA", *FRONT[:1]))),
    Row("named like a country", IIN, PASSED, licence(
        aamva("ANSI 636055100001"), front("Issuing State: Georgia")
    )),
    Row("not named", IIN, INCONCLUSIVE, licence(front=front())),
    Row("another State", IIN, INCONCLUSIVE, licence(aamva(TEXAS))),
    Row("another country", IIN, FAILED, licence(aamva(ONTARIO)), REFER),
    Row("another country printed", IIN, FAILED, licence(front=front("Issuing State: Canada"))),
    Row("a number not confirmed", IIN, INCONCLUSIVE, licence(aamva(UNVERIFIED))),
    Row("an unassigned number", IIN, INCONCLUSIVE, licence(aamva("ANSI 999999100001"))),
    Row("no barcode", IIN, NOT_PERFORMED, licence(b"")),
]  # fmt: skip


@pytest.mark.parametrize("row", params(ANSWERS))
def test_check_gives_the_expected_result(row: Row):
    assert_holds(row)


def test_table_covers_every_result():
    assert_complete(
        ANSWERS,
        *(check_barcode_present, check_barcode_parse),
        *(check_barcode_structure, check_issuer_of_barcode),
    )


@pytest.mark.parametrize("vector", [pytest.param(each, id=each["id"]) for each in CARDS])
def test_published_samples_are_licences_of_their_issuers(vector):
    of = replace(NOTHING, barcodes=code(vector["raw"].encode("latin-1")))
    answers = results(reading(of))

    passed = [answers[each].status for each in ("barcode_present", "barcode_parse", IIN)]
    assert passed == [PASSED] * 3
    assert answers["barcode_structure"].severity is not REFER or not answers[
        "barcode_structure"
    ].evidence.startswith("a version")


def test_evidence_names_deviations_and_missing_elements():
    told = results(reading(licence(aamva("AAMVA636014100001", DDG=None))))["barcode_structure"]

    assert told.evidence == "file type; missing elements: DDG"


@pytest.mark.parametrize(
    ("of", "kind"),
    [
        pytest.param(licence(), DocumentKind.AAMVA_LICENCE, id="both sides"),
        pytest.param(licence(front=()), DocumentKind.AAMVA_LICENCE, id="the back"),
        pytest.param(licence(b""), DocumentKind.AAMVA_LICENCE, id="the front"),
        pytest.param(licence(b"", EUROPEAN), DocumentKind.UNKNOWN, id="a European one"),
        pytest.param(
            page(("D1NLD150949111659TVGD57GR81QX2",), {}),
            DocumentKind.LICENCE,
            id="a European one's MRZ",
        ),
        pytest.param(
            replace(page(), barcodes=code(aamva())),
            DocumentKind.PASSPORT,
            id="in addition to an MRZ",
        ),
    ],
)
def test_licence_is_known_by_its_barcode_or_its_words(of: Page, kind: DocumentKind):
    assert open_case(reading(of), today=TODAY, policy=STANDARD).kind is kind
