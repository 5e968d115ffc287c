"""The corpus: the same bytes each time, and a truth that holds what is drawn."""

from dataclasses import replace
from itertools import product
from random import Random

import numpy as np
import pytest
import zxingcpp

from benchmarks.corpus.aamva import payload
from benchmarks.corpus.designs import design
from benchmarks.corpus.documents import sample, truth_json
from benchmarks.corpus.licence_sheets import barcode, draw_front
from benchmarks.corpus.licences import LAYOUTS
from benchmarks.corpus.mrzs import build_mrz, digit
from benchmarks.corpus.papers import KINDS, TODAY, VERSIONS, paper
from benchmarks.corpus.people import SHAPES
from benchmarks.corpus.states import JURISDICTIONS, numbered
from docverify.documents.document_numbers import FormatMatch, check_licence_number
from docverify.documents.mrz import parse_mrz
from docverify.documents.validity_terms import compute_age
from docverify.evaluation.truth import parse_json_truths
from tests.support.thoroughness import one_of_each_kind

WITH_MRZ = KINDS[:5]


def licence_with(layout):
    """Generate a licence of this layout."""
    kind = "US licence" if layout.country == "USA" else "Canadian licence"
    papers = (paper(kind, Random(f"{layout.name}:{number}")) for number in range(500))
    return next(each for each in papers if each.layout is layout)


@pytest.mark.slow
def test_the_same_seed_and_place_give_the_same_bytes():
    """Two places: an attack as JPEG, and a PDF, which tends to tell when it was made."""
    for place in (3, 5):
        first, second = sample(1, place), sample(1, place)
        assert first == second
        assert first.content != sample(2, place).content


def test_labels_of_the_corpus_can_be_read_by_an_evaluation():
    each = sample(1, 6)

    truth = parse_json_truths(truth_json({each.name: each.truth}))[each.name]

    assert truth.kind.endswith("licence")
    assert truth.judged_on == TODAY
    assert truth.payload.startswith("@\n\x1e\rANSI ")
    assert truth.barcode["surname"]
    assert truth.applicant["name"]


@pytest.mark.parametrize("kind", WITH_MRZ)
@pytest.mark.parametrize("seed", range(12))
def test_genuine_mrz_is_parsed_and_agrees_with_the_printed_text(kind, seed):
    data = paper(kind, Random(seed))
    mrz = parse_mrz(build_mrz(data.entries))

    assert mrz.format == kind
    assert mrz.misplaced == ()
    assert all(each.is_correct for each in mrz.check_digits)
    assert mrz.document_number == data.number
    assert mrz.birth_date == f"{data.person.birth_date:%y%m%d}"
    assert mrz.expiry_date == f"{data.expiry_date:%y%m%d}"
    assert data.issue_date < TODAY <= data.expiry_date
    assert bool(mrz.given_names) == bool(data.person.given_names)


def test_genuine_german_document_of_a_person_under_24_is_valid_for_six_years():
    chance = Random("Germany")
    papers = (paper(kind, chance) for kind in ("TD1", "TD2", "TD3") for _ in range(400))
    german = [each for each in papers if each.state.code == "D"]
    ages = [compute_age(each.issue_date, each.person.birth_date) for each in german]
    terms = [each.expiry_date.year - each.issue_date.year for each in german]

    assert {years for age, years in zip(ages, terms, strict=True) if age < 24} == {6}
    assert {years for age, years in zip(ages, terms, strict=True) if age > 28} == {10}


def test_check_digits_follow_the_standard():
    """Doc 9303-3, 4.9."""
    assert [digit("520727"), digit("AB2134<<<")] == ["3", "5"]


@pytest.mark.parametrize("kind", ["TD1", "TD2"])
def test_truncated_name_keeps_both_parts_and_ends_with_a_letter(kind):
    """Doc 9303-3, 4.6."""
    surnames, given_names = SHAPES["long"]
    for surname, given in product(surnames, given_names):
        data = replace(paper(kind, Random(1)).entries, surname=surname, given_names=given)
        mrz = parse_mrz(build_mrz(data))
        assert mrz.name_truncated
        assert surname.startswith(mrz.surname)
        assert given.startswith(mrz.given_names)


@pytest.mark.parametrize("version", sorted(set(VERSIONS)))
@pytest.mark.parametrize("kind", KINDS[5:])
def test_subfile_of_a_barcode_is_at_the_offset_in_its_header(kind, version):
    """AAMVA DL/ID Card Design Standard, annex D."""
    data = paper(kind, Random(version))
    text = payload(data.card.__class__(**{**vars(data.card), "version": version}))
    entry = 19 if version < 2 else 21
    offset, length = int(text[entry + 2 : entry + 6]), int(text[entry + 6 : entry + 10])

    assert text[15:17] == f"{version:02}"
    assert text[entry - 2 : entry + 2] == f"01{data.card.subfile}"
    assert text[offset : offset + 5] == f"{data.card.subfile}DAQ"
    assert offset + length == len(text)
    assert text.endswith("\r")


def test_a_drawn_barcode_decodes_to_its_payload():
    text = payload(paper("US licence", Random(1)).card)
    (found,) = zxingcpp.read_barcodes(np.asarray(barcode(text)))

    assert found.bytes == text.encode("latin-1")


@pytest.mark.parametrize(
    "layout", one_of_each_kind(LAYOUTS, *LAYOUTS[::4]), ids=lambda each: each.name
)
def test_front_of_a_licence_has_every_field_of_its_truth_within_its_edges(layout):
    data = licence_with(layout)
    front = draw_front(data, layout, design(data, Random(1)))
    placed = {name: front.boxes[name] for name in set(data.printed) - {"nationality"}}

    for left, top, right, bottom in placed.values():
        assert 0 <= left < right <= front.image.width
        assert 0 <= top < bottom <= front.image.height
    assert front.image.width < front.image.height if layout.upright else True


def test_licences_have_the_layouts_of_at_least_ten_issuers_and_both_countries():
    countries = [each.country for each in LAYOUTS]

    assert countries.count("USA") >= 10
    assert countries.count("CAN") >= 2
    assert len({each.name for each in LAYOUTS}) == len(LAYOUTS)
    assert {each.labels for each in LAYOUTS} == {"before", "above", "glued"}


def test_holder_of_an_upright_licence_is_under_21_and_may_drive():
    for layout in [each for each in LAYOUTS if each.upright]:
        data = licence_with(layout)

        assert 18 <= compute_age(TODAY, data.person.birth_date) < 21
        assert compute_age(data.issue_date, data.person.birth_date) >= 16


@pytest.mark.parametrize("issuer", JURISDICTIONS, ids=lambda each: each.code)
def test_number_of_a_licence_has_a_form_that_its_issuer_uses(issuer):
    number = numbered(issuer.number, Random(issuer.code))

    assert check_licence_number(number, issuer.code, issuer.country) is not FormatMatch.DIFFERS
    assert "".join(filter(str.isalnum, issuer.print_number(number))) == number
