"""The webhook of Prefect Cloud, created from automations/webhook.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, cast
from urllib.parse import urlsplit

from httpx import Response
from prefect.settings import get_current_settings

from deploy.aws.errors import NotYet
from deploy.aws.plan import Finding, compare, missing, not_needed
from deploy.aws.target import Target
from services.gateway.template import WEBHOOK

Method = Literal["DELETE", "PATCH", "POST", "PUT"]


def check(target: Target) -> Finding:
    """Compare the webhook with its file."""
    if not target.is_cloud:
        return not_needed("a self-hosted server uses services.gateway instead")
    found = find_webhook(target)
    if found is None:
        return missing(wanted_webhook(target)["name"])
    return compare(str(found["name"]), {**wanted_webhook(target), "enabled": True}, dict(found))


def apply(target: Target) -> None:
    """Create the webhook, or bring it to the same state; its URL stays the same."""
    found, wanted = find_webhook(target), wanted_webhook(target)
    if found is None:
        send_request(target, "POST", "/webhooks/", wanted)
        return
    which = f"/webhooks/{found['id']}"
    send_request(target, "PUT", which, wanted)
    if not found["enabled"]:
        send_request(target, "PATCH", which, {"enabled": True})


def destroy(target: Target) -> str:
    """Remove the webhook; its URL stops working."""
    found = find_webhook(target) if target.is_cloud else None
    if found is None:
        return "did not exist"
    send_request(target, "DELETE", f"/webhooks/{found['id']}")
    return str(found["name"])


def rotate(target: Target) -> None:
    """Give the webhook a new URL; the old one stops working immediately."""
    found = find_webhook(target)
    if found is None:
        raise NotYet("the webhook")
    send_request(target, "POST", f"/webhooks/{found['id']}/rotate")


def url(target: Target) -> str:
    """Return the URL for SNS, which is a secret; raise NotYet if the webhook does not exist."""
    found = find_webhook(target)
    if found is None:
        raise NotYet("the webhook")
    return url_prefix() + str(found["slug"])


def url_prefix() -> str:
    """Return the prefix of the URLs of all webhooks: under the host, not under its `/api`."""
    host = urlsplit(str(get_current_settings().cloud.api_url))
    return f"{host.scheme}://{host.netloc}/hooks/"


def wanted_webhook(target: Target) -> dict[str, str]:
    """Return automations/webhook.json with this environment's name."""
    file = json.loads(WEBHOOK.read_text())
    return {**file, "name": target.prefect_name(file["name"])}


def find_webhook(target: Target) -> Mapping[str, Any] | None:
    """Return this environment's webhook; None if it does not exist."""
    webhooks = send_request(target, "POST", "/webhooks/filter").json()
    wanted = wanted_webhook(target)["name"]
    return next((each for each in webhooks if each["name"] == wanted), None)


def send_request(target: Target, method: Method, path: str, content: object = None) -> Response:
    """Send a request to an endpoint that only Prefect Cloud has, unknown to Prefect's client."""
    return target.prefect.request(method, cast(Any, path), json=content)
