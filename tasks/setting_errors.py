"""Explanations of invalid settings: the name and the allowed values, without the given value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings

MIN_RESEMBLANCE = 0.75  # from 0 to 1; names of variables share a prefix
REASONS: Mapping[str, str] = {
    "missing": "missing",
    "string_type": "must be text in quotation marks",
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "must be a whole number"),
    **dict.fromkeys(("float_type", "float_parsing"), "must be a number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "must be true or false"),
    **dict.fromkeys(("list_type", "tuple_type", "frozen_set_type"), "must be a list"),
    **dict.fromkeys(("dict_type", "model_type"), "must be a table"),
}
"""What is wrong, by the type of pydantic's error."""


def explain_variables(error: ValidationError, settings: type[BaseSettings]) -> str:
    """Return each invalid environment variable of some settings, with its allowed values."""
    reasons = []
    for each in error.errors():
        name = str(each["loc"][0]) if each["loc"] else ""
        field = settings.model_fields.get(name)
        reason = explain_value(each, field)
        # A field with an alias is named by it, and has no prefix.
        variable = f"{settings.model_config['env_prefix']}{name}".upper() if field else name
        reasons.append(f"{variable}: {reason}" if name else reason)
    return "; ".join(reasons)


def explain_unknown(name: str, known: Iterable[str]) -> str:
    """Return a hint to the most similar known name, or to the page that lists all names."""
    near = get_close_matches(name, known, n=1, cutoff=MIN_RESEMBLANCE)
    return f"did you mean {near[0]}?" if near else "docs/settings.md lists all of them"


def explain_value(error: ErrorDetails, field: FieldInfo | None) -> str:
    """Return what is wrong with the value of a field, and what the field means.

    If the value does not match the field's pattern, the field's first example explains it.
    """
    if error["type"] == "value_error":  # the words of our own validators
        return error["msg"].removeprefix("Value error, ")
    reason = REASONS.get(error["type"]) or re.sub(r"^\w+ should ", "must ", error["msg"])
    if error["type"] == "string_pattern_mismatch" and field and field.examples:
        reason = f"must be like {field.examples[0]}"
    about = (field.description or "").rstrip(".") if field else ""
    return f"{reason} ({about})" if about else reason
