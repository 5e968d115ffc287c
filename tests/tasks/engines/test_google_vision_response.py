"""Responses of Cloud Vision become words, lines and an MRZ."""

import pytest

from docverify.page import Engine
from tasks.engines.google_vision import read
from tests.support.vision_calls import PAGE, PASSPORT, ZONE, texts
from tests.support.vision_server import annotation, broken, polygon, symbol


def test_a_document_becomes_lines_and_an_mrz(vision, vision_settings):
    vision.answers = [PASSPORT]

    reading = read([PAGE], vision_settings)

    (page,) = reading.pages
    assert (reading.engine, reading.refusal) == (Engine.GOOGLE_VISION, None)
    assert texts(page) == ["Surname / Nom", "ERIKSSON"]
    assert [line.confidence for line in page.lines] == [0.96, 0.96]
    assert (page.lines[1].box.left, page.lines[1].box.top) == (100, 130)
    assert page.mrz.lines == ZONE
    assert (page.width, page.height, page.fields) == (1000, 700, {})


def test_an_empty_response_is_a_page_without_text(vision, vision_settings):
    vision.answers = [PASSPORT, {}]

    first, second = read([PAGE, PAGE], vision_settings).pages

    assert first.mrz is not None
    assert (second.lines, second.mrz) == ((), None)


def test_omitted_values_are_zero(vision, vision_settings):
    """Protocol buffers omit zeros: coordinates at the edge, and a confidence of zero."""
    vision.answers = [annotation([((0, 0), "EDGE")], confidence=0)]

    (line,) = read([PAGE], vision_settings).pages[0].lines

    assert (line.text, line.confidence) == ("EDGE", 0)
    assert (line.box.left, line.box.top, line.box.bottom) == (0, 0, 20)


def test_words_without_a_position_are_kept(vision, vision_settings):
    words = [{"symbols": [symbol("A", 0.9)]}, {"symbols": []}, {}]
    block = {"paragraphs": [{"words": words}, {}]}
    picture = {"blockType": "PICTURE"}
    vision.answers = [{"fullTextAnnotation": {"pages": [{"blocks": [block, picture]}, {}]}}]

    assert texts(read([PAGE], vision_settings).pages[0]) == ["A"]


def word(text, left, kind=None, **more):
    symbols = [symbol(character, 0.9) for character in text]
    if kind:
        place = 0 if more.get("isPrefix") else -1
        symbols[place]["property"] = broken(kind, **more)
    corners = [(left, 10), (left + 50, 10), (left + 50, 30), (left, 30)]
    return {"symbols": symbols, "boundingBox": polygon(corners)}


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ([word("Nom", 10), word("/", 70), word("Name", 130)], ["Nom/Name"]),
        ([word("KIM", 10, "SPACE"), word("LEE", 70)], ["KIM LEE"]),
        ([word("KIM", 10, "SURE_SPACE"), word("LEE", 70)], ["KIM LEE"]),
        ([word("KIM", 10, "EOL_SURE_SPACE"), word("LEE", 70)], ["KIM", "LEE"]),
        ([word("KIM", 10, "LINE_BREAK"), word("LEE", 70)], ["KIM", "LEE"]),
        ([word("KIM", 10, "HYPHEN"), word("LEE", 70)], ["KIM-", "LEE"]),
        ([word("KIM", 10), word("LEE", 70, "LINE_BREAK", isPrefix=True)], ["KIM", "LEE"]),
        ([word("KIM", 10), word("LEE", 70, "UNKNOWN")], ["KIMLEE"]),
    ],
    ids=["none", "space", "wide", "end", "break", "hyphen", "prefix", "unknown"],
)
def test_breaks_separate_words_and_lines(words, lines, vision, vision_settings):
    page = {"blocks": [{"paragraphs": [{"words": words}]}]}
    vision.answers = [{"fullTextAnnotation": {"pages": [page]}}]

    assert texts(read([PAGE], vision_settings).pages[0]) == lines


def test_normalised_vertices_are_positions_as_well(vision, vision_settings):
    """Pages of files have shares of width and height instead of pixels."""
    box = {"normalizedVertices": [{}, {"x": 0.5}, {"x": 0.5, "y": 0.1}, {"y": 0.1}]}
    words = [word("HALF", 0) | {"boundingBox": box}]
    page = {"blocks": [{"paragraphs": [{"words": words}]}]}
    vision.answers = [{"fullTextAnnotation": {"pages": [page]}}]

    (line,) = read([PAGE], vision_settings).pages[0].lines

    assert (line.box.right, line.box.bottom) == (500, 70)
