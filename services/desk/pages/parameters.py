"""Values in the addresses of the pages, within the limits of the record."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

MAX_ID = 2**63 - 1
NO_NUL = r"^[^\x00]*$"  # PostgreSQL cannot store it.

Id = Annotated[int, Path(ge=1, le=MAX_ID)]
Place = Annotated[int, Path(ge=0, le=10_000, description="of a page or a crop, from 0")]
After = Annotated[int, Query(ge=0, le=MAX_ID, description="the last number of the previous page")]
Text = Annotated[str, Query(pattern=NO_NUL)]
OptionalId = Annotated[int | None, Query(ge=1, le=MAX_ID)]
