"""RapidOCR with the same models as ours, and a careful user's rules for length and position.

Each line is filled or cut to the length of the nearest format, and look-alike letters and digits
are exchanged if the format allows only one of them.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from rapidocr import RapidOCR

from benchmarks.readers.protocol import Answer, answer
from docverify.documents.look_alikes import GLYPHS
from docverify.documents.mrz import FILLER, LAYOUTS, MrzLayout

logging.disable()
engine = RapidOCR()
DIGITS = str.maketrans("OQDILZSGB", "000112568")
CAPITALS = str.maketrans("015268", "OISZGB")
LIKE_FILLERS = str.maketrans(dict.fromkeys(GLYPHS[FILLER], FILLER))


def read(path: str) -> Answer:
    """Read all text, and keep the lines that may belong to an MRZ."""
    found = engine(path)
    texts = ["".join(text.upper().translate(LIKE_FILLERS).split()) for text in found.txts or ()]
    lines = [text for text in texts if len(text) >= 25 and FILLER in text]
    layout = _layout(lines)
    return {"lines": _fitted(lines, layout) if layout else lines}


def _layout(lines: Sequence[str]) -> MrzLayout | None:
    longest = max(map(len, lines), default=0)
    fitting = [
        layout
        for layout in LAYOUTS.values()
        if layout.line_count == len(lines) and lines[0][0] in layout.first_letters
    ]
    return min(fitting, key=lambda layout: abs(layout.width - longest), default=None)


def _fitted(lines: Sequence[str], layout: MrzLayout) -> Sequence[str]:
    rows = zip(lines, layout.alphabets(), strict=True)
    return ["".join(map(_fit, line.ljust(layout.width, FILLER), row)) for line, row in rows]


def _fit(character: str, alphabet: str) -> str:
    other = character.translate(DIGITS), character.translate(CAPITALS)
    return next((each for each in (character, *other) if each in alphabet), character)


if __name__ == "__main__":
    answer(read)
