"""Plots of the accuracy page: outcomes by class, and the confusion matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PIL import Image, ImageDraw

from benchmarks.accuracy_groups import count_outcome, group_by_class, group_by_label
from docverify.evaluation.metrics import Measurement
from docverify.policy import STANDARD
from docverify.verdict import Outcome
from specimens.canvas import Colour
from specimens.lettering import load_sans

COLOURS: Mapping[Outcome | None, Colour] = {
    Outcome.VERIFIED: (66, 142, 96),
    Outcome.REFERRED: (226, 178, 74),
    Outcome.RESUBMIT: (122, 156, 196),
    Outcome.REJECTED: (188, 72, 68),
    None: (200, 200, 200),
}
INK: Colour = (30, 34, 40)
WHITE: Colour = (255, 255, 255)
# Sizes in pixels.
ROW_HEIGHT, EDGE = 30, 20
LABEL_WIDTH, BAR_WIDTH = 420, 620
CLASS_WIDTH, CELL_WIDTH = 330, 120


def draw_outcomes(found: Sequence[Measurement]) -> Image.Image:
    """Draw the outcomes of each capture and attack as a bar."""
    groups = group_by_label(found)
    height = (len(groups) + 2) * ROW_HEIGHT + 2 * EDGE
    image = Image.new("RGB", (LABEL_WIDTH + BAR_WIDTH + 2 * EDGE, height), WHITE)
    draw = ImageDraw.Draw(image)
    for number, outcome in enumerate(Outcome):
        x = LABEL_WIDTH + EDGE + 150 * number
        draw.rectangle((x, EDGE, x + 18, EDGE + 18), COLOURS[outcome])
        draw.text((x + 26, EDGE + 15), outcome.value, INK, load_sans(17), "ls")
    for number, (label, own) in enumerate(groups.items()):
        draw_bar(draw, EDGE + (number + 2) * ROW_HEIGHT, f"{label} ({len(own)})", own)
    return image


def draw_bar(draw: ImageDraw.ImageDraw, y: int, label: str, own: Sequence[Measurement]) -> None:
    """Draw one bar with its label."""
    draw.text((EDGE, y + 17), label, INK, load_sans(17), "ls")
    start = 0
    for outcome in (*Outcome, None):
        count = sum(each.outcomes.get(STANDARD.name) is outcome for each in own)
        ends = [
            LABEL_WIDTH + EDGE + round(BAR_WIDTH * each / len(own))
            for each in (start, start + count)
        ]
        if count:
            draw.rectangle((ends[0], y, ends[1] - 1, y + ROW_HEIGHT - 8), COLOURS[outcome])
        start += count


def draw_confusion(found: Sequence[Measurement]) -> Image.Image:
    """Draw a square for each class and outcome under the policy standard; full colour means all."""
    groups = group_by_class(found)
    width = CLASS_WIDTH + CELL_WIDTH * len(Outcome) + 2 * EDGE
    image = Image.new("RGB", (width, ROW_HEIGHT * (2 * len(groups) + 2) + 2 * EDGE), WHITE)
    draw = ImageDraw.Draw(image)
    for column, outcome in enumerate(Outcome):
        at = (EDGE + CLASS_WIDTH + column * CELL_WIDTH + CELL_WIDTH // 2, EDGE + ROW_HEIGHT)
        draw.text(at, outcome.value, INK, load_sans(17), "ms")
    for row, (name, own) in enumerate(groups.items()):
        y = EDGE + ROW_HEIGHT * (2 * row + 2)
        draw.text((EDGE, y + 26), f"{name} ({len(own)})", INK, load_sans(16), "ls")
        for column, outcome in enumerate(Outcome):
            x = EDGE + CLASS_WIDTH + column * CELL_WIDTH
            draw_cell(draw, (x, y), count_outcome(own, outcome), len(own), COLOURS[outcome])
    return image


def draw_cell(
    draw: ImageDraw.ImageDraw, at: tuple[int, int], hits: int, count: int, colour: Colour
) -> None:
    """Draw one square with its count."""
    (x, y), share = at, hits / count
    shade = tuple(round(255 - share * (255 - each)) for each in colour)
    draw.rectangle((x, y, x + CELL_WIDTH - 4, y + 2 * ROW_HEIGHT - 8), shade)
    ink = INK if share < 0.6 else WHITE
    draw.text((x + CELL_WIDTH // 2, y + 33), f"{hits}", ink, load_sans(19), "ms")
