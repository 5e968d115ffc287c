"""Printed fields of licences of the USA and Canada, by label, place and date."""

from dataclasses import replace
from datetime import date

import pytest

from docverify.documents.aamva import AamvaCard, parse_aamva
from docverify.layout.licence import find_licence_fields, find_licence_issuer
from docverify.layout.licence_dates import assign_dates
from docverify.layout.licence_front import LicenceFront
from docverify.page import CERTAIN_CONFIDENCE, Box, Line
from tests.support.readings import SURE, aamva

TODAY = date(2026, 11, 23)
HEIGHT = 40
TITLE = ("OHIO", 50, 0), ("DRIVER LICENSE", 500, 0)
ADDRESS = ("5 ANY STREET", 500, 400), ("ANYTOWN, OH 43001", 500, 445)
NAMES = ("ROE", 500, 300), ("JANE ANN", 500, 345)
Placed = tuple[str, float, float]


def lines(*placed: Placed, confidence: float = SURE) -> tuple[Line, ...]:
    """Return lines of 20 pixels a character, each from its text, left and top edge."""
    return tuple(
        Line(text, confidence, Box(left, top, left + 20 * len(text), top + HEIGHT))
        for text, left, top in placed
    )


def front(*placed: Placed, country: str = "USA", card: AamvaCard | None = None) -> LicenceFront:
    return LicenceFront(lines(*placed), country, card, TODAY)


def fields(*placed: Placed, country: str = "USA", card: AamvaCard | None = None) -> dict[str, str]:
    found = find_licence_fields(front(*placed, country=country, card=card))
    return {name: value.text for name, value in found.items()}


def barcode(**changed: str) -> AamvaCard:
    return parse_aamva(aamva("ANSI 636023100001", **changed))


def test_numbered_elements_are_those_of_the_american_standard():
    found = fields(
        *TITLE,
        ("4d LIC NO TL123456", 500, 100),
        ("1 ROE", 500, 300),
        ("2 JANE ANN", 500, 345),
        ("8 5 ANY STREET", 500, 400),
        ("ANYTOWN, OH 43001", 540, 445),
        ("3 DOB 04/12/1990", 500, 500),
        ("4a ISS 04/12/2023", 500, 545),
        ("4b EXP 04/12/2027", 900, 545),
        ("5 DD 12345678901234", 500, 590),
        ("15 SEX F 16 HGT 5'-05\"", 500, 635),
    )

    assert found == {
        "document_number": "TL123456",
        "surname": "ROE",
        "given_names": "JANE ANN",
        "birth_date": "04/12/1990",
        "issue_date": "04/12/2023",
        "expiry_date": "04/12/2027",
        "sex": "F",
        "issuing_state": "Ohio",
    }


@pytest.mark.parametrize(
    "place", [(500, 145), (700, 100), (500, 55)], ids=["below", "to the right", "above"]
)
def test_value_may_be_on_each_side_of_its_label(place):
    assert fields(*TITLE, ("LIC NO", 500, 100), ("TL123456", *place))["document_number"] == (
        "TL123456"
    )


def test_nearest_value_of_the_type_belongs_to_the_label():
    found = fields(
        *TITLE,
        ("DOB", 500, 100),
        ("EXP", 800, 100),
        ("04/12/1990", 500, 145),
        ("04/12/2027", 800, 145),
        ("5'-05\"", 500, 190),
    )

    assert (found["birth_date"], found["expiry_date"]) == ("04/12/1990", "04/12/2027")


@pytest.mark.parametrize("text", ["5'-05\"", "165 lb", "04/12/1990"])
def test_height_weight_and_dates_are_not_numbers_of_the_document(text):
    assert "document_number" not in fields(*TITLE, ("LIC NO", 500, 100), (text, 500, 145))


def test_number_without_label_has_the_format_of_the_issuer():
    found = find_licence_fields(front(*TITLE, ("TL123456", 500, 100), ("43210", 500, 145)))

    assert found["document_number"].text == "TL123456"
    assert found["document_number"].confidence < CERTAIN_CONFIDENCE


def test_number_above_the_address_is_preferred_to_one_below():
    found = fields(*TITLE, ("TL123456", 500, 100), *ADDRESS, ("AB123456", 500, 600))

    assert found["document_number"] == "TL123456"


def test_number_of_the_barcode_is_found_in_the_print_and_not_taken_from_the_barcode():
    card = barcode(DAQ="TL123456")

    assert fields(*TITLE, ("TL 12-3456", 500, 100), card=card)["document_number"] == "TL 12-3456"
    assert fields(*TITLE, ("TL 12-3457", 500, 100), card=card)["document_number"] == "TL 12-3457"


