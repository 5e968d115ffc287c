"""The MRZ in text: typical outputs of engines that know nothing of MRZs."""

import re
from string import ascii_uppercase, digits

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from docverify.documents.mrz import ALPHABET, FILLER, LAYOUTS, MrzFormat, compute_check_digit
from docverify.page import Box
from docverify.reading.cloud.mrz_from_text import find_mrz_in_text
from docverify.reading.cloud.mrz_rows import DOUBTED, Fragment

PITCH, HEIGHT, LINE = 10, 14, 30
TD3 = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
TD2 = (
    "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<",
    "D231458907UTO7408122F1204159<<<<<<<6",
)
TD1 = (
    "I<UTOD231458907<<<<<<<<<<<<<<<",
    "7408122F1204159UTO<<<<<<<<<<<6",
    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
)
MRV_A = (
    "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L8988901C4XXX4009078F96121096ZE184226B<<<<<<",
)
MRV_B = (
    "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<",
    "L8988901C4XXX4009078F9612109<<<<<<<<",
)
MRZ_SAMPLES = (TD1, TD2, TD3, MRV_A, MRV_B)
ANGLE = "\u2039"
SURE = 0.97


def piece(text, column=0, row=0, confidence=SURE, length=None):
    """A text as long as it should be at the pitch, or as `length` characters."""
    left, top = column * PITCH, row * LINE
    right = left + (length or len(text)) * PITCH
    return Fragment(text, (confidence,) * len(text), Box(left, top, right, top + HEIGHT))


def page(*lines):
    return [piece(line, row=row) for row, line in enumerate(lines)]


def least(reading):
    return min(map(min, reading.confidences))


@pytest.mark.parametrize("lines", MRZ_SAMPLES, ids=["TD1", "TD2", "TD3", "MRV-A", "MRV-B"])
def test_correctly_read_text_keeps_its_confidence(lines):
    mrz = find_mrz_in_text(page(*lines))

    assert mrz.reading.lines == mrz.reading.greedy == lines
    assert least(mrz.reading) == SURE
    assert mrz.reading.pitch == PITCH
    assert list(mrz.fragments) == page(*lines)


@pytest.mark.parametrize("lines", MRZ_SAMPLES, ids=["TD1", "TD2", "TD3", "MRV-A", "MRV-B"])
def test_mrz_has_the_position_of_its_lines(lines):
    bottom = LINE * (len(lines) - 1) + HEIGHT

    assert find_mrz_in_text(page(*lines)).reading.box == Box(0, 0, PITCH * len(lines[0]), bottom)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<", TD3[1], id="fillers lost at the end"),
        pytest.param("P<UTOERIKSSON<<ANNA<MARIA", TD3[1], id="all fillers lost at the end"),
        pytest.param(TD3[0] + "<<<", TD3[1], id="fillers doubled at the end"),
        pytest.param(TD3[0], "L898902C36UTO7408122F1204159ZE184226B<<10", id="fillers lost inside"),
        pytest.param(TD3[0], TD3[1].replace("<<10", "<<<<10"), id="fillers doubled inside"),
        pytest.param("P<UTOERIKSSON«ANNA<MARIA" + 9 * "«", TD3[1], id="guillemets"),
        pytest.param(TD3[0][:32].replace("<", ANGLE), TD3[1], id="single guillemets"),
        pytest.param("P<UTOERIKSSON<<ANNA<MARIA<<<<<<KKKKKK<<CC<<", TD3[1], id="more letters"),
        pytest.param("P<UTOERIKSSON<<ANNA<MARIAKKKKKKKKKKKKKKKKKKK", TD3[1], id="only letters"),
        pytest.param("p<utoeriksson<<anna<maria" + 19 * "<", TD3[1], id="lower case"),
        pytest.param("P<UT0ER1K550N<<ANNA<MAR1A<<<<<<<<<", TD3[1], id="digits for letters"),
        pytest.param(
            TD3[0], "L898902C36UTO74O8I22FI2O4I59ZE184226B<<<<<1O", id="letters for digits"
        ),
        pytest.param(
            TD3[0], "L898902C36UTO7408122F1204159ZE184226B<<KK<10", id="letters in fillers"
        ),
        pytest.param(TD3[0], "L898902C36UT07408l22F1204159ZE184226B<<<<<IO", id="other shapes"),
    ],
)
def test_usual_errors_of_engines_are_reverted_and_marked_uncertain(first, second):
    mrz = find_mrz_in_text(page(first, second))

    assert mrz.reading.lines == TD3
    assert mrz.reading.greedy == (first, second)
    assert least(mrz.reading) <= DOUBTED


