import json
from io import BytesIO
from itertools import combinations
from pathlib import Path
from unicodedata import normalize

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from docverify.documents.mrz import LAYOUTS as MRZ_LAYOUTS
from docverify.documents.mrz import parse_mrz
from specimens import layouts
from specimens.catalogue import SPECIMENS
from specimens.lettering import MARKS, load_sans, measure_width
from specimens.mrz import write_mrz
from specimens.pages import PIXELS_PER_MM
from specimens.truth import write_truth

FOLDER = Path(__file__).parents[2] / "specimens"
TRUTH = json.loads((FOLDER / "truth.json").read_text(encoding="utf-8"))
WITH_MRZ = {name: truth for name, truth in TRUTH.items() if truth["mrz"]}
PICTURES = [name for name in TRUTH if name != "corrupt.jpg"]
SIDES = [each for each in vars(layouts).values() if isinstance(each, layouts.Layout)]

each_with_mrz = pytest.mark.parametrize("name", WITH_MRZ)
each_picture = pytest.mark.parametrize("name", PICTURES)
each_side = pytest.mark.parametrize("side", SIDES, ids=lambda side: f"{side.width}x{side.height}")


@pytest.fixture(scope="module", name="drawn")
def _drawn():
    return {specimen.name: specimen.content() for specimen in SPECIMENS}


def pixels(name, content):
    if name.endswith(".pdf"):
        with pypdfium2.PdfDocument(content) as document:
            return np.asarray(document[0].render().to_pil().convert("RGB"), np.int16)
    return np.asarray(Image.open(BytesIO(content)).convert("RGB"), np.int16)


@pytest.mark.slow
@each_picture
def test_shipped_image_equals_what_the_generator_draws(name, drawn):
    """Decoded pixels, because another version of Pillow may compress in another way."""
    shipped = pixels(name, (FOLDER / name).read_bytes())
    redrawn = pixels(name, drawn[name])

    assert shipped.shape == redrawn.shape
    assert np.abs(shipped - redrawn).mean() < 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["passport-scan.pdf", "no-document.jpg"])
def test_drawing_twice_gives_the_same_bytes(name, drawn):
    specimen = next(each for each in SPECIMENS if each.name == name)

    assert drawn[name] == specimen.content()


def test_labels_of_the_specimens_are_current():
    assert write_truth(SPECIMENS) == (FOLDER / "truth.json").read_text(encoding="utf-8")


def test_every_specimen_is_shipped_and_nothing_else():
    suffixes = {".jpg", ".png", ".pdf"}

    assert set(TRUTH) == {path.name for path in FOLDER.iterdir() if path.suffix in suffixes}


def test_a_specimen_is_smaller_than_450_kb_and_all_together_than_5_mb():
    sizes = {name: (FOLDER / name).stat().st_size for name in TRUTH}

    assert [name for name, size in sizes.items() if size > 450_000] == []
    assert sum(sizes.values()) < 5_000_000


