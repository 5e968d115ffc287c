"""Marks of invalidity, and print of genuine documents that resembles them."""

from dataclasses import replace

import pytest

from docverify.checks import Status
from docverify.documents.code_tables import load_table
from docverify.documents.invalidity import has_invalidity_mark, has_unconditional_mark
from docverify.documents.languages import list_labels, list_titles
from tests.support.framed_pages import at, framed, status
from tests.support.readings import PRINTED, line, page, passport, reading, refused, results


@pytest.mark.parametrize(
    "text",
    [
        *("CANCELLED", "Canceled", "- ANNULLED -", "VOID", "INVALID", "REVOKED", "LOST OR STOLEN"),
        *(
            "LOST/STOLEN",
            "COPY",
            "CERTIFIED COPY",
            "NOT FOR IDENTIFICATION",
            "CANCELLED 12.03.2026",
        ),
        *("C A N C E L L E D", "COPY COPY COPY COPY COPY COPY COPY", "PASSPORT CANCELLED"),
        *("ANNULÉ", "UNGÜLTIG", "Ungültig / Invalid", "ANULADO", "ANNULLATO", "ONGELDIG", "KOPIE"),
        *("CANCELIED", "ANCELLED", "CANCELLE", "C4NCELLED", "CANCELLEDCANCELLED", "XCANCELLED"),
        *("CANC LLED", "CANCELL D"),
        "CANCELLED 12 AUG 2024 BY ORDER OF THE AUTHORITY",
        *("NOT VALID", "NOT A GENUINE DOCUMENT", "NOVELTY ITEM", "WORLD PASSPORT", "SIN VALOR"),
        *("FORGED", "FORGED BY BRENDA MILLER", "COUNTERFEIT", "Totalfälschung", "FAUX DOCUMENT"),
        *("FALSIFICADO", "PODROBIONY", "VÄÄRENNETTY", "ПОДДЕЛКА", "MOVIE PROP", "ROBADO", "PALSU"),
        *("NOT THE HOLDER", "NOT VALID AS ID", "FOR DEMONSTRATION ONLY", "DISPLAY ONLY", "PROP"),
        *("NOT MY PASSPORT", "Nicht der Inhaber", "KEIN AUSWEIS", "PAS LE TITULAIRE", "FACTICE"),
        *("NO ES EL TITULAR", "NIET GELDIG", "BEZ WARTOŚCI", "KIMLIK YERINE GEÇMEZ", "БУТАФОРИЯ"),
        *(
            "DOCUMENTO NO VÁLIDO",
            "DIESER PASS IST NICHT GÜLTIG",
            "NIET GELDIG ALS LEGITIMATIEBEWIJS",
        ),
        *("GEÇERLİ DEĞİLDİR", "RIPRODUZIONE", "NON VALABLE", "NOT VALID AS ID FOR BRENDA"),
        *("АННУЛИРОВАНО", "КОПИЯ", "作废", "無効", "ملغى", "GEÇERSİZ"),
    ],
)
def test_line_that_is_a_mark_is_found(text: str):
    assert has_invalidity_mark(text)


@pytest.mark.parametrize(
    "text",
    [
        *("SUSPENDED UNTIL 2030", "CANCELLED UNTIL 14 SEP 2033", "LICENSE REVOKED UNTIL 2030"),
        *("CANCELLED WHEN REPLACED", "CANCELLED IF DRIVER UNDER 21", "ANNULÉ SI REMPLACÉ"),
        *("SUSPENDED UNTIL FURTHER NOTICE", "INVALID UNTIL 2030", "PLEASE NOTE THIS IS A COPY"),
    ],
)
def test_a_condition_behind_what_was_done_to_a_document_excuses_no_mark(text: str):
    assert has_invalidity_mark(text)


@pytest.mark.parametrize(
    "text",
    [
        *("Revoked: do not use", "Cancelled. Return to issuer", "REVOKED - CALL POLICE"),
        *("Reported lost, please do not use", "Void do not use", "Stolen: please call the police"),
        "Cancelled. This passport was replaced and its holder has another one",
    ],
)
def test_an_instruction_behind_a_mark_that_begins_the_line_excuses_no_mark(text: str):
    assert has_invalidity_mark(text)


@pytest.mark.parametrize("text", ["Do not accept this document", "Please do not accept this card"])
def test_instruction_that_is_a_mark_itself_counts(text: str):
    assert has_invalidity_mark(text)


@pytest.mark.parametrize(
    "text",
    [
        *("VOID UNTIL RENEWED", "INVALID WITHOUT RENEWAL", "Invalid when replaced"),
        *("VOIDED WHEN REPLACED IN 2024", "Cancelled if renewed", "VOID UNTIL FURTHER NOTICE"),
    ],
)
def test_condition_that_is_not_about_the_use_of_the_document_excuses_no_mark(text: str):
    assert has_invalidity_mark(text)


