"""The State or province that a licence names."""

import pytest

from docverify.documents.licence_issuers import (
    find_printed_jurisdiction,
    is_city_line,
    names_jurisdiction,
)
from docverify.documents.states import find_jurisdiction


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["NEWMEXICO"], "NM"),
        (["WAWASHINGTON"], "WA"),
        (["WASHINGTON, DC"], "DC"),
        (["North Dakata"], "ND"),
        (["West Virginia"], "WV"),
        (["ARKANSAS"], "AR"),
        (["Oregon DRIVER LICENSE"], "OR"),
        (["IDAHO IDENTIFICATION CARD"], "ID"),
        (["Québec"], "QC"),
        (["New/Nouveau Brunswick"], "NB"),
        (["Nouvelle-Écosse"], "NS"),
        (["123 VIRGINIA AVENUE", "ANYTOWN, TX 75001", "TEXAS"], "TX"),
        (["DRIVER LICENSE", "ANYTOWN, TX 75001"], "TX"),
        (["OTTAWA, ON K1A 0B1"], "ON"),
        (["REMAINED", "12 345 KANSAS 67"], None),
        ([], None),
    ],
)
def test_issuer_is_read_from_the_title_before_the_address(lines, code):
    found = find_printed_jurisdiction(lines)

    assert (found.code if found else None) == code


@pytest.mark.parametrize(
    ("text", "is_city"),
    [
        ("ANYTOWN, CA 95818", True),
        ("RICHMOND.VA 23220-1234", True),
        ("VANCOUVER, BC V6B 1A1", True),
        ("RICHMOND.YA 2322O", True),
        ("DL NO 123456789", False),
        ("5 DD 12345678", False),
        ("95818", False),
    ],
)
def test_last_line_of_an_address_has_state_and_postal_code(text, is_city):
    assert is_city_line(text) is is_city


def test_misread_name_of_the_issuer_counts():
    dakota = find_jurisdiction("636042")

    assert names_jurisdiction(["outhDakota"], dakota)
    assert not names_jurisdiction(["NORTH DAKOTA", "PIERRE, SD 57501"], dakota)