def test_blanks_and_specks_between_fillers_change_nothing():
    mrz = find_mrz_in_text(page("P<UTOERIKSSON<<ANNA<MARIA<<<<< <<<<<<. <<<<<<<<", TD3[1]))

    assert mrz.reading.lines == TD3
    assert least(mrz.reading) == SURE


def test_only_changed_characters_are_uncertain():
    mrz = find_mrz_in_text(page(TD3[0], "L898902C36UTO74O8122F1204159ZE184226B<<<<<10"))

    doubted = [each for each in mrz.reading.confidences[1] if each != SURE]
    assert mrz.reading.lines == TD3
    assert doubted == [DOUBTED] == [mrz.reading.confidences[1][15]]


def test_characters_of_the_document_number_are_never_swapped():
    """Letters and digits are both allowed there, so only the engine can know."""
    mrz = find_mrz_in_text(page(TD3[0], TD3[1].replace("L8989O2", "L898902").replace("0", "O", 1)))

    assert mrz.reading.lines[1].startswith("L8989O2C36")
    assert mrz.reading.confidences[1][:10] == (SURE,) * 10


def test_letter_without_a_similar_digit_is_kept_and_uncertain():
    mrz = find_mrz_in_text(page(TD3[0], TD3[1].replace("740812", "7408X2")))

    assert mrz.reading.lines[1] == TD3[1].replace("740812", "7408X2")
    assert mrz.reading.confidences[1][17] == DOUBTED


def test_fragments_are_joined_in_the_order_of_their_positions():
    pieces = [
        *(piece("<<<<<10", 37, 1), piece("UTOERIKSSON", 2), piece("L898902C3", 0, 1)),
        *(piece("P<", 0), piece("<" * 19, 25), piece("6UTO7408122F1204159ZE184226B", 9, 1)),
        *(piece("<<", 13), piece("ANNA<", 15), piece("MARIA", 20)),
    ]

    mrz = find_mrz_in_text(pieces)

    assert mrz.reading.lines == TD3
    assert least(mrz.reading) == SURE
    assert set(mrz.fragments) == set(pieces)


def test_gap_in_a_line_is_filled_with_unread_fillers():
    pieces = [piece(TD3[0]), piece(TD3[1][:37], 0, 1), piece("10", 42, 1)]

    mrz = find_mrz_in_text(pieces)

    assert mrz.reading.lines == TD3
    assert mrz.reading.confidences[1][37:42] == (0,) * 5


def test_text_around_the_mrz_does_not_belong_to_it():
    around = [
        piece("REPUBLIC OF UTOPIA / REPUBLIQUE D UTOPIE", 2, -9),
        piece("Date of birth / Date de naissance (4)", 4, -4),
        piece("12 AUG/AOUT 74", 4, -3),
        piece("SIGNATURE OF BEARER <<SEE PAGE 3>>", 2, 4),
    ]

    mrz = find_mrz_in_text([*around, *page(*TD3)])

    assert mrz.reading.lines == TD3
    assert list(mrz.fragments) == page(*TD3)


