"""Fronts of all American jurisdictions: their mottos, remarks and names refer no genuine holder."""

from dataclasses import replace

import pytest

from docverify.documents.code_tables import load_table
from docverify.documents.licence_labels import find_licence_segments
from docverify.documents.states import list_jurisdictions
from docverify.layout.licence_names import is_remark
from docverify.page import Barcode, Box, Engine, Line, Page, Quality, Reading
from docverify.policy import STANDARD
from docverify.verdict import Outcome, Verdict, judge
from tests.support.readings import PORTRAIT, SURE, TODAY, aamva

WIDTH, HEIGHT = 20, 40  # of a character, in pixels
NUMBERS = {
    **{"AK": "7158184", "AL": "7158184", "AR": "971581846", "AS": "971581846", "AZ": "D08954796"},
    **{"CA": "D5521738", "CO": "971581846", "CT": "971581846", "DC": "7158184", "DE": "7158184"},
    **{"FL": "S514172808440", "GA": "971581846", "GU": "971581846", "HI": "H08954796"},
    **{"IA": "971AB8184", "ID": "AB715818C", "IL": "S51417280844", "IN": "9715818467"},
    **{"KS": "K08954796", "KY": "S08954796", "LA": "009715818", "MA": "S08954796"},
    **{"MD": "S514172808440", "ME": "7158184", "MI": "S514172808440", "MN": "S514172808440"},
    **{"MO": "971581846", "MP": "971581846", "MS": "971581846", "MT": "9715818467158"},
    **{"NC": "971581846715", "ND": "SAM671934", "NE": "A08954796", "NH": "NHL08954796"},
    **{"NJ": "S51417280844097", "NM": "971581846", "NV": "9715818467", "NY": "971581846"},
    **{"OH": "TL719584", "OK": "A971581846", "OR": "7158184", "PA": "97158184", "PR": "7158184"},
    **{"RI": "7158184", "SC": "971581846", "SD": "97158184", "TN": "971581846", "TX": "97158184"},
    **{"UT": "971581846", "VA": "T16700185", "VI": "971581846", "VT": "97158184"},
    **{"WA": "WDLABCD459DG", "WI": "S5141728084409", "WV": "Y971584", "WY": "9715818467"},
    **{"AB": "971581846", "BC": "7158184", "MB": "SAMPLES971AB", "NB": "7158184"},
    **{"NL": "S971581846", "NS": "MERID971581846", "NT": "715818", "NU": "715818"},
    **{"ON": "S51417280844097", "PE": "715818", "QC": "S514172808440", "SK": "97158184"},
    "YT": "715818",
}
ISSUERS = {each.code: each for each in list_jurisdictions(("USA", "CAN")) if each.code in NUMBERS}
MOTTOS = {
    **{code: row for code, row in load_table("licence_mottos").items() if code in ISSUERS},
    "OH": load_table("licence_mottos")["OH"] + load_table("licence_mottos")["remarks"],
}
REMARKS = (
    *("NOT FOR REAL ID PURPOSES", "NOT ACCEPTABLE FOR FEDERAL PURPOSES", "LIMITED-TERM"),
    *("TEMPORARY VISITOR", "NON-DOMICILED", "UNDER 21", "DISABLED VETERAN", "ANATOMICAL DONOR"),
    *("COMMERCIAL LEARNER PERMIT", "JUNIOR OPERATOR", "PROBATIONARY LICENSE", "LIFETIME HUNTER"),
    *("MEDICAL ALERT", "DEAF", "AUTISM SPECTRUM", "BUREAU OF MOTOR VEHICLES", "ADA COUNTY"),
    *("CITY AND COUNTY OF HONOLULU", "FREEDIVER", "PERMIS PROBATOIRE", "DONNEUR D'ORGANES"),
)
Placed = tuple[str, float, float]


def put(*placed: Placed) -> tuple[Line, ...]:
    """Return lines from their text, left and top edge, from the top."""
    lines = (
        Line(text, SURE, Box(left, top, left + WIDTH * len(text), top + HEIGHT))
        for text, left, top in placed
    )
    return tuple(sorted(lines, key=lambda line: line.box.top))


def date(year: int, month: int, day: int, country: str) -> str:
    return f"{month:02}/{day:02}/{year}" if country == "USA" else f"{year}/{month:02}/{day:02}"


