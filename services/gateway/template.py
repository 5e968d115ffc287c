"""The webhook's template, rendered here exactly as Prefect Cloud renders it."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import ChainableUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

WEBHOOK = Path(__file__).parents[2] / "automations" / "webhook.json"


def render(method: str, headers: Mapping[str, str], body: object) -> str:
    """Render a request as the text of one Prefect event; the body is JSON that was parsed."""
    return _template().render(method=method, headers=headers, body=body)


@cache
def _template() -> Template:
    environment = ImmutableSandboxedEnvironment(undefined=ChainableUndefined)
    return environment.from_string(json.loads(WEBHOOK.read_text())["template"])
