"""Prefect Cloud's webhook, with the template of automations/webhook.json."""

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

# Below the host, not below its `/api`.
_HOOKS = "/hooks/"


def check(target: Target) -> Finding:
    """Look at the webhook."""
    if not target.is_cloud:
        return not_needed("services.gateway takes its place")
    found = _webhook(target)
    if found is None:
        return missing(_wanted(target)["name"])
    return compare(str(found["name"]), {**_wanted(target), "enabled": True}, dict(found))


def apply(target: Target) -> None:
    """Create the webhook, or bring it to the same state; its URL stays."""
    found, wanted = _webhook(target), _wanted(target)
    if found is None:
        _ask(target, "POST", "/webhooks/", wanted)
        return
    which = f"/webhooks/{found['id']}"
    _ask(target, "PUT", which, wanted)
    if not found["enabled"]:
        _ask(target, "PATCH", which, {"enabled": True})


def destroy(target: Target) -> str:
    """Remove the webhook: its URL is of no use any more."""
    found = _webhook(target) if target.is_cloud else None
    if found is None:
        return "was not there"
    _ask(target, "DELETE", f"/webhooks/{found['id']}")
    return str(found["name"])


def rotate(target: Target) -> None:
    """Give the webhook a new URL; the old one ends at once."""
    found = _webhook(target)
    if found is None:
        raise NotYet("the webhook")
    _ask(target, "POST", f"/webhooks/{found['id']}/rotate")


def url(target: Target) -> str:
    """Return where SNS posts to, which is a secret; raises NotYet."""
    found = _webhook(target)
    if found is None:
        raise NotYet("the webhook")
    return hooks() + str(found["slug"])


def hooks() -> str:
    """Return what the URLs of all webhooks of Prefect Cloud begin with."""
    host = urlsplit(str(get_current_settings().cloud.api_url))
    return f"{host.scheme}://{host.netloc}{_HOOKS}"


def _wanted(target: Target) -> dict[str, str]:
    file = json.loads(WEBHOOK.read_text())
    return {**file, "name": target.prefect_name(file["name"])}


def _webhook(target: Target) -> Mapping[str, Any] | None:
    webhooks = _ask(target, "POST", "/webhooks/filter").json()
    wanted = _wanted(target)["name"]
    return next((each for each in webhooks if each["name"] == wanted), None)


def _ask(target: Target, method: Method, path: str, content: object = None) -> Response:
    """Ask for what only Prefect Cloud has, and Prefect's client does not list."""
    return target.prefect.request(method, cast(Any, path), json=content)
