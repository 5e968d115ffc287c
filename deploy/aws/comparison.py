"""Comparison of AWS's descriptions with the wanted state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def find_differences(wanted: object, found: object, path: str = "") -> Iterator[str]:
    """Yield where a description differs from the wanted one, except for what ECS adds."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key, value in wanted.items():
            yield from find_differences(value, found.get(key), f"{path}.{key}" if path else key)
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        pairs = zip(put_in_order(wanted, path), put_in_order(found, path), strict=True)
        for one, other in pairs:
            yield from find_differences(one, other, path)
    elif wanted != found:
        yield path


def put_in_order(items: list[Any], path: str) -> list[Any]:
    """Sort named items and the ids of a network, which ECS returns in a different order."""
    if path.endswith(("subnets", "securityGroups")):
        return sorted(items)
    if all(isinstance(item, dict) and "name" in item for item in items):
        return sorted(items, key=lambda item: str(item["name"]))
    return items
