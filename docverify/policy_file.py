"""A user's own policy: a JSON object that says how it differs from a preset."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from docverify.checks import CODES
from docverify.documents.kinds import POLICY_KEYS
from docverify.page import Engine
from docverify.policy import (
    POLICIES,
    THRESHOLDS,
    WEIGHT,
    Consequence,
    Policy,
    PolicyError,
    Threshold,
    check_number,
)

Value = Any  # of the field of Policy that the key names
MAX_BYTES = 65_536
MAX_SHOWN = 40  # characters of what a file says, in a message
TEXTS = {
    "name": (r"[a-z0-9][a-z0-9-]{0,62}", "small letters, digits and hyphens, and no preset's name"),
    "version": (r"[A-Za-z0-9._-]{1,32}", "1 to 32 letters, digits, dots, hyphens, underscores"),
    "remark": (r"[^\x00-\x1f\x7f]{0,200}", "a line of at most 200 characters"),
}
TABLES = ("mandatory", "consequences", "weights")
SECOND_ENGINES = (Engine.GOOGLE_VISION, Engine.TEXTRACT)
"""Those that read elsewhere; the engine `local` is what a run begins with."""
KEYS = ("$schema", "name", "version", "extends", "remark", "second_engine", *THRESHOLDS, *TABLES)


def find_policy(name: str) -> Policy:
    """Return the preset of this name, or read the file; raises as load_policy does."""
    return POLICIES[name] if name in POLICIES else load_policy(Path(name))


def load_policy(path: Path) -> Policy:
    """Read a policy from a file; raises PolicyError, or OSError where it can't be opened."""
    with path.open("rb") as file:
        return parse_policy(file.read(MAX_BYTES + 1))


def parse_policy(content: bytes) -> Policy:
    """Read a policy that extends a preset.

    The digest of all that it says, the preset's part included, becomes a part of its version: so
    two contents are never taken for one policy. Raises PolicyError that names the key at fault.
    """
    given = _object(content)
    for key in given:
        _check_known(key, KEYS, "key")
    if missing := [key for key in ("name", "version") if key not in given]:
        raise PolicyError(f"{missing[0]}: missing; it must be {TEXTS[missing[0]][1]}")
    base = _preset(given.get("extends", "standard"))
    own = {key: given[key] for key in given if key not in ("$schema", "extends")}
    policy = replace(base, **{key: _value(key, value, base) for key, value in own.items()})
    return replace(policy, version=f"{policy.version}+{policy.digest}")


def _object(content: bytes) -> dict[str, object]:
    if len(content) > MAX_BYTES:
        raise PolicyError(f"the policy is larger than {MAX_BYTES} bytes")
    try:
        given = json.loads(content, object_pairs_hook=_unique, parse_constant=_no_constant)
    except PolicyError:
        raise
    except (ValueError, RecursionError):
        raise PolicyError("the policy is no JSON object") from None
    if not isinstance(given, dict):
        raise PolicyError('the policy is no JSON object like {"name": …, "version": …}')
    return given


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    for key, times in Counter(key for key, _ in pairs).items():
        if times > 1:
            raise PolicyError(f"{_shown(key)}: given twice")
    return dict(pairs)


def _no_constant(name: str) -> NoReturn:
    raise PolicyError(f"{name}: no number of JSON")


def _preset(name: object) -> Policy:
    if isinstance(name, str) and name in POLICIES:
        return POLICIES[name]
    raise PolicyError(f"extends: must be one of {', '.join(POLICIES)}")


def _value(key: str, value: object, base: Policy) -> Value:
    if key in THRESHOLDS:
        return _number(key, value, THRESHOLDS[key])
    if key in TEXTS:
        return _text(key, value)
    if key == "second_engine":
        return _second_engine(value)
    if not isinstance(value, dict):
        raise PolicyError(f"{key}: must be an object, as in docs/policy.md")
    if key == "mandatory":
        own = {kind: _codes(kind, value[kind]) for kind in _kinds(value)}
        return {**base.mandatory, **own}
    for code in value:
        _check_known(f"{key}.{code}", [f"{key}.{each}" for each in CODES], "check")
    if key == "weights":
        weights = {code: _number(f"{key}.{code}", each, WEIGHT) for code, each in value.items()}
        return {**base.weights, **weights}
    consequences = {code: _consequence(code, each) for code, each in value.items()}
    return {**base.consequences, **consequences}


