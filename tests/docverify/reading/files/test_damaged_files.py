"""Damaged files of every format: they give pages or a refusal, and no other error."""

from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from docverify.errors import UnreadableFile
from tests.support.files import file, locked_pdf, pdf
from tests.support.image_files import chunk
from tests.support.pages import pages
from tests.support.thoroughness import examples

SPECIMENS = Path(__file__).parents[4] / "specimens"
ORIENTATION = 0x0112


def answered(content: bytes, **limits: int) -> bool:
    """Return whether a file gives images or a refusal, and nothing else."""
    try:
        found = pages(content, **limits)
    except UnreadableFile:
        return True
    return all(page.dtype == np.uint8 and page.shape[2] == 3 and page.size for page in found)


EXIF = PIL.Image.Exif()
EXIF[ORIENTATION] = 6
EXIF[0x010E] = "description"
EXIF.get_ifd(0x8769)[0x9003] = "2026:11:23"
SMALL = PIL.Image.new("RGB", (24, 16), "white")
FILES = [
    file(SMALL, "JPEG", exif=EXIF.tobytes(), dpi=(300, 300)),
    file(SMALL, "JPEG", exif=EXIF.tobytes(), progressive=True, icc_profile=b"x" * 99),
    file(SMALL.convert("CMYK"), "JPEG"),
    file(SMALL, "MPO", save_all=True, append_images=[SMALL], exif=EXIF.tobytes()),
    file(SMALL, exif=EXIF.tobytes()),
    file(SMALL.convert("P"), transparency=bytes(9)),
    file(SMALL, save_all=True, append_images=[SMALL]),
    pdf(["[0 0 30 20]", "[0 0 20 30]"]),
    locked_pdf(),
    file(SMALL, "TIFF", exif=EXIF),
    file(SMALL, "TIFF", compression="tiff_lzw", save_all=True, append_images=[SMALL]),
    file(SMALL.convert("1"), "TIFF", compression="group4"),
    file(SMALL, "TIFF", compression="jpeg"),
    file(SMALL, "WEBP", exif=EXIF),
    file(SMALL.convert("RGBA"), "WEBP", lossless=True),
]  # No HEIC: some damaged ones crash libheif's binding, which the reader process is for.
CHANGES = st.lists(
    st.tuples(st.integers(0, 400), st.sampled_from([0, 1, 3]), st.binary(max_size=4)),
    min_size=1,
    max_size=6,
)


def changed(content: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    """Replace some bytes at places by others; a PNG gets right checksums again."""
    for place, length, new in changes:
        content = content[:place] + new + content[place + length :]
    return content if content[:4] != b"\x89PNG" else checked(content)


def checked(content: bytes) -> bytes:
    done, rest = content[:8], content[8:]
    while len(rest) > 12:
        length = int.from_bytes(rest[:4], "big")
        done += chunk(rest[4:8], rest[8 : 8 + length])
        rest = rest[12 + length :]
    return done + rest


@given(st.sampled_from(FILES), CHANGES)
@example(FILES[0], [(20, 3, b"\xff\xff\xff\xff")])
def test_damaged_file_gives_pages_or_a_refusal(content: bytes, changes):
    assert answered(changed(content, changes), pdf_dpi=20)


MAGIC = [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-1", b"II*\0\x08\0\0\0", b"MM\0*"]


@given(st.sampled_from([*MAGIC, b"RIFF\xff\0\0\0WEBPVP8X"]), st.binary())
def test_any_bytes_give_images_or_a_refusal(magic: bytes, content: bytes):
    assert answered(magic + content)


@pytest.mark.parametrize("name", ["passport.jpg", "visa-small.png", "passport-scan.pdf"])
@examples(30)
@given(changes=CHANGES)
def test_damaged_specimen_gives_pages_or_a_refusal(name: str, changes):
    content = (SPECIMENS / name).read_bytes()

    assert answered(changed(content, changes), max_pixels=3_000_000, pdf_dpi=20)