def judge_front(
    code: str,
    *placed: Placed,
    more: tuple[Line, ...] = (),
    names: tuple[str, ...] = ("1 MERIDIAN", "2 LOUISE ANN"),
    title: tuple[Placed, ...] = (),
    **barcode: str,
) -> Verdict:
    """Decide a front in the order of the American standard, and its barcode on another page."""
    issuer = ISSUERS[code]
    iins = load_table("iin")["issuers"]
    iin = next(key for key, row in iins.items() if row[:2] == [code, issuer.country])
    born, issued, expires = (
        date(*day, issuer.country) for day in ((1990, 4, 12), (2024, 4, 15), (2029, 4, 12))
    )
    city = f"ANYTOWN, {code} 43001" if issuer.country == "USA" else f"ANYTOWN {code} K1A 2B3"
    lines = put(
        *placed,
        *(title or ((issuer.name.upper(), 50, 0),)),
        *(("DRIVER LICENSE", 700, 0), (f"4d DLN {NUMBERS[code]}", 500, 100)),
        *((f"3 DOB {born}", 1100, 100), ("9 CLASS D", 500, 150), ("12 REST NONE", 900, 150)),
        *((name, 500, 305 - 45 * row) for row, name in enumerate(reversed(names))),
        *(("8 12 ANY STREET", 500, 400), (city, 540, 445), (f"4a ISS {issued}", 500, 500)),
        *((f"4b EXP {expires}", 1100, 500), ("15 SEX F", 500, 550), ("5 DD 04152024X1", 500, 600)),
    )
    order = "{1:02}{2:02}{0}" if issuer.country == "USA" else "{0}{1:02}{2:02}"
    days = {"DBB": (1990, 4, 12), "DBD": (2024, 4, 15), "DBA": (2029, 4, 12)}
    elements = {name: order.format(*day) for name, day in days.items()}
    place = {"DAJ": code, "DAQ": NUMBERS[code], "DCG": issuer.country}
    payload = aamva(f"ANSI {iin}100001", **{**elements, **place, **barcode})
    front = Page(1600, 1000, (*lines, *more), None, Quality(900), portraits=(PORTRAIT,))
    symbol = Barcode("PDF417", payload, Box(0, 600, 900, 690))
    back = replace(front, lines=(), barcodes=(symbol,), portraits=())
    return judge(Reading(Engine.LOCAL, (front, back)), today=TODAY, policy=STANDARD)


@pytest.mark.parametrize("code", sorted(ISSUERS))
def test_front_in_the_order_of_the_standard_is_verified(code: str):
    assert judge_front(code).outcome is Outcome.VERIFIED


@pytest.mark.parametrize("code", sorted(MOTTOS))
def test_mottos_of_the_issuer_are_no_names(code: str):
    motto = MOTTOS[code][0].upper()

    assert all(map(is_remark, MOTTOS[code]))
    assert judge_front(code, (motto, 500, 60)).outcome is Outcome.VERIFIED
    assert judge_front(code, (motto, 500, 215)).outcome is Outcome.VERIFIED


@pytest.mark.parametrize("remark", REMARKS)
def test_remarks_above_the_names_or_in_large_print_are_no_names(remark: str):
    above = judge_front("OH", (remark, 500, 215))
    large = put((remark, 500, 700))[0]
    box = replace(large.box, bottom=large.box.top + 2 * HEIGHT)
    below = judge_front("OH", more=(replace(large, box=box),))

    assert (above.outcome, below.outcome) == (Outcome.VERIFIED, Outcome.VERIFIED)


def test_another_name_among_remarks_and_mottos_is_still_found():
    verdict = judge_front("IL", ("LINCOLN SPEED", 500, 215))

    assert verdict.outcome is Outcome.REFERRED
    assert not is_remark("LINCOLN SPEED")


@pytest.mark.parametrize(
    "county",
    [
        *("ADA COUNTY", "SAN DIEGO COUNTY", "COUNTY OF LAKE", "MIAMI-DADE COUNTY"),
        *("KING GEORGE COUNTY", "WALLA WALLA COUNTY", "ORLEANS PARISH"),
    ],
)
def test_a_county_is_no_name(county: str):
    assert is_remark(county)
    assert judge_front("OH", (county, 500, 700)).outcome is Outcome.VERIFIED


@pytest.mark.parametrize(
    "text",
    ["JANE MILLER COUNTY", "COUNTY OF JANE MILLER", "JANE MILLER ID CARD", "MY COUNTY OF JANE"],
)
def test_a_county_or_a_title_excuses_no_name_of_someone_else(text: str):
    assert not is_remark(text)


@pytest.mark.parametrize(
    "text", ["JANE MILLER COUNTY", "COUNTY OF JANE MILLER", "JANE MILLER ID CARD"]
)
def test_a_name_in_a_county_or_a_title_is_referred(text: str):
    assert judge_front("OH", (text, 500, 700)).outcome is Outcome.REFERRED


@pytest.mark.parametrize("text", ["MEDICAL CARD", "DONOR CARD"])
def test_cards_that_licences_mention_are_no_other_document(text: str):
    assert judge_front("OH", (text, 500, 700)).outcome is Outcome.VERIFIED


@pytest.mark.parametrize(
    ("names", "surname"),
    [
        (("1,2 MERIDIAN, LOUISE ANN",), "MERIDIAN"),
        (("1 LAST NAMEMERIDIAN", "2 FIRST NAMELOUISE ANN"), "MERIDIAN"),
        (("APELLIDOS MERIDIAN", "NOMBRE LOUISE ANN"), "MERIDIAN"),
        (("1 O BRIEN", "2 LOUISE ANN"), "O'BRIEN"),
        (("GEORGIA", "LOUISE ANN"), "GEORGIA"),
        (("LOUISE ANN", "VIRGINIA"), "VIRGINIA"),
        (("1 MERIDIAN", "2 LOUISE", "ANN"), "MERIDIAN"),
    ],
)
def test_names_are_found_in_all_notations(names: tuple[str, ...], surname: str):
    assert judge_front("OH", names=names, DCS=surname).outcome is Outcome.VERIFIED


