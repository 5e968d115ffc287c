"""Printed names in the letters of the MRZ (Doc 9303-3, section 6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docverify.documents.transliteration import CYRILLIC, is_latin, transliterate


@pytest.mark.parametrize(
    ("letter", "form"),
    [
        ("Ä", "AE"),
        ("Å", "AA"),
        ("Æ", "AE"),
        ("Ð", "D"),
        ("Đ", "D"),
        ("Ĳ", "IJ"),
        ("Ł", "L"),
        ("Ñ", "NXX"),
        ("Ö", "OE"),
        ("Ø", "OE"),
        ("Œ", "OE"),
        ("ẞ", "SS"),
        ("Þ", "TH"),
        ("Ü", "UXX"),
        ("Ç", "C"),
        ("É", "E"),
        ("Ș", "S"),
        ("Ž", "Z"),
        ("Ő", "O"),
    ],
)
def test_letters_are_written_as_in_the_standard(letter: str, form: str):
    assert form in set(transliterate(letter))
    assert form in set(transliterate(letter.lower()))


@pytest.mark.parametrize("printed", ["", "'", "张三", "כהן"])
def test_name_in_a_script_without_a_table_has_no_spelling(printed: str):
    assert set(transliterate(printed)) == {""}


@given(st.text())
def test_spellings_have_only_letters_of_the_mrz(printed: str):
    alphabet = set(" 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")

    assert [form for form in transliterate(printed) if set(form) - alphabet] == []


@pytest.mark.parametrize("letter", CYRILLIC)
def test_every_cyrillic_letter_has_the_form_of_the_standard(letter: str):
    assert CYRILLIC[letter] in set(transliterate(letter))


@pytest.mark.parametrize(
    ("printed", "mrz_name"),
    [
        pytest.param("Сергей Щербаков", "SERGEI SHCHERBAKOV", id="Russian"),
        pytest.param("Григоровіч", "HRIHOROVICH", id="Belarusian"),
        pytest.param("Юрій Григоренко", "YURII HRYHORENKO", id="Ukrainian"),
        pytest.param("Йордан Щерев", "YORDAN SHTEREV", id="Bulgarian"),
        pytest.param("Ђоковић Душан", "DOKOVIC DUSAN", id="Serbian"),
        pytest.param("Ќосев Ѓорѓи", "KJOSEV GJORGJI", id="Macedonian"),
        pytest.param("Γεώργιος Παπαδόπουλος", "GEORGIOS PAPADOPOULOS", id="Greek"),
        pytest.param("Ευάγγελος Μπότσης", "EVANGELOS BOTSIS", id="Greek pairs"),
        pytest.param("Ευθύμιος", "EFTHYMIOS", id="Greek pair before a voiceless letter"),
        pytest.param("محمد", "MHMD", id="Arabic, vowels unwritten, its H"),
        pytest.param("فاطمة", "FATMXAH", id="Arabic, final ta marbuta"),
        pytest.param("مكّي", "MKKY", id="Arabic, doubled letter"),
    ],
)
def test_name_in_another_script_is_transliterated(printed: str, mrz_name: str):
    spellings = {mrz_name, mrz_name.replace("MHMD", "MXHMD").replace("FATMXAH", "FAXTTMXAH")}

    assert set(transliterate(printed)) & spellings


def test_name_has_few_spellings():
    assert len(list(transliterate("ÖÄÜÑÅØ" * 8))) <= 19


@pytest.mark.parametrize(
    ("text", "expected"), [("Ó", True), ("ИВАНОВ A", True), ("ИВАНОВ", False), ("", False)]
)
def test_latin_letters_are_recognised(text: str, expected: bool):
    assert is_latin(text) is expected
