"""Words of a line that its document explains."""

import pytest

from docverify.layout.explained_words import find_unexplained_words

PRINTED_LARGE = [
    *("LIMITED TERM", "DRIVING PRIVILEGE CARD", "DEPARTMENT OF PUBLIC SAFETY", "U.S. CITIZEN"),
    *("GRADUATED DRIVER LICENSE", "NOT FOR FEDERAL IDENTIFICATION", "UNDER 21 UNTIL 01-01-2031"),
    *("ORGAN DONOR", "CORRECTIVE LENSES", "ALCOHOL RESTRICTED", "DEAF", "THE SUNSHINE STATE"),
    *("NOT FOR REAL ID ACT PURPOSES", "LIVE FREE OR DIE", "IGNITION INTERLOCK"),
]
PRINTED_ON_PASSPORTS = [
    *("EUROPEAN UNION", "UNION EUROPÉENNE", "EUROPÄISCHE UNION", "UNIA EUROPEJSKA"),
    *("DIPLOMATIC PASSPORT", "SERVICE PASSPORT", "BIOMETRIC PASSPORT", "PASSEPORT DE SERVICE"),
]


@pytest.mark.parametrize("text", PRINTED_LARGE)
def test_what_licences_print_in_large_letters_has_no_other_name(text):
    unexplained = find_unexplained_words(text, ["JANE"], ["USA"], is_american=True)

    assert max(map(len, unexplained), default=0) < 3


@pytest.mark.parametrize("text", ["JANE MILLER", "MILLER/JANE", "PASSPORT OF JANE MILLER"])
def test_a_word_of_nothing_else_is_not_explained(text):
    assert find_unexplained_words(text, ["JANE"], ["USA"]) == ("MILLER",)


@pytest.mark.parametrize("text", PRINTED_ON_PASSPORTS)
def test_what_passports_print_in_large_letters_has_no_other_name(text):
    assert find_unexplained_words(text, ["JANE"], ["FRA"]) == ()


def test_a_word_for_the_people_of_the_state_is_explained():
    assert find_unexplained_words("CANADIAN CITIZEN", ["JANE"], ["CAN"]) == ()
    assert find_unexplained_words("CANADIAN CITIZEN", ["JANE"], ["FRA"]) == ("CANADIAN",)


@pytest.mark.parametrize(
    "text", ["BRUN BUREAU", "NULL BLEU", "FAUX DEMO", "PROP FALSE", "VALS TEST"]
)
def test_words_of_licences_and_of_marks_explain_no_name_on_a_passport(text):
    assert find_unexplained_words(text, ["JANE"], ["FRA"]) == tuple(text.split())


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("ARAB REPUBLIC OF EGYPT", "EGY"),
        ("DEMOCRATIC SOCIALIST REPUBLIC OF SRI LANKA", "LKA"),
        ("JAMHURI YA KENYA REPUBLIC OF KENYA", "KEN"),
        ("ROUMANIE ROMANIA", "ROU"),
        ("대한민국 REPUBLIC OF KOREA", "KOR"),
        ("УКРАЇНА UKRAINE", "UKR"),
        ("דרכון PASSPORT", "ISR"),
        ("PASS PASSEPORT PASSAPORTO PASSAPORT PASSPORT", "CHE"),
        ("MERCOSUR", "ARG"),
        ("MINISTERO DELL'INTERNO", "ITA"),
    ],
)
def test_states_unions_ministries_and_titles_are_no_names(text, state):
    assert find_unexplained_words(text, ["JANE", "MILLER"], [state]) == ()


@pytest.mark.parametrize(
    ("text", "unexplained"),
    [
        ("ROUMANIE", ("ROUMANIE",)),
        ("REPUBLIC OF KENYA AMARA OKONKWO", ("AMARA", "OKONKWO")),
        ("ИВАН ПЕТРОВ", ("ИВАН", "ПЕТРОВ")),
        ("REPUBLIC OF KENYA ИВАН OKONKWO", ("ИВАН", "OKONKWO")),
    ],
)
def test_other_states_names_and_names_in_another_script_are_not_explained(text, unexplained):
    assert find_unexplained_words(text, ["JANE", "MILLER"], ["KEN"]) == unexplained
