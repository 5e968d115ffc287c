"""Magnetic stripes inside barcodes."""

import json
from datetime import date
from pathlib import Path

import pytest

from docverify.documents.aamva import parse_aamva
from docverify.documents.magnetic_stripe import parse_magnetic_stripe

COLUMBIA = (
    "%BCVANCOUVER^ROE,$JANE ANN^5 ANY STREET$VANCOUVER BC  V6B 1A1^?"
    ";6360281234567==290419900412==?_%0AV6B1A1                     F165 60BRNBRO              ?"
)


def test_stripe_of_british_columbia_is_read():
    card = parse_aamva(COLUMBIA.encode())

    assert (card.surname, card.given_names, card.sex) == ("ROE", "JANE ANN", "F")
    assert (card.document_number, card.country, card.height_cm) == ("1234567", "CAN", 165)
    assert (card.birth_date, card.expiry_date) == (date(1990, 4, 12), date(2029, 4, 12))
    assert "magnetic_stripe" in card.deviations


def test_two_digits_of_a_stripe_are_the_letter_of_a_number_that_has_one():
    vectors = json.loads((Path(__file__).parents[1] / "vectors" / "aamva.json").read_text())
    vector = next(each for each in vectors if each["id"] == "aamvajs_fl_magstripe")
    card = parse_aamva(vector["raw"].encode())

    assert card.document_number == vector["expected"]["document_number"]
    assert str(card.birth_date) == vector["expected"]["birth_date"]


@pytest.mark.parametrize(
    ("track", "expiry"),
    [
        (";6360281234567=299919900412=?", date(2029, 4, 12)),
        (";6360281234567=290519900412=?", None),
        (";6360001234567=290419900412=?", None),
    ],
)
def test_day_of_expiry_is_known_only_on_a_birthday(track: str, expiry: date | None):
    assert parse_aamva(f"%VAANYTOWN^ROE$JANE^5 ANY ST^?{track}".encode()).expiry_date == expiry


def test_other_text_is_no_stripe():
    assert parse_magnetic_stripe("%BCVANCOUVER^ROE$JANE^5 ANY ST^?") is None


def test_city_of_full_length_has_no_mark_behind_it():
    text = "%NYSOUTHCITYVILEROE$JANE^5 ANY ST^?;6360011234567=299919900412=?"
    card = parse_aamva(text.encode())

    assert (card.city, card.surname) == ("SOUTHCITYVILE", "ROE")
