"""A user's own policy: a JSON file with the changes to a preset."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from difflib import get_close_matches
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, NoReturn

from pydantic import ConfigDict, Field, Strict, ValidationError, WithJsonSchema, create_model
from pydantic_core import ErrorDetails

from docverify.checks import CODES
from docverify.decisions import REASONS
from docverify.documents.kinds import POLICY_KEYS
from docverify.page import Engine
from docverify.policy import POLICIES, THRESHOLDS, WEIGHT, Consequence, Policy
from docverify.threshold_types import PolicyError, Threshold

MAX_BYTES = 65_536
PERSON = "person"
"""Name that the record gives to the decisions of people, so that no policy can have it."""
MAX_SHOWN_LENGTH = 80  # characters of a key of the file, in a message
Annotation = Any  # a type that is built at run time
PERSON_REASONS = tuple(sorted({each for reasons in REASONS.values() for each in reasons}))
SECOND_ENGINES = tuple(engine for engine in Engine if engine is not Engine.LOCAL)


def _one_of(values: Iterable[str]) -> Annotation:
    return Literal.__getitem__(tuple(map(str, values)))


def _text(pattern: str) -> Annotation:
    return Annotated[str, Strict(), Field(pattern=f"^{pattern}$")]


def _number(threshold: Threshold) -> Annotation:
    limits = Field(ge=threshold.least, le=threshold.most, description=threshold.about)
    return Annotated[int if threshold.whole else float, Strict(), limits]


def _optional(kind: Annotation) -> tuple[Annotation, Any]:
    # A factory, so that the JSON Schema does not offer null as the default.
    return kind, Field(default_factory=NoneType)


CODE = _one_of(sorted(CODES))
FIELDS: dict[str, tuple[Any, Any]] = {
    "name": (_text("[a-z0-9][a-z0-9-]{0,62}"), ...),
    "version": (_text("[A-Za-z0-9._-]{1,32}"), ...),
    "extends": (_one_of(POLICIES), "standard"),
    "remark": _optional(_text(r"[^\x00-\x1f\x7f]{0,200}")),
    "second_engine": (
        _one_of(SECOND_ENGINES) | None,
        Field(
            None, description="engine that reads a document again if the first engine is uncertain"
        ),
    ),
    "second_approval": _optional(
        Annotated[
            list[_one_of(PERSON_REASONS)],  # type: ignore[misc]
            Field(description="reasons of a person's decision that a second person must approve"),
        ]
    ),
    **{key: _optional(_number(each)) for key, each in THRESHOLDS.items()},
    "mandatory": _optional(
        Annotated[
            dict[_one_of(POLICY_KEYS), list[CODE]],  # type: ignore[misc, valid-type]
            Field(description="checks that must pass, by kind of document"),
        ]
    ),
    "consequences": _optional(
        Annotated[
            dict[CODE, _one_of(Consequence)],  # type: ignore[misc, valid-type]
            Field(description="consequence of a failed check, by code"),
        ]
    ),
    "weights": _optional(
        Annotated[
            dict[CODE, _number(WEIGHT)],  # type: ignore[misc, valid-type]
            Field(description="risk that a failed check adds, by code"),
        ]
    ),
}
TABLES = ("mandatory", "consequences", "weights")
KEYS = ("$schema", *FIELDS)
ALLOWED = {
    "name": f"lowercase letters, digits and hyphens, and not {PERSON} or the name of a preset",
    "version": "1 to 32 letters, digits, dots, hyphens, underscores",
    "remark": "a line of at most 200 characters",
    "extends": f"one of {', '.join(POLICIES)}",
    "second_engine": f"one of {', '.join(SECOND_ENGINES)}, or null",
    "second_approval": f"a list of reasons: {', '.join(PERSON_REASONS)}",
    **dict.fromkeys(TABLES, "an object, as in docs/policy.md"),
    **{key: each.allowed for key, each in THRESHOLDS.items()},
}
"""The allowed values of each key, in words."""

PolicyFile = create_model(
    "PolicyFile",
    __config__=ConfigDict(title="A policy of docverify", extra="forbid", allow_inf_nan=False),
    editor_schema=(
        Annotated[Any, WithJsonSchema({"type": "string"})],
        Field(default_factory=NoneType, alias="$schema"),
    ),
    **FIELDS,  # type: ignore[call-overload]
)


def load_policy(path: Path) -> Policy:
    """Read a policy from a file; raise PolicyError, or OSError if it cannot be opened."""
    with path.open("rb") as file:
        return parse_policy(file.read(MAX_BYTES + 1))


def parse_policy(content: bytes) -> Policy:
    """Parse a policy that extends a preset.

    A digest of the whole content, including that of the preset, becomes part of the version, so
    that two different contents are never the same policy. Raise PolicyError that names the key.
    """
    given = _parse_object(content)
    try:
        file = PolicyFile.model_validate(given)
    except ValidationError as error:
        raise PolicyError(_explain(error)) from None
    changes = file.model_dump(exclude_unset=True, exclude={"editor_schema", "extends"})
    if changes["name"] in {*POLICIES, PERSON}:
        raise PolicyError(f"name: must be {ALLOWED['name']}")
    policy = _change(POLICIES[given.get("extends", "standard")], changes)
    return replace(policy, version=f"{policy.version}+{policy.digest}")


def is_policy_allowed(name: str, allowed: str) -> bool:
    """Return whether a list of names allows a policy.

    `allowed` is a list of names separated by commas. A name after `!` is not allowed. If there are
    only such names, or no names, all other policies are allowed.
    """
    names = {each.strip() for each in allowed.split(",")} - {""}
    refused = {each[1:].strip() for each in names if each.startswith("!")}
    listed = {each for each in names if not each.startswith("!")}
    return name not in refused and (not listed or name in listed)


def restore_policy(content: Mapping[str, Any]) -> Policy:
    """Build a policy from its stored content; raise PolicyError if this version cannot use it.

    Keys that were added later get their default (see `docverify.policy.ADDED_KEYS`).
    """
    if unknown := content.keys() - {each.name for each in fields(Policy)}:
        raise PolicyError(f"{', '.join(sorted(unknown))}: unknown key")
    tables = {key: frozenset(codes) for key, codes in content.get("mandatory", {}).items()}
    try:
        return Policy(**{**content, "mandatory": tables, **_restore_values(content)})
    except (ValueError, TypeError):
        raise PolicyError("the content is not that of a policy") from None


def _restore_values(content: Mapping[str, Any]) -> dict[str, Any]:
    engine = content.get("second_engine")
    consequences = content.get("consequences", {})
    return {
        "consequences": {code: Consequence(each) for code, each in consequences.items()},
        "second_engine": engine and Engine(engine),
        "second_approval": frozenset(content.get("second_approval", ())),
    }


def _change(base: Policy, changes: dict[str, Any]) -> Policy:
    if "mandatory" in changes:
        own = {key: frozenset(codes) for key, codes in changes["mandatory"].items()}
        changes["mandatory"] = {**base.mandatory, **own}
    if "consequences" in changes:
        consequences = {code: Consequence(each) for code, each in changes["consequences"].items()}
        changes["consequences"] = {**base.consequences, **consequences}
    if "weights" in changes:
        changes["weights"] = {**base.weights, **changes["weights"]}
    if changes.get("second_engine"):
        changes["second_engine"] = Engine(changes["second_engine"])
    if "second_approval" in changes:
        changes["second_approval"] = frozenset(changes["second_approval"])
    return replace(base, **changes)


def _parse_object(content: bytes) -> dict[str, Any]:
    if len(content) > MAX_BYTES:
        raise PolicyError(f"the policy is larger than {MAX_BYTES} bytes")
    try:
        given = json.loads(
            content, object_pairs_hook=_check_unique, parse_constant=_refuse_constant
        )
    except PolicyError:
        raise
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise PolicyError(f"the policy is not valid JSON: {error.msg} ({where})") from None
    except (ValueError, RecursionError):
        raise PolicyError("the policy is not valid JSON") from None
    if not isinstance(given, dict):
        raise PolicyError('the policy is not a JSON object like {"name": …, "version": …}')
    return given


def _check_unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    for key, times in Counter(key for key, _ in pairs).items():
        if times > 1:
            raise PolicyError(f"{_shorten(key)}: given twice")
    return dict(pairs)


def _refuse_constant(name: str) -> NoReturn:
    raise PolicyError(f"{name}: not a valid JSON number")


def _explain(error: ValidationError) -> str:
    """Return what is wrong; unknown keys come first, because they may explain the other errors."""
    errors = error.errors(include_url=False, include_context=False)
    order = ("extra_forbidden", "missing")
    first = min(errors, key=lambda each: (*order, each["type"]).index(each["type"]))
    if not first["loc"]:
        return "a key is not valid Unicode text"
    key, *rest = map(str, first["loc"])
    if first["type"] == "extra_forbidden":
        return _explain_unknown(key, KEYS, "key")
    if first["type"] == "missing":
        return f"{key}: missing; it must be {ALLOWED[key]}"
    if key in TABLES and rest:
        return _explain_entry(key, rest, first)
    return f"{key}: must be {ALLOWED[key]}"


def _explain_entry(table: str, path: Sequence[str], error: ErrorDetails) -> str:
    """Return what is wrong with an entry of a table; the path begins with its key."""
    key = f"{table}.{path[0]}"
    if path[-1] == "[key]":
        known, what = (POLICY_KEYS, "kind") if table == "mandatory" else (CODES, "check")
        return _explain_unknown(key, [f"{table}.{each}" for each in known], what)
    if table == "mandatory" and isinstance(error["input"], str) and len(path) > 1:
        return _explain_unknown(f"{key}.{error['input']}", [f"{key}.{c}" for c in CODES], "check")
    allowed = {
        "mandatory": "a list of codes of checks",
        "consequences": f"one of {', '.join(Consequence)}",
        "weights": WEIGHT.allowed,
    }
    return f"{key}: must be {allowed[table]}"


def _explain_unknown(key: str, known: Collection[str], what: str) -> str:
    near = get_close_matches(key[:MAX_SHOWN_LENGTH], known, n=3)
    hint = f"did you mean {', '.join(near)}?" if near else f"it may be {', '.join(sorted(known))}"
    return f"{_shorten(key)}: unknown {what}; {hint}"


def _shorten(text: str) -> str:
    shown = text if text.isprintable() else ascii(text)
    return shown if len(shown) <= MAX_SHOWN_LENGTH else f"{shown[:MAX_SHOWN_LENGTH]}…"


def schema() -> dict[str, object]:
    """Return the JSON Schema of the file, for editors that complete and check it."""
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, **PolicyFile.model_json_schema()}