def test_names_above_the_address_are_surname_and_given_names():
    found = find_licence_fields(front(*TITLE, *NAMES, *ADDRESS))

    assert (found["surname"].text, found["given_names"].text) == ("ROE", "JANE ANN")
    assert not found["surname"].labelled
    assert found["surname"].confidence < CERTAIN_CONFIDENCE  # The order is only usual.


@pytest.mark.parametrize(
    ("more", "card"),
    [
        ((("Jane Ann Roe", 50, 700),), None),
        ((), barcode(DCS="ROE", DAC="JANE")),
        ((("1", 470, 345),), None),
    ],
    ids=["signature", "barcode", "number left of the name"],
)
def test_order_of_the_names_is_shown_by_signature_barcode_or_number(more, card):
    names = ("JANE ANN", 500, 300), ("ROE", 500, 345)
    found = find_licence_fields(front(*TITLE, *names, *ADDRESS, *more, card=card))

    assert (found["surname"].text, found["given_names"].text) == ("ROE", "JANE ANN")
    assert found["surname"].confidence >= CERTAIN_CONFIDENCE


@pytest.mark.parametrize(
    "names",
    [(("JANE Q", 500, 300), ("ROE", 500, 345)), (("ROE", 500, 300), ("JANE Q", 500, 345))],
)
def test_initial_belongs_to_the_given_names(names):
    found = find_licence_fields(front(*TITLE, *names, *ADDRESS))

    assert (found["surname"].text, found["given_names"].text) == ("ROE", "JANE Q")
    assert found["surname"].confidence >= CERTAIN_CONFIDENCE


def test_names_of_the_barcode_are_found_without_an_address():
    found = fields(*TITLE, *NAMES, card=barcode(DCS="ROE", DAC="JANE", DAD="ANN"))

    assert (found["surname"], found["given_names"]) == ("ROE", "JANE ANN")
    assert "surname" not in fields(*TITLE, *NAMES)


@pytest.mark.parametrize(
    ("label", "elsewhere", "is_certain"),
    [
        ("LIC NO", True, False),
        ("LIC NO", False, True),
        ("LIC NO AB765432", True, True),
    ],
)
def test_value_near_a_label_is_doubtful_if_the_barcodes_value_is_printed_elsewhere(
    label, elsewhere, is_certain
):
    more = (("TL123456", 50, 600),) if elsewhere else ()
    near = ("AB765432", 500, 145)
    shown = front(*TITLE, (label, 500, 100), near, *more, card=barcode(DAQ="TL123456"))
    found = find_licence_fields(shown)["document_number"]

    assert found.text == "AB765432"
    assert (found.confidence >= CERTAIN_CONFIDENCE) is is_certain


@pytest.mark.parametrize(
    ("day", "is_certain"),
    [("04/12/2023", False), ("04/13/2023", True)],
    ids=["the date of issue", "another date"],
)
def test_value_near_a_label_is_doubtful_if_it_is_the_barcodes_value_of_another_field(
    day: str, is_certain: bool
):
    card = barcode(DBD="04122023", DBA="04122031")
    found = find_licence_fields(front(*TITLE, ("EXP", 500, 100), (day, 500, 145), card=card))

    assert (found["expiry_date"].confidence >= CERTAIN_CONFIDENCE) is is_certain


def test_number_that_is_joined_with_a_date_is_uncertain():
    found = find_licence_fields(front(*TITLE, ("LIC NO TL12345604/12/2031", 500, 100)))

    assert found["document_number"].confidence < CERTAIN_CONFIDENCE


@pytest.mark.parametrize(
    "names",
    [
        (("ROE, JANE ANN", 500, 345),),
        (("ROE,", 500, 300), ("JANE ANN", 500, 345)),
        (("JANE ANN ROE", 500, 345),),
        (("NAME ROE,", 400, 300), ("JANE ANN", 500, 345)),
        (("Name", 500, 260), *NAMES),
        (("Last name", 500, 210), ("ROE", 500, 255), ("First name", 500, 300),
         ("JANE ANN", 500, 345)),
    ],
)  # fmt: skip
def test_names_in_one_line_or_two_are_split(names):
    found = fields(*TITLE, *names, *ADDRESS)

    assert (found["surname"], found["given_names"]) == ("ROE", "JANE ANN")


@pytest.mark.parametrize("printed", ["ANN MARY VAN DYKE", "VAN DYKE ANN MARY"])
def test_names_in_one_line_are_split_where_the_barcode_splits_them(printed):
    card = barcode(DCS="VAN DYKE", DAC="ANN", DAD="MARY")

    found = fields(*TITLE, (printed, 500, 300), *ADDRESS, card=card)

    assert (found["surname"], found["given_names"]) == ("VAN DYKE", "ANN MARY")


