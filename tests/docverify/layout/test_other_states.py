"""Titles that name another State than the issuer, its people, or no State at all."""

import pytest

from docverify.documents.states import (
    CodeStatus,
    list_jurisdiction_names,
    load_foreign_names,
    load_states,
)
from docverify.layout.other_states import names_other_state
from docverify.layout.state_names import list_state_names, names_no_issuer
from tests.support.check_rows import FAILED, NOT_PERFORMED, PASSED
from tests.support.readings import reading, results, titled


@pytest.mark.parametrize(
    ("title", "issuer"),
    [
        ("KENYAN PASSPORT", "AUS"),
        ("PERUVIAN REPUBLIC", "CZE"),
        ("REPUBLIC OF KENIA", "KEN"),
        ("REPUBLIC OF KENIA", "FIN"),
        ("AUSTRAILIA", "FIN"),
        ("UNITED STATES OF AMERlCA", "FRA"),
        ("PASSAPORTO ITALIANO", "FRA"),
        ("PASAPORTE MEXICANO", "AUS"),
        ("DEUTSCHER REISEPASS", "KEN"),
        ("PASAPORTE ESPAÑOL", "PRT"),
        ("PASSEPORT FRANÇAIS", "BEL"),
        ("NEDERLANDSE IDENTITEITSKAART", "BEL"),
        ("ALLEMAGNE", "FRA"),
        ("REINO DE SUECIA", "NOR"),
        ("REPUBLIQUE DE POLOGNE", "CZE"),
        ("PASAPORTE ALEMAN", "ESP"),
        ("HOLANDA - PASAPORTE", "BEL"),
        ("GUINEAN PASSPORT", "GNB"),
        ("AUSTRAILIA", "AUS"),
        ("SINGAPURE PASSPORT", "SGP"),
    ],
)
def test_a_title_of_other_people_or_a_misspelt_state_is_of_another_state(title: str, issuer: str):
    assert names_other_state(title, [issuer])


@pytest.mark.parametrize(
    ("title", "issuer"),
    [
        ("KENYAN PASSPORT", "KEN"),
        ("BRITISH PASSPORT", "GBR"),
        ("DOMINICAN REPUBLIC", "DOM"),
        ("UNITED STATES OF AMERlCA", "USA"),
        ("REPUBLIC OF KOREA", "KOR"),
        ("REPUBLIC OF THE UNION OF MYANMAR", "MMR"),
        ("ROUMANIE", "ROU"),
        ("REPUBLIQUE DE BULGARIE", "BGR"),
        ("SCHWEIZER PASS", "CHE"),
        ("PASSAPORTO ITALIANO", "ITA"),
        ("DEUTSCHER REISEPASS", "D"),
        ("SLOVENSKÝ CESTOVNÝ PAS", "SVK"),
        ("PASAPORTE DOMINICANO", "DOM"),
        ("REFUGEE TRAVEL DOCUMENT", "USA"),
        ("NATIONAL IDENTITY CARD", "EST"),
        ("PASSPORT / PASSEPORT", "FIN"),
        ("ALDERMARK", "NLD"),
        ("ALLEMAGNE", "D"),
        ("KENIA", "KEN"),
        ("PASAPORTE ALEMAN", "D"),
        ("BISSAU-GUINEAN PASSPORT", "GNB"),
        ("GUINEAN PASSPORT", "GIN"),
        ("EQUATORIAL GUINEAN PASSPORT", "GNQ"),
        ("AUSTRALlA", "AUS"),
        ("AUSTRALIEN", "AUS"),
        ("SUECIA MARTINEZ", "ESP"),
    ],
)
def test_a_title_of_the_issuer_or_of_no_known_state_is_not_of_another_state(
    title: str, issuer: str
):
    assert not names_other_state(title, [issuer])


def test_no_state_is_another_state_by_one_of_its_own_names():
    wrong = [name for name, code in list_state_names().items() if names_other_state(name, [code])]

    assert wrong == []


def test_no_state_is_another_state_by_one_of_its_names_in_another_language():
    names = load_foreign_names()

    assert [name for name, code in names.items() if names_other_state(name, [code])] == []


def test_no_word_of_a_north_american_jurisdiction_is_a_state_in_another_language():
    names = list_jurisdiction_names({"USA", "CAN"})

    words = {word for name in names for word in name.upper().split()}

    assert [word for word in sorted(words) if names_other_state(word, ["USA", "CAN", "MEX"])] == []


@pytest.mark.parametrize("phrase", ["REPUBLIC OF {}", "KINGDOM OF THE {}", "{} PASSPORT"])
def test_no_state_is_another_state_in_a_phrase_with_its_name(phrase: str):
    issuers = [state for state in load_states().values() if state.may_issue]

    wrong = [
        state.code
        for state in issuers
        if names_other_state(phrase.format(state.name.upper()), [state.code])
    ]

    assert wrong == []


@pytest.mark.parametrize(
    ("title", "status"),
    [
        ("AUSTRALIAN PASSPORT", NOT_PERFORMED),
        ("KENYAN PASSPORT", FAILED),
        ("COMMONWEALTH OF AUSTRAILIA", FAILED),
        ("AUSTRALIA", PASSED),
    ],
)
def test_the_check_of_the_issuer_reads_the_words_for_its_people(title: str, status: str):
    assert results(reading(titled(title)))["issuer_agrees"].status == status


@pytest.mark.parametrize(
    "text",
    [
        *("SOVIET UNION", "YUGOSLAVIA PASSPORT", "REPUBLIC OF ZAIRE", "GERMAN DEMOCRATIC REPUBLIC"),
        *("WORLD SERVICE AUTHORITY", "PRINCIPALITY OF SEALAND", "CESKOSLOVENSKO"),
        *("KINGDOM OF NARNIA", "THE REPUBLIC OF ATLANTIS", "PRINCIPALITY OF GENOVIA PASSPORT"),
        *("REPUBLIC OF LATVERIA", "KINGDOM OF RURITANIA", "REPUBLIC OF ELBONIA"),
        *("FEDERAL REPUBLIC OF NARNIA", "PEOPLE'S DEMOCRATIC REPUBLIC OF NARNIA"),
        *("COMMONWEALTH OF NARNIA", "GRAND DUCHY OF FENWICK", "NARNIAN PASSPORT"),
    ],
)
def test_title_of_a_former_or_invented_state_is_that_of_another(text):
    assert names_other_state(text, ["AUS"])
    assert names_other_state(text, ["D"])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(("REPUBLIC OF MACEDONIA", "MKD"), ("KINGDOM OF SWAZILAND", "SWZ")),
        *(("REPUBLIC OF TURKIYE", "TUR"), ("KINGDOM OF DENMRAK", "DNK")),
        *(("REPUBLIC OF THE UNION OF MYANMAR", "MMR"), ("THE NINE HARBOURS", "AUS")),
        *(("BORN IN YUGOSLAVIA", "HRV"), ("OFFICE OF GOLD COAST", "AUS")),
    ],
)
def test_older_or_misread_name_of_the_issuer_is_no_invented_state(text, code):
    assert not names_other_state(text, [code])


def test_no_name_of_a_state_is_an_invented_one():
    states = [each for each in load_states().values() if each.status is CodeStatus.ASSIGNED]

    assert not [each.name for each in states if names_no_issuer(f"REPUBLIC OF {each.name}")]
    assert not [
        each.name
        for each in states
        if names_other_state(f"REPUBLIC OF {each.name.upper()}", [each.code])
    ]
