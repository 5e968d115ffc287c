"""The local engine on files that it refuses or reads within its limits."""

from hypothesis import given
from hypothesis import strategies as st

from docverify.reading.files.pages import Limits
from docverify.reading.local import read
from tests.support.files import file, pdf, picture
from tests.support.thoroughness import examples


def test_every_page_of_a_pdf_is_read():
    reading = read(pdf(["[0 0 72 36]", "[0 0 36 72]"]))

    assert [(page.width, page.height) for page in reading.pages] == [(600, 300), (300, 600)]


def test_the_limits_can_be_changed():
    content = file(picture())
    small = read(content, Limits(max_bytes=10))

    assert small.refusal is not None
    assert small.refusal.code == "file-too-large"
    assert read(content).refusal is None


FILES = [file(picture(size=(90, 40)), "JPEG"), file(picture(size=(90, 40))), pdf(), b""]
CHANGE = st.tuples(st.integers(0, 900), st.binary(min_size=1, max_size=3))


@examples(60)
@given(st.sampled_from(FILES), st.lists(CHANGE, max_size=5))
def test_any_bytes_give_pages_or_a_refusal(content: bytes, changes: list[tuple[int, bytes]]):
    for place, new in changes:
        content = content[:place] + new + content[place + len(new) :]
    reading = read(content, Limits(max_pixels=200_000, pdf_dpi=20))

    assert (reading.pages == ()) == (reading.refusal is not None)