@pytest.mark.parametrize("left", [500, 600], ids=["label", "value"])
def test_given_names_may_be_below_the_label_or_the_value_of_the_full_name(left):
    found = fields(*TITLE, ("NAME ROE", 500, 300), ("JANE ANN", left, 345), *ADDRESS)

    assert (found["surname"], found["given_names"]) == ("ROE", "JANE ANN")


def test_names_are_known_by_their_numbers_without_an_address():
    found = fields(*TITLE, ("ROE", 700, 300), ("2", 500, 360), ("JANE", 700, 360))

    assert (found["surname"], found["given_names"]) == ("ROE", "JANE")


def test_number_with_a_misread_letter_is_uncertain():
    placed = ("CALIFORNIA", 50, 0), ("DRIVER LICENSE", 500, 0), ("DL 21234567", 500, 100)
    misread = find_licence_fields(front(*placed))["document_number"]

    assert misread.text == "21234567"
    assert misread.confidence < CERTAIN_CONFIDENCE


def test_titles_remarks_and_streets_are_no_names():
    found = fields(
        ("OHIO", 50, 0), ("ORGAN DONOR", 500, 300), ("1 ANY DRIVE", 500, 400), ADDRESS[1]
    )

    assert not {"surname", "given_names", "full_name"} & found.keys()


def test_words_of_a_name_that_were_read_as_two_lines_are_one_name():
    found = fields(*TITLE, ("ROE", 500, 300), ("JANE", 500, 345), ("ANN", 600, 347), *ADDRESS)

    assert (found["surname"], found["given_names"]) == ("ROE", "JANE ANN")


@pytest.mark.parametrize(
    "placed",
    [
        pytest.param(("DONOR", 600, 345), id="a remark"),
        pytest.param(("SEX F", 600, 345), id="with a label"),
        pytest.param(("ANN", 640, 345), id="in another column"),
    ],
)
def test_what_is_next_to_a_name_is_no_part_of_it(placed: Placed):
    found = fields(*TITLE, ("ROE", 500, 300), ("JANE", 500, 345), placed, *ADDRESS)

    assert found["given_names"] == "JANE"


@pytest.mark.parametrize("text", ["REST NONE", "CLASS C"])
def test_class_or_restriction_above_the_names_is_no_name(text: str):
    found = fields(*TITLE, (text, 500, 255), *NAMES, *ADDRESS)

    assert (found["surname"], found["given_names"]) == ("ROE", "JANE ANN")


def test_sex_in_another_column_is_no_part_of_the_name():
    found = fields(
        *TITLE, ("Last name", 500, 255), ("Sex", 650, 255), ("ROE    F", 500, 300), *ADDRESS
    )

    assert (found["surname"], found["sex"]) == ("ROE", "F")


@pytest.mark.parametrize(
    ("text", "sex"), [("Female 5'05\" 130 lbs", "Female"), ("M 6-00 BRO", "M"), ("M CLASS", None)]
)
def test_sex_without_label_is_a_word_or_before_the_height(text, sex):
    assert fields(*TITLE, (text, 500, 500)).get("sex") == sex


def test_order_of_dates_without_labels_shows_their_fields():
    dates = ("04/12/2027", 500, 500), ("04/12/1990", 500, 545), ("04/13/2023", 500, 590)
    found = find_licence_fields(front(*TITLE, *dates))

    assert {name: found[name].text for name in ("birth_date", "issue_date", "expiry_date")} == {
        "birth_date": "04/12/1990",
        "issue_date": "04/13/2023",
        "expiry_date": "04/12/2027",
    }
    assert found["birth_date"].confidence < CERTAIN_CONFIDENCE


BORN, ISSUED, EXPIRES = date(1990, 4, 12), date(2023, 4, 13), date(2027, 4, 12)


@pytest.mark.parametrize(
    ("known", "free", "found"),
    [
        ({"birth_date": [BORN]}, [[ISSUED], [EXPIRES]], {"issue_date": 0, "expiry_date": 1}),
        ({"birth_date": [BORN]}, [[EXPIRES]], {"expiry_date": 0}),
        ({"birth_date": [BORN]}, [[ISSUED]], {}),
        ({"birth_date": [BORN], "expiry_date": [EXPIRES]}, [[ISSUED]], {"issue_date": 0}),
        ({"expiry_date": [EXPIRES]}, [[BORN, date(2090, 4, 12)]], {}),
        ({}, [[BORN], [BORN], [ISSUED], [EXPIRES]],
         {"birth_date": 0, "issue_date": 2, "expiry_date": 3}),
        ({"birth_date": [BORN]}, [[date(2011, 4, 12)]], {}),
        ({}, [], {}),
    ],
)  # fmt: skip
def test_date_is_assigned_only_if_no_other_assignment_is_possible(known, free, found):
    assert assign_dates(known, free, today=TODAY) == found


