"""Places of fields: where a person finds on the pages what was read."""

from dataclasses import replace

from docverify.case import open_case
from docverify.field_places import find_places
from docverify.identities import Source
from docverify.page import Box
from docverify.policy import STANDARD
from tests.support.readings import TODAY, page, reading


def places(read):
    case = open_case(read, today=TODAY, policy=STANDARD)
    return {(each.field, each.source): each.box for each in find_places(case, read)}


def test_a_printed_value_is_found_in_its_line_and_not_in_a_label():
    found = places(reading(page()))

    assert found["surname", Source.VIZ] == Box(0, 25, 200, 45)
    assert found["sex", Source.VIZ] == Box(0, 425, 200, 445)


def test_a_field_of_the_mrz_has_its_characters_of_the_mrz():
    shown = page()
    mrz = replace(shown.mrz, box=Box(0, 600, 440, 640))

    found = places(reading(replace(shown, mrz=mrz)))

    assert found["document_number", Source.MRZ] == Box(0, 620, 90, 640)