def _number(key: str, value: object, allowed: Threshold) -> object:
    check_number(key, value, allowed)
    # So that 60 and 60.0 are one content.
    return value if allowed.whole or not isinstance(value, int) else float(value)


def _text(key: str, value: object) -> str:
    pattern, allowed = TEXTS[key]
    known = isinstance(value, str) and re.fullmatch(pattern, value)
    if not known or (key == "name" and value in POLICIES):
        raise PolicyError(f"{key}: must be {allowed}")
    return str(value)


def _second_engine(name: object) -> Engine | None:
    if name is None:
        return None
    if isinstance(name, str) and name in SECOND_ENGINES:
        return Engine(name)
    raise PolicyError(f"second_engine: must be one of {', '.join(SECOND_ENGINES)}, or null")


def _kinds(mandatory: Mapping[str, object]) -> Mapping[str, object]:
    for kind in mandatory:
        _check_known(f"mandatory.{kind}", [f"mandatory.{each}" for each in POLICY_KEYS], "kind")
    return mandatory


def _codes(kind: str, codes: object) -> frozenset[str]:
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        raise PolicyError(f"mandatory.{kind}: must be a list of codes of checks")
    for code in codes:
        _check_known(f"mandatory.{kind}.{code}", [f"mandatory.{kind}.{c}" for c in CODES], "check")
    return frozenset(codes)


def _consequence(code: str, name: object) -> Consequence:
    if isinstance(name, str) and name in tuple(Consequence):
        return Consequence(name)
    raise PolicyError(f"consequences.{code}: must be one of {', '.join(Consequence)}")


def _check_known(key: str, known: Collection[str], what: str) -> None:
    if key in known:
        return
    near = get_close_matches(key[:MAX_SHOWN], known, n=3) or sorted(known)
    raise PolicyError(f"{_shown(key)}: there is no such {what}; there is {', '.join(near)}")


def _shown(text: str) -> str:
    shown = text if text.isprintable() else ascii(text)
    return shown if len(shown) <= 2 * MAX_SHOWN else f"{shown[: 2 * MAX_SHOWN]}…"


def schema() -> dict[str, object]:
    """Describe the file of a policy in JSON Schema, for editors that complete and check it."""
    codes = {"enum": sorted(CODES)}
    texts = {key: {"type": "string", "pattern": f"^{text[0]}$"} for key, text in TEXTS.items()}
    by_kind = {key: {"type": "array", "items": codes} for key in POLICY_KEYS}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A policy of docverify",
        "type": "object",
        "required": ["name", "version"],
        "additionalProperties": False,
        "properties": {
            "$schema": {"type": "string"},
            **texts,
            "extends": {"enum": list(POLICIES), "default": "standard"},
            "second_engine": {
                "description": "what reads a document that the run's own engine is unsure of",
                "enum": [*SECOND_ENGINES, None],
                "default": None,
            },
            **{key: _number_schema(each) for key, each in THRESHOLDS.items()},
            "mandatory": {
                "description": "by kind of document, the checks that must pass",
                "type": "object",
                "additionalProperties": False,
                "properties": by_kind,
            },
            "consequences": {
                "description": "what follows when a check fails",
                "type": "object",
                "propertyNames": codes,
                "additionalProperties": {"enum": list(Consequence)},
            },
            "weights": {
                "type": "object",
                "propertyNames": codes,
                "additionalProperties": _number_schema(WEIGHT),
            },
        },
    }


def _number_schema(threshold: Threshold) -> dict[str, object]:
    return {
        "description": threshold.about,
        "type": "integer" if threshold.whole else "number",
        "minimum": threshold.least,
        "maximum": threshold.most,
    }