@each_picture
def test_image_has_its_resolution_and_no_other_metadata(name):
    if name.endswith(".pdf"):
        content = (FOLDER / name).read_bytes()
        assert b"/CreationDate (D:19700101000000Z)" in content
        return
    with Image.open(FOLDER / name) as picture:
        said = set(picture.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert said == {"dpi"}
        assert [round(dpi) for dpi in picture.info["dpi"]] == [300, 300]


def test_the_pdf_has_one_a4_page():
    with pypdfium2.PdfDocument(FOLDER / "passport-scan.pdf") as document:
        assert len(document) == 1
        assert document[0].get_size() == pytest.approx((595.3, 841.9), abs=0.3)


def test_the_corrupt_file_is_the_beginning_of_a_good_one():
    whole, part = ((FOLDER / name).read_bytes() for name in ("passport.jpg", "corrupt.jpg"))

    assert whole.startswith(part)
    assert len(part) / len(whole) == pytest.approx(0.4, abs=0.001)
    with pytest.raises(OSError, match="truncated"):
        Image.open(BytesIO(part)).load()


@each_with_mrz
def test_the_mrz_has_the_lines_of_its_format(name):
    truth = WITH_MRZ[name]
    mrz = parse_mrz(truth["mrz"])

    assert mrz.format == truth["format"]
    assert [len(line) for line in truth["mrz"]] == [MRZ_LAYOUTS[mrz.format].width] * len(mrz.lines)
    assert mrz.misplaced == ()
    assert not mrz.name_truncated


@each_with_mrz
def test_every_check_digit_is_right_except_the_misprinted_one(name):
    broken = [
        digit.field
        for digit in parse_mrz(WITH_MRZ[name]["mrz"]).check_digits
        if not digit.is_correct
    ]

    assert broken == (["document_number"] if name == "passport-wrong-check-digit.jpg" else [])


@each_with_mrz
def test_mrz_agrees_with_the_printed_text_except_the_edited_birth_date(name):
    mrz, printed = parse_mrz(WITH_MRZ[name]["mrz"]), WITH_MRZ[name]["printed"]
    differing = {
        field
        for field, said in {
            "document_number": mrz.document_number,
            "nationality": mrz.nationality,
            "sex": mrz.sex.replace("<", "X"),
            "birth_date": mrz.birth_date,
            "expiry_date": mrz.expiry_date,
        }.items()
        if said != short(printed[field])
    }

    assert differing == ({"birth_date"} if name == "passport-altered.jpg" else set())


def short(printed):
    """Write an ISO date as the MRZ does; leave all else as it is."""
    return printed[2:].replace("-", "") if printed.count("-") == 2 else printed


@pytest.mark.parametrize(
    ("name", "surname", "given_names"),
    [
        pytest.param("identity-card.png", "GRUENEVOLD", "RENEE SOFIA", id="umlaut-and-accent"),
        pytest.param("passport-photo.jpg", "OSHANDREY", "JEAN BASTIEN", id="apostrophe-and-hyphen"),
    ],
)
def test_the_mrz_transliterates_names(name, surname, given_names):
    """Doc 9303-3, section 6, and the rules for punctuation."""
    mrz = parse_mrz(WITH_MRZ[name]["mrz"])

    assert (mrz.surname, mrz.given_names) == (surname, given_names)


def test_the_altered_birth_date_is_the_only_difference_to_the_genuine_passport():
    altered = next(each for each in SPECIMENS if each.name == "passport-altered.jpg")
    from_print = parse_mrz(write_mrz(altered.document))
    genuine = parse_mrz(altered.mrz)

    assert from_print.birth_date != genuine.birth_date
    assert from_print.expiry_date == genuine.expiry_date
    assert from_print.document_number == genuine.document_number


def test_no_two_documents_share_a_number_or_a_person():
    printed = [truth["printed"] for truth in WITH_MRZ.values()]

    assert len({each["document_number"] for each in printed}) == len(printed)
    assert len({(each["surname"], each["given_names"]) for each in printed}) == len(printed)


def test_only_one_document_is_expired_on_the_reference_day():
    expired = [
        name for name, truth in WITH_MRZ.items() if truth["printed"]["expiry_date"] < "2026-11-23"
    ]

    assert expired == ["passport-expired.jpg"]


@each_side
def test_every_side_has_the_word_specimen_in_its_margin(side):
    x, y = side.notice

    assert layouts.NOTICE.startswith("SPECIMEN")
    assert min(y, side.height - y) < 3.5
    assert x == side.width / 2
    assert all(abs(entry.y - y) > 3 for entry in side.entries)


@each_side
def test_labels_do_not_overlap_or_leave_their_side(side):
    rows = {}
    for entry in side.entries:
        right = entry.x + measure_width(entry.label, load_sans(side.label_size)) / PIXELS_PER_MM
        rows.setdefault(entry.y, []).append((entry.x, right))

    assert all(right < side.width - 2 for row in rows.values() for _, right in row)
    for row in rows.values():
        for (_, right), (left, _) in combinations(sorted(row), 2):
            assert left - right > 1.5


@each_side
def test_no_letter_is_printed_as_an_empty_box(side):
    """Aileron has only the letters of English; the accents are drawn from its other marks."""
    missing = bytes(load_sans(30).getmask("\uffff"))

    for entry in side.entries:
        assert all(bytes(load_sans(30).getmask(letter)) != missing for letter in plain(entry.label))


def plain(text):
    return [letter for letter in normalize("NFD", text) if letter not in MARKS]
