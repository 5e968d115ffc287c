"""Text in an image as an engine without knowledge of MRZs reads it: our networks, no grammar."""

from dataclasses import dataclass

import cv2
import numpy as np

from docverify.reading.detection import find_text
from docverify.reading.models import characters
from docverify.reading.quads import turn_upside_down
from docverify.reading.recognition import cut_strip, recognise


@dataclass(frozen=True)
class Seen:
    """A word, the confidence of each of its characters, and its corners as the text is read."""

    text: str
    confidences: tuple[float, ...]
    corners: tuple[tuple[float, float], ...]
    ends_line: bool


def read_words(content: bytes, *, flipped: bool = False) -> list[Seen]:
    """Read the words of an encoded image, line by line."""
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    quads = [turn_upside_down(quad) if flipped else quad for quad in find_text(image)]
    return [word for quad in quads for word in _words(recognise(cut_strip(image, quad)), quad)]


def _words(steps, quad):
    best, sure = steps.argmax(1), steps.max(1)
    starts = np.flatnonzero((best != 0) & (np.diff(best, prepend=0) != 0))
    line = [(characters()[best[at]], float(sure[at]), at / len(steps)) for at in starts]
    blanks = [at for at, (character, _, _) in enumerate(line) if character.isspace()]
    cuts = zip([-1, *blanks], [*blanks, len(line)], strict=True)
    words = [line[start + 1 : stop] for start, stop in cuts if stop > start + 1]
    return [_word(word, quad, word is words[-1]) for word in words]


def _word(word, quad, ends_line):
    """The recogniser tells where along the line a character starts, near enough."""
    along, down = quad[1] - quad[0], quad[3] - quad[0]
    start, stop = quad[0] + along * word[0][2], quad[0] + along * min(1, word[-1][2] + 0.02)
    corners = tuple((float(x), float(y)) for x, y in (start, stop, stop + down, start + down))
    return Seen("".join(each[0] for each in word), tuple(e[1] for e in word), corners, ends_line)
