"""The webhook's template: rendered by the gateway as Prefect Cloud renders it.

webhook.jinja is the source. `python -m services.gateway.template` writes automations/webhook.json,
which Prefect Cloud's webhook is created from.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import ChainableUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

SOURCE = Path(__file__).with_name("webhook.jinja")
WEBHOOK = Path(__file__).parents[2] / "automations" / "webhook.json"
NAME = "document-verification-webhook"
DESCRIPTION = (
    "Turns a request from SNS or EventBridge into one Prefect event. An S3 notification of created "
    'objects, in an SNS envelope or by raw delivery, EventBridge\'s "Object Created", and a body '
    "with only a file_key become notification.received for the resource bucket.file.<key, "
    "URL-encoded as S3 does>; the payload is the first object, and `more` has the others. Empty "
    "objects that represent a folder are left out. A request to confirm a subscription becomes "
    "subscription.confirmation.requested, with the URL to open. Everything else becomes "
    "notification.ignored, which no automation matches. Generated from "
    "services/gateway/webhook.jinja, which the self-hosted gateway renders too."
)


def render(method: str, headers: Mapping[str, str], body: object) -> str:
    """Render a request as the JSON of one Prefect event; `body` is parsed JSON."""
    return compiled_template().render(method=method, headers=headers, body=body)


@cache
def compiled_template() -> Template:
    """Compile the template in a sandbox: a missing part of a request renders as nothing."""
    environment = ImmutableSandboxedEnvironment(undefined=ChainableUndefined)
    return environment.from_string(read_template())


def read_template() -> str:
    """Read the template's source."""
    return SOURCE.read_text().strip()


def webhook_text() -> str:
    """Return the content of automations/webhook.json."""
    webhook = {"name": NAME, "description": DESCRIPTION, "template": read_template()}
    return json.dumps(webhook, indent=2) + "\n"


if __name__ == "__main__":
    WEBHOOK.write_text(webhook_text())
