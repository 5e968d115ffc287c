"""The pages of a file within limits, or the code of its refusal."""

import pytest

from docverify.errors import UnreadableFile
from docverify.reading.files.pages import Image, Limits, read_pages


def pages(content: bytes, **limits: int) -> list[Image]:
    return list(read_pages(content, Limits(**limits)))


def code(content: bytes, **limits: int) -> str:
    with pytest.raises(UnreadableFile) as error:
        pages(content, **limits)
    return error.value.code
