"""The table of categories on European licences: rows of a category and its dates.

It has the first issue (10), the expiry (11) and restrictions (12) of each category of vehicles
(Directive 2006/126/EC, annex I).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from docverify.page import Line

CATEGORIES = r"(?:AM|A[12]?|B[1EF]?|C[1E]?|C1E|D[1E]?|D1E|[FGLMTKW]|TM|LK|LM)"
CATEGORY_ROW = re.compile(rf"\s*(?:\d{{1,2}}[.:]?\s*)?{CATEGORIES}(?:\s*[,/]\s*{CATEGORIES})*\b")
HEAD = re.compile(r"(?:\d\.? )?(?:9\.? )?10\.? 11\.?(?: 12\.?)?")  # the numbers of the columns


def is_in_category_row(line: Line, lines: Iterable[Line]) -> bool:
    """Return whether a line begins with a category, or is to the right of one in its row.

    The numbers of the columns, 9. 10. 11. 12., are such a line, too.
    """
    if CATEGORY_ROW.match(line.text) or HEAD.fullmatch(line.text.strip()):
        return True
    middle = (line.box.top + line.box.bottom) / 2
    return any(
        CATEGORY_ROW.fullmatch(each.text.strip())
        for each in lines
        if each.box.left < line.box.left and each.box.top < middle < each.box.bottom
    )