@pytest.mark.parametrize(
    "text",
    [
        *("INVALID WITHOUT SIGNATURE", "VOID UNTIL SIGNED", "Void when laminated", "VOID UNTIL"),
        *("Do not laminate or copy", "IF LOST OR STOLEN CALL", "LOST OR STOLEN: CALL 123"),
        *(
            "Lost or stolen. Return to any police station",
            "A COPY MUST BE KEPT",
            "VOID: IF ALTERED",
        ),
        *("Stolen cards must be reported", "licence is void. Return to", "cancelled if renewed"),
    ],
)
def test_condition_or_instruction_of_a_genuine_document_excuses_a_mark(text: str):
    assert not has_invalidity_mark(text)


@pytest.mark.parametrize(
    "text",
    [
        *("If found please return to any post office", "NOT VALID UNLESS SIGNED", "MAY BE REVOKED"),
        *("NOT VALID UNTIL SIGNED", "LOST OR STOLEN? PLEASE CONTACT", "IF CANCELLED, RETURN TO"),
        *(
            "NOT FOR FEDERAL IDENTIFICATION",
            "NOT VALID FOR FEDERAL IDENTIFICATION,",
            "IDENTIFICATION",
        ),
        *(
            "If lost or stolen",
            "is lost or stolen, please call",
            "VOID IF ALTERED",
            "INVALID UNTIL",
        ),
        "This document is void if altered, and may be revoked by the",
        "This passport remains invalid for travel without a copy of the visa",
        "NOT VALID FOR TRAVEL TO",
        "Lost or stolen passports should be reported to the nearest police station",
        *(
            "NÃO VÁLIDO COMO DOCUMENTO DE VIAGEM",
            "NIET GELDIG VOOR SYRIË",
            "EI KEHTI REISIDOKUMENDINA",
        ),
        *("NIET GELDIG ALS REISDOCUMENT", "NO VÁLIDA PARA VIAJAR", "NE VAŽI ZA PUTOVANJE"),
        *("NON VALIDA PER L'ESPATRIO", "RIPRODUZIONE VIETATA", "REPRODUÇÃO PROIBIDA"),
        *("KHÔNG CÓ GIÁ TRỊ XUẤT CẢNH", "NICHT GÜLTIG FÜR AUSLANDSREISEN"),
        *("NOT VALID AS ID FOR FEDERAL PURPOSES", "NOT A VALID ID FOR FEDERAL PURPOSES"),
        *("CANCELLIER", "COUNSELLED"),
        *("NOT FOR REAL ID PURPOSES", "FALSO SANTO", "TEST VALLEY", "Valserine", "PERDUE"),
        *(
            "EXPIRE 2028-05-26",
            "VALS",
            "FAUX",
            "HAMIS",
            "PERDIDO",
            "DEMO",
            "SCADUTO",
            "NULL",
        ),
        *(
            "BOGUS JAN",
            "PALSU INDAH",
            "OFFICE OF TOY HARBOUR",
            "PROPERTY OF THE STATE",
            "GILTIG TILL",
        ),
        "The bearer is not the holder of a residence permit",
        *("", "12.03.2026", "COPYRIGHT", "COPELAND", "LOST HILLS CA", "VOIDA", "PASSPORT"),
    ],
)
def test_print_of_a_genuine_document_is_no_mark(text: str):
    assert not has_invalidity_mark(text)


def test_no_label_title_or_motto_of_the_tables_is_a_mark():
    mottos = {key: texts for key, texts in load_table("licence_mottos").items() if key != "about"}
    texts = {text for text, _ in (*list_labels(), *list_titles())}.union(*mottos.values())

    assert {text for text in texts if has_invalidity_mark(text)} == set()
    assert {text for text in texts if has_unconditional_mark(text)} == set()


@pytest.mark.parametrize("label", ["Place of birth", "Father's name", "Address"])
@pytest.mark.parametrize("text", ["LOST", "NOT VALID", "CANCELLED", "2026 EXPIRED"])
def test_mark_next_to_a_label_of_a_place_or_a_relative_counts(label, text):
    more = at(label, 1000, 540, height=14), at(text, 1000, 560)

    assert status(framed(PRINTED, *more), "invalidity_mark") is Status.FAILED


@pytest.mark.parametrize(("name", "text"), [("HUY<<ANNA", "DA HUY"), ("NON<<ANNA", "NON VALIDE")])
def test_mark_with_a_word_that_is_a_name_of_the_holder_counts(name, text):
    of = reading(page(passport(name=name), more=[line(text, top=950)]))

    assert results(of)["invalidity_mark"].status is Status.FAILED


@pytest.mark.parametrize("text", ["COPY ANNA", "NAME: COPY", "ANNA COPY"])
def test_names_of_the_holder_in_one_line_are_no_marks(text):
    mrz = passport(name="COPY<<ANNA")

    of = reading(page(mrz, more=[line(text, top=950)]))
    assert results(of)["invalidity_mark"].status is Status.PASSED
    of = reading(page(mrz, more=[line("COPY ANNA CANCELLED", top=950)]))
    assert results(of)["invalidity_mark"].status is Status.FAILED