def test_another_document_next_to_it_does_not_hide_the_mrz():
    beside = [piece("4d NUMBER", -25, row) for row in range(3)]

    mrz = find_mrz_in_text([*beside, *page(*TD1)])

    assert mrz.reading.lines == TD1


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([], id="nothing"),
        pytest.param(["", " ", "."], id="nothing that says anything"),
        pytest.param(["Invoice 2024-000123", "Total: 1 234,00", "(incl. VAT) <<<"], id="a bill"),
        pytest.param(["<" * 44, "<" * 44], id="fillers only"),
        pytest.param([TD3[0]], id="one line"),
        pytest.param([TD3[1], TD3[0]], id="upside down"),
        pytest.param(["AGE 50 SSSS << 1721119786", "ARGEDDAS 0--A/T-10"], id="far-fetched"),
    ],
)
def test_other_text_is_not_an_mrz(lines):
    mrz = find_mrz_in_text(page(*lines))

    assert mrz is None or least(mrz.reading) <= DOUBTED


def test_lines_far_from_each_other_are_not_an_mrz():
    assert find_mrz_in_text([piece(TD3[0]), piece(TD3[1], row=9)]) is None


def test_the_end_of_a_line_whose_names_end_before_is_kept():
    """French identity cards until 2021 have an office's code after the surname."""
    lines = ("IDFRASPECIMEN<<<<<<<<<<<<<<<<<<<<952", "9409952102854CORINNE<<<<<<<6512068F4")

    mrz = find_mrz_in_text(page(*lines))

    assert mrz.reading.lines == lines
    assert least(mrz.reading) == SURE


def test_national_layout_is_returned_as_read_and_uncertain_as_a_whole():
    lines = ("IDXXXSPECIMEN<<<<<<<<<<<<<<<<<<<<952", "9409952102854CORINNE<<<<<<<6512068F4")

    mrz = find_mrz_in_text(page(*lines))

    assert mrz.reading.lines == lines
    assert max(map(max, mrz.reading.confidences)) == DOUBTED


def test_repr_of_fragment_and_reading_contains_no_text():
    mrz = find_mrz_in_text(page(*TD3))

    assert "ERIKSSON" not in repr(mrz)


def test_an_engine_without_confidences_gives_an_mrz_without_confidence():
    mrz = find_mrz_in_text([piece(line, row=row, confidence=0) for row, line in enumerate(TD3)])

    assert mrz.reading.lines == TD3
    assert set(sum(mrz.reading.confidences, ())) == {0}


ICAO = [each for each in LAYOUTS if each is not MrzFormat.FRA_ID]

# What holds for every MRZ. The letters leave out those that engines make of fillers: K, C, ...
LETTERS = "".join(set(ascii_uppercase) - set("KCLES"))
NAMES = st.from_regex(f"[{LETTERS}]{{2,8}}<<[{LETTERS}]{{2,8}}", fullmatch=True)


@st.composite
def mrzs(draw):
    """The lines of any document, with right check digits."""
    name = draw(st.sampled_from(ICAO))
    layout = LAYOUTS[name]
    values = {}
    for field, place in layout.fields.items():
        values[field] = draw(value_of(field, place.stop - place.start, layout))
    for field, covered in layout.check_digits.items():
        values[f"{field}_check_digit"] = compute_check_digit(
            "".join(values[each] for each in covered)
        )
    rows = [[] for _ in range(layout.line_count)]
    for field, place in layout.fields.items():
        rows[place.line].append(values[field])
    return tuple("".join(row) for row in rows)


def value_of(field, width, layout):
    plain = st.text(LETTERS + digits, min_size=1, max_size=width)
    return {
        "document_code": st.sampled_from(layout.first_letters).map(lambda code: code + FILLER),
        "issuing_state": st.text(LETTERS, min_size=3, max_size=3),
        "nationality": st.text(LETTERS, min_size=3, max_size=3),
        "document_number": st.text(digits, min_size=9, max_size=9),
        "birth_date": st.text(digits, min_size=6, max_size=6),
        "expiry_date": st.text(digits, min_size=6, max_size=6),
        "sex": st.sampled_from("MF<"),
        "name": NAMES.map(lambda name: name.ljust(width, FILLER)),
    }.get(field, plain.map(lambda text: text.ljust(width, FILLER)))


@given(mrzs())
def test_a_clean_reading_of_any_mrz_is_kept(lines):
    mrz = find_mrz_in_text(page(*lines))

    assert mrz.reading.lines == lines
    assert least(mrz.reading) == SURE