def test_canada_writes_the_year_first():
    placed = ("ONTARIO", 50, 0), ("DRIVER'S LICENCE", 500, 0), ("3 DOB 02/03/04", 500, 300)
    days = front(*placed, country="CAN").parse_days("02/03/04")

    assert date(2002, 3, 4) in days
    assert date(2004, 2, 3) not in days


@pytest.mark.parametrize(
    ("placed", "code"),
    [
        ((*TITLE, *ADDRESS), "OH"),
        ((("OHIO", 50, 0), ("DLN", 0, 50), ("DOB", 0, 99), ("SEX F", 0, 150)), "OH"),
        ((("OPERATOR LICENSE", 0, 0), *ADDRESS), "OH"),
        ((("DLN", 0, 50), ("DOB", 0, 99), ("SEX F", 0, 150), *ADDRESS), "OH"),
        ((("NORTH", 50, 0), ("DAKOTA", 160, 0), *ADDRESS), "ND"),
        ((("WEST", 50, 0), ("VIRGINIA", 50, 45), *ADDRESS), "WV"),
        ((("USA SD", 50, 0), ("DLN", 0, 50), ("DOB", 0, 99), ("SEX F", 0, 150)), "SD"),
        ((("USA", 50, 0), ("SD", 150, 0), ("OPERATOR LICENSE", 0, 60)), "SD"),
        ((("SD", 50, 0), ("OPERATOR LICENSE", 0, 60)), None),
        ((("OHIO", 50, 0),), None),
        (ADDRESS, None),
        ((("PASSPORT", 0, 0), ("OHIO, U.S.A.", 50, 60), *ADDRESS), None),
        ((("GEORGIA DRIVING LICENCE", 0, 0), *ADDRESS), None),
        ((("VICTORIA DRIVER LICENCE", 0, 0), ("DOB", 0, 99)), None),
    ],
)
def test_american_licence_is_known_by_two_signs(placed, code):
    found = find_licence_issuer(lines(*placed))

    assert (found.code if found else None) == code


def test_lines_of_the_front_are_not_in_its_repr():
    shown = front(*NAMES, card=barcode())

    assert "JANE" not in repr(replace(shown, today=TODAY))


@pytest.mark.parametrize(("surname", "is_certain"), [("ROE", True), ("DOE", False)])
def test_a_surname_without_a_label_is_certain_only_if_the_barcode_has_it(surname, is_certain):
    placed = (*TITLE, *NAMES, ("SIGNED: JANE ANN ROE", 50, 700), *ADDRESS)

    found = find_licence_fields(front(*placed, card=barcode(DCS=surname, DAC="JANE ANN")))

    assert (found["surname"].confidence >= CERTAIN_CONFIDENCE) is is_certain


@pytest.mark.parametrize(
    "placed",
    [
        [("JANE ANN ROE DRIVER LICENSE", 50, 0)],
        [("DRIVER LICENSE ROE", 50, 0), ("JANE ANN DONOR", 50, 60)],
        [("DRIVER LICENSE", 50, 0), ("CLASS D ROE", 50, 60), ("JANE ANN", 50, 120)],
        [("DRIVER LICENSE", 50, 0), ("CLASS JANE ANN ROE", 50, 60)],
    ],
)
def test_names_of_the_barcode_are_found_next_to_titles_and_codes(placed):
    card = barcode()
    names = card.surname, card.given_names
    shown = [
        (text.replace("ROE", names[0]).replace("JANE ANN", names[1]), *at) for text, *at in placed
    ]

    found = fields(("OHIO", 700, 0), *shown, card=card)
    assert (found["surname"], found["given_names"]) == names


def test_names_of_the_barcode_are_not_found_next_to_other_names():
    card = barcode()
    text = f"{card.given_names} {card.surname} AMARA OKONKWO DRIVER LICENSE"

    assert (
        not {"surname", "given_names"} & fields(("OHIO", 900, 0), (text, 50, 60), card=card).keys()
    )


def test_the_line_above_the_label_of_the_whole_name_is_no_name():
    found = fields(
        ("ONTARIO CANADA", 500, 255),
        ("1,2 NAME/NOM", 500, 300),
        ("ROE,", 500, 345),
        ("JANE, ANN", 500, 390),
        ("5 ANY STREET", 500, 435),
        ("ANYTOWN, ON, K1A 0B1", 500, 480),
        ("DRIVER'S LICENCE", 50, 0),
        country="CAN",
    )

    assert (found["surname"], found["given_names"]) == ("ROE", "JANE, ANN")