@pytest.mark.parametrize("text", ["CANCELLED", "COPY"])
def test_marked_document_is_referred(text: str):
    result = results(reading(page(more=[line(text, top=950)])))["invalidity_mark"]

    assert (result.status, result.severity.value) == (Status.FAILED, "refer")


def test_mark_on_any_page_counts():
    other = page(None, {}, more=[line("CANCELLED", top=0)])

    assert results(reading(page(), other))["invalidity_mark"].status is Status.FAILED


def test_name_with_a_label_is_no_mark():
    of = reading(page(printed={**PRINTED, "surname": "COPY"}))

    assert results(of)["invalidity_mark"].status is Status.PASSED


def test_name_of_the_mrz_is_no_mark_wherever_it_is_printed():
    mrz = passport(name="LOST<<TEST<ANN")

    for name in ("LOST", "TEST ANN"):
        of = reading(page(mrz, more=[line(name, top=950)]))
        assert results(of)["invalidity_mark"].status is Status.PASSED
    of = reading(page(mrz, more=[line("EXPIRED", top=950)]))
    assert results(of)["invalidity_mark"].status is Status.FAILED


def test_mark_next_to_the_label_of_something_else_counts():
    of = reading(page(printed={**PRINTED, "nationality": "CANCELLED"}))

    assert results(of)["invalidity_mark"].status is Status.FAILED


def test_file_without_text_is_not_searched_for_marks():
    assert results(refused())["invalidity_mark"].status is Status.NOT_PERFORMED


def test_two_letters_of_a_mark_may_be_misread_in_a_line_that_was_read_with_doubt():
    assert has_invalidity_mark("MRTATOLTY", is_doubtful=True)
    assert not has_invalidity_mark("MRTATOLTY")
    assert not has_invalidity_mark("CANDELARIO", is_doubtful=True)


def test_a_mark_over_another_line_in_capitals_is_found_in_its_order():
    assert has_invalidity_mark("C ADRNERGLENGEA D O", is_doubtful=True)


@pytest.mark.parametrize(
    "text", ["DRIVER'S LICENCE", "Authority / Autorité", "IDENTIFICATION CARD", "CANTERBURY ROAD"]
)
def test_other_print_that_was_read_with_doubt_is_no_mark(text: str):
    assert not has_invalidity_mark(text, is_doubtful=True)


SENTENCES = [
    "CANCELLED PLEASE RETURN TO ISSUER",
    "REVOKED - CALL POLICE",
    "STOLEN REPORT TO POLICE",
    "THIS PASSPORT HAS BEEN REPORTED STOLEN TO THE POLICE",
    "THE HOLDER OF THIS PASSPORT IS DECEASED",
    "PASSEPORT ANNULÉ APPELER LA POLICE EN CAS DE DOUTE",
    "THIS CARD WAS CANCELIED ON THE ORDER OF A COURT",
    "PLEASE NOTE THAT THIS IS A FORGERY",
    "PLEASE CALL THE POLICE BECAUSE THIS IS A FORGERY",
    "CANCELLED IF THE DRIVER IS UNDER THE AGE OF 21",
]


@pytest.mark.parametrize("text", SENTENCES)
def test_sentence_with_a_mark_in_large_capitals_is_referred(text: str):
    large = line(text, top=950)

    assert results(reading(page(more=[large])))["invalidity_mark"].status is Status.FAILED


@pytest.mark.parametrize("text", ["REPORT A STOLEN CARD", "THE HOLDER OF THIS CARD IS DECEASED"])
def test_sentence_with_a_mark_in_small_print_is_no_mark(text: str):
    drawn = line(text, top=950)
    small = replace(drawn, box=replace(drawn.box, bottom=drawn.box.top + 0.6 * drawn.box.height))

    assert results(reading(page(more=[small])))["invalidity_mark"].status is Status.PASSED


@pytest.mark.parametrize(
    "text",
    [
        *("VOID IF ALTERED", "IF LOST OR STOLEN, CALL", "INVALID UNTIL SIGNED", "UNGÜLTIG WENN"),
        *("REPORT A LOST OR STOLEN CARD TO THE OFFICE", "NOT VALID FOR FEDERAL IDENTIFICATION"),
        *("NOT VALID AS ID FOR FEDERAL PURPOSES", "NIET GELDIG ALS REISDOCUMENT"),
        "THIS DOCUMENT IS VOID IF ALTERED OR USED BY ANOTHER PERSON",
    ],
)
def test_condition_next_to_a_mark_excuses_it_in_any_print(text: str):
    assert not has_unconditional_mark(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("NOT MERIDIAN", Status.FAILED), ("SURNAME (NOT MERIDIAN)", Status.FAILED)),
        *(("Pas Louise", Status.FAILED), ("LOUISE ANN MERIDIAN", Status.PASSED)),
        ("Non MERIDIAN", Status.PASSED),
    ],
)
def test_a_line_that_denies_a_name_of_the_holder_is_a_mark(text: str, expected: Status):
    of = reading(page(more=[line(text, top=950)]))

    assert results(of)["invalidity_mark"].status is expected
