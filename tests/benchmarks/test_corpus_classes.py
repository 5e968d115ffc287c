"""The attacks and captures of the corpus."""

from io import BytesIO
from random import Random

import cv2
import numpy as np
import pypdfium2
import pytest
from PIL import Image, ImageCms

from benchmarks.corpus.aamva import payload
from benchmarks.corpus.captures import CAPTURES, SCAN, capture_sides
from benchmarks.corpus.controls import CONTROLS
from benchmarks.corpus.designs import design
from benchmarks.corpus.documents import sample_of_class
from benchmarks.corpus.hidden_evidence import build_profile, hide_by_transparency
from benchmarks.corpus.labels import LABELS
from benchmarks.corpus.lettering import ABOVE, BELOW, DOTS, letters_of, shown
from benchmarks.corpus.mrzs import build_mrz
from benchmarks.corpus.originals import genuine
from benchmarks.corpus.papers import TODAY, paper
from benchmarks.corpus.people import NATIVE, SHAPES
from benchmarks.corpus.sides import sheets
from docverify.documents.mrz import parse_mrz
from docverify.documents.validity_terms import compute_age
from specimens.lettering import load_ocrb, load_sans
from tests.support.corpus_samples import NAMES, broken, made
from tests.support.thoroughness import one_of_each_kind


@pytest.mark.parametrize("name", ["MRZ edited, check digits unchanged", "wrong check digit"])
@pytest.mark.parametrize("seed", one_of_each_kind(range(8), 0))
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
@pytest.mark.parametrize("seed", one_of_each_kind(range(8), 0))
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
    data = paper("TD3", chance)
    drawn = sheets(data, design(data, chance), build_mrz(data.entries), "")
    file = capture_sides(capture, drawn, chance)
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
        data = paper(kind, Random(2))
        lines = () if data.jurisdiction else build_mrz(data.entries)
        drawn = sheets(
            data, design(data, Random(2)), lines, data.jurisdiction and payload(data.card)
        )
        boxes = {name for side in drawn for name in side.boxes}
        assert set(data.printed) <= boxes
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


@pytest.mark.parametrize("seed", one_of_each_kind(range(3), 1))
def test_sides_of_a_card_are_two_pages_of_a_pdf(seed):
    control = next(each for each in CONTROLS if each.name.startswith("PDF"))
    chance = Random(seed)
    data = paper("TD1", chance)
    one = control.change(genuine(data, design(data, chance), SCAN), chance)
    suffix, content, _ = one.file(chance)

    assert suffix == ".pdf"
    assert len(pypdfium2.PdfDocument(content)) == 2


def test_every_kind_of_attack_has_its_own_class_in_the_report():
    assert len(set(NAMES)) == len(NAMES) == 33
