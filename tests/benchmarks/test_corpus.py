"""The corpus: the same bytes each time, and a truth that holds what is drawn."""

from dataclasses import replace
from io import BytesIO
from itertools import product
from random import Random

import cv2
import numpy as np
import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageCms

from benchmarks.corpus.aamva import payload
from benchmarks.corpus.attacks import ATTACKS
from benchmarks.corpus.captures import CAPTURES, SCAN, captured
from benchmarks.corpus.controls import CONTROLS
from benchmarks.corpus.designs import design
from benchmarks.corpus.documents import sample, sample_of_class, truth_json
from benchmarks.corpus.hidden_evidence import build_profile, hide_by_transparency
from benchmarks.corpus.labels import LABELS
from benchmarks.corpus.lettering import ABOVE, BELOW, DOTS, letters_of, shown
from benchmarks.corpus.licence_sheets import barcode, draw_front
from benchmarks.corpus.licences import LAYOUTS
from benchmarks.corpus.mrzs import build_mrz, digit
from benchmarks.corpus.originals import genuine
from benchmarks.corpus.papers import KINDS, TODAY, VERSIONS, paper
from benchmarks.corpus.people import NATIVE, SHAPES
from benchmarks.corpus.sides import sheets
from benchmarks.corpus.states import JURISDICTIONS, numbered
from docverify.documents.document_numbers import FormatMatch, check_licence_number
from docverify.documents.mrz import parse_mrz
from docverify.documents.validity_terms import compute_age
from docverify.evaluation.truth import parse_json_truths
from specimens.lettering import load_ocrb, load_sans
from tests.support.thoroughness import one_of_each_kind

NAMES = [each.name for each in ATTACKS]
WITH_MRZ = KINDS[:5]


def made(name, seed, kind=None):
    """Make an attacked document up, and the genuine one that it was before."""
    attack = next(each for each in ATTACKS if each.name == name)
    chance = Random(f"{name}:{seed}")
    said = paper(kind or chance.choice(attack.kinds), chance)
    whole = genuine(said, design(said, chance), SCAN)
    return whole, attack.change(whole, chance)


def licence_with(layout):
    """Generate a licence of this layout."""
    kind = "US licence" if layout.country == "USA" else "Canadian licence"
    papers = (paper(kind, Random(f"{layout.name}:{number}")) for number in range(500))
    return next(each for each in papers if each.layout is layout)


def broken(document):
    return {each.field for each in parse_mrz(document.mrz).check_digits if not each.holds}


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
    said = paper(kind, Random(seed))
    mrz = parse_mrz(build_mrz(said.entries))

    assert mrz.format == kind
    assert mrz.misplaced == ()
    assert all(each.holds for each in mrz.check_digits)
    assert mrz.document_number == said.number
    assert mrz.birth_date == f"{said.person.birth_date:%y%m%d}"
    assert mrz.expiry_date == f"{said.expiry_date:%y%m%d}"
    assert said.issue_date < TODAY <= said.expiry_date
    assert bool(mrz.given_names) == bool(said.person.given_names)


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
        said = replace(paper(kind, Random(1)).entries, surname=surname, given_names=given)
        mrz = parse_mrz(build_mrz(said))
        assert mrz.name_truncated
        assert surname.startswith(mrz.surname)
        assert given.startswith(mrz.given_names)


@pytest.mark.parametrize("version", sorted(set(VERSIONS)))
@pytest.mark.parametrize("kind", KINDS[5:])
def test_subfile_of_a_barcode_is_at_the_offset_in_its_header(kind, version):
    """AAMVA DL/ID Card Design Standard, annex D."""
    said = paper(kind, Random(version))
    text = payload(said.card.__class__(**{**vars(said.card), "version": version}))
    entry = 19 if version < 2 else 21
    offset, length = int(text[entry + 2 : entry + 6]), int(text[entry + 6 : entry + 10])

    assert text[15:17] == f"{version:02}"
    assert text[entry - 2 : entry + 2] == f"01{said.card.subfile}"
    assert text[offset : offset + 5] == f"{said.card.subfile}DAQ"
    assert offset + length == len(text)
    assert text.endswith("\r")


def test_a_drawn_barcode_decodes_to_its_payload():
    text = payload(paper("US licence", Random(1)).card)
    (found,) = zxingcpp.read_barcodes(np.asarray(barcode(text)))

    assert found.bytes == text.encode("latin-1")


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda each: each.name)
def test_front_of_a_licence_has_every_field_of_its_truth_within_its_edges(layout):
    said = licence_with(layout)
    front = draw_front(said, layout, design(said, Random(1)))
    placed = {name: front.boxes[name] for name in set(said.printed) - {"nationality"}}

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
        said = licence_with(layout)

        assert 18 <= compute_age(TODAY, said.person.birth_date) < 21
        assert compute_age(said.issue_date, said.person.birth_date) >= 16


