"""Names as printed and as the zone writes them (Doc 9303-3, 4.6 and 6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docverify.names import TRANSLITERATIONS, is_part, mrz_forms, name_similarity
from docverify.policy import STANDARD


def similarity(printed: str, zone: str, *, truncated: bool = False) -> float:
    return name_similarity(printed, zone, truncated=truncated)


@pytest.mark.parametrize(
    ("letter", "forms"), [pytest.param(*item, id=item[0]) for item in TRANSLITERATIONS.items()]
)
def test_every_form_that_the_standard_offers_is_accepted(letter: str, forms: tuple[str, ...]):
    assert {similarity(f"BA{letter}TO", f"BA{form}TO") for form in forms} == {1.0}


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
def test_letters_are_written_as_the_standard_says(letter: str, form: str):
    assert form in set(mrz_forms(letter))
    assert form in set(mrz_forms(letter.lower()))


@pytest.mark.parametrize(
    ("printed", "zone"),
    [
        pytest.param("JEAN-BASTIEN", "JEAN BASTIEN", id="hyphen parts"),
        pytest.param("O'SHANDREY", "OSHANDREY", id="apostrophe disappears"),
        pytest.param("O’SHANDREY", "OSHANDREY", id="curly apostrophe"),  # noqa: RUF001
        pytest.param("ST. CLAIR", "ST CLAIR", id="dot disappears"),
        pytest.param("SMITH, JONES", "SMITH JONES", id="comma parts"),
        pytest.param("Groß", "GROSS", id="sharp s"),
        pytest.param("Mu\u0308ller", "MUELLER", id="letter and mark apart"),
        pytest.param("MARIA ANNA", "ANNA MARIA", id="another order"),
        pytest.param("ANNAMARIA", "ANNA MARIA", id="lost blank"),
        pytest.param("ÖZGÜR GÜLTÜRK ÜNLÜ", "OZGUR GULTURK UNLU", id="many letters, the same way"),
    ],
)
def test_the_same_name_in_two_spellings_agrees_fully(printed: str, zone: str):
    assert similarity(printed, zone) == 1.0


@pytest.mark.parametrize(
    ("printed", "zone"),
    [
        pytest.param("ERIKSSON", "SVENSSON", id="another name"),
        pytest.param("ANNA", "ANNA MARIA LUISA", id="names missing"),
        pytest.param("MERIDIAN", "KESTERWIN", id="nothing in common"),
        pytest.param("", "MERIDIAN", id="nothing printed"),
    ],
)
def test_different_names_are_less_alike_than_the_policy_asks(printed: str, zone: str):
    assert similarity(printed, zone) < STANDARD.min_name_similarity


def test_a_misread_letter_leaves_a_name_alike_but_not_the_same():
    assert STANDARD.min_name_similarity <= similarity("HOLLINGSBROOK", "HOLLINGSBR0OK") < 1.0


@pytest.mark.parametrize(
    ("printed", "zone"),
    [
        pytest.param("THEODOSIA ROSALIND MAEVE", "THEODOSIA ROSALIND MAE", id="cut at the end"),
        pytest.param("CHARLES EDWARD DEE", "CHARLES E D", id="cut to initials"),
        pytest.param("BENNELONG WOOLOOMOOLOO WARRANDYTE", "BENNELONG WOOLOOM W", id="both"),
        pytest.param("ANNA MARIA LUISA", "ANNA MARIA", id="names dropped"),
    ],
)
def test_a_truncated_name_agrees_when_its_words_begin_the_printed_ones(printed: str, zone: str):
    assert similarity(printed, zone, truncated=True) == 1.0
    assert similarity(printed, zone, truncated=False) < 1.0


@pytest.mark.parametrize(
    ("printed", "zone"),
    [
        pytest.param("ANNA MARIA", "ANNA MAJA", id="another name"),
        pytest.param("ANNA MARIA", "ANNA M L", id="more names than printed"),
        pytest.param("CHARLES EDWARD", "E C", id="another order"),
    ],
)
def test_truncation_does_not_excuse_another_name(printed: str, zone: str):
    assert similarity(printed, zone, truncated=True) < 1.0


@pytest.mark.parametrize(
    ("printed", "zone", "expected"),
    [
        ("BENNELONG", "BENNELONG WARRANDYTE", True),
        ("BENNELONG WARRANDYTE", "WARRANDYTE", True),
        ("MÜLLER", "MUELLER SCHMIDT", True),
        ("BENNELONG WARRANDYTE", "BENNELONG WARNAMBOOL", False),
        ("MERIDIAN", "KESTERWIN", False),
    ],
)
def test_a_name_is_part_of_another_that_has_all_its_words(printed: str, zone: str, expected: bool):
    assert is_part(printed, zone) is expected


@pytest.mark.parametrize("printed", ["", "'", "ИВАНОВ", "张三"])
def test_a_name_without_latin_letters_has_no_form(printed: str):
    assert set(mrz_forms(printed)) == {""}


@given(st.text(), st.text("ABC ", min_size=1), st.booleans())
def test_any_two_names_can_be_compared(printed: str, zone: str, truncated: bool):
    assert 0.0 <= similarity(printed, zone, truncated=truncated) <= 1.0


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ ", min_size=1).filter(str.strip))
def test_every_name_of_the_alphabet_agrees_with_itself(name: str):
    assert similarity(name, name) == 1.0


@given(st.text())
def test_the_zone_is_written_in_its_own_letters(printed: str):
    alphabet = set(" 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")

    assert [form for form in mrz_forms(printed) if set(form) - alphabet] == []
