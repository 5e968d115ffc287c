"""Labels on licences of the USA and Canada."""

import pytest

from docverify.documents.licence_labels import find_licence_segments, find_value_end


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("4d DLN D1234567", [("document_number", "D1234567")]),
        ("4dLIC#D1234567", [("document_number", "D1234567")]),
        ("DLI1234567", [("document_number", "I1234567")]),
        ("NO.1234567", [("document_number", "1234567")]),
        ("ID: 123 456 789", [("document_number", "123 456 789")]),
        ("BOISE, ID 83702", [(None, "BOISE, ID 83702")]),
        ("DONOR NO", [("other", "NO")]),
        ("5 DD 12345678", [("discriminator", "12345678")]),
        ("4b EXP 03/01/2024 4a ISS 03/01/2016",
         [("expiry_date", "03/01/2024"), ("issue_date", "03/01/2016")]),
        ("3DOB07/15/1980", [("birth_date", "07/15/1980")]),
        ("D.O.8. 01-05-1948", [("birth_date", "01-05-1948")]),
        ("4a 1SS", [("issue_date", "")]),
        ("3 01/05/1948", [("birth_date", "01/05/1948")]),
        ("308/07/1981", [("birth_date", "08/07/1981")]),
        ("4d.", [("document_number", "")]),
        ("Iss 2025/09/17 Expires 2030/09/16",
         [("issue_date", "2025/09/17"), ("expiry_date", "2030/09/16")]),
        ("4d NUMBER", [("document_number", "")]),
        ("LICENSE", [(None, "LICENSE")]),
        ("SEXM HT 5-05", [("sex", "M"), ("height", "5-05")]),
        ("LNROE", [("surname", "ROE")]),
        ("LNO'ROE", [("surname", "O'ROE")]),
        ("1ROE", [("surname", "ROE")]),
        ("10'ROE", [("surname", "0'ROE")]),
        ("2 JANE ANN, JR", [("given_names", "JANE ANN, JR")]),
        ("12 MAIN STREET", [(None, "12 MAIN STREET")]),
        ("2. First & middle name", [("given_names", "")]),
        ("4a. Issued / Délivré", [("issue_date", "")]),
        ("Name / Nom", [("full_name", "")]),
        ("REPLACED: 08-16-2003", [("other_date", "08-16-2003")]),
        ("UNDER 21 UNTIL 05/06/2020", [("other_date", "05/06/2020")]),
        ("the office that issued this", [(None, "the office that issued this")]),
        ("D1234 5678", [(None, "D1234 5678")]),
    ],
)  # fmt: skip
def test_labels_of_licences_are_found_also_glued_or_misread(text, found):
    assert [(each.name, each.value) for each in find_licence_segments(text)] == found


def test_number_of_the_next_element_is_no_part_of_a_value():
    text = "4d DLN 9999999993 DOB 03/05/1960"
    number, birth = find_licence_segments(text)

    assert text[number.end : find_value_end(text, birth)] == "999999999"


def test_values_are_not_in_the_repr():
    assert "D1234567" not in repr(find_licence_segments("DLN D1234567"))