@pytest.mark.parametrize("issuer", JURISDICTIONS, ids=lambda each: each.code)
def test_number_of_a_licence_has_a_form_that_its_issuer_uses(issuer):
    number = numbered(issuer.number, Random(issuer.code))

    assert check_licence_number(number, issuer.code, issuer.country) is not FormatMatch.DIFFERS
    assert "".join(filter(str.isalnum, issuer.print_number(number))) == number


@pytest.mark.parametrize("name", ["MRZ edited, check digits unchanged", "wrong check digit"])
@pytest.mark.parametrize("seed", range(8))
def test_mrz_of_these_attacks_has_a_wrong_digit_or_no_digit_that_could_show_it(name, seed):
    whole, forged = made(name, seed)

    assert broken(whole) == set()
    assert broken(forged)
    assert forged.printed == whole.printed
    assert forged.mrz != whole.mrz


@pytest.mark.parametrize(
    "name",
    [
        "MRZ edited, check digits recomputed",
        "printed text and MRZ edited alike",
        "issuing state of specimens",
    ],
)
@pytest.mark.parametrize("seed", range(8))
def test_check_digits_of_these_attacks_are_right(name, seed):
    whole, forged = made(name, seed)

    assert broken(forged) == set()
    assert forged.mrz != whole.mrz
    assert (forged.printed == whole.printed) == (name == "MRZ edited, check digits recomputed")


@pytest.mark.parametrize(
    "name",
    ["printed number or name edited", "printed date edited", "names pasted from another document"],
)
def test_edited_printed_text_does_not_change_the_mrz(name):
    whole, forged = made(name, 1, "TD3")

    assert forged.mrz == whole.mrz
    assert forged.printed.printed != whole.printed.printed


def test_barcode_of_another_person_has_the_same_issuer():
    whole, forged = made("barcode of another person", 1)

    assert forged.printed == whole.printed
    assert forged.coded.person.surname != whole.coded.person.surname
    assert forged.coded.jurisdiction == whole.coded.jurisdiction


def test_expired_document_is_expired_on_the_day_of_the_decision():
    _, forged = made("expired", 1)

    assert forged.printed.issue_date < forged.printed.expiry_date < TODAY


@pytest.mark.parametrize("name", ["photocopy", "photo of a screen", "replaced portrait"])
def test_attack_that_only_the_image_shows_has_the_same_data_in_every_source(name):
    whole, forged = made(name, 1)

    assert (forged.printed, forged.mrz, forged.payload) == (
        *(whole.printed, whole.mrz),
        whole.payload,
    )


def test_image_editor_and_generator_leave_their_marks():
    content = BytesIO()
    Image.new("RGB", (8, 8)).save(content, "JPEG")
    for name, mark in (
        ("metadata of an image editor", b"Exif"),
        ("mark of an image generator", b"rained"),
    ):
        _, forged = made(name, 1)
        suffix, written = forged.finish(content.getvalue())
        assert suffix == ".jpg"
        assert mark in written
        assert mark not in content.getvalue()


def test_another_applicant_has_another_name():
    whole, forged = made("sent for another applicant", 1)

    assert whole.applicant["name"] != forged.applicant["name"]
    assert forged.printed == whole.printed


@pytest.mark.parametrize(
    "capture", [CAPTURES[i] for i in (2, 3, 6, 11)], ids=lambda each: each.name
)
def test_labelled_boxes_of_the_mrz_contain_its_dark_characters(capture):
    """The box of the MRZ has dark letters on light paper in every capture."""
    chance = Random(4)
    said = paper("TD3", chance)
    drawn = sheets(said, design(said, chance), build_mrz(said.entries), "")
    file = captured(capture, drawn, chance)
    if file.suffix == ".pdf":
        assert file.content.startswith(b"%PDF")
        return
    grey = np.asarray(Image.open(BytesIO(file.content)).convert("L"))
    for name in ("mrz_0", "mrz_1"):
        inside = np.zeros(grey.shape, np.uint8)
        cv2.fillPoly(inside, [np.array(file.boxes[name], np.int32)], 1)
        values = grey[inside == 1]
        assert 0.1 < np.mean(values < 0.6 * np.percentile(values, 95)) < 0.6


