"""Places on the pages and enlarged crops that a reviewer compares for a check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docverify.comparisons import Comparison, PlacedCrop
from docverify.field_places import Place
from services.desk.wording import COMPARED, IN_OCRB, STRETCHED

MAX_CROPS = 24  # of a case: those of failed checks come first


@dataclass(frozen=True)
class ShownCrop:
    """A crop of the case page.

    Attributes:
        number: Its number in the case, from 0.
        caption: What the crop shows.
    """

    number: int
    caption: str


@dataclass(frozen=True)
class ShownComparison:
    """What a check compared on one page, as shown on the case page.

    Attributes:
        page: Number of the page, from 1.
        passes: Whether the page passes.
        crops: The crops to compare.
        places: Numbers of the places in the case.
    """

    code: str
    page: int
    passes: bool
    crops: tuple[ShownCrop, ...]
    places: tuple[int, ...]


def find_evidence_places(comparisons: Sequence[Comparison]) -> Iterator[Place]:
    """Yield the places of comparisons, named after their checks."""
    for each in comparisons:
        for box in each.boxes:
            yield Place(each.page, box, each.code)


def list_crops(comparisons: Sequence[Comparison]) -> tuple[PlacedCrop, ...]:
    """List the crops of comparisons, at most MAX_CROPS."""
    crops = (PlacedCrop(each.page, crop) for each in comparisons for crop in each.crops)
    return tuple(crops)[:MAX_CROPS]


def show_comparisons(
    comparisons: Sequence[Comparison], first_place: int
) -> Iterator[ShownComparison]:
    """Yield what the case page shows, numbered as in `list_crops` and `find_evidence_places`."""
    crop, place = 0, first_place
    for each in comparisons:
        shown = zip(range(crop, MAX_CROPS), _name_crops(each), strict=False)
        crop += len(each.crops)
        places = tuple(range(place, place + len(each.boxes)))
        place += len(each.boxes)
        crops = tuple(ShownCrop(number, caption) for number, caption in shown)
        yield ShownComparison(each.code, each.page + 1, each.passes, crops, places)


def _name_crops(comparison: Comparison) -> Iterator[str]:
    """Yield the caption of each crop."""
    names = COMPARED.get(comparison.code, ("The place on the image",))
    boxes = list(comparison.boxes)
    for crop in comparison.crops:
        if crop.expected:
            yield IN_OCRB
        elif crop.is_stretched:
            yield STRETCHED
        else:
            yield names[min(boxes.index(crop.box), len(names) - 1)]
