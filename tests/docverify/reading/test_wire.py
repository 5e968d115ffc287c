"""A reading written down and read again: nothing is lost, and nothing else is taken for one."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docverify.page import (
    Barcode,
    Box,
    Engine,
    FieldText,
    Line,
    MrzReading,
    Page,
    Provenance,
    Quality,
    Reading,
    Refusal,
)
from docverify.reading.wire import MalformedReading, read, write

NUMBER = st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
COUNT = st.integers(-9, 10**12)
BOX = st.builds(Box, NUMBER, NUMBER, NUMBER, NUMBER)
NUMBERS = st.lists(NUMBER, max_size=3).map(tuple)
MAYBE = st.none() | NUMBER
MRZ = st.builds(
    MrzReading, TEXTS, st.lists(NUMBERS, max_size=3).map(tuple), TEXTS, NUMBER, st.booleans()
)
PAGE = st.builds(
    Page,
    COUNT,
    COUNT,
    st.lists(st.builds(Line, TEXT, NUMBER, BOX), max_size=3).map(tuple),
    st.none() | MRZ,
    st.builds(Quality, NUMBER, MAYBE, MAYBE, MAYBE, MAYBE, st.none() | COUNT, MAYBE),
    st.lists(st.builds(Barcode, TEXT, st.binary(max_size=20), BOX), max_size=2).map(tuple),
    st.dictionaries(TEXT, st.builds(FieldText, TEXT, NUMBER), max_size=3),
)
PROVENANCE = st.builds(
    Provenance,
    TEXT,
    st.none() | st.tuples(COUNT, COUNT),
    TEXTS,
    st.booleans(),
    TEXTS,
    st.booleans(),
    COUNT,
    MAYBE,
    st.booleans(),
)
READING = st.builds(
    Reading,
    st.sampled_from(Engine),
    st.lists(PAGE, max_size=3).map(tuple),
    st.none() | st.builds(Refusal, TEXT, TEXT),
    st.none() | PROVENANCE,
)
FULL = Reading(
    Engine.LOCAL,
    (
        Page(
            800,
            600,
            (Line("CANARY", 0.5, Box(1, 2, 3, 4)),),
            MrzReading(("CANARY<",), ((0.5,),), ("CANARY<",), 20.0),
            Quality(900.0),
            (Barcode("PDF417", b"CANARY", Box(1, 2, 3, 4)),),
            {"surname": FieldText("CANARY", 0.5)},
        ),
    ),
    Refusal("code", "message"),
    Provenance("JPEG", (3, 4), ("CANARY",)),
)


@given(READING)
def test_a_written_reading_is_read_as_it_was(reading: Reading):
    assert read(write(reading)) == reading


def test_line_that_runs_across_is_written_and_other_lines_are_as_before():
    across = replace(FULL.pages[0].lines[0], across=True)
    turned = replace(FULL, pages=(replace(FULL.pages[0], lines=(across,)),))

    assert "across" not in write(FULL)
    assert read(write(turned)) == turned


def test_numbers_that_lost_their_point_on_the_way_are_the_same_numbers():
    """As jsonb of PostgreSQL does with some."""
    written = write(FULL).replace("900.0", "900").replace("20.0", "2e1")

    assert read(written) == FULL
    assert type(read(written).pages[0].quality.sharpness) is float


@pytest.mark.parametrize("text", ["a\0b", "a" + chr(0xD800) + "b", "a" + chr(0xDFFF) + "b"])
def test_characters_that_a_database_cannot_store_are_replaced(text: str):
    """PostgreSQL refuses U+0000 and lone surrogates in JSON."""
    page = replace(FULL.pages[0], fields={text: FieldText(text, 1.0)})
    again = read(write(Reading(Engine.LOCAL, (page,))).encode())

    assert again.pages[0].fields == {"a\ufffdb": FieldText("a\ufffdb", 1.0)}


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_number_that_json_cannot_hold_is_not_written(number: float):
    page = replace(FULL.pages[0], quality=Quality(number))

    with pytest.raises(MalformedReading, match="not finite"):
        write(Reading(Engine.LOCAL, (page,)))


def changed(path: str, value: object) -> str:
    """Write FULL with one place changed; a value of `...` takes it away."""
    form = json.loads(write(FULL))
    *way, last = (int(each) if each.isdigit() else each for each in path.split("."))
    place = form
    for each in way:
        place = place[each]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return json.dumps(form)


PAGE_0 = "reading.pages.0"


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("version", 2, "version: is not 1"),
        ("version", True, "version: is not of type int"),
        ("version", ..., "the keys are not version and reading"),
        ("more", 1, "the keys are not version and reading"),
        ("reading", [], "reading: is not of type dict"),
        ("reading.more", 1, "reading: has an unknown key"),
        (
            "reading.engine",
            "CANARY",
            "reading.engine: is not one of local, google-vision, textract",
        ),
        ("reading.engine", ..., "reading.engine: is missing"),
        ("reading.pages", "CANARY", "reading.pages: is not of type list"),
        ("reading.refusal.code", 7, "reading.refusal.code: is not of type str"),
        ("reading.provenance.size", [1], "reading.provenance.size: does not have 2 items"),
        ("reading.provenance.camera", 1, "reading.provenance.camera: is not of type bool"),
        (f"{PAGE_0}.width", 1.5, "reading.pages[0].width: is not of type int"),
        (f"{PAGE_0}.width", True, "reading.pages[0].width: is not of type int"),
        (f"{PAGE_0}.lines.0.text", None, "reading.pages[0].lines[0].text: is not of type str"),
        (
            f"{PAGE_0}.lines.0.confidence",
            True,
            "reading.pages[0].lines[0].confidence: is not a finite number",
        ),
        (f"{PAGE_0}.mrz.pitch", "20", "reading.pages[0].mrz.pitch: is not a finite number"),
        (f"{PAGE_0}.mrz.pitch", 10**400, "reading.pages[0].mrz.pitch: is not a finite number"),
        (f"{PAGE_0}.mrz.pitch", float("nan"), "reading.pages[0].mrz.pitch: is not a finite number"),
        (f"{PAGE_0}.barcodes.0.payload", "CANARY!", "reading.pages[0].barcodes[0].payload"),
        (
            f"{PAGE_0}.barcodes.0.payload",
            1,
            "reading.pages[0].barcodes[0].payload: is not of type str",
        ),
        (f"{PAGE_0}.fields.surname", "CANARY", "reading.pages[0].fields.*: is not of type dict"),
    ],
)
def test_invalid_reading_is_named_without_its_value(path: str, value: object, named: str):
    with pytest.raises(MalformedReading) as error:
        read(changed(path, value))

    assert str(error.value).startswith(named)
    assert "CANARY" not in str(error.value)


def test_reading_stored_before_a_field_was_added_is_read():
    """Only a field with a default may be added without a new version."""
    assert read(changed(f"{PAGE_0}.barcodes", ...)).pages[0].barcodes == ()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "7", "[" * 100_000, "9" * 9999, b"\xff", '{"version":1}']
)
def test_text_that_is_not_a_json_object_is_not_a_reading(text: str):
    with pytest.raises(MalformedReading):
        read(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda each: (
        st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=5), each, max_size=3)
    ),
    max_leaves=9,
)
PATHS = ["reading", "reading.pages", f"{PAGE_0}.mrz", f"{PAGE_0}.lines.0.box", f"{PAGE_0}.fields"]


@given(st.sampled_from(PATHS), JSON)
def test_any_json_is_a_reading_or_one_kind_of_error(path: str, value: object):
    try:
        found = read(changed(path, value))
    except MalformedReading:
        return
    assert read(write(found)) == found