@given(mrzs(), st.data())
def test_it_does_not_matter_where_lines_are_split(lines, data):
    pieces = []
    for row, line in enumerate(lines):
        cuts = sorted(data.draw(st.sets(st.integers(1, len(line) - 1), max_size=6)))
        for start, stop in zip([0, *cuts], [*cuts, len(line)], strict=True):
            pieces.append(piece(line[start:stop], start, row))

    mrz = find_mrz_in_text(data.draw(st.permutations(pieces)))

    assert mrz.reading.lines == lines
    assert least(mrz.reading) == SURE


@given(mrzs(), st.data())
def test_any_number_of_fillers_after_the_names_gives_the_same_lines(lines, data):
    row = LAYOUTS[format_of(lines)].fields["name"].line
    name = lines[row].rstrip(FILLER)
    count = data.draw(st.integers(0, 12))
    read = [*lines]
    read[row] = name + FILLER * count

    mrz = find_mrz_in_text(page(*read))

    assert mrz.reading.lines == lines
    same = read[row] == lines[row]
    assert all(each == SURE if same else each <= DOUBTED for each in padding(mrz, row, name))


def format_of(lines):
    visa = lines[0].startswith("V")
    sizes = {
        (layout.line_count, layout.width): name for name, layout in LAYOUTS.items() if name in ICAO
    }
    name = sizes[len(lines), len(lines[0])]
    twins = {MrzFormat.MRV_A: MrzFormat.TD3, MrzFormat.MRV_B: MrzFormat.TD2}
    return name if visa else twins.get(name, name)


def padding(mrz, row, name):
    return mrz.reading.confidences[row][len(name) :]


@given(mrzs(), st.data())
@example(TD3, None)
def test_nothing_that_the_engine_did_not_read_counts_as_certain(lines, data):
    read = [*lines]
    if data is not None:
        for _ in range(data.draw(st.integers(1, 5))):
            row = data.draw(st.integers(0, len(lines) - 1))
            place = data.draw(st.integers(0, len(lines[row]) - 1))
            other = data.draw(st.sampled_from(ALPHABET + "«([o|l é" + ANGLE))
            read[row] = read[row][:place] + other + read[row][place + 1 :]

    mrz = find_mrz_in_text(page(*read))

    if mrz is not None and all(map(same_length, mrz.reading.lines, read)):
        for line, text, confidences in zip(
            mrz.reading.lines, read, mrz.reading.confidences, strict=True
        ):
            for given_, was, confidence in zip(line, text, confidences, strict=True):
                assert given_ == was or confidence <= DOUBTED


def same_length(line, text):
    return len(line) == len(text) and not re.search(r"[\s«]", text)


@given(st.lists(st.text(max_size=60), max_size=6))
def test_any_text_gives_an_mrz_in_the_shape_of_a_format_or_none(lines):
    mrz = find_mrz_in_text(page(*lines))

    if mrz is not None:
        reading = mrz.reading
        sizes = [(layout.line_count, layout.width) for layout in LAYOUTS.values()]
        assert {(len(reading.lines), len(line)) for line in reading.lines} <= set(sizes)
        assert set("".join(reading.lines)) <= set(ALPHABET)
        assert [len(row) for row in reading.confidences] == [len(line) for line in reading.lines]
        assert all(0 <= each <= 1 for row in reading.confidences for each in row)


def test_blank_without_a_gap_removes_no_character():
    """Engines' boxes are not exact, so a line of the right length is believed."""
    pieces = [piece(TD3[0][:20]), piece(TD3[0][20:], 21), piece(TD3[1], row=1)]

    mrz = find_mrz_in_text(pieces)

    assert mrz.reading.lines == TD3
    assert least(mrz.reading) == SURE


def test_first_letter_of_no_format_of_this_size_is_returned_as_read():
    """There are no visas of three lines."""
    lines = ("V" + TD1[0][1:], *TD1[1:])

    mrz = find_mrz_in_text(page(*lines))

    assert mrz.reading.lines == lines
    assert max(map(max, mrz.reading.confidences)) == DOUBTED
