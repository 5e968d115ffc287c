"""The titles that documents call themselves by."""

import pytest

from docverify.documents.titles import TitleKind, find_title_kinds

PASSPORT, CARD, LICENCE = TitleKind.PASSPORT, TitleKind.IDENTITY_CARD, TitleKind.LICENCE
VISA, PERMIT = TitleKind.VISA, TitleKind.RESIDENCE_PERMIT


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("PASSPORT / PASSEPORT", {PASSPORT}),
        ("DEUTSCHLAND REISEPASS", {PASSPORT}),
        ("REPUBLIKA HRVATSKA PUTOVNICA", {PASSPORT}),
        ("IDENTITY CARD / CARTE D'IDENTITÉ", {CARD}),
        ("IDENTITYCARD", {CARD}),
        ("DOWÓD OSOBISTY", {CARD}),
        ("COMMERCIALDRIVER LICENSE", {LICENCE}),
        ("Führerschein", {LICENCE}),
        ("LEARNER'S PERMIT", {LICENCE}),
        ("OPERATOR'S LICENCE", {LICENCE}),
        ("NON-DRIVER IDENTIFICATION", {CARD}),
        ("ONTARIO PHOTO CARD", {CARD}),
        ("AUFENTHALTSTITEL", {PERMIT}),
        ("VISA", {VISA}),
        ("护照", {PASSPORT}),
        ("ACME TELECOM - INVOICE", {TitleKind.OTHER_DOCUMENT}),
        ("STUDENT CARD", {TitleKind.OTHER_DOCUMENT}),
        ("Krankenversicherungskarte", {TitleKind.OTHER_DOCUMENT}),
        ("ADVISABLE", set()),
        ("PASSENGER COMPASS", set()),
        ("", set()),
    ],
)
def test_a_title_names_the_kind_of_document(text, kinds):
    assert find_title_kinds(text) == kinds
