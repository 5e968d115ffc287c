"""Kinds of documents."""

import pytest

from docverify.documents.kinds import (
    POLICY_KEYS,
    DocumentKind,
    find_document_kind,
    has_format_of_kind,
)
from docverify.documents.mrz import Mrz, parse_mrz
from tests.support.readings import passport

PASSPORT = DocumentKind.PASSPORT
CARD = DocumentKind.IDENTITY_CARD


def test_every_kind_has_one_of_the_five_words_of_policies():
    assert POLICY_KEYS == ("passport", "card", "visa", "licence", "unknown")
    assert {kind.policy_key for kind in DocumentKind} == set(POLICY_KEYS)


def document(code: str, state: str = "QUA", size: int = 44) -> Mrz:
    first, second = passport(state=state)
    lines = {
        44: (code.ljust(2, "<") + first[2:], second),
        36: (code.ljust(2, "<") + first[2:36], second[:36]),
        30: (f"{code:<<2}{state}QX71820357".ljust(30, "<"), "<" * 30, "<" * 30),
    }
    return parse_mrz(lines[size])


@pytest.mark.parametrize(
    ("code", "state", "size", "kind", "fits"),
    [
        ("P", "QUA", 44, PASSPORT, True),
        ("PE", "QUA", 44, DocumentKind.EMERGENCY_PASSPORT, True),
        ("P", "D", 36, PASSPORT, True),
        ("PU", "QUA", 36, DocumentKind.EMERGENCY_PASSPORT, True),
        ("P", "QUA", 30, PASSPORT, False),
        ("I", "QUA", 44, CARD, False),
        ("ID", "QUA", 30, CARD, True),
        ("IR", "QUA", 30, DocumentKind.RESIDENCE_PERMIT, True),
        ("C1", "USA", 30, DocumentKind.RESIDENCE_PERMIT, True),
        ("C1", "QUA", 30, CARD, True),
        ("AC", "QUA", 36, DocumentKind.CREW_CERTIFICATE, True),
        ("V", "QUA", 36, DocumentKind.VISA, True),
        ("RP", "QUA", 30, DocumentKind.RESIDENCE_PERMIT, True),
        ("X", "QUA", 30, DocumentKind.OTHER, True),
    ],
)
def test_document_code_decides_the_kind_and_its_formats(
    code: str, state: str, size: int, kind: DocumentKind, fits: bool
):
    mrz = document(code, state, size)

    assert (find_document_kind(mrz), has_format_of_kind(mrz)) == (kind, fits)


def test_french_licence_of_class_a_is_not_an_identity_card():
    assert find_document_kind(parse_mrz(["A1FRA13AA000026181231MARTIN<<9"])) is DocumentKind.LICENCE
