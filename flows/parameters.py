"""Parameters of flows: what a form offers, and checks that run inside the flow.

Prefect would log a value that does not validate, so no flow lets Prefect validate its parameters.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Annotated, Any

from prefect import Flow, State
from prefect.context import FlowRunContext
from prefect.states import Completed, Failed
from prefect.utilities.callables import parameter_schema
from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from docverify.page import Engine
from docverify.policy import POLICIES
from docverify.verdict import Outcome
from tasks.errors import EdgeError, InvalidInput, SetupError
from tasks.policies import list_policies

MAX_DAYS = 700_000  # before today, which is about the year 110
MAX_COUNT = 1_000_000_000


INVALID = "Invalid"
"""State of a run that a person started with a wrong parameter."""


def hide_parameters(flow: Flow[..., Any], *names: str) -> None:
    """Hide parameters that only machines set from the form; runs still accept them."""
    shown = inspect.signature(flow.fn, eval_str=True)
    kept = [each for name, each in shown.parameters.items() if name not in names]
    # Prefect derives the form of a deployment from the signature of the flow.
    flow.__signature__ = shown.replace(parameters=kept)  # type: ignore[attr-defined]
    flow.parameters = parameter_schema(flow)


def build_failure(error: EdgeError) -> State[None]:
    """Return the state of a run that an error ended.

    If a person mistyped a parameter, the run is completed and its message names the correction,
    because failed runs alert other people.
    """
    if isinstance(error, InvalidInput) and is_started_by_person():
        return Completed(name=INVALID, message=f"Nothing was done: {error}. Start the run again.")
    return Failed(message=str(error))


def is_started_by_person() -> bool:
    """Return whether this run was started neither by a schedule nor by another run."""
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    return run is not None and not run.auto_scheduled and run.parent_task_run_id is None


class Choices:
    """The values that a form offers for a text; they are read when the deployment is created."""

    def __init__(self, names: Callable[[], Iterable[str]]) -> None:
        """Store a function that returns the values."""
        self.names = names

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Add the values to the schema of the parameter."""
        return handler(core) | {"enum": [str(each) for each in self.names()]}


def offered_policies() -> tuple[str, ...]:
    """Return the policies that a run can name; only the presets if a setting is wrong.

    A run will show which setting is wrong.
    """
    try:
        return list_policies()
    except SetupError:
        return tuple(POLICIES)


EngineName = Annotated[str, Choices(lambda: Engine)]
OutcomeFilter = Annotated[str, Choices(lambda: ("", *Outcome))]
PolicyName = Annotated[str, Choices(offered_policies)]


def check_whole_number(name: str, value: object, least: int = 0, most: int = MAX_DAYS) -> int:
    """Return a whole number; raise InvalidInput that names the parameter."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InvalidInput(f"the parameter {name} must be a whole number from {least} to {most}")
    return value


def parse_day(name: str, text: object) -> datetime | None:
    """Return the beginning of a day (UTC), None for an empty text; raise InvalidInput otherwise."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)  # type: ignore[arg-type]  # (a TypeError is caught)
    except (TypeError, ValueError):
        raise InvalidInput(
            f"the parameter {name} must be a day like 2026-11-30, or empty"
        ) from None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def find_engine(name: str) -> Engine:
    """Return the engine of a name; raise InvalidInput if it does not exist."""
    if name not in tuple(Engine):
        raise InvalidInput(f"this engine does not exist: choose one of {', '.join(Engine)}")
    return Engine(name)


def find_outcome(name: str) -> Outcome | None:
    """Return the outcome of a name, None for an empty name; raise InvalidInput if it is unknown."""
    if name and name not in tuple(Outcome):
        raise InvalidInput(
            f"this outcome does not exist: choose one of {', '.join(Outcome)}, or none"
        )
    return Outcome(name) if name else None
