"""A reading written down: what a reader process answers, and what the record keeps of it.

The written form is JSON that follows the dataclasses of `docverify.page`: an object for each,
an array for each tuple, base64 for bytes. It is read strictly: what is unknown, is missing without
a default, or has another type, is an error that names the place and never the value.
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

from docverify.page import Reading

VERSION = 1
"""Raised when a form that was written before would be read in another meaning."""

UNFIT = dict.fromkeys((0, *range(0xD800, 0xE000)), "\ufffd")
"""What PostgreSQL keeps in no text: U+0000 and lone surrogates become U+FFFD."""

Value = TypeVar("Value")


class MalformedReading(ValueError):
    """What should be a written reading is none; the message names the place, never the value."""


def write(reading: Reading) -> str:
    """Write a reading as JSON; raises MalformedReading for a number that is none."""
    try:
        return json.dumps({"version": VERSION, "reading": plain(reading)}, allow_nan=False)
    except ValueError:
        raise MalformedReading("reading: holds a number that is not finite") from None


def read(written: str | bytes) -> Reading:
    """Read what was written; raises MalformedReading, and nothing else."""
    form = parse(written)
    if form.keys() != {"version", "reading"}:
        raise MalformedReading("has other keys than version and reading")
    if _typed(int, form["version"], "version") != VERSION:
        raise MalformedReading(f"version: is not {VERSION}")
    return value_of(Reading, form["reading"], "reading")


def parse(written: str | bytes) -> Mapping[str, object]:
    """Read a JSON object; raises MalformedReading for anything else."""
    try:
        form = json.loads(written)
    except (ValueError, RecursionError):
        raise MalformedReading("is not JSON") from None
    if not isinstance(form, dict):
        raise MalformedReading("is not an object")
    return form


def plain(value: object) -> object:
    """Return a value in the forms that JSON has; whether its numbers are some is not looked at."""
    match value:
        case str():
            return value.translate(UNFIT)
        case bytes():
            return b64encode(value).decode()
        case Mapping():
            return {str(key).translate(UNFIT): plain(each) for key, each in value.items()}
        case Sequence():
            return [plain(each) for each in value]
        case _ if is_dataclass(value):
            return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
        case _:
            return value


def value_of(kind: type[Value], form: object, place: str) -> Value:
    """Turn a parsed form into a value of a kind; raises MalformedReading that names the place."""
    value: Value = _value(kind, form, place)
    return value


def _value(kind: Any, form: object, place: str) -> Any:  # noqa: ANN401 (any type annotation)
    if is_dataclass(kind):
        return _dataclass(kind, form, place)
    if get_origin(kind) in (Union, UnionType):
        (kind,) = (each for each in get_args(kind) if each is not NoneType)
        return None if form is None else _value(kind, form, place)
    if get_origin(kind) is tuple:
        return _tuple(get_args(kind), form, place)
    if get_origin(kind) is Mapping:
        each = get_args(kind)[1]
        return {
            key: _value(each, value, f"{place}.*")
            for key, value in _typed(dict, form, place).items()
        }
    return _single(kind, form, place)


def _single(kind: type, form: object, place: str) -> object:
    """Read a number, a text, a truth, bytes or a member of an enumeration."""
    if kind is float:
        return _float(form, place)
    if kind is bytes:
        return _bytes(form, place)
    if issubclass(kind, StrEnum):
        text = _typed(str, form, place)
        if text not in tuple(kind):
            raise MalformedReading(f"{place}: is none of its words")
        return kind(text)
    return _typed(kind, form, place)


def _typed(kind: type[Value], form: object, place: str) -> Value:
    if type(form) is not kind:
        raise MalformedReading(f"{place}: is no {kind.__name__}")
    return form


def _float(form: object, place: str) -> float:
    """Whole numbers lose their point on the way through other programs."""
    try:
        number = float(form) if type(form) in (int, float) else math.nan  # type: ignore[arg-type]
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise MalformedReading(f"{place}: is no finite number")
    return number


def _bytes(form: object, place: str) -> bytes:
    try:
        return b64decode(_typed(str, form, place), validate=True)
    except ValueError as error:
        if isinstance(error, MalformedReading):
            raise
        raise MalformedReading(f"{place}: is no base64") from None


def _tuple(kinds: tuple[Any, ...], form: object, place: str) -> tuple[Any, ...]:
    items = _typed(list, form, place)
    if kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(items)
    if len(kinds) != len(items):
        raise MalformedReading(f"{place}: has not {len(kinds)} items")
    both = enumerate(zip(kinds, items, strict=True))
    return tuple(_value(kind, item, f"{place}[{at}]") for at, (kind, item) in both)


def _dataclass(kind: Any, form: object, place: str) -> Any:  # noqa: ANN401 (any of the dataclasses)
    given = _typed(dict, form, place)
    known = {each.name: each for each in fields(kind)}
    if not given.keys() <= known.keys():
        raise MalformedReading(f"{place}: has an unknown key")
    for name in known.keys() - given.keys():
        if _is_required(known[name]):
            raise MalformedReading(f"{place}.{name}: is missing")
    hints = _hints(kind)
    return kind(
        **{name: _value(hints[name], each, f"{place}.{name}") for name, each in given.items()}
    )


def _is_required(each: Field[Any]) -> bool:
    return each.default is MISSING and each.default_factory is MISSING


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)
