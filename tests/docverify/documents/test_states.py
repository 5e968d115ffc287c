"""Codes of states, issuers of licences and documents."""

from datetime import date

import pytest

from docverify.documents.states import (
    CodeStatus,
    DocumentCodeStatus,
    classify_document_code,
    find_code_status,
    find_jurisdiction,
    find_state,
    find_state_code,
    list_jurisdiction_names,
)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("FRA", CodeStatus.ASSIGNED),
        ("D", CodeStatus.ASSIGNED),
        ("RKS", CodeStatus.ASSIGNED),
        ("XXA", CodeStatus.ASSIGNED),
        ("DEU", CodeStatus.NONSTANDARD),
        ("XKX", CodeStatus.NONSTANDARD),
        ("INP", CodeStatus.NONSTANDARD),
        ("YUG", CodeStatus.WITHDRAWN),
        ("ANT", CodeStatus.WITHDRAWN),
        ("UTO", CodeStatus.SPECIMEN),
        ("WSA", CodeStatus.FANTASY),
        ("QQZ", CodeStatus.UNKNOWN),
        ("", CodeStatus.UNKNOWN),
    ],
)
def test_code_has_a_status(code: str, status: CodeStatus):
    assert find_code_status(code) is status


@pytest.mark.parametrize(
    ("code", "may_issue", "may_be_nationality"),
    [("FRA", True, True), ("GBN", False, True), ("XXB", False, True), ("WSA", False, False)],
)
def test_not_every_nationality_issues_documents(
    code: str, may_issue: bool, may_be_nationality: bool
):
    found = find_state(code)

    assert found is not None
    assert (found.may_issue, found.may_be_nationality) == (may_issue, may_be_nationality)


@pytest.mark.parametrize(
    ("printed", "code"),
    [
        ("France", "FRA"),
        ("FR", "FRA"),
        ("FRA", "FRA"),
        ("Germany", "D"),
        ("DE", "D"),
        ("DEU", "D"),
        ("COTE D'IVOIRE", "CIV"),
        ("United States of America", "USA"),
        ("GB", "GBR"),
        ("UK", "GBR"),
        ("Russia", "RUS"),
        ("Bolivia, Plurinational State of", "BOL"),
        ("Bundesrepublik Deutschland", "D"),
        ("République française", "FRA"),
        ("Atlantis", None),
        ("", None),
    ],
)
def test_printed_state_has_a_code(printed: str, code: str | None):
    assert find_state_code(printed) == code


def test_issuer_identification_number_identifies_the_jurisdiction():
    virginia, northwest = find_jurisdiction("636000"), find_jurisdiction("604434")

    assert virginia is not None
    assert (virginia.code, virginia.country, virginia.is_verified) == ("VA", "USA", True)
    assert northwest is not None
    assert not northwest.is_verified
    assert find_jurisdiction("000000") is None


IN_2025, IN_2027, IN_2029 = date(2025, 12, 31), date(2027, 1, 1), date(2029, 1, 1)


@pytest.mark.parametrize(
    ("code", "issued", "fact"),
    [
        ("P", IN_2025, DocumentCodeStatus.KNOWN),
        ("P", IN_2027, DocumentCodeStatus.KNOWN),
        ("P", IN_2029, DocumentCodeStatus.NOT_HARMONISED),
        ("PP", IN_2029, DocumentCodeStatus.KNOWN),
        ("PN", IN_2025, DocumentCodeStatus.KNOWN),
        ("PN", IN_2027, DocumentCodeStatus.NOT_HARMONISED),
        ("PN", None, DocumentCodeStatus.KNOWN),
        ("ID", IN_2029, DocumentCodeStatus.KNOWN),
        ("VC", IN_2029, DocumentCodeStatus.KNOWN),
        ("IV", None, DocumentCodeStatus.RESERVED),
        ("AI", None, DocumentCodeStatus.RESERVED),
        ("X", None, DocumentCodeStatus.UNKNOWN_LETTER),
        ("", None, DocumentCodeStatus.UNKNOWN_LETTER),
    ],
)
def test_second_letters_of_passports_are_harmonised_by_2028(
    code: str, issued: date | None, fact: DocumentCodeStatus
):
    assert classify_document_code(code, issued) is fact


def test_names_of_jurisdictions_have_no_remarks():
    names = list_jurisdiction_names(("USA", "CAN", "MEX"))

    assert [name for name in names if "number" in name] == []
