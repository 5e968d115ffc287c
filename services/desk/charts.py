"""Bar charts of the statistics as SVG, drawn on the server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from services.desk.counts import Count

WIDTH, ROW_HEIGHT, LABEL_WIDTH = 720, 26, 210
BAR_HEIGHT = 16
MAX_BARS = 16


@dataclass(frozen=True)
class Bar:
    """A part of a bar, in pixels; `name` chooses its colour in the style sheet."""

    left: float
    width: float
    name: str
    title: str


@dataclass(frozen=True)
class ChartRow:
    """One row of a chart with its parts."""

    top: int
    label: str
    total: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Chart:
    """A chart with horizontal bars."""

    width: int
    height: int
    label_width: int
    bar_height: int
    rows: tuple[ChartRow, ...]
    names: tuple[str, ...]


def build_chart(count: Count) -> Chart | None:
    """Build the chart of a table; None if it has no rows or no columns to draw."""
    places = [count.columns.index(name) for name in count.charted]
    shown = [row for row in count.rows[:MAX_BARS] if sum(row[place] for place in places)]
    if not shown or not places:
        return None
    most = max(sum(row[place] for place in places) for row in shown)
    rows = []
    for number, row in enumerate(shown):
        values = [(count.columns[place], int(row[place])) for place in places]
        bars = tuple(_build_bars(values, (WIDTH - LABEL_WIDTH - 60) / most))
        total = sum(value for _, value in values)
        rows.append(ChartRow(number * ROW_HEIGHT, str(row[0]), total, bars))
    names = tuple(count.charted)
    return Chart(WIDTH, ROW_HEIGHT * len(rows), LABEL_WIDTH, BAR_HEIGHT, tuple(rows), names)


def _build_bars(values: list[tuple[str, int]], scale: float) -> Iterator[Bar]:
    left = float(LABEL_WIDTH)
    for name, value in values:
        if value:
            yield Bar(round(left, 1), round(value * scale, 1), name, f"{name}: {value}")
            left += value * scale