def test_specimens_name_of_words_that_are_no_names_is_read_by_its_number():
    verdict = judge_front(
        "CO", names=("1 MERIDIAN", "2 DL ADULT NON REAL ID"), DAC="DL", DAD="ADULT NON REAL ID"
    )

    assert verdict.outcome is Outcome.VERIFIED


def test_label_that_is_joined_to_the_name_is_no_reason_to_reject():
    verdict = judge_front("PR", names=("1 NOMBREDELTITULARMERIDIAN", "2 LOUISE ANN"))

    assert verdict.outcome is Outcome.REFERRED


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("ND", (("NORTH", 50, 0), ("DAKOTA", 50, 42))),
        ("NB", (("New Nouveau", 50, 0), ("Brunswick", 50, 42))),
        ("MP", (("CNMI", 50, 0),)),
        ("OH", (("0HIO", 50, 0),)),
        ("OH", (("oh!o", 50, 0), ("USA OH", 1400, 0))),
    ],
)
def test_name_of_the_issuer_may_be_in_two_lines_or_abbreviated(
    code: str, title: tuple[Placed, ...]
):
    assert judge_front(code, title=title).outcome is Outcome.VERIFIED


@pytest.mark.parametrize(
    "text", ["First Licensed: 02-11-1999", "LAST RENEWED 02-11-2019", "UNTIL AGE 21 04/12/2011"]
)
def test_dates_of_earlier_licences_belong_to_their_labels(text: str):
    assert judge_front("OR", (text, 500, 700)).outcome is Outcome.VERIFIED


def test_number_of_an_element_is_no_short_number_of_the_document():
    lines = (("4d NUM", 500, 100), ("3", 700, 100))

    assert "barcode_front_match_document_number" not in judge_front("PR", *lines).reasons


def test_color_of_the_hair_is_no_label_of_a_name():
    (segment,) = find_licence_segments("BLN")

    assert segment.name is None


@pytest.mark.parametrize(
    ("code", "text"),
    [
        *(("AR", "STATE OF KANSAS DRIVER LICENSE"), ("WV", "COMMONWEALTH OF VIRGINIA")),
        *(("WV", "VIRGINIA DRIVER LICENSE"), ("DC", "STATE OF WASHINGTON DRIVER LICENSE")),
        *(("CA", "TEXAS CLASS C DRIVER LICENSE"), ("CA", "GREAT STATE OF TEXAS")),
        *(("CA", "TEXAS DEPARTMENT OF PUBLIC SAFETY"), ("CA", "TEXAS DMV")),
        *(("CA", "OFFICIAL TEXAS DRIVER LICENSE"), ("OH", "STATE OF TEXAS USA")),
        *(("OH", "STATE 0F TEXAS"), ("OH", "ILLINOIS SECRETARY OF STATE")),
    ],
)
def test_title_of_another_state_is_referred_next_to_the_issuers_own(code: str, text: str):
    assert judge_front(code, (text, 500, 700)).outcome is Outcome.REFERRED


@pytest.mark.parametrize(
    ("code", "text"),
    [
        *(("WV", "VIRGINIA"), ("WV", "STATE OF WEST VIRGINIA"), ("DC", "WASHINGTON")),
        *(("DC", "WASHINGTON DC DRIVER LICENSE"), ("KS", "KANSAS CITY"), ("WA", "WA WASHINGTON")),
        *(("OH", "DELAWARE COUNTY"), ("CA", "NEVADA CITY"), ("OH", "WASHINGTON CLASS D")),
        *(("OH", "OHIO DEPARTMENT OF PUBLIC SAFETY"), ("OH", "STATE OF OHIO")),
    ],
)
def test_town_county_and_name_of_the_issuer_are_no_title_of_another_state(code: str, text: str):
    assert judge_front(code, (text, 500, 700)).outcome is Outcome.VERIFIED


@pytest.mark.parametrize(("left", "top"), [(500, 658), (410, 700)])
def test_first_word_of_the_issuers_name_may_be_a_line_of_its_own(left: float, top: float):
    verdict = judge_front("WV", ("WEST", left, top), ("VIRGINIA DRIVER LICENSE", 500, 700))

    assert "issuer_agrees" not in verdict.reasons


def test_part_of_the_issuers_name_at_the_edge_may_be_cut_off():
    def decide(text: str, left: float) -> Outcome:
        return judge_front("WV", (text, left, 700)).outcome

    assert decide("VIRGINIA DRIVER LICENSE", left=5) is Outcome.VERIFIED
    assert decide("VIRGINIA DRIVER LICENSE", left=100) is Outcome.REFERRED
    assert decide("COMMONWEALTH OF VIRGINIA", left=5) is Outcome.REFERRED
