"""Labels of printed fields, also misread ones, and the values between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docverify.documents.label_languages import NAMES
from docverify.documents.label_matching import Word
from docverify.documents.label_table import OTHER, load_labels, match_label
from docverify.documents.labels import find_segments, has_numbered_labels
from docverify.documents.languages import fold_letters, list_labels, list_titles

FIELDS = sorted({name for _, name in list_labels()})


def label_of(text: str) -> str | None:
    """Return the field that a text labels if it is nothing but a label."""
    segments = find_segments(text)
    return segments[0].name if len(segments) == 1 and not segments[0].value else None


@pytest.mark.parametrize("name", FIELDS)
def test_every_label_is_found_in_any_case_and_without_blanks(name: str):
    written = [label for label, field in list_labels() if field == name]

    assert [each for each in written if match_label(fold_letters(each)) != name] == []
    assert [each for each in written if label_of(f"{each.upper()}:") != name] == []
    assert [each for each in written if label_of(each) != name] == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param("Surname / Nom", "surname", id="two languages"),
        pytest.param("Nom/Surname", "surname", id="two languages, no blank"),
        pytest.param("Apellidos / Фамилия", "surname", id="one of them unknown"),
        pytest.param("Prénoms", "given_names", id="accent"),
        pytest.param("Staatsangehörigkeit", "nationality", id="umlaut"),
        pytest.param("Passport No.", "document_number", id="dot"),
        pytest.param("(3) Date of birth", "birth_date", id="number before it"),
        pytest.param("Sumame", "surname", id="rn read as m"),
        pytest.param("Zyrname", None, id="the first two letters misread"),
        pytest.param("Sxryame", None, id="two letters misread, not adjacent"),
        pytest.param("Surna", None, id="two letters lost"),
        pytest.param("Surnane", "surname", id="one letter misread"),
        pytest.param("Surnae", "surname", id="one letter lost"),
        pytest.param("Surnamme", "surname", id="one letter too many"),
        pytest.param("urname", "surname", id="first letter lost"),
        pytest.param("Surname / Given names", "full_name", id="both names"),
        pytest.param("Sex / Height", "other", id="two fields"),
        pytest.param("Date of issue / Authority", "other", id="two fields, one not compared"),
        pytest.param("Sax", None, id="too short for a misread letter"),
        pytest.param("Passport", None, id="part of a label"),
        pytest.param("Date of birthday party", "other", id="a date of something else"),
        pytest.param("MERIDIAN", None, id="a name"),
        pytest.param("12 AUG/AOUT 1994", None, id="a date"),
        pytest.param("", None, id="nothing"),
        pytest.param("/", None, id="separator only"),
    ],
)
def test_label_is_distinguished_from_other_text(text: str, name: str | None):
    assert label_of(text) == name


@given(
    st.sampled_from([each for each in load_labels().names if len(each) > 15 and each.isascii()]),
    st.data(),
)
def test_one_misread_letter_does_not_hide_a_long_label(label: str, data: st.DataObject):
    at = data.draw(st.integers(0, len(label) - 1))
    misread = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz"))

    assert match_label(label[:at] + misread + label[at + 1 :]) == load_labels().names[label]


def test_every_label_names_one_field():
    written = {(fold_letters(label), name) for label, name in list_labels()}

    misread = {(label.replace("rn", "m"), name) for label, name in written}
    assert load_labels().names == dict(written | misread)
    assert len(written | misread) == len(load_labels().names)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Soyad\u0131/Surname", ["surname"], id="Turkish"),
        pytest.param("Xyzzy/Surname", ["surname"], id="first language unknown"),
        pytest.param("Surname / Xyzzy / Nom", ["surname"], id="second language unknown"),
        pytest.param("Surname / Xyzzy", ["surname"], id="last language unknown"),
        pytest.param("Surname / 姓", ["surname"], id="in another script"),
        pytest.param("Date of birth I Date de naissance", ["birth_date"], id="misread slash"),
        pytest.param(
            "Date of issuel Date de délivrance", ["issue_date"], id="slash misread and attached"
        ),
        pytest.param("DATAWYDANIADATE OF ISSUE", ["issue_date"], id="lost slash"),
        pytest.param("Name/Nom/Surname", ["surname"], id="name and surname"),
        pytest.param("Sex  Height", ["sex", "height"], id="two fields"),
        pytest.param("Domicile (11)", ["address"], id="reference to a note"),
        pytest.param("4d Customer identifier", ["document_number"], id="after its number"),
        pytest.param("HO", [None], id="a short name"),
        pytest.param("HO:", ["surname"], id="a short label with a colon"),
        pytest.param("Ho", ["surname"], id="a short label in small letters"),
        pytest.param("DOB", ["birth_date"], id="abbreviation"),
        pytest.param("HODOB", [None], id="abbreviation within a word"),
    ],
)
def test_labels_are_found_in_lines(text: str, expected: list[str | None]):
    assert [(each.name, each.value) for each in find_segments(text)] == [
        (name, "" if name else text) for name in expected
    ]


def test_misread_label_similar_to_two_fields_matches_none():
    assert match_label("mreight") is None


@pytest.mark.parametrize(
    ("letters", "name"),
    [
        ("dateofbirlh", "birth_date"),
        ("dafeofbirlh", None),
        ("datedenalssanse", "birth_date"),
        ("abcdef", None),
        ("", None),
    ],
)
def test_one_letter_in_six_may_be_misread(letters: str, name: str | None):
    assert match_label(letters) == name


def test_numbered_labels_are_found_on_licences():
    assert has_numbered_labels("4a 01.01.2020\n4b 01.01.2030")
    assert not has_numbered_labels("4a 01.01.2020\n14b 01.01.2030\n4B")


def test_text_before_a_label_is_separate():
    found = find_segments("OKLAHOMA DOB 01/02/1990")

    assert [(each.name, each.value) for each in found] == [
        (None, "OKLAHOMA"),
        ("birth_date", "01/02/1990"),
    ]


@given(st.text() | st.text("Sex/DOB:1 4a|Il NomDate", max_size=30), st.booleans())
def test_any_text_can_be_split(text: str, numbered: bool):
    found = find_segments(text, numbered=numbered)

    assert found
    assert all(each.value in text.replace("SEX", "SEX ") or each.value in text for each in found)


def test_repr_of_word_does_not_contain_its_text():
    assert repr(Word("MERIDIAN", 4, 12, "meridian")) == "Word(4, 12)"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Name Nom Cognome Num Surname", "surname"),
        ("Name • Nom • Cognome • Num • Surname", "surname"),
        ("Vorname(n) · Prénom(s) · Nome(i) · Given name(s)", "given_names"),
        ("Geburtsdatum Date of birth", "birth_date"),
    ],
)
def test_languages_of_a_label_may_have_bullets_or_no_signs_between_them(text: str, name: str):
    assert [(each.name, each.value) for each in find_segments(text)] == [(name, "")]


def test_value_behind_labels_in_two_languages_is_no_label():
    assert find_segments("Nom Surname: DOE")[-1].value == "DOE"


@pytest.mark.parametrize("text", ["FECHA INSCRIPCIÓN", "DATE D'ENTRÉE EN FRANCE", "Tanggal daftar"])
def test_unknown_label_with_a_word_for_a_date_labels_some_other_date(text: str):
    (label,) = find_segments(f"{text} 03/05/2008")

    assert label.name == OTHER
    assert label.value.endswith("03/05/2008")


@pytest.mark.parametrize("value", ["YE", "AN", "LI"])
def test_short_name_in_capitals_is_not_taken_for_the_end_of_a_label(value):
    (label,) = find_segments(f"Given names / Nomes próprios {value}")

    assert (label.name, label.value) == ("given_names", value)


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("Cognome. Surname. Nom. (1)", "surname", ""),
        ("Luogo di nascita. Place of birth. (6)", "place_of_birth", ""),
        ("Nome. Given Names. Prénoms. (2) LOUISE ANN", "given_names", "LOUISE ANN"),
        ("Surname. MERIDIAN", "surname", "MERIDIAN"),
        ("Nom/Surname (1) MERIDIAN", "surname", "MERIDIAN"),
    ],
)
def test_dots_separate_languages_and_references_are_no_values(text: str, name: str, value: str):
    (label,) = find_segments(text)

    assert (label.name, label.value) == (name, value)


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        (
            "Passport No. / No du passeport / Pasaporte No. AB1834567",
            "document_number",
            "AB1834567",
        ),
        ("Passport No./Passeport N° X1834567", "document_number", "X1834567"),
        ("PASAPORTE Nº C01X00T47", "document_number", "C01X00T47"),
        ("Identity card number ABC 183456", "document_number", "ABC 183456"),
        ("Surname / Jina la ukoo MERIDIAN", "surname", "MERIDIAN"),
        ("Surname / Isim MERIDIAN", "surname", "MERIDIAN"),
        ("Name Nom Cognome Num Surname Müller", "surname", "Müller"),
        ("Given names - Prénoms LOUISE ANN", "given_names", "LOUISE ANN"),
        ("Surname. Nom. MERIDIAN", "surname", "MERIDIAN"),
        ("SEXO [SEX] F", "sex", "F"),
        ("APELIDO(S) [SURNAME] MERIDIAN", "surname", "MERIDIAN"),
        ("Nationality (Nacionalidad) MEXICANA", "nationality", "MEXICANA"),
        ("Date of birth (dd/mm/yyyy) 12/04/1990", "birth_date", "12/04/1990"),
        ("Place of birth Fagedingsplak: LANTERN BAY", "place_of_birth", "LANTERN BAY"),
        ("Surname VAN DER BERG", "surname", "VAN DER BERG"),
        ("SURNAME O", "surname", "O"),
        ("Prénom(s) E", "given_names", "E"),
        ("Nom U", "surname", "U"),
        ("Паспорт №/Passport № N18472035", "document_number", "N18472035"),
        ("Naam/Surname/Nom De Vries", "surname", "De Vries"),
        ("Nom et Post-nom MERIDIAN GABLE", "surname", "MERIDIAN GABLE"),
        ("Nom de naissance/Surname MERIDIAN", "surname", "MERIDIAN"),
        ("Nom / Surname (1): MERIDIAN", "surname", "MERIDIAN"),
        ("NOME(S) [GIVEN NAME(S)] ANA", "given_names", "ANA"),
        ("N.º DOCUMENTO [DOCUMENT No.] 12345678 9 ZZ0", "document_number", "12345678 9 ZZ0"),
        ("National ID: 29004120101234", "national_number", "29004120101234"),
        ("PARENTS/TUTOR'S NAME: MERIDIAN JOHN", "other", "MERIDIAN JOHN"),
        ("Husband's full name MERIDIAN", "other", "MERIDIAN"),
    ],
)
def test_value_follows_its_label_in_two_languages(text: str, name: str, value: str):
    (label,) = find_segments(text)

    assert (label.name, label.value) == (name, value)


@pytest.mark.parametrize(
    "text", ["Nationality (KENYAN)", "Surname - MERIDIAN", "Place of birth. LANTERN BAY (ATOLL)"]
)
def test_brackets_dashes_and_dots_before_a_value_separate_no_languages(text: str):
    (label,) = find_segments(text)

    assert label.value == text.split(maxsplit=1 + text.startswith("Place") * 2)[-1].strip("-() ")


@pytest.mark.parametrize("title", [title for title, _ in list_titles()])
def test_title_is_no_misread_label(title: str):
    assert match_label(fold_letters(title)) == load_labels().names.get(fold_letters(title))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        *(("SURNAME (OKONKWO)", "OKONKWO"), ("Surname [Okonkwo]", "Okonkwo")),
        *(("Surname (real: Okonkwo)", "Okonkwo"), ("SURNAME (NOW OKONKWO)", "NOW OKONKWO")),
        *(("GIVEN NAMES (AMARA)", "AMARA"), ("Surname / OKONKWO", "OKONKWO")),
        *(("Surname / Nom / OKONKWO", "OKONKWO"), ("Surname (also Okonkwo)", "also Okonkwo")),
    ],
)
def test_unknown_words_behind_the_label_of_a_name_are_a_name(text: str, name: str):
    (label,) = find_segments(text)

    assert (label.name in NAMES, label.value.strip("[]")) == (True, name)


@pytest.mark.parametrize(
    "text",
    [
        *("SURNAME (NOM)", "Surname (Familienname)", "SURNAME (NOM / APELLIDOS)", "Surname (姓)"),
        *("SURNAME (ФАМИЛИЯ)", "Surname / Priezvisko", "Name (in full)", "SURNAME / PRIEZVISKO"),
        *(
            "Surname (Ingoa whānau)",
            "SURNAME (BLOCK LETTERS)",
            "NOM (EN MAJUSCULES)",
            "Surname (Last)",
        ),
        *("Surname (Mr/Mrs/Ms)", "Name (if any)", "SURNAME (HOLDER)", "Name (English)"),
    ],
)
def test_labels_of_names_in_other_languages_are_no_names(text: str):
    (label,) = find_segments(text)

    assert (label.name in NAMES, label.value) == (True, "")