def test_every_field_of_the_truth_has_a_box():
    for kind in ("TD1", "TD3", "US licence"):
        said = paper(kind, Random(2))
        lines = () if said.jurisdiction else build_mrz(said.entries)
        drawn = sheets(
            said, design(said, Random(2)), lines, said.jurisdiction and payload(said.card)
        )
        boxes = {name for side in drawn for name in side.boxes}
        assert set(said.printed) <= boxes
        assert {"portrait"} | {f"mrz_{row}" for row in range(len(lines))} <= boxes


@pytest.mark.parametrize("face", ["sans", "ocrb"])
def test_every_letter_of_every_name_and_label_can_be_written(face):
    """A letter that a font does not have would be drawn as an empty box."""
    names = {name for shape in SHAPES.values() for part in shape for name in part}
    words = {word for language in LABELS.values() for word in language.values()}
    font = load_sans(30) if face == "sans" else load_ocrb(30)
    missing = bytes(font.getmask("\uffff"))

    for letter, marks in {
        each for text in names | words | {*NATIVE.values()} for each in letters_of(text)
    }:
        assert bytes(font.getmask(shown(letter))) != missing or letter == " "
        assert set(marks) <= {*DOTS, *ABOVE, *BELOW}


@pytest.mark.parametrize(
    "name",
    one_of_each_kind(
        ["two persons in one file", "PDF, a page for each side"], "PDF, a page for each side"
    ),
)
def test_each_class_draws_different_documents_and_the_same_ones_again(name):
    first, again, other = (sample_of_class(1, name, number) for number in (0, 0, 1))

    assert first == again
    assert first.content != other.content
    assert (first.truth["attack"] or first.truth["capture"]) == name


def test_unknown_class_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="two persons in one file"):
        sample_of_class(1, "something else", 0)


@pytest.mark.parametrize("seed", range(6))
def test_values_outside_the_fields_are_those_of_the_mrz_and_not_the_printed_ones(seed):
    whole, forged = made("another person's values outside the fields", seed, "TD3")

    assert forged.printed == whole.printed
    assert broken(forged) == set()
    assert parse_mrz(forged.mrz).surname != parse_mrz(whole.mrz).surname


@pytest.mark.parametrize("seed", range(6))
def test_printed_century_makes_the_child_of_the_mrz_a_hundred_years_older(seed):
    _, forged = made("child's birth date in another century", seed)
    born = forged.printed.person.birth_date
    child = born.replace(year=born.year + 100)

    assert parse_mrz(forged.mrz).birth_date == f"{child:%y%m%d}"
    assert 11 <= compute_age(TODAY, child) < 18
    assert child < forged.printed.issue_date


@pytest.mark.parametrize("seed", range(12))
def test_similar_applicant_is_not_the_holder(seed):
    whole, forged = made("sent for an applicant with similar data", seed)

    assert forged.applicant != whole.applicant


def test_mrz_of_a_visa_in_a_passport_has_its_width_and_right_check_digits():
    whole, forged = made("MRZ with the code of a visa", 1, "TD3")

    assert parse_mrz(forged.mrz).format == "MRV-A"
    assert broken(forged) == set()
    assert len(forged.mrz[0]) == len(whole.mrz[0])


def test_print_in_a_light_grey_is_white_under_the_profile():
    profile = ImageCms.ImageCmsProfile(BytesIO(build_profile(160)))
    image = Image.new("RGB", (2, 1), (170, 170, 170))
    image.putpixel((1, 0), (60, 60, 60))
    seen = ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"))

    assert min(seen.getpixel((0, 0))) >= 250
    assert max(seen.getpixel((1, 0))) < 100


def test_values_in_a_transparent_margin_are_in_the_file_and_not_to_be_seen():
    whole, _ = made("print that people do not see", 1, "TD3")
    forged = hide_by_transparency(whole, Random(3))
    suffix, content, _ = forged.file(Random(4))
    image = Image.open(BytesIO(content))
    pixels = np.asarray(image)
    hidden = pixels[..., 3] == 0

    assert (suffix, image.mode) == (".png", "RGBA")
    assert pixels[hidden][:, :3].min() < 60


@pytest.mark.parametrize("seed", range(3))
def test_sides_of_a_card_are_two_pages_of_a_pdf(seed):
    control = next(each for each in CONTROLS if each.name.startswith("PDF"))
    chance = Random(seed)
    said = paper("TD1", chance)
    one = control.change(genuine(said, design(said, chance), SCAN), chance)
    suffix, content, _ = one.file(chance)

    assert suffix == ".pdf"
    assert len(pypdfium2.PdfDocument(content)) == 2


def test_every_kind_of_attack_has_its_own_class_in_the_report():
    assert len(set(NAMES)) == len(NAMES) == 31
