"""The discovery document that Google publishes for Cloud Vision, as JSON Schema."""

import json
from functools import cache
from importlib.resources import files

from jsonschema import Draft202012Validator

DOCUMENT = "discovery_cache/documents/vision.v1.json"


@cache
def discovery():
    return json.loads((files("googleapiclient") / DOCUMENT).read_text(encoding="utf-8"))


@cache
def validator(name: str) -> Draft202012Validator:
    """Validate what the document calls by this name; a field that it does not have is an error."""
    definitions = {name: _strict(schema) for name, schema in discovery()["schemas"].items()}
    return Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": definitions})


def _strict(schema):
    """A discovery document writes references by name, and any value as a type of its own."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    converted = {key: _strict(value) for key, value in schema.items() if key != "id"}
    if isinstance(converted.get("$ref"), str):
        converted["$ref"] = f"#/$defs/{converted['$ref']}"
    if converted.get("type") == "any":
        del converted["type"]
    if "properties" in converted:
        converted.setdefault("additionalProperties", False)
    return converted
