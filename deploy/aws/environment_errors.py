"""Explanations of an invalid environment file: each invalid key, never its value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from tasks.setting_errors import explain_unknown, explain_value


def describe_errors(error: ValidationError, model: type[BaseModel]) -> str:
    """Return each invalid key of a file that has the keys of the model, and the reason.

    Unknown keys come first, because they may explain why another one is missing.
    """
    errors = sorted(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
    return "; ".join(describe_key(each, model) for each in errors)


def describe_key(error: ErrorDetails, model: type[BaseModel]) -> str:
    """Return an invalid key, and what is wrong with it or with its value."""
    place = [str(each) for each in error["loc"] if each != "[key]"]
    fields, key = find_fields(place, model)
    where = ".".join(place)
    if error["type"] == "extra_forbidden":
        return f"{where}: unknown key; {explain_unknown(key, fields)}"
    reason = explain_value(error, fields.get(key))
    return f"{where}: {reason}" if where else reason


def find_fields(place: list[str], model: type[BaseModel]) -> tuple[Mapping[str, FieldInfo], str]:
    """Return the fields of the file, or of its table in which the place is, and the key there."""
    if not place:
        return model.model_fields, ""
    field = model.model_fields.get(place[0])
    for kind in get_args(field.annotation) if field else ():
        if len(place) > 1 and isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind.model_fields, place[1]
    return model.model_fields, place[0]
