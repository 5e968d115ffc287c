"""The written form of a reading, in the replies of a reader process and in the record.

It is JSON that follows the dataclasses of `docverify.page`: an object for each dataclass, an array
for each tuple, base64 for bytes. It is read strictly: an unknown key, a missing key without a
default, or a value of another type raises an error that names the place and never the value.
"""

from __future__ import annotations

import json
import math
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from docverify.page import LEFT_OUT_AT_DEFAULT, Reading

VERSION = 1
"""Increase it when an existing written form would be read with a different meaning."""

UNSTORABLE = dict.fromkeys((0, *range(0xD800, 0xE000)), "\ufffd")
"""Characters that PostgreSQL cannot store, U+0000 and lone surrogates, become U+FFFD."""

Value = TypeVar("Value")


class MalformedReading(ValueError):
    """The text is not a written reading; the message names the place, never the value."""


def write(reading: Reading) -> str:
    """Write a reading as JSON; raise MalformedReading for a number that is not finite."""
    try:
        return json.dumps({"version": VERSION, "reading": build_form(reading)}, allow_nan=False)
    except ValueError:
        raise MalformedReading("reading: has a number that is not finite") from None


def read(written: str | bytes) -> Reading:
    """Read the output of `write`; raise only MalformedReading."""
    form = parse(written)
    if form.keys() != {"version", "reading"}:
        raise MalformedReading("the keys are not version and reading")
    if _check_type(int, form["version"], "version") != VERSION:
        raise MalformedReading(f"version: is not {VERSION}")
    return parse_form(Reading, form["reading"], "reading")


def parse(written: str | bytes) -> Mapping[str, object]:
    """Parse a JSON object; raise MalformedReading for anything else."""
    try:
        form = json.loads(written)
    except (ValueError, RecursionError):
        raise MalformedReading("is not JSON") from None
    if not isinstance(form, dict):
        raise MalformedReading("is not an object")
    return form


def build_form(value: object) -> object:
    """Build the JSON form of a value; its numbers are not checked."""
    match value:
        case str():
            return value.translate(UNSTORABLE)
        case bytes():
            return b64encode(value).decode()
        case Mapping():
            return {str(key).translate(UNSTORABLE): build_form(each) for key, each in value.items()}
        case Sequence():
            return [build_form(each) for each in value]
        case _ if is_dataclass(value):
            return {
                each.name: build_form(getattr(value, each.name))
                for each in fields(value)
                if not _is_left_out(value, each)
            }
        case _:
            return value


def _is_left_out(value: object, each: Field[Any]) -> bool:
    is_optional = each.metadata.keys() >= LEFT_OUT_AT_DEFAULT.keys()
    return is_optional and getattr(value, each.name) == each.default


def parse_form(kind: type[Value], form: object, place: str) -> Value:
    """Parse the JSON form of a value of this type; raise MalformedReading with the place."""
    value: Value = _parse(kind, form, place)
    return value


def _parse(kind: Any, form: object, place: str) -> Any:  # noqa: ANN401 (any type annotation)
    if is_dataclass(kind):
        return _parse_dataclass(kind, form, place)
    if get_origin(kind) in (Union, UnionType):
        (kind,) = (each for each in get_args(kind) if each is not NoneType)
        return None if form is None else _parse(kind, form, place)
    if get_origin(kind) is tuple:
        return _parse_tuple(get_args(kind), form, place)
    if get_origin(kind) is Mapping:
        each = get_args(kind)[1]
        return {
            key: _parse(each, value, f"{place}.*")
            for key, value in _check_type(dict, form, place).items()
        }
    return _parse_scalar(kind, form, place)


def _parse_scalar(kind: type, form: object, place: str) -> object:
    """Parse a number, a text, a bool, bytes or a member of an enumeration."""
    if kind is float:
        return _parse_float(form, place)
    if kind is bytes:
        return _parse_bytes(form, place)
    if issubclass(kind, StrEnum):
        text = _check_type(str, form, place)
        if text not in tuple(kind):
            raise MalformedReading(f"{place}: is not one of {', '.join(kind)}")
        return kind(text)
    return _check_type(kind, form, place)


def _check_type(kind: type[Value], form: object, place: str) -> Value:
    if type(form) is not kind:
        raise MalformedReading(f"{place}: is not of type {kind.__name__}")
    return form


def _parse_float(form: object, place: str) -> float:
    """Parse a number; other programs may write 1.0 as 1."""
    try:
        number = float(form) if type(form) in (int, float) else math.nan  # type: ignore[arg-type]
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise MalformedReading(f"{place}: is not a finite number")
    return number


def _parse_bytes(form: object, place: str) -> bytes:
    try:
        return b64decode(_check_type(str, form, place), validate=True)
    except ValueError as error:
        if isinstance(error, MalformedReading):
            raise
        raise MalformedReading(f"{place}: is not base64") from None


def _parse_tuple(kinds: tuple[Any, ...], form: object, place: str) -> tuple[Any, ...]:
    items = _check_type(list, form, place)
    if kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(items)
    if len(kinds) != len(items):
        raise MalformedReading(f"{place}: does not have {len(kinds)} items")
    both = enumerate(zip(kinds, items, strict=True))
    return tuple(_parse(kind, item, f"{place}[{at}]") for at, (kind, item) in both)


def _parse_dataclass(kind: Any, form: object, place: str) -> Any:  # noqa: ANN401 (any of the dataclasses)
    given = _check_type(dict, form, place)
    known = {each.name: each for each in fields(kind)}
    if not given.keys() <= known.keys():
        raise MalformedReading(f"{place}: has an unknown key")
    for name in known.keys() - given.keys():
        if _is_required(known[name]):
            raise MalformedReading(f"{place}.{name}: is missing")
    hints = _hints(kind)
    return kind(
        **{name: _parse(hints[name], each, f"{place}.{name}") for name, each in given.items()}
    )


def _is_required(each: Field[Any]) -> bool:
    return each.default is MISSING and each.default_factory is MISSING


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)
